"""The engines that the contract suite runs against. A test gets an empty database of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backdrop.storage import open_storage
from backdrop.storage.protocol import Storage

ENGINES: dict[str, Callable[[Path], str]] = {
    "sqlite": lambda folder: f"sqlite:///{folder}/made/when/needed/backdrop.sqlite",
}
"""Each makes the URL of an empty database, in the folder given if it needs one."""


@pytest.fixture(params=ENGINES.values(), ids=ENGINES.keys())
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return request.param(tmp_path)


@pytest.fixture
def storage(url: str) -> Iterator[Storage]:
    opened = open_storage(url)
    yield opened
    opened.close()
