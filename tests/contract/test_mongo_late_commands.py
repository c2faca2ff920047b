"""Commands that reach the server when another has long taken back the write that they are of: their process was frozen,
or the network was cut while they were on their way."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta

from pymongo import monitoring

from backdrop.core.triggers import Cause
from backdrop.storage import open_storage
from backdrop.storage.protocol import Receipt, Storage, StorageUnavailable
from tests.contract.making import EVERYTHING, NOW, at, record, write
from tests.contract.mongo_rooms import Commands
from tests.servers.mongodb import Mongod

MINUTE = at("2020-01-01")
FAR = NOW + timedelta(days=1)
KEYED = write(receipt=Receipt("key", "print", FAR))

TWO = [record("a", size=2), record("z", size=2)]

WORK: dict[str, tuple[str, str, Callable[[Storage], object]]] = {
    "replaced": (
        "update",
        "things",
        lambda storage: storage.append("things", [record("a", size=2)], write()),
    ),
    "replaced with others": ("update", "things", lambda storage: storage.append("things", TWO, write())),
    "deleted": ("delete", "things", lambda storage: storage.delete("things", "a", write())),
    "receipt": (
        "update",
        "_backdrop.receipts",
        lambda storage: storage.append("things", [record("b")], KEYED),
    ),
    "dropped": ("renameCollection", "_backdrop.fresh.", lambda storage: storage.drop("things")),
    "receipts dropped": ("delete", "_backdrop.receipts", lambda storage: storage.drop("things")),
    "triggers dropped": ("delete", "_backdrop.triggers", lambda storage: storage.drop("things")),
}
"""What is done, and by which command, at which collection, it is done last."""


class _Frost(Commands):
    """Freezes the process when it is about to send such a command for the last time."""

    def __init__(self, command: str, collection: str, times: int) -> None:
        super().__init__()
        self._wanted, self._left = (command, collection), times
        self.is_armed = False

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        command, collection = self._wanted
        at = str(event.command.get(event.command_name))
        if self.is_armed and event.command_name == command and collection in at:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGSTOP)


@contextmanager
def frozen(url: str, kind: str, times: int) -> Iterator[None]:
    """A process that does the work and is frozen in it, until the block ends; then it has ended too."""
    command, collection, work = WORK[kind]
    child = os.fork()
    if child == 0:
        try:
            frost = _Frost(command, collection, times)
            monitoring.register(frost)
            storage = open_storage(url)
            storage.ping()
            frost.is_armed = True
            with suppress(StorageUnavailable):
                work(storage)
        finally:
            os._exit(0)
    assert os.WIFSTOPPED(os.waitpid(child, os.WUNTRACED)[1])
    try:
        yield
    finally:
        os.kill(child, signal.SIGCONT)
        os.waitpid(child, 0)


def test_what_was_acknowledged_outlives_late_commands(mongod: Mongod) -> None:
    cases = [("replaced", 1), ("replaced with others", 1), ("deleted", 1), ("receipt", 1), ("receipt", 2)]
    urls = [mongod.url() for _ in cases]
    storages = [open_storage(url) for url in urls]
    for storage in storages:
        storage.append("things", [record("a", MINUTE, size=1), record("z", size=1)], write())

    def write_anew(storage: Storage) -> None:
        # waits until the lease is over
        storage.append("things", [record("a", MINUTE, size=3), record("z", size=3)], write())

    with ExitStack() as late:
        for url, (kind, times) in zip(urls, cases, strict=True):
            late.enter_context(frozen(url, kind, times))
        with ThreadPoolExecutor(len(cases)) as pool:
            assert list(pool.map(write_anew, storages, timeout=60))
    found = []
    for storage in storages:
        storage.append("things", [record("b")], KEYED)
        found.append({one["_id"]: one.get("size") for one in storage.find("things", EVERYTHING, None, 0)})
        storage.close()
    assert found == [{"a": 3, "b": None, "z": 3}] * len(cases)


def test_a_late_drop_drops_nothing_that_was_written_since(mongod: Mongod) -> None:
    kinds = {"dropped": ["a", "b"], "receipts dropped": ["b"], "triggers dropped": ["b"]}
    urls = [mongod.url() for _ in kinds]
    storages = [open_storage(url) for url in urls]
    for storage in storages:
        storage.append(
            "things", [record("a", MINUTE)], write(receipt=Receipt("old", "", FAR), cause=Cause("old", ""))
        )

    def write_anew(storage: Storage) -> None:
        # waits until the lease is over
        storage.append(
            "things", [record("b", MINUTE)], write(receipt=Receipt("new", "", FAR), cause=Cause("new", ""))
        )

    with ExitStack() as late:
        for url, kind in zip(urls, kinds, strict=True):
            late.enter_context(frozen(url, kind, 1))
        with ThreadPoolExecutor(len(kinds)) as pool:
            assert list(pool.map(write_anew, storages, timeout=60))
    for storage, left in zip(storages, kinds.values(), strict=True):
        assert storage.append("things", [record("c")], write(receipt=Receipt("new", "", FAR))) is None
        assert [one["_id"] for one in storage.find("things", EVERYTHING, None, 0)] == left
        assert "new" in [one.id for one in storage.waiting_triggers(FAR, 10)]
        # which completes it
        assert storage.drop("things") is not None
        assert storage.find("things", EVERYTHING, None, 0) == []
        storage.close()
