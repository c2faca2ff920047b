"""A server that stands still within a lease: what it begins too late isn't done, and nobody may be told that it was."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from pymongo import monitoring

from backdrop.storage import open_storage
from backdrop.storage.protocol import Receipt, Storage, StorageUnavailable
from tests.contract.making import EVERYTHING, NOW, at, record, write
from tests.contract.mongo_rooms import Commands
from tests.servers.mongodb import Mongod

pytestmark = pytest.mark.faults

SECONDS = 4.0
"""Longer than a command may be on its way with a lease of eight seconds, and shorter than its writer waits for it."""
KEYED = write(receipt=Receipt("key", "print", NOW + timedelta(days=1)))


class _At(Commands):
    """Does something when such a command is about to be sent to such a collection, once."""

    def __init__(self, command: str, collection: str, do: Callable[[], object]) -> None:
        super().__init__()
        self._wanted, self._do = (command, collection), do
        self.is_armed = False

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self.is_armed and (event.command_name, event.command.get(event.command_name)) == self._wanted:
            self.is_armed = False
            self._do()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    folder: Path = tmp_path_factory.mktemp("slow")
    with Mongod(folder) as started:
        yield started


@contextmanager
def slow(server: Mongod, url: str, command: str, collection: str) -> Iterator[Storage]:
    """A storage; the server stands still when that command comes."""

    def stand_still() -> None:
        server.freeze()
        threading.Timer(SECONDS, server.thaw).start()

    still = _At(command, collection, stand_still)
    monitoring.register(still)
    storage = open_storage(url)
    storage.ping()
    still.is_armed = True
    yield storage
    assert not still.is_armed, "the command came"
    storage.close()


def sizes(storage: Storage) -> dict[object, object]:
    return {one["_id"]: one.get("size") for one in storage.find("things", EVERYTHING, None, 0)}


def with_old(server: Mongod) -> str:
    url = server.url()
    storage = open_storage(url)
    storage.append(
        "things", [record("a", at("2020-01-01"), size=1), record("z", at("2020-01-02"), size=1)], write()
    )
    storage.close()
    return url


def test_what_was_replaced_too_late_is_not_acknowledged(server: Mongod) -> None:
    both = [record("a", size=2), record("z", size=2)]
    with slow(server, with_old(server), "update", "things") as storage:
        with pytest.raises(StorageUnavailable):
            storage.append("things", both, write())
        storage.append("things", both, write())
        assert sizes(storage) == {"a": 2, "z": 2}


def test_what_was_capped_too_late_is_not_counted_as_gone(server: Mongod) -> None:
    new = [record("b", at("2020-01-03"), size=2)]
    with slow(server, with_old(server), "delete", "things") as storage:
        with pytest.raises(StorageUnavailable):
            storage.append("things", new, write(capped_size=1))
        storage.append("things", new, write(capped_size=1))
        assert sizes(storage) == {"b": 2}


@pytest.mark.parametrize("collection", ["things", "_backdrop.receipts"])
def test_what_was_taken_back_too_late_is_taken_back_again(server: Mongod, collection: str) -> None:
    """With its records gone and its receipt there the request, sent again, would be taken for done."""
    url = with_old(server)
    child = os.fork()
    if child == 0:
        end = _At("update", "_backdrop.data_sets", lambda: os.kill(os.getpid(), signal.SIGKILL))
        monitoring.register(end)
        end.is_armed = True
        open_storage(url).append("things", [record("b", size=2)], KEYED)
        os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    with slow(server, url, "delete", collection) as storage:
        assert storage.append("things", [record("b", size=2)], KEYED) is not None
        assert sizes(storage) == {"a": 1, "b": 2, "z": 1}
