"""Collections that were built for a write, and are there when it has long been taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database

from backdrop.storage.protocol import Storage
from tests.contract.making import EVERYTHING, NOW, record, write
from tests.contract.mongo_rooms import Place, frozen, rooms
from tests.running import wait_until
from tests.servers.mongodb import Mongod

UNDO = "_backdrop.undo"
HOURS = timedelta(hours=1)


def put(storage: Storage) -> object:
    return storage.replace("things", [record("put 1"), record("put 2")], write())


def fresh(database: Database[dict[str, Any]]) -> list[str]:
    return [name for name in database.list_collection_names() if "fresh" in name]


def notes(database: Database[dict[str, Any]]) -> int:
    return database[UNDO].count_documents({})


def sweep_later(storage: Storage, database: Database[dict[str, Any]], by: timedelta) -> None:
    """Has notes be older than they are, and sweeps."""
    for note in database[UNDO].find():
        database[UNDO].update_one({"_id": note["_id"]}, {"$set": {"since": note["since"] - by}})
    storage.waiting_triggers(NOW, 10)


def stored(storage: Storage) -> list[object]:
    return [one["_id"] for one in storage.find("things", EVERYTHING, None, 0)]


@pytest.fixture
def url(mongod: Mongod) -> str:
    return mongod.url()


def test_one_that_a_late_command_has_made_goes_a_day_after_it_was_seen(url: str, storage: Storage) -> None:
    storage.append("things", [record("a")], write())
    with frozen(url, put, Place("insert", "_backdrop.fresh.")):
        # waits until the lease is over
        storage.append("things", [record("b")], write())
    with rooms(url) as database:
        # who sent it hung up at once
        wait_until(lambda: fresh(database), "the late insert", 10)
        for by in (timedelta(0), 23 * HOURS, timedelta(0)):
            sweep_later(storage, database, by)
            assert (len(fresh(database)), notes(database)) == (1, 1)
        sweep_later(storage, database, 2 * HOURS)
        assert (fresh(database), notes(database)) == ([], 0)
    assert stored(storage) == ["a", "b"]


def test_one_of_a_write_under_way_stays_and_its_note_goes_with_it(url: str, storage: Storage) -> None:
    storage.append("things", [record("a")], write())
    with rooms(url) as database, frozen(url, put, Place("renameCollection", "_backdrop.fresh.")):
        for _ in range(2):
            sweep_later(storage, database, 30 * HOURS)
            assert (len(fresh(database)), notes(database)) == (1, 1)
    with rooms(url) as database:
        assert (fresh(database), notes(database)) == ([], 0)
    assert stored(storage) == ["put 1", "put 2"]
