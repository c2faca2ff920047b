"""Drops and the marks that they leave, in the catalogue of the MongoDB engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import monitoring
from pymongo.database import Database

from backdrop.core.triggers import Cause, Trigger
from backdrop.core.values import Value
from backdrop.storage import open_storage
from backdrop.storage.mongo.leases import LEASE_SECONDS
from backdrop.storage.protocol import DroppedSince, Receipt, Storage, StorageUnavailable
from tests.contract.making import EVERYTHING, NOW, at, record, write
from tests.contract.mongo_rooms import Commands, dies_in, rooms
from tests.processes import wait_until

CATALOGUE, COUNT = "_backdrop.data_sets", "_backdrop.drops"
TIME = at("2020-01-01")
OLD: list[dict[str, Value]] = [record("a", TIME), record("b", TIME)]
RECEIPT = Receipt("key", "print", at("2030-01-01"))
LATE: list[dict[str, Value]] = [record("late", TIME)]
KINDS = ("mongod", "replica_set")


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param).url())


@pytest.fixture
def database(url: str) -> Iterator[Database[dict[str, Any]]]:
    with rooms(url) as found:
        yield found


def ids(storage: Storage) -> set[object]:
    return {one["_id"] for one in storage.find("things", EVERYTHING, None, 0)}


WORK: dict[str, tuple[int, Callable[[Storage, int | None], object]]] = {
    "append": (7, lambda storage, as_of: storage.append("things", LATE, write(as_of=as_of))),
    "append fresh": (
        7,
        lambda storage, as_of: storage.append("things", LATE, write(fresh_ids=True, as_of=as_of)),
    ),
    "replace": (12, lambda storage, as_of: storage.replace("things", LATE, write(as_of=as_of))),
    "update": (7, lambda storage, as_of: storage.update("things", "a", dict, write(as_of=as_of))),
    "delete": (7, lambda storage, as_of: storage.delete("things", "a", write(as_of=as_of))),
}


@pytest.mark.parametrize("work", WORK)
def test_a_write_finds_the_mark_in_what_it_gets_anyway(
    url: str, work: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # making a lease last longer goes by the clock
    monkeypatch.setattr("backdrop.storage.mongo.leases._RENEWED_AFTER", LEASE_SECONDS)
    most, do = WORK[work]
    commands = Commands()
    monitoring.register(commands)
    counts = []
    for as_of in (None, 0):
        storage = open_storage(url)
        storage.replace("things", OLD, write())
        commands.names.clear()
        do(storage, as_of)
        counts.append(list(commands.names))
        storage.close()
    assert counts[0] == counts[1]
    assert len(counts[0]) <= most


def test_the_count_is_asked_for_by_one_command(url: str) -> None:
    commands = Commands()
    monitoring.register(commands)
    storage = open_storage(url)
    storage.ping()
    storage.drop("things")
    commands.names.clear()
    assert storage.drops() == 1
    assert commands.names == ["find"]
    storage.close()


def test_a_catalogue_of_before_goes_on(storage: Storage, database: Database[dict[str, Any]]) -> None:
    """It has neither a count nor marks."""
    storage.append("things", OLD, write())
    database[CATALOGUE].update_many({}, {"$unset": {"dropped": ""}})
    database.drop_collection(COUNT)
    assert storage.drops() == 0
    assert storage.append("things", [record("new")], write(as_of=0)) is not None
    assert storage.drop("things") is not None
    with pytest.raises(DroppedSince):
        storage.append("things", LATE, write(as_of=0))


def test_an_old_collection_is_dropped_and_not_revived(
    storage: Storage, database: Database[dict[str, Any]]
) -> None:
    database["things"].insert_many([{"_id": "a", "_timestamp": TIME, "_updated_at": NOW}])
    dropped = storage.drop("things")
    assert dropped is not None
    assert (dropped.removed, dropped.span) == (1, (TIME, TIME))
    with pytest.raises(DroppedSince):
        storage.append("things", LATE, write(as_of=0))
    assert database["things"].find_one() is None
    assert storage.drop("things") is None


def test_one_that_is_restored_by_hand_after_a_drop_is_there_again(
    storage: Storage, database: Database[dict[str, Any]]
) -> None:
    storage.append("things", OLD, write())
    storage.drop("things")
    assert storage.update("things", "a", dict, write()) is None
    assert "things" not in storage.last_writes()
    database["things"].insert_one({"_id": "a", "_timestamp": TIME, "_updated_at": NOW})
    assert storage.update("things", "a", dict, write()) is not None
    assert ids(storage) == {"a"}
    assert "things" in storage.last_writes()
    assert storage.drop("things") is not None
    assert storage.drop("things") is None


def test_a_restored_count_that_is_older_than_the_catalogue_catches_up(
    storage: Storage, database: Database[dict[str, Any]]
) -> None:
    """A backup of a database that is written to need not be of one moment. Who asks anew must get through."""
    for _ in range(5):
        storage.drop("things")
    database[COUNT].update_one({}, {"$set": {"taken": 2, "told": 2}})
    with pytest.raises(DroppedSince) as refused:
        storage.append("things", LATE, write(as_of=storage.drops()))
    assert refused.value.drops == storage.drops() == 5
    assert storage.append("things", LATE, write(as_of=storage.drops())) is not None
    database[COUNT].update_one({}, {"$set": {"taken": 2, "told": 2}})
    trigger = Trigger("t", "things", TIME, TIME, "")
    with pytest.raises(DroppedSince):
        storage.keep_trigger(trigger, NOW, storage.drops())
    storage.keep_trigger(trigger, NOW, storage.drops())
    database[COUNT].update_one({}, {"$set": {"taken": 2, "told": 2}})
    # nobody was told of a drop after it, so that this is no answer to "was it dropped since?"
    with pytest.raises(StorageUnavailable, match="anew"):
        storage.drop("things", storage.drops())
    assert storage.drop("things", storage.drops()) is not None


def test_a_drop_that_has_its_number_and_waits_is_refused_if_another_is_faster(
    storage: Storage, database: Database[dict[str, Any]]
) -> None:
    storage.append("things", OLD, write())
    entry, soon = {"_id": "things"}, datetime.now(UTC) + timedelta(seconds=60)
    lease = {"holder": "other", "write": "other", "process": "other", "until": soon}
    database[CATALOGUE].update_one(entry, {"$set": {"lease": lease}})
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(storage.drop, "things", 0)
        wait_until(lambda: storage.drops() == 1, "its number", 30)
        # the other one has dropped it, and it was made anew
        database[COUNT].update_one({}, {"$set": {"taken": 2, "told": 2}})
        made_anew = {"exists": True, "dropping": False, "dropped": 2}
        database[CATALOGUE].update_one(entry, {"$set": made_anew, "$unset": {"lease": ""}})
        with pytest.raises(DroppedSince) as refused:
            late.result(timeout=30)
    assert refused.value.drops == 2
    assert ids(storage) == {"a", "b"}
    assert storage.append("things", LATE, write(as_of=2)) is not None


def test_a_refusal_writes_nothing(url: str) -> None:
    commands = Commands()
    monitoring.register(commands)
    storage = open_storage(url)
    storage.drop("things")
    storage.append("things", OLD, write())
    commands.names.clear()
    with pytest.raises(DroppedSince):
        storage.drop("things", 0)
    assert commands.names == ["find", "find"]
    commands.names.clear()
    with pytest.raises(DroppedSince):
        storage.keep_trigger(Trigger("t", "things", TIME, TIME, ""), NOW, 0)
    assert commands.names == ["update", "find", "find", "delete"]
    storage.close()


def test_drops_at_once_have_numbers_of_their_own(url: str, storage: Storage) -> None:
    others = [open_storage(url) for _ in range(4)]
    storage.append("things", OLD, write())
    with ThreadPoolExecutor(4) as pool:
        dropped = list(pool.map(lambda one: one.drop("things"), others))
    assert sum(one is not None for one in dropped) == 1
    assert storage.drops() == 4
    with pytest.raises(DroppedSince) as refused:
        storage.append("things", LATE, write(as_of=3))
    assert refused.value.drops == 4
    for one in others:
        one.close()


def test_a_number_that_was_told_is_never_taken_again(
    storage: Storage, database: Database[dict[str, Any]]
) -> None:
    """As when mongod is killed before what tells it is in its journal: it was taken, durably, before that."""
    storage.drop("things")
    told = storage.drops()
    database[COUNT].update_one({}, {"$set": {"told": told - 1}})
    storage.append("others", OLD, write(as_of=told))
    storage.drop("others")
    with pytest.raises(DroppedSince):
        storage.append("others", LATE, write(as_of=told))


@pytest.mark.faults
@pytest.mark.parametrize("kind", KINDS)
def test_a_drop_killed_at_any_step_is_repaired_with_its_mark(
    request: pytest.FixtureRequest, kind: str
) -> None:
    """If any of the records are gone, who could write before can't any more; and another drop completes it."""
    urls: list[str] = []
    died = True
    while died:
        urls.append(request.getfixturevalue(kind).url())
        storage = open_storage(urls[-1])
        storage.append("things", OLD, write(cause=Cause("c", "")))
        storage.close()
        died = dies_in(urls[-1], lambda dying: dying.drop("things"), len(urls))
    assert len(urls) > 6
    with ThreadPoolExecutor(4) as pool:
        for looked in [pool.submit(_look_after_a_death, url) for url in urls]:
            looked.result(timeout=60)


