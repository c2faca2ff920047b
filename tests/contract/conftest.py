"""The engines that the contract suite runs against. A test gets an empty database of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from backdrop.storage import open_storage
from backdrop.storage.protocol import Storage

ENGINES: dict[str, Callable[[pytest.FixtureRequest, Path], str]] = {
    "sqlite": lambda _, folder: f"sqlite:///{folder}/made/when/needed/backdrop.sqlite",
    "mongodb": lambda request, _: request.getfixturevalue("mongod").url(),
    "mongodb-replica-set": lambda request, _: request.getfixturevalue("replica_set").url(),
}
"""Each makes the URL of an empty database, in the folder given if it needs one."""

SEEN_IN_PARTS = ("mongodb",)
"""Engines whose readers may see a part of a write, those of `Storage.replace` aside: docs/decisions/0006."""


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return ENGINES[request.param](request, tmp_path)


@pytest.fixture
def sees_whole_writes(request: pytest.FixtureRequest, url: str) -> bool:
    """Whether readers see a write as a whole or not at all."""
    return request.node.callspec.params["url"] not in SEEN_IN_PARTS


@pytest.fixture
def storage(url: str) -> Iterator[Storage]:
    opened = open_storage(url)
    yield opened
    opened.close()


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement that runs on connections opened from here on."""
    run: list[str] = []

    def trace(_: object, text: str, __: object) -> bool:
        run.append(text)
        return True

    def watch(connection: apsw.Connection) -> None:
        connection.set_exec_trace(trace)

    apsw.connection_hooks.append(watch)
    yield run
    apsw.connection_hooks.remove(watch)
