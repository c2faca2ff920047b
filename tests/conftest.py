"""Private servers that many tests share. Started when a test first asks; a test takes a database or a virtual host
of its own in them. Tests that break servers start their own (tests/servers)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

from tests.servers.missing import ServerMissing
from tests.servers.mongodb import Mongod, ReplicaSet
from tests.servers.rabbitmq import RabbitMq


def pytest_configure() -> None:
    """How long an example takes, or is made, is up to the machine: properties are of what comes out."""
    settings.register_profile(
        "any machine", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("any machine")


Started = TypeVar("Started", Mongod, ReplicaSet, RabbitMq)


@contextmanager
def started(server: Callable[[], Started]) -> Iterator[Started]:
    """The server, from here to the end; the test is skipped where this machine can't run it."""
    try:
        made = server()
    except ServerMissing as missing:
        pytest.skip(str(missing))
    with made:
        yield made


@pytest.fixture(scope="session")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    """MongoDB without transactions: a mongod that is no member of anything."""
    with started(lambda: Mongod(tmp_path_factory.mktemp("mongod"))) as server:
        yield server


@pytest.fixture(scope="session")
def replica_set(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplicaSet]:
    """MongoDB with transactions: a replica set of one."""
    with started(lambda: ReplicaSet(tmp_path_factory.mktemp("replica-set"))) as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMq]:
    with started(lambda: RabbitMq(tmp_path_factory.mktemp("rabbitmq"))) as server:
        yield server
