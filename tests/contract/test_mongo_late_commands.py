"""Commands that reach the server when another has long taken back the write that they are of: their process was frozen,
or the network was cut while they were on their way."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta

import pytest

from backdrop.core.triggers import Cause
from backdrop.storage import open_storage
from backdrop.storage.protocol import Receipt, Storage
from tests.contract.making import EVERYTHING, NOW, at, record, write
from tests.contract.mongo_rooms import Place, frozen
from tests.servers.mongodb import Mongod

MINUTE = at("2020-01-01")
FAR = NOW + timedelta(days=1)
KEYED = write(receipt=Receipt("key", "print", FAR))

TWO = [record("a", size=2), record("z", size=2)]

Work = Callable[[Storage], object]
WORK: dict[str, tuple[Work, Place]] = {
    "replaced": (
        lambda storage: storage.append("things", [record("a", size=2)], write()),
        Place("update", "things"),
    ),
    "replaced with others": (
        lambda storage: storage.append("things", TWO, write()),
        Place("update", "things"),
    ),
    "deleted": (lambda storage: storage.delete("things", "a", write()), Place("delete", "things")),
    "receipt put down": (
        lambda storage: storage.append("things", [record("b")], KEYED),
        Place("update", "_backdrop.receipts"),
    ),
    "receipt": (
        lambda storage: storage.append("things", [record("b")], KEYED),
        Place("update", "_backdrop.receipts", [2]),
    ),
}
"""What is done, and by which command, at which collection, it is done last."""
DROPS = {
    "built beside": Place("createIndexes", "_backdrop.fresh."),
    "dropped": Place("renameCollection", "_backdrop.fresh."),
    "receipts dropped": Place("delete", "_backdrop.receipts"),
    "triggers dropped": Place("delete", "_backdrop.triggers"),
}


def test_what_was_acknowledged_outlives_late_commands(mongod: Mongod) -> None:
    urls = [mongod.url() for _ in WORK]
    storages = [open_storage(url) for url in urls]
    for storage in storages:
        storage.append("things", [record("a", MINUTE, size=1), record("z", size=1)], write())

    def write_anew(storage: Storage) -> None:
        # waits until the lease is over
        storage.append("things", [record("a", MINUTE, size=3), record("z", size=3)], write())

    with ExitStack() as late:
        for url, (work, place) in zip(urls, WORK.values(), strict=True):
            late.enter_context(frozen(url, work, place))
        with ThreadPoolExecutor(len(WORK)) as pool:
            assert list(pool.map(write_anew, storages, timeout=60))
    found = []
    for storage in storages:
        storage.append("things", [record("b")], KEYED)
        found.append({one["_id"]: one.get("size") for one in storage.find("things", EVERYTHING, None, 0)})
        storage.close()
    assert found == [{"a": 3, "b": None, "z": 3}] * len(WORK)


def test_a_late_drop_drops_nothing_that_was_written_since(
    mongod: Mongod, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as where the clock of a process stands still while its machine is suspended
    monkeypatch.setattr("backdrop.storage.mongo.leases._RENEWED_AFTER", math.inf)
    urls = [mongod.url() for _ in DROPS]
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
        for url, place in zip(urls, DROPS.values(), strict=True):
            late.enter_context(frozen(url, lambda storage: storage.drop("things"), place))
        with ThreadPoolExecutor(len(DROPS)) as pool:
            assert list(pool.map(write_anew, storages, timeout=60))
    for storage, kind in zip(storages, DROPS, strict=True):
        left = ["a", "b"] if kind in ("built beside", "dropped") else ["b"]
        assert storage.append("things", [record("c")], write(receipt=Receipt("new", "", FAR))) is None
        assert [one["_id"] for one in storage.find("things", EVERYTHING, None, 0)] == left
        assert "new" in [one.id for one in storage.waiting_triggers(FAR, 10)]
        # which completes it
        assert storage.drop("things") is not None
        assert storage.find("things", EVERYTHING, None, 0) == []
        storage.close()
