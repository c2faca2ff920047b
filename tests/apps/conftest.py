"""Processes that several test files share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.apps.postgresql import PostgreSql, is_installed, started_postgresql
from tests.apps.write_scene import WrittenDataSet, new_data_set
from tests.processes import Backdrop

MAX_BODY_BYTES = 300_000


@pytest.fixture(scope="session")
def writing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backdrop]:
    """Both apps, with a small limit for bodies; nothing takes from the broker."""
    settings = {"MAX_BODY_BYTES": str(MAX_BODY_BYTES)}
    with Backdrop(tmp_path_factory.mktemp("writing"), environment=settings) as started:
        yield started


@pytest.fixture(scope="module")
def backdrop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backdrop]:
    """Both apps without worker, for tests that run transforms themselves."""
    settings = {"STAGECRAFT_CACHE_SECONDS": "0"}
    with Backdrop(tmp_path_factory.mktemp("backdrop"), environment=settings) as started:
        yield started


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    """For tests to make databases of their own in it."""
    if not is_installed():
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql): NOT TESTED on it")
    with started_postgresql() as server:
        yield server


@pytest.fixture
def data_set_with(writing: Backdrop) -> Callable[..., WrittenDataSet]:
    """Makes a data set with the given config."""
    return partial(new_data_set, writing)


@pytest.fixture
def data_set(data_set_with: Callable[..., WrittenDataSet]) -> WrittenDataSet:
    return data_set_with()
