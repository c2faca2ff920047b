"""Ids that turn up between the look and the write, as late commands of others leave them, and operators' unique
indexes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pymongo import monitoring
from pymongo.database import Database

from backdrop.storage.protocol import Storage, StorageUnavailable
from tests.contract.making import EVERYTHING, record, write
from tests.contract.mongo_rooms import At, Place, rooms

Rooms = Database[dict[str, Any]]

A = record("a", size=1)
SECRET = "hunter2"


@pytest.fixture(params=["mongod", "replica_set"])
def url(request: pytest.FixtureRequest) -> str:
    server = request.getfixturevalue(request.param)
    return str(server.url())


@pytest.fixture
def database(url: str) -> Iterator[Rooms]:
    with rooms(url) as found:
        yield found


@contextmanager
def arriving(storage: Storage, database: Rooms, times: int) -> Iterator[At]:
    """A data set with one record; another one is put there just before each of the first so many inserts."""

    def arrive() -> None:
        database["things"].replace_one({"_id": "b"}, {"size": "late"}, upsert=True)

    inserts = At(Place("insert", "things", range(1, times + 1)), arrive)
    monitoring.register(inserts)
    storage.append("things", [A], write())
    inserts.is_armed = True
    yield inserts
    inserts.is_armed = False


def found(storage: Storage) -> dict[object, object]:
    return {one["_id"]: one.get("size") for one in storage.find("things", EVERYTHING, None, 0)}


@pytest.mark.parametrize("fresh_ids", [False, True])
def test_one_that_comes_between_the_look_and_the_write_is_replaced(
    storage: Storage, database: Rooms, fresh_ids: bool
) -> None:
    with arriving(storage, database, times=1) as inserts:
        assert storage.append("things", [record("b", size=2)], write(fresh_ids=fresh_ids)) is not None
    assert inserts.is_done
    assert found(storage) == {"a": 1, "b": 2}


@pytest.mark.parametrize("url", ["mongod"], indirect=True)
def test_who_meets_one_again_and_again_may_come_back(storage: Storage, database: Rooms) -> None:
    """On a server alone: in a transaction the next look finds it."""
    with (
        arriving(storage, database, times=99),
        pytest.raises(StorageUnavailable, match="send them again") as told,
    ):
        storage.append("things", [A, record("b", size=2)], write())
    assert "things" in told.value.trouble
    assert found(storage) == {"a": 1}
    assert storage.append("things", [record("b", size=3)], write()) is not None
    assert found(storage) == {"a": 1, "b": 3}


WRITES: dict[str, Callable[[Storage], object]] = {
    "new": lambda storage: storage.append("things", [record("b", secret=SECRET)], write()),
    "fresh": lambda storage: storage.append("things", [record("b", secret=SECRET)], write(fresh_ids=True)),
    "known": lambda storage: storage.append("things", [record("other", secret=SECRET)], write()),
    "changed": lambda storage: storage.update(
        "things", "other", lambda one: {**one, "secret": SECRET}, write()
    ),
    "replaced": lambda storage: storage.replace(
        "things", [record(id_, secret=SECRET) for id_ in "ab"], write()
    ),
}


@pytest.mark.parametrize("work", WRITES)
def test_what_an_operators_unique_index_refuses_is_told_with_the_index(
    storage: Storage, database: Rooms, work: str
) -> None:
    """To the operator, who alone can do something about it."""
    held = [record("a", secret=SECRET), record("other", secret="")]
    storage.append("things", held, write())
    database["things"].create_index([("secret", 1), ("_id.none", 1)], unique=True, name="of an operator")
    with pytest.raises(StorageUnavailable) as told:
        WRITES[work](storage)
    assert "'things' has a unique index on (secret, _id.none)" in told.value.trouble
    assert (
        str(told.value)
        == "some of these records can't be stored beside those that are there; our log says why"
    )
    assert SECRET not in told.value.trouble
    assert told.value.__suppress_context__
    assert storage.find("things", EVERYTHING, None, 0) == held
    database["things"].drop_index("of an operator")
    assert WRITES[work](storage) is not None
