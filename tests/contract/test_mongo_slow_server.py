"""A server that stands still within a lease: what it begins too late isn't done, and nobody may be told that it was."""

from __future__ import annotations

import functools
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from pymongo import monitoring

from backdrop.core.triggers import Cause
from backdrop.storage import open_storage
from backdrop.storage.mongo.batches import MOST_ITEMS
from backdrop.storage.mongo.leases import LEASE_SECONDS
from backdrop.storage.mongo.work import COMMAND_SECONDS
from backdrop.storage.protocol import Receipt, Record, Storage, StorageUnavailable
from tests.contract.making import EVERYTHING, NOW, at, record, write
from tests.contract.mongo_rooms import ITS_END, At, Commands, Place, dying, rooms
from tests.servers.mongodb import Mongod

pytestmark = pytest.mark.faults

TOO_LATE = LEASE_SECONDS - COMMAND_SECONDS + 0.2
"""Seconds that a command, sent when the lease was just taken, is on its way when it is just too late; its writer waits
for COMMAND_SECONDS."""
KEPT = NOW + timedelta(days=1)
KEYED = write(receipt=Receipt("key", "print", KEPT))
CAUSED = write(cause=Cause("caused", ""))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    folder: Path = tmp_path_factory.mktemp("slow")
    with Mongod(folder, options=("--setParameter", "enableTestCommands=1")) as started:
        yield started


@contextmanager
def disturbed(url: str, place: Place, disturb: Callable[[], object]) -> Iterator[Storage]:
    """A storage that is disturbed whenever it comes to that place."""
    listener = At(place, disturb)
    monitoring.register(listener)
    with closing(open_storage(url)) as storage:
        storage.ping()
        listener.is_armed = True
        try:
            yield storage
        finally:
            listener.is_armed = False
        assert listener.is_done, "the command came"


class ThawedTooLate(Exception):
    """The machine stood still as well, and the server for much longer than it was told: this shows nothing."""


@contextmanager
def slow(server: Mongod, url: str, place: Place, seconds: float = TOO_LATE) -> Iterator[Storage]:
    """A storage; the server stands still for so long whenever it comes to that place. Raises ThawedTooLate."""
    thawing: list[threading.Timer] = []
    took: list[float] = []

    def stand_still() -> None:
        began = time.monotonic()

        def thaw() -> None:
            server.thaw()
            took.append(time.monotonic() - began)

        server.freeze()
        thawing.append(threading.Timer(seconds, thaw))
        thawing[-1].start()

    try:
        with disturbed(url, place, stand_still) as storage:
            yield storage
    finally:
        for each in thawing:
            each.join()
        if max(took, default=0.0) > seconds + 1:
            raise ThawedTooLate(f"after {max(took):.1f} s instead of {seconds:.1f}")


def again_if_thawed_too_late(test: Callable[..., None]) -> Callable[..., None]:
    """The test, which makes all that it needs anew each time; four times at most."""

    @functools.wraps(test)
    def tried(*arguments: object, **named: object) -> None:
        for _ in range(3):
            with suppress(ThawedTooLate):
                test(*arguments, **named)
                return
        test(*arguments, **named)

    return tried


@contextmanager
def counting_takes(server: Mongod, seconds: float) -> Iterator[None]:
    blocked = {"failCommands": ["aggregate"], "blockConnection": True, "blockTimeMS": int(seconds * 1000)}
    server.command({"configureFailPoint": "failCommand", "mode": "alwaysOn", "data": blocked})
    try:
        yield
    finally:
        server.command({"configureFailPoint": "failCommand", "mode": "off"})


