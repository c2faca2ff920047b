"""Who was allowed to write before a data set was dropped can't write to it any more."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.config_api.kept import Fetched, KeptAnswers
from backdrop.core.errors import DataSetNotFound
from backdrop.core.triggers import Cause, Trigger
from backdrop.core.values import Value
from backdrop.storage import open_storage
from backdrop.storage.protocol import DroppedSince, Receipt, Storage, Write
from tests.contract.generating import with_storage
from tests.contract.making import EVERYTHING, NOW, at, new_name, record, write

LATER = NOW + timedelta(seconds=1)
RECEIPT = Receipt("key", "print", NOW + timedelta(days=1))
TIME = at("2020-01-01")
TRIGGER = Trigger("kept", "things", TIME, TIME, "request")
NEW: list[dict[str, Value]] = [record("new", TIME)]

WRITES: dict[str, Callable[[Storage, Write], object]] = {
    "append": lambda storage, with_it: storage.append("things", NEW, with_it),
    "append fresh": lambda storage, with_it: storage.append("things", NEW, replace(with_it, fresh_ids=True)),
    "append with a key": lambda storage, with_it: storage.append(
        "things", NEW, replace(with_it, receipt=RECEIPT)
    ),
    "replace": lambda storage, with_it: storage.replace("things", NEW, with_it),
    "update": lambda storage, with_it: storage.update("things", "a", dict, with_it),
    "delete": lambda storage, with_it: storage.delete("things", "a", with_it),
    "keep a trigger": lambda storage, with_it: storage.keep_trigger(TRIGGER, with_it.now, with_it.as_of),
}
EACH = pytest.mark.parametrize("do", WRITES.values(), ids=WRITES.keys())


def allowed(as_of: int | None) -> Write:
    return write(cause=Cause("c", "request"), as_of=as_of)


def state(storage: Storage) -> object:
    waiting = [one.id for one in storage.waiting_triggers(LATER, 10)]
    found = storage.find("things", EVERYTHING, None, 0)
    return found, storage.version("things"), storage.last_writes(), waiting, storage.drops()


def test_drops_are_counted_whatever_they_drop(storage: Storage) -> None:
    assert storage.drops() == 0
    storage.append("things", NEW, write())
    storage.drop("things")
    assert storage.drops() == 1
    storage.drop("things")
    storage.drop("never-written")
    storage.append("things", NEW, write())
    storage.replace("others", NEW, write())
    assert storage.drops() == 3


@EACH
def test_a_write_as_of_before_the_drop_is_refused_and_changes_nothing(
    storage: Storage, do: Callable[[Storage, Write], object]
) -> None:
    storage.append("things", [record("a", TIME)], write())
    storage.drop("others")
    before = storage.drops()
    storage.drop("things")
    dropped = state(storage)
    with pytest.raises(DroppedSince, match="things") as refused:
        do(storage, allowed(before))
    assert refused.value.drops == before + 1
    assert state(storage) == dropped
    # nor was anything made that could be dropped
    assert storage.drop("things") is None


@EACH
def test_it_is_refused_too_when_the_data_set_was_written_anew(
    storage: Storage, do: Callable[[Storage, Write], object]
) -> None:
    storage.append("things", [record("a", TIME)], write())
    storage.drop("things")
    storage.append("things", [record("a", TIME, size=2)], allowed(storage.drops()))
    storage.drop("others")
    anew = state(storage)
    with pytest.raises(DroppedSince) as refused:
        do(storage, allowed(0))
    assert refused.value.drops == 1
    assert state(storage) == anew


@EACH
def test_a_write_as_of_the_drop_is_not(storage: Storage, do: Callable[[Storage, Write], object]) -> None:
    storage.drop("others")
    storage.append("things", [record("a", TIME)], write())
    storage.drop("things")
    storage.drop("things")
    storage.append("things", [record("a", TIME)], allowed(3))
    before = state(storage)
    do(storage, allowed(3))
    assert state(storage) != before


@pytest.mark.parametrize("as_of", [None, 2])
def test_nor_is_one_as_of_later_or_whenever(storage: Storage, as_of: int | None) -> None:
    storage.drop("things")
    storage.drop("others")
    assert storage.append("things", NEW, allowed(as_of)) is not None


def test_a_refused_request_has_left_no_receipt(storage: Storage) -> None:
    storage.drop("things")
    with pytest.raises(DroppedSince):
        storage.append("things", NEW, write(receipt=RECEIPT, as_of=0))
    assert storage.append("things", NEW, write(receipt=RECEIPT, as_of=1)) is not None
    # and one that was done since is no excuse for who is too late
    with pytest.raises(DroppedSince):
        storage.append("things", NEW, write(receipt=RECEIPT, as_of=0))


def test_a_name_that_was_never_written_is_marked_as_well(storage: Storage) -> None:
    assert storage.drop("things") is None
    with pytest.raises(DroppedSince):
        storage.append("things", NEW, allowed(0))
    assert (storage.version("things"), storage.last_writes()) == (0, {})
    assert storage.append("things", NEW, allowed(1)) is not None
    assert storage.last_writes() == {"things": NOW}


def test_other_data_sets_are_not_concerned(storage: Storage) -> None:
    storage.append("others", [record("a")], allowed(0))
    storage.drop("things")
    for as_of in (0, 1):
        assert storage.append("others", [record(f"{as_of}")], allowed(as_of)) is not None
        assert storage.append(f"fresh-{as_of}", [record("a")], allowed(as_of)) is not None
    storage.keep_trigger(Trigger("t", "others", TIME, TIME, ""), NOW, 0)


def test_marks_are_known_to_all_and_outlast_them(url: str, storage: Storage) -> None:
    storage.append("things", NEW, allowed(0))
    storage.drop("things")
    storage.close()
    other = open_storage(url)
    assert other.drops() == 1
    with pytest.raises(DroppedSince):
        other.append("things", NEW, allowed(0))
    other.drop("others")
    assert storage.drops() == 2
    other.close()


def test_a_drop_as_of_before_the_last_one_does_nothing(storage: Storage) -> None:
    storage.append("things", NEW, write())
    storage.drop("others")
    assert storage.drop("things", 1) is not None
    storage.append("things", NEW, write(cause=Cause("c", "request"), receipt=RECEIPT, as_of=2))
    storage.drop("others", 2)
    before = state(storage)
    for as_of in (0, 1):
        with pytest.raises(DroppedSince, match="things") as refused:
            storage.drop("things", as_of)
        assert refused.value.drops == 2
    assert state(storage) == before
    # nor is a mark set: who was allowed to write is so still, and the receipt stays
    assert storage.append("things", NEW, write(receipt=RECEIPT, as_of=2)) is None
    dropped = storage.drop("things", 3)
    assert dropped is not None
    assert dropped.removed == 1


def test_a_drop_of_what_was_never_written_counts_for_the_next_one(storage: Storage) -> None:
    assert storage.drop("things", 0) is None
    with pytest.raises(DroppedSince):
        storage.drop("things", 0)
    assert storage.drops() == 1
    assert storage.drop("things", 1) is None
    assert storage.drop("things") is None


def test_of_drops_at_once_as_of_the_same_one_is_done(url: str) -> None:
    stores = [open_storage(url) for _ in range(4)]

    def drop(storage: Storage, as_of: int, start: Barrier) -> bool:
        start.wait(30)
        try:
            return storage.drop("things", as_of) is not None
        except DroppedSince:
            # only told when nothing is left of what was there
            assert storage.find("things", EVERYTHING, None, 0) == []
            return False

    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            stores[0].append("things", NEW, write())
            start, as_of = Barrier(4), stores[0].drops()
            dropping = [pool.submit(drop, one, as_of, start) for one in stores]
            assert sorted(one.result(timeout=60) for one in dropping) == [False, False, False, True]
            with pytest.raises(DroppedSince):
                stores[0].append("things", NEW, write(as_of=as_of))
    for storage in stores:
        storage.close()


def test_nothing_is_there_after_a_drop_however_many_write_meanwhile(url: str) -> None:
    """Each storage stands for a process that holds on to the config it has."""
    stores = [open_storage(url) for _ in range(3)]

    def hold_on(storage: Storage, life: int, thread: int, start: Barrier) -> int:
        start.wait(30)
        for number in range(10_000):
            one = record(f"{life}/{thread}/{number}", TIME)
            try:
                if number % 10 == 9:
                    storage.replace("things", [one], allowed(life))
                else:
                    storage.append("things", [one], write(fresh_ids=number % 2 == 0, as_of=life))
            except DroppedSince:
                return number
        raise AssertionError("never refused")

    written = 0
    with ThreadPoolExecutor(3) as pool:
        for life in range(10):
            start = Barrier(4)
            holding = [pool.submit(hold_on, stores[i], life, i, start) for i in range(3)]
            start.wait(30)
            while not stores[0].find("things", EVERYTHING, None, 1):
                pass
            stores[life % 3].drop("things")
            assert stores[0].find("things", EVERYTHING, None, 0) == []
            written += sum(one.result(timeout=60) for one in holding)
            assert stores[1].find("things", EVERYTHING, None, 0) == []
            assert stores[2].drops() == life + 1
    assert written >= 10
    for storage in stores:
        storage.close()


class Allowed(NamedTuple):
    """What a config allows to write, and as of how many drops it was asked for."""

    life: int
    as_of: int | None


class World:
    """A data set's config that comes and goes, and processes that keep it for ever, unless storage refuses them. Its
    `life` is what a config allows to write; None: there is none. `dropped` is the last one whose data was dropped."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.name = new_name()
        self.life: int | None = None
        self.lives = self.dropped = 0
        self.caches = [KeptAnswers(1e9, 1e9, lambda: 0.0, storage.drops, Allowed) for _ in range(2)]

    def make(self) -> None:
        if self.life is None and self.dropped == self.lives:
            self.life = self.lives = self.lives + 1

    def delete(self) -> None:
        self.life = None

    def drop(self) -> None:
        if self.life is None:
            self.storage.drop(self.name)
            self.dropped = self.lives

    def write(self, process: int, *meanwhile: Callable[[], object]) -> None:
        """As the write app does; what happens `meanwhile` does before, in and after the config API's answer."""
        events = iter(meanwhile)

        def happen() -> None:
            next(events, lambda: None)()

        def fetch(_: str | None) -> Fetched:
            happen()
            found = self.life
            happen()
            return Fetched(found) if found else Fetched(error=(DataSetNotFound, "not found"))

        since = None
        for _ in range(4):
            try:
                life, as_of = self.caches[process].get("config", fetch, since)
                happen()
                one = record(f"{process}/{life}", TIME, life=life)
                self.storage.append(self.name, [one], write(as_of=as_of))
            except DataSetNotFound:
                return
            except DroppedSince as refused:
                since = refused.drops
            else:
                return
        raise AssertionError("refused by a drop that is not new")

    def change(self, *changes: str) -> None:
        for one in changes:
            {"make": self.make, "delete": self.delete, "drop": self.drop}[one]()


CHANGES = [(), ("make",), ("delete",), ("drop",), ("delete", "drop"), ("delete", "drop", "make")]
# what happens in a write, three times at most, so that the fourth try is let through
WRITE = st.tuples(st.integers(0, 1), st.lists(st.sampled_from(CHANGES), max_size=3))
STEPS = st.lists(st.one_of(st.sampled_from(CHANGES), WRITE), max_size=20)


@given(steps=STEPS)
@with_storage
def test_nothing_of_a_dropped_life_is_ever_there(storage: Storage, steps: list[Any]) -> None:
    world = World(storage)
    world.make()
    for step in steps:
        if step in CHANGES:
            world.change(*step)
        else:
            process, meanwhile = step
            world.write(process, *(partial(world.change, *one) for one in meanwhile))
        found = storage.find(world.name, EVERYTHING, None, 0)
        assert all(one["life"] == world.lives > world.dropped for one in found)