@pytest.mark.faults
@pytest.mark.parametrize("kind", KINDS)
def test_a_drop_cut_off_at_any_step_is_no_reason_to_refuse_another(
    request: pytest.FixtureRequest, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of the same: it completes the one before, or that was done."""
    # making a lease last longer goes by the clock, and would be a step more
    monkeypatch.setattr("backdrop.storage.mongo.leases._RENEWED_AFTER", LEASE_SECONDS)
    urls: list[str] = []
    died = True
    while died:
        urls.append(request.getfixturevalue(kind).url())
        storage = open_storage(urls[-1])
        storage.append("things", OLD, write(receipt=RECEIPT))
        storage.close()
        died = dies_in(urls[-1], lambda dying: dying.drop("things", 0), len(urls))
    assert len(urls) > 6
    with ThreadPoolExecutor(4) as pool:
        outcomes = [pool.submit(_drop_after_a_death, url) for url in urls]
        done = [one.result(timeout=60) for one in outcomes]
    # only the last one may have been done when it died
    assert done.index(True) >= len(done) - 2


def _drop_after_a_death(url: str) -> bool:
    """Whether the drop that died was done."""
    storage = open_storage(url)
    try:
        storage.drop("things", 0)
    except DroppedSince:
        was_done = True
    else:
        was_done = False
    assert ids(storage) == set()
    with pytest.raises(DroppedSince):
        storage.drop("things", 0)
    assert storage.append("things", OLD, write(receipt=RECEIPT, as_of=storage.drops())) is not None
    with pytest.raises(DroppedSince):
        storage.drop("things", 0)
    assert ids(storage) == {"a", "b"}
    storage.close()
    return was_done


def _look_after_a_death(url: str) -> None:
    storage = open_storage(url)
    # whoever writes next takes back what is left
    storage.append("things", [record("new", TIME)], write(as_of=storage.drops()))
    survived = {"a", "b"} <= ids(storage)
    try:
        storage.append("things", LATE, write(as_of=0))
    except DroppedSince:
        late_is_refused = True
    else:
        late_is_refused = False
    assert survived or late_is_refused
    if late_is_refused:
        # made anew, it is no longer for that drop to complete
        with pytest.raises(DroppedSince):
            storage.drop("things", 0)
    assert {"new"} <= ids(storage)
    with rooms(url) as database:
        assert {"_timestamp": 1, "_id": 1} in [one["key"] for one in database["things"].list_indexes()]
    assert storage.drop("things") is not None
    with pytest.raises(DroppedSince):
        storage.append("things", LATE, write(as_of=storage.drops() - 1))
    assert ids(storage) == set()
    storage.close()


def test_a_trigger_kept_while_its_data_set_is_dropped_does_not_stay(url: str) -> None:
    storage, other = open_storage(url), open_storage(url)
    later = at("2030-01-01")
    for life in range(5):
        start = threading.Barrier(2)

        def keep(life: int = life, start: threading.Barrier = start) -> None:
            start.wait(30)
            deadline, number = time.monotonic() + 60, 0
            while time.monotonic() < deadline:
                number += 1
                try:
                    storage.keep_trigger(Trigger(f"{life}/{number}", "things", TIME, TIME, ""), NOW, life)
                except DroppedSince:
                    return
            raise AssertionError("never refused")

        with ThreadPoolExecutor(1) as pool:
            keeping = pool.submit(keep)
            start.wait(30)
            other.drop("things")
            keeping.result(timeout=90)
        assert list(storage.waiting_triggers(later, 10)) == []
    storage.close()
    other.close()


def test_a_receipt_under_a_key_is_forgotten_where_nothing_else_is(
    storage: Storage, database: Database[dict[str, Any]]
) -> None:
    """A drop that died half way has left it."""
    storage.append("things", OLD, write(receipt=RECEIPT))
    database.drop_collection("things")
    assert storage.drop("things") is None
    assert storage.append("things", OLD, write(receipt=RECEIPT, as_of=1)) is not None
