"""Writers of MongoDB in each other's way, and readers of one that can't know of each other."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from pymongo import MongoClient, monitoring

from backdrop.core.query import Collected, Fact, Grouping
from backdrop.core.values import Value
from backdrop.storage import open_storage
from backdrop.storage.mongo.engine import MongoStorage
from backdrop.storage.protocol import Receipt, Record, Storage, Write
from tests.contract.making import EVERYTHING, NOW, PLENTY, at, record, write
from tests.contract.mongo_rooms import Commands
from tests.running import wait_until
from tests.servers.mongodb import ELECTION_MILLISECONDS, Mongod, ReplicaSet, own_database

MINUTE = at("2020-01-01")


@pytest.fixture(params=["mongod", "replica_set"])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param).url())


@pytest.fixture
def rivals(url: str) -> Iterator[list[Storage]]:
    """Four that know nothing of each other, like so many processes."""
    opened = [open_storage(url) for _ in range(4)]
    yield opened
    for one in opened:
        one.close()


def together(*tasks: Callable[[], object]) -> None:
    with ThreadPoolExecutor(len(tasks)) as pool:
        for done in [pool.submit(task) for task in tasks]:
            done.result(timeout=90)


def add_one(old: Record) -> Record:
    size = old["size"]
    assert isinstance(size, int)
    return {**old, "size": size + 1}


def test_sixteen_threads_of_four_rivals_write_one_data_set(rivals: list[Storage]) -> None:
    rivals[0].append("things", [record("counter", MINUTE, size=0)], write())

    def work(storage: Storage, thread: int) -> None:
        for i in range(4):
            storage.append("things", [record(f"{thread}/{i}/{j}") for j in range(5)], write(fresh_ids=True))
            storage.append("things", [record("same", MINUTE, size=thread)], write())
            storage.update("things", "counter", add_one, write())

    together(*(lambda s=rivals[t % 4], t=t: work(s, t) for t in range(16)))
    found = {str(one["_id"]): one for one in rivals[0].find("things", EVERYTHING, None, 0)}
    assert len(found) == 16 * 4 * 5 + 2
    assert found["counter"]["size"] == 64
    assert rivals[0].version("things") == 1 + 3 * 64


def test_a_capped_data_set_stays_so_whoever_writes(rivals: list[Storage]) -> None:
    def work(storage: Storage, thread: int) -> None:
        for i in range(6):
            batch = [record(f"{thread}/{i}/{j}", MINUTE, kind="x" * 50) for j in range(20)]
            storage.append("things", batch, write(capped_size=5_000))

    together(*(lambda s=rivals[t], t=t: work(s, t) for t in range(4)))
    left = rivals[0].find("things", EVERYTHING, None, 0)
    assert 20 < len(left) < 45


@pytest.mark.parametrize("other", ["replace", "drop"])
def test_a_write_is_before_or_after_a_put_or_a_drop(rivals: list[Storage], other: str) -> None:
    stop = threading.Event()

    def post(storage: Storage, thread: int) -> None:
        for i in range(8):
            batch = [record(f"{thread}/{i}/{j}", MINUTE, kind=f"{thread}/{i}") for j in range(50)]
            storage.append("things", batch, write())

    def disturb() -> None:
        while not stop.is_set():
            if other == "drop":
                rivals[3].drop("things")
            else:
                rivals[3].replace("things", [record("only", kind="only")], write())

    disturbing = threading.Thread(target=disturb)
    disturbing.start()
    try:
        together(*(lambda s=rivals[t], t=t: post(s, t) for t in range(3)))
    finally:
        stop.set()
        disturbing.join(60)
    final = [record(f"last {j}", MINUTE, kind="last") for j in range(50)]
    rivals[0].append("things", final, write())
    found = Counter(str(one["kind"]) for one in rivals[1].find("things", EVERYTHING, None, 0))
    assert found.pop("only", 1) == 1
    assert set(found.values()) == {50}


def test_a_put_of_a_large_data_set_is_seen_whole(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A collection is built beside, on a replica set as well; no cursor and no fold of two passes sees a mix."""
    monkeypatch.setattr("backdrop.storage.mongo.contents.MOST_IN_A_TRANSACTION", 0)
    storage, reader = open_storage(url), open_storage(url)
    facts = frozenset({Fact.DISTINCT, Fact.VALUES})
    grouping = Grouping(collected=(Collected("size", facts),))

    def contents(version: int) -> list[dict[str, Value]]:
        return [record(f"{i}", size=version) for i in range(500)]

    storage.replace("things", contents(0), write())
    stop = threading.Event()

    def read() -> None:
        newest = 0
        while not stop.is_set():
            found = reader.find("things", EVERYTHING, None, 0)
            [size] = {one["size"] for one in found}
            assert isinstance(size, int)
            assert len(found) == 500
            assert size >= newest
            [partial] = reader.fold("things", EVERYTHING, grouping, PLENTY)
            assert (partial.count, len(partial.folds["size"].distinct)) == (500, 1)
            newest = size

    def replace() -> None:
        try:
            for version in range(1, 15):
                storage.replace("things", contents(version), write())
        finally:
            stop.set()

    together(replace, read, read)
    storage.close()
    reader.close()


