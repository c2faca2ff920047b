"""Writers and servers of MongoDB that are killed, stopped and frozen: nothing acknowledged is lost, nothing is half."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from backdrop.core.triggers import Cause
from backdrop.core.values import Value
from backdrop.storage import open_storage
from backdrop.storage.protocol import Receipt, Record, Storage, StorageUnavailable
from tests.contract.making import EVERYTHING, NOW, PLENTY, at, record, write
from tests.contract.mongo_rooms import dies_in, rooms
from tests.servers.mongodb import Mongod
from tests.stopwatch import Stopwatch

pytestmark = pytest.mark.faults

KILLS = 10
LATER = NOW + timedelta(hours=1)
MINUTE = at("2020-01-01T00:01:00")
RECEIPT = Receipt("key", "print", NOW + timedelta(days=1))
OLD: list[dict[str, Value]] = [record("old", MINUTE, size=1), record("other", MINUTE, size=1)]
FRESH: list[dict[str, Value]] = [record(f"new {i}", MINUTE, size=2) for i in range(30)]
KNOWN: list[dict[str, Value]] = [record("old", MINUTE, size=2), *FRESH]


def change(before: Record) -> Record:
    return {**before, "size": 2}


WORK: dict[str, Callable[[Storage], object]] = {
    "fresh": lambda storage: storage.append("things", FRESH, write(cause=Cause("c", ""), fresh_ids=True)),
    "known": lambda storage: storage.append("things", KNOWN, write(cause=Cause("c", ""))),
    "key": lambda storage: storage.append("things", FRESH, write(cause=Cause("c", ""), receipt=RECEIPT)),
    "replace": lambda storage: storage.replace("things", FRESH, write(cause=Cause("c", ""))),
    "update": lambda storage: storage.update("things", "old", change, write(cause=Cause("c", ""))),
    "delete": lambda storage: storage.delete("things", "old", write(cause=Cause("c", ""))),
    "drop": lambda storage: storage.drop("things"),
}
AFTER: Mapping[str, list[dict[str, Value]]] = {
    "fresh": [*OLD, *FRESH],
    "known": [KNOWN[0], OLD[1], *FRESH],
    "key": [*OLD, *FRESH],
    "replace": FRESH,
    "update": [KNOWN[0], OLD[1]],
    "delete": OLD[1:],
    "drop": [],
}


def by_id(records: list[dict[str, Value]]) -> list[dict[str, Value]]:
    return sorted(records, key=lambda one: str(one["_id"]))


def stored(storage: Storage, name: str = "things") -> list[dict[str, Value]]:
    return by_id(storage.find(name, EVERYTHING, None, 0))


DEATHS = [
    *(("mongod", kind) for kind in WORK),
    # dropping takes a lease there as well, and what is in a transaction matters little
    *(("replica_set", kind) for kind in ("key", "replace", "update")),
]


@pytest.mark.parametrize(("server", "kind"), DEATHS)
def test_a_writer_killed_at_any_step_leaves_all_or_nothing(
    request: pytest.FixtureRequest, server: str, kind: str
) -> None:
    """Whoever writes next takes away what is left, and sending again completes."""
    urls: list[str] = []
    died = True
    while died:
        urls.append(request.getfixturevalue(server).url())
        with_old(urls[-1])
        died = dies_in(urls[-1], WORK[kind], len(urls))
    assert len(urls) > 4
    # most of it is waiting for leases and transactions of the dead
    with ThreadPoolExecutor(4) as pool:
        for looked in [pool.submit(look_after_a_death, kind, url) for url in urls]:
            looked.result(timeout=60)


def test_a_write_cut_off_is_taken_back_after_days_as_well(mongod: Mongod) -> None:
    """What it takes is there as long as its lease; only what a finished write has left goes after a day."""
    url = ""
    for step in range(1, 20):
        url = mongod.url()
        with_old(url)
        assert dies_in(url, WORK["fresh"], step)
        with rooms(url) as database:
            if database["things"].count_documents({}) > len(OLD):
                break
    else:
        raise AssertionError("never half way")
    with rooms(url) as database:
        database["_backdrop.undo"].insert_one({"_id": "finished/0"})
        for index in database["_backdrop.undo"].list_indexes():
            assert "expireAfterSeconds" not in index
        database["_backdrop.undo"].update_many({}, {"$set": {"since": NOW - timedelta(days=365)}})
    storage = open_storage(url)
    assert storage.waiting_triggers(LATER, PLENTY) == []
    with rooms(url) as database:
        assert "finished/0" not in {one["_id"] for one in database["_backdrop.undo"].find()}
    storage.delete("things", "unknown", write())
    assert stored(storage) == by_id(OLD)
    assert [one.id for one in storage.waiting_triggers(LATER, PLENTY)] == ["c"]
    storage.close()


def with_old(url: str) -> None:
    storage = open_storage(url)
    storage.append("things", OLD, write())
    storage.close()


def look_after_a_death(kind: str, url: str) -> None:
    storage = open_storage(url)
    # a sweep for triggers, or a write of another, finds what the dead one has left
    storage.append("things", [], write()) if kind == "drop" else storage.delete("things", "unknown", write())
    left = stored(storage)
    done = left == by_id(AFTER[kind])
    # what was replaced in place is not put back; the request is sent again
    assert done or left == by_id(OLD) or (kind == "known" and set(map(_id, left)) == {"old", "other"})
    if done and kind != "drop":
        assert storage.version("things") > 1
        assert [one.id for one in storage.waiting_triggers(LATER, PLENTY)] == ["c"]
    WORK[kind](storage)
    assert stored(storage) == by_id(AFTER[kind])
    with rooms(url) as database:
        assert not [one for one in database.list_collection_names() if "fresh" in one]
        assert not list(database["_backdrop.data_sets"].find({"lease": {"$exists": True}}))
    storage.close()


def _id(one: dict[str, Value]) -> str:
    return str(one["_id"])


@pytest.fixture
def own_mongod(tmp_path: Path) -> Iterator[Mongod]:
    with Mongod(tmp_path) as server:
        yield server


def test_nothing_is_lost_when_mongod_is_killed(
    own_mongod: Mongod, capsys: pytest.CaptureFixture[str]
) -> None:
    url = own_mongod.url()
    storage = open_storage(url)
    acknowledged: list[str] = []
    unavailable: list[str] = []
    stop, rng = threading.Event(), random.Random()

    def send(thread: int) -> None:
        number = 0
        while not stop.is_set():
            tag = f"{thread}/{number}"
            key = Receipt(tag, "print", NOW + timedelta(days=1))
            batch = [record(f"{tag}/{i}", MINUTE, kind=tag) for i in range(20)]
            try:
                storage.append(f"things{thread % 2}", batch, write(receipt=key, fresh_ids=True))
            except StorageUnavailable as error:
                unavailable.append(str(error))
                time.sleep(0.05)
                continue  # the same again
            acknowledged.append(tag)
            number += 1

    with ThreadPoolExecutor(4) as pool:
        senders = [pool.submit(send, thread) for thread in range(4)]
        try:
            for _ in range(KILLS):
                known = len(acknowledged)
                while len(acknowledged) < known + 5:
                    time.sleep(0.01)
                time.sleep(rng.uniform(0, 0.2))
                own_mongod.kill()
                own_mongod.start()
        finally:
            known = len(acknowledged)
            time.sleep(0.5)
            stop.set()
        for sender in senders:
            sender.result(timeout=60)
    found = Counter(str(one["kind"]) for name in ("things0", "things1") for one in stored(storage, name))
    lost = [tag for tag in acknowledged if found[tag] < 20]
    twice = [tag for tag, count in found.items() if count > 20]
    with capsys.disabled():
        print(
            f"\nmongod killed {KILLS} times: {len(acknowledged)} batches acknowledged, {len(found)} found,"
            f" {len(lost)} lost, {len(twice)} twice, {len(unavailable)} answers 503"
        )
    assert (lost, twice, set(found.values())) == ([], [], {20})
    storage.close()


def test_a_server_that_is_frozen_or_gone_is_unavailable_within_seconds(own_mongod: Mongod) -> None:
    storage = open_storage(own_mongod.url() + "&serverSelectionTimeoutMS=1000")
    storage.append("things", OLD, write())
    own_mongod.freeze()
    with Stopwatch() as took, pytest.raises(StorageUnavailable):
        storage.ping()
    assert took.seconds < 8
    own_mongod.thaw()
    storage.ping()
    storage.append("things", FRESH, write())
    own_mongod.kill()
    for work in (storage.ping, lambda: storage.append("things", FRESH, write()), storage.last_writes):
        with Stopwatch() as took, pytest.raises(StorageUnavailable) as trouble:
            work()
        assert took.seconds < 8
        assert own_mongod.address not in str(trouble.value)
        assert own_mongod.address in trouble.value.trouble
    own_mongod.start()
    assert stored(storage) == by_id([*OLD, *FRESH])
    storage.close()


def test_hosts_that_nobody_has_are_unavailable() -> None:
    storage = open_storage("mongodb://user:hunter2@nowhere.invalid/x?serverSelectionTimeoutMS=300")
    with pytest.raises(StorageUnavailable) as trouble:
        storage.ping()
    assert "nowhere" not in str(trouble.value)
    assert "nowhere.invalid:27017 not reached" in trouble.value.trouble
    assert not re.search("hunter2|user", f"{trouble.value} {trouble.value.trouble}")
    storage.close()
