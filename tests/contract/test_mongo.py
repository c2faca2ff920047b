"""What is special about the MongoDB engine, on a server alone and on a replica set."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from pymongo import monitoring
from pymongo.database import Database

from backdrop.core.errors import InvalidRecords
from backdrop.core.periods import Period
from backdrop.core.query import Filter, Grouping, Selection
from backdrop.core.triggers import Cause
from backdrop.core.values import Value
from backdrop.storage import open_storage
from backdrop.storage.mongo.collection_names import LONGEST
from backdrop.storage.mongo.leases import LEASE_SECONDS
from backdrop.storage.protocol import Receipt, Storage, Written
from tests.contract.making import EVERYTHING, NOW, PLENTY, at, record, write
from tests.contract.mongo_rooms import Commands, rooms
from tests.running import wait_until

OLD_ID = ObjectId("52d7d0f0e4b0a1f1a2b3c4d5")


@pytest.fixture(params=["mongod", "replica_set"])
def url(request: pytest.FixtureRequest) -> str:
    server = request.getfixturevalue(request.param)
    return str(server.url())


@pytest.fixture
def database(url: str) -> Iterator[Database[dict[str, Any]]]:
    with rooms(url) as found:
        yield found


def old_document(id_: object, day: int, **values: object) -> dict[str, Any]:
    """As the first Backdrop stored it, in the middle of a day of January 2014."""
    starts = {f"_{period.value}_start_at": at(f"2014-01-{day:02}") for period in Period}
    timestamp = at(f"2014-01-{day:02}T12:30:00")
    return {"_id": id_, "_timestamp": timestamp, "_updated_at": timestamp, **starts, **values}


def shown(document: dict[str, Any]) -> dict[str, Value]:
    """The record in an old document."""
    return {
        key: str(value) if isinstance(value, ObjectId) else value
        for key, value in document.items()
        if not key.endswith("_start_at")
    }


@pytest.fixture
def old(database: Database[dict[str, Any]]) -> list[dict[str, Any]]:
    documents = [
        old_document("text", 3, size=1),
        old_document(OLD_ID, 5, size=2, kind="x"),
        old_document("another", 9, size=4),
    ]
    database["old_data"].insert_many(documents)
    return documents


def test_old_collections_are_read_as_they_are(storage: Storage, old: list[dict[str, Any]]) -> None:
    assert storage.find("old_data", EVERYTHING, None, 0) == [shown(one) for one in old]
    by_id = Selection(filters=(Filter("_id", (str(OLD_ID),)),))
    assert storage.find("old_data", by_id, None, 0) == [shown(old[1])]
    assert [
        one.count for one in storage.fold("old_data", EVERYTHING, Grouping(period=Period.MONTH), PLENTY)
    ] == [3]
    assert storage.version("old_data") == 0
    assert storage.last_writes() == {"old_data": at("2014-01-09T12:30:00")}
    assert storage.last_writes() == {"old_data": at("2014-01-09T12:30:00")}


def test_old_collections_are_written_without_a_migration(
    storage: Storage, database: Database[dict[str, Any]], old: list[dict[str, Any]]
) -> None:
    posted = record(str(OLD_ID), at("2014-02-01"), size=5)
    done = storage.append("old_data", [posted, record("new")], write(cause=Cause("c", "r")))
    assert done is not None
    assert (done.removed, done.span) == (1, (at("2014-01-05T12:30:00"), at("2014-02-01")))
    stored = database["old_data"].find_one({"_id": OLD_ID})
    assert stored == {**posted, "_id": OLD_ID, "_day_start_at": at("2014-02-01")}
    assert database["old_data"].find_one({"_id": str(OLD_ID)}) is None
    changed = storage.update("old_data", "text", lambda before: {**before, "size": 7}, write())
    assert changed == Written(1, (at("2014-01-03T12:30:00"), at("2014-01-03T12:30:00")))
    assert set(database["old_data"].find_one({"_id": "text"}) or ()) == {
        *("_id", "_timestamp", "_updated_at", "_day_start_at", "size")
    }
    assert storage.delete("old_data", str(OLD_ID), write()) == Written(
        1, (at("2014-02-01"), at("2014-02-01"))
    )
    assert len(storage.find("old_data", EVERYTHING, None, 0)) == 3
    assert storage.last_writes() == {"old_data": NOW}
    assert database["old_data"].find_one({"_id": "another"}) == old[2]


def test_the_first_write_to_an_old_collection_may_be_any(storage: Storage, old: list[dict[str, Any]]) -> None:
    assert storage.update("old_data", "nowhere", dict, write()) is None
    assert storage.delete("old_data", "another", write()) is not None
    assert storage.drop("old_data") == Written(2, (old[0]["_timestamp"], old[1]["_timestamp"]))
    assert storage.drop("old_data") is None
    assert storage.last_writes() == {}


def test_old_capped_collections_become_plain_ones(
    storage: Storage, database: Database[dict[str, Any]]
) -> None:
    documents = [old_document(ObjectId(), 1 + i, size=i) for i in range(20)]
    database.create_collection("realtime", capped=True, size=1_000_000).insert_many(documents)
    assert storage.find("realtime", EVERYTHING, None, 0) == [shown(one) for one in documents]
    assert len(storage.fold("realtime", EVERYTHING, Grouping(("size",)), PLENTY)) == 20
    storage.append("realtime", [record("new", at("2015-01-01"))], write(capped_size=1_000))
    left = storage.find("realtime", EVERYTHING, None, 0)
    assert left[-1] == record("new", at("2015-01-01"))
    assert left[:-1] == [shown(one) for one in documents[21 - len(left) :]]
    assert 3 < len(left) < 20


def test_the_index_is_made_with_a_data_set_and_for_those_that_were_there(
    storage: Storage, database: Database[dict[str, Any]], old: list[dict[str, Any]]
) -> None:
    storage.append("new_data", [record("a")], write())
    wanted = {"_timestamp": 1, "_id": 1}
    assert wanted in [index["key"] for index in database["new_data"].list_indexes()]
    storage.append("old_data", [record("a")], write())
    wait_until(lambda: wanted in [index["key"] for index in database["old_data"].list_indexes()], "the index")
    storage.drop("new_data")
    storage.append("new_data", [record("a")], write())
    assert wanted in [index["key"] for index in database["new_data"].list_indexes()]


def test_indexes_of_operators_outlast_a_put(
    storage: Storage, database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.append("things", [record("a", kind="x")], write())
    database["things"].create_index([("kind", 1), ("_timestamp", -1)], name="by kind", sparse=True)
    monkeypatch.setattr("backdrop.storage.mongo.contents.MOST_IN_A_TRANSACTION", 0)
    before = database["things"].index_information()
    for i in range(2):
        storage.replace("things", [record(f"{i}", kind="y"), record("b")], write())
        assert database["things"].index_information() == before
    assert [name for name in database.list_collection_names() if "fresh" in name] == []


def test_our_index_under_another_name_is_enough_for_a_put(
    storage: Storage, database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backdrop.storage.mongo.contents.MOST_IN_A_TRANSACTION", 0)
    database["things"].create_index([("_timestamp", 1), ("_id", 1)], name="by time")
    before = database["things"].index_information()
    storage.replace("things", [record("a")], write())
    assert database["things"].index_information() == before


def test_names_too_long_for_a_collection_are_told_apart(storage: Storage) -> None:
    names = ["x" * LONGEST, "x" * (LONGEST + 1), "x" * 500, "x" * 499 + "y"]
    for name in names:
        storage.append(name, [record(name, at("2020-01-01"))], write())
        storage.replace(name, [record(name, at("2020-01-02"))], write())
    assert [storage.find(name, EVERYTHING, None, 0) for name in names] == [
        [record(name, at("2020-01-02"))] for name in names
    ]
    assert storage.last_writes() == dict.fromkeys(names, NOW)
    assert storage.drop(names[3]) is not None
    assert set(storage.last_writes()) == set(names[:3])


def test_a_record_too_large_for_a_document_is_refused_by_its_index(storage: Storage) -> None:
    with pytest.raises(InvalidRecords) as refused:
        storage.append("things", [record("a"), record("b", text="x" * 17_000_000)], write())
    assert [fault.index for fault in refused.value.faults] == [1]
    assert storage.version("things") == 0


def many(count: int, tag: str = "") -> list[dict[str, Value]]:
    start = at("2020-01-01")
    return [
        record(f"{tag}{i:06}", start + timedelta(minutes=i), size=i, kind=f"k{i % 7}") for i in range(count)
    ]


WORK: dict[str, Callable[[Storage, int], object]] = {
    "fresh": lambda storage, n: storage.append(
        "things", many(n, "new"), write(fresh_ids=True, cause=Cause("1", ""))
    ),
    "known": lambda storage, n: storage.append("things", many(n), write(cause=Cause("1", ""))),
    "with a key": lambda storage, n: storage.append(
        "things", many(n, "new"), write(receipt=Receipt("key", "print", NOW + timedelta(days=1)))
    ),
    "capped": lambda storage, n: storage.append("things", many(n, "new"), write(capped_size=10_000_000)),
    "replace": lambda storage, n: storage.replace("things", many(n), write(cause=Cause("1", ""))),
    "update": lambda storage, _: storage.update("things", "000003", dict, write(cause=Cause("1", ""))),
    "delete": lambda storage, _: storage.delete("things", "000003", write(cause=Cause("1", ""))),
    "version": lambda storage, _: storage.version("things"),
    "last writes": lambda storage, _: storage.last_writes(),
    "fold": lambda storage, _: storage.fold("things", EVERYTHING, Grouping(("kind",), Period.DAY), PLENTY),
}
MOST_COMMANDS = {"version": 1, "last writes": 2, "fold": 1, "replace": 13, "with a key": 9}


@pytest.mark.parametrize("work", WORK)
def test_the_same_few_commands_for_any_number_of_records(
    url: str, work: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a write under a lease makes it last longer now and then, which goes by the clock and not by the records
    monkeypatch.setattr("backdrop.storage.mongo.leases._RENEWED_AFTER", LEASE_SECONDS)
    commands = Commands()
    monitoring.register(commands)

    def needed(count: int) -> list[str]:
        storage = open_storage(url)
        storage.drop("things")
        storage.append("things", many(count), write(capped_size=10_000_000))
        storage.last_writes()
        commands.names.clear()
        WORK[work](storage, count)
        names = list(commands.names)
        storage.close()
        return names

    few, more = needed(10), needed(1000)
    assert few == more
    assert len(few) <= MOST_COMMANDS.get(work, 8)


def test_a_forked_child_goes_on_with_its_own_connections(storage: Storage) -> None:
    storage.append("things", [record("a")], write())
    child = os.fork()
    if child == 0:
        status = 1
        try:
            storage.append("things", [record("child")], write())
            status = 0 if len(storage.find("things", EVERYTHING, None, 0)) == 2 else 1
            storage.close()
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    storage.append("things", [record("b")], write())
    assert len(storage.find("things", EVERYTHING, None, 0)) == 3