def test_a_version_is_never_newer_than_what_is_read_after_it(url: str) -> None:
    """Or an answer from before a write would be taken for the one after it, for ever."""
    storage, reader = open_storage(url), open_storage(url)
    storage.replace("things", [record("a", size=0)], write())
    seen: dict[int, set[object]] = {}
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            version = reader.version("things")
            seen.setdefault(version, set()).add(reader.find("things", EVERYTHING, None, 0)[0]["size"])

    def change() -> None:
        try:
            for _ in range(60):
                storage.update("things", "a", add_one, write())
        finally:
            stop.set()

    together(change, read, read)
    # version 1 had size 0; half-done writes have versions of their own, below 0
    late = {
        version: sizes
        for version, sizes in seen.items()
        if version > 0 and min(map(_int, sizes)) < version - 1
    }
    assert late == {}
    storage.close()
    reader.close()


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplicaSet]:
    with ReplicaSet(tmp_path_factory.mktemp("three"), size=3) as servers:
        yield servers


@pytest.fixture
def patient(three: ReplicaSet) -> Iterator[ReplicaSet]:
    """A primary that goes on for a while when it is alone, and when the machine stands still."""
    three.wait_until_whole()
    three.set_patience(60_000)
    yield three
    for node in three.nodes:
        if not node.is_running:
            node.start()
    three.set_patience(ELECTION_MILLISECONDS)
    three.wait_until_whole()


def test_reads_of_secondaries_never_go_back_in_time(patient: ReplicaSet) -> None:
    storage = open_storage(patient.url(options="readPreference=secondary"))
    assert isinstance(storage, MongoStorage)
    grouping = Grouping(collected=(Collected("size", frozenset({Fact.DISTINCT, Fact.VALUES})),))
    for i in range(1, 41):
        storage.append("things", [record(f"{i}", MINUTE, size=i)], write())
        version = storage.version("things")
        assert version == i
        assert len(storage.find("things", EVERYTHING, None, 0)) == i
        [partial] = storage.fold("things", EVERYTHING, grouping, PLENTY)
        assert (partial.count, len(partial.folds["size"].distinct)) == (i, i)
    storage.close()


def without_majority(servers: ReplicaSet, primary: Mongod) -> threading.Event:
    """Freezes the others, and thaws them by and by; the primary has to be a patient one. Set from then on."""
    slow, over = servers.others(primary), threading.Event()
    for node in slow:
        node.freeze()

    def thaw() -> None:
        over.set()
        for node in slow:
            node.thaw()

    threading.Timer(1.3, thaw).start()
    return over


def test_a_lease_that_a_majority_was_slow_to_confirm_is_taken(patient: ReplicaSet) -> None:
    """And not waited for as another's, until its time is over: taking it back would be a version of its own."""
    storage = open_storage(patient.url())
    assert storage.version("things") == 0
    without_majority(patient, patient.wait_until_whole())
    storage.append("things", [record("a")], write())
    assert storage.version("things") == 1
    storage.close()