class Takings(Commands):
    """Counts how often storages that are opened after it take a lease from one who holds it."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self._asked = set[int]()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if "lease.process" in str(event.command.get("update")):
            self._asked.add(event.request_id)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        if event.request_id in self._asked:
            self.count += event.reply["lastErrorObject"]["n"]


def hang_up(server: Mongod) -> None:
    """Breaks the connections that this process has to the server."""
    for connection in psutil.Process().net_connections("tcp"):
        if connection.raddr and connection.raddr.port == server.port:
            with socket.socket(fileno=os.dup(connection.fd)) as found:
                found.shutdown(socket.SHUT_RDWR)


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


@again_if_thawed_too_late
def test_what_was_replaced_too_late_is_not_acknowledged(server: Mongod) -> None:
    both = [record("a", size=2), record("z", size=2)]
    with slow(server, with_old(server), Place("update", "things")) as storage:
        with pytest.raises(StorageUnavailable):
            storage.append("things", both, write())
        storage.append("things", both, write())
        assert sizes(storage) == {"a": 2, "z": 2}


@again_if_thawed_too_late
def test_what_was_capped_too_late_is_capped_by_the_next_write(server: Mongod) -> None:
    """The write itself counts already."""
    with slow(server, with_old(server), Place("delete", "things")) as storage:
        storage.append("things", [record("b", at("2020-01-03"), size=2)], write(capped_size=1))
        assert sizes(storage) == {"a": 1, "b": 2, "z": 1}
        storage.append("things", [record("c", at("2020-01-04"), size=3)], write(capped_size=1))
        assert sizes(storage) == {"c": 3}


@pytest.mark.parametrize("what", ["a server that answers late", "a connection that breaks"])
@again_if_thawed_too_late
def test_a_command_that_may_still_run_is_waited_for(server: Mongod, what: str) -> None:
    """Else it could change what the next writer was told is stored."""
    both, url = [record("a", size=2), record("z", size=2)], with_old(server)
    place = Place("update", "things")
    if what == "a connection that breaks":
        trouble = disturbed(url, place, lambda: hang_up(server))
    else:
        trouble = slow(server, url, place, COMMAND_SECONDS + 0.5)
    with trouble as storage:
        with pytest.raises(StorageUnavailable):
            storage.append("things", both, write())
        with rooms(url) as database:
            assert database["_backdrop.data_sets"].count_documents({"lease": {"$exists": True}}) == 1
        storage.append("things", both, write())
        assert sizes(storage) == {"a": 2, "z": 2}


@pytest.mark.parametrize("collection", ["things", "_backdrop.receipts", "_backdrop.undo"])
@again_if_thawed_too_late
def test_what_was_taken_back_too_late_is_taken_back_again_at_once(server: Mongod, collection: str) -> None:
    """With its records gone and its receipt there the request, sent again, would be taken for done."""
    url = with_old(server)
    with dying(url, lambda storage: storage.append("things", [record("b", size=2)], KEYED), ITS_END):
        pass
    takings = Takings()
    monitoring.register(takings)
    with slow(server, url, Place("delete", collection)) as storage:
        assert storage.delete("things", "unknown", write()) is None
        assert takings.count == 1, "who takes back has not waited for his own lease"
        assert sizes(storage) == {"a": 1, "z": 1}
        assert storage.append("things", [record("b", size=2)], KEYED) is not None


@again_if_thawed_too_late
def test_much_is_taken_back_in_one_go(server: Mongod) -> None:
    """Though a slow server needs more time for it all than it may begin commands in under one lease."""
    url = with_old(server)
    much = [record(f"new {i}", at("2020-01-03")) for i in range(2 * MOST_ITEMS + 1)]
    with dying(url, lambda storage: storage.append("things", much, CAUSED), ITS_END):
        pass
    takings = Takings()
    monitoring.register(takings)
    with slow(server, url, Place("delete", "things", range(1, 4)), TOO_LATE / 3) as storage:
        storage.append("things", [record("b", size=2)], write())
        assert takings.count == 1, "who takes back has not waited for his own lease"
        assert sizes(storage) == {"a": 1, "b": 2, "z": 1}
        assert [one.id for one in storage.waiting_triggers(KEPT, 10)] == ["caused"]
    with rooms(url) as database:
        assert database["_backdrop.undo"].count_documents({}) == 0


def take_fresh_away(url: str) -> None:
    with rooms(url) as database:
        for name in database.list_collection_names(filter={"name": {"$regex": "fresh"}}):
            database.drop_collection(name)


def test_who_finds_his_new_collection_gone_has_to_send_it_again(server: Mongod) -> None:
    """As when another has taken the write back."""
    url = with_old(server)
    with disturbed(url, Place("renameCollection", "fresh"), lambda: take_fresh_away(url)) as storage:
        with pytest.raises(StorageUnavailable, match="send it again"):
            storage.replace("things", [record("b", size=2)], write())
        assert sizes(storage) == {"a": 1, "z": 1}
        storage.replace("things", [record("b", size=2)], write())
        assert sizes(storage) == {"b": 2}


def test_and_so_has_the_first_writer_to_a_collection_that_mongodb_caps(server: Mongod) -> None:
    url = server.url()
    with rooms(url) as database:
        database.create_collection("things", capped=True, size=100_000).insert_one({"_id": "a", "size": 1})
    with disturbed(url, Place("renameCollection", "fresh"), lambda: take_fresh_away(url)) as storage:
        with pytest.raises(StorageUnavailable, match="send it again"):
            storage.append("things", [record("b", size=2)], write())
        assert sizes(storage) == {"a": 1}
        storage.append("things", [record("b", size=2)], write())
        assert sizes(storage) == {"a": 1, "b": 2}


@pytest.mark.parametrize("kind", ["replaced", "dropped"])
def test_what_takes_too_long_to_count_is_removed_all_the_same(server: Mongod, kind: str) -> None:
    """Else its lease would be over each time before the first change."""
    with closing(open_storage(with_old(server))) as storage, counting_takes(server, LEASE_SECONDS):
        began = time.monotonic()
        written = storage.drop("things") if kind == "dropped" else storage.replace("things", [], write())
        assert time.monotonic() - began < LEASE_SECONDS
        assert written is not None
        assert written.removed == 2
        assert sizes(storage) == {}


def test_who_is_done_is_told_so_though_he_can_not_tidy_up(server: Mongod) -> None:
    url = with_old(server)
    with disturbed(url, Place("delete", "_backdrop.undo"), server.freeze) as storage:
        began = time.monotonic()
        try:
            storage.append("things", [record("b", size=2)], CAUSED)
        finally:
            server.thaw()
        assert time.monotonic() - began < 2 * COMMAND_SECONDS
        assert sizes(storage) == {"a": 1, "b": 2, "z": 1}


@again_if_thawed_too_late
def test_much_that_is_known_is_replaced_by_a_slow_server_too(server: Mongod) -> None:
    """Though it needs more time for it all than it may begin commands in under one lease."""
    url = server.url()

    def much(size: int) -> list[Record]:
        return [record(f"{i:04}", at("2020-01-01"), size=size) for i in range(5_000)]

    with slow(server, url, Place("update", "things", range(1, 4)), TOO_LATE / 3) as storage:
        storage.append("things", much(1), write())
        storage.append("things", much(2), write())
        assert set(sizes(storage).values()) == {2}