def test_what_is_done_already_is_said_to_be_when_a_majority_has_it(patient: ReplicaSet) -> None:
    """Or the next primary may not know of it: the second of two requests with one key was acknowledged, and lost."""
    database = own_database()
    first, second = open_storage(patient.url(database)), open_storage(patient.url(database))
    for one in (first, second):
        one.append("things", [record("a")], write())
    keyed = write(receipt=Receipt("key", "print", NOW + timedelta(days=1)))
    has_majority = without_majority(patient, patient.wait_until_whole())

    def send_again() -> None:
        with patient.client() as client:
            wait_until(lambda: client[database]["things"].find_one({"_id": "b"}), "the record on the primary")
        assert second.append("things", [record("b")], keyed) is None
        assert has_majority.is_set()

    together(lambda: first.append("things", [record("b")], keyed), send_again)
    first.close()
    second.close()


def test_what_only_a_lost_primary_had_is_not_said_to_be_done(patient: ReplicaSet) -> None:
    """The next one can't tell by confirming something else. With the first sender gone nobody would write it again."""
    database = own_database()
    url = patient.url(database, "serverSelectionTimeoutMS=25000")
    second = open_storage(url)
    second.append("things", [record("a")], write())
    keyed = write(receipt=Receipt("key", "print", NOW + timedelta(days=1)))
    primary = patient.wait_until_whole()
    others = patient.others(primary)
    with ThreadPoolExecutor(1) as pool, primary.client() as client:
        its_name = ours(client)
        for node in others:
            node.kill()
        first = appending(url, [record("b")], keyed)
        wait_until(lambda: client[database]["things"].find_one({"_id": "b"}), "the record on the primary")
        kill(first)
        again = pool.submit(second.append, "things", [record("b")], keyed)
        wait_until(lambda: its_name <= waiting(client), "the second to wait for a majority")
        primary.kill()
        for node in others:
            node.spawn()
        patient.step_up(others[0])
        again.result(timeout=60)
    found = second.find("things", EVERYTHING, None, 0)
    second.close()
    assert [one["_id"] for one in found] == ["a", "b"]


def ours(primary: MongoClient[dict[str, Any]], **more: object) -> set[str]:
    """The names of storages that have connections to the primary, doing something that is so."""
    wanted = {"appName": {"$regex": "^backdrop "}, **more}
    seen = primary.admin.aggregate([{"$currentOp": {"idleConnections": True}}, {"$match": wanted}])
    return {str(one["appName"]) for one in seen}


def waiting(primary: MongoClient[dict[str, Any]]) -> set[str]:
    """Those whose last command has been there for a while: it waits for a majority."""
    last = [{"command.commitTransaction": 1}, {"command.update": {"$exists": True}}]
    return ours(primary, active=True, microsecs_running={"$gt": 100_000}, **{"$or": last})


def appending(url: str, records: list[Record], what: Write) -> int:
    """A process that stores the records."""
    child = os.fork()
    if child == 0:
        try:
            open_storage(url).append("things", records, what)
        finally:
            os._exit(0)
    return child


def kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


class SlowRename(Commands):
    """Once `primary` is known, no majority hears of a rename before a while."""

    def __init__(self, servers: ReplicaSet) -> None:
        super().__init__()
        self._servers = servers
        self.primary: Mongod | None = None
        self.sent = threading.Event()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self.primary is not None and event.command_name == "renameCollection":
            without_majority(self._servers, self.primary)
            self.primary = None
            self.sent.set()


def test_reads_wait_until_a_majority_knows_of_a_put(
    patient: ReplicaSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before that, what it has must not be shown, and what it has replaced is gone."""
    monkeypatch.setattr("backdrop.storage.mongo.contents.MOST_IN_A_TRANSACTION", 0)
    slow = SlowRename(patient)
    monitoring.register(slow)
    url = patient.url()
    storage, reader = open_storage(url), open_storage(url)
    storage.replace("things", [record("old", size=1)], write())
    grouping = Grouping(collected=(Collected("size", frozenset({Fact.DISTINCT, Fact.VALUES})),))
    reader.fold("things", EVERYTHING, grouping, PLENTY)
    patient.wait_until_whole()

    def read() -> None:
        assert slow.sent.wait(30)
        for _ in range(20):
            [one] = reader.find("things", EVERYTHING, None, 0)
            assert one["_id"] in ("old", "new")
            [partial] = reader.fold("things", EVERYTHING, grouping, PLENTY)
            assert partial.count == 1

    slow.primary = patient.wait_until_whole()
    together(lambda: storage.replace("things", [record("new", size=2)], write()), read)
    storage.close()
    reader.close()
