"""What writes do to the records, the version and the last write time, and what they leave alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backdrop.core.query import Filter, Grouping, Selection
from backdrop.core.values import Value
from backdrop.storage.protocol import Record, Storage
from tests.contract.making import EVERYTHING, NOW, PLENTY, at, record, write

LATER = NOW + timedelta(hours=1)


def stored(storage: Storage, name: str = "things") -> list[dict[str, Value]]:
    return storage.find(name, EVERYTHING, None, 0)


def test_a_write_adds_and_replaces_by_id(storage: Storage) -> None:
    assert storage.append("things", [record("a", size=1), record("b", size=2)], write())
    assert storage.append("things", [record("b", kind="new"), record("c", size=3)], write())
    assert stored(storage) == [record("a", size=1), record("b", kind="new"), record("c", size=3)]


def test_a_write_of_one_bad_record_stores_none(storage: Storage) -> None:
    storage.append("things", [record("a", size=1)], write())
    before = storage.version("things")
    bad: list[Record] = [record("b", size=2), record("c", size=2**80)]
    with pytest.raises((OverflowError, TypeError, ValueError)):
        storage.append("things", bad, write())
    assert stored(storage) == [record("a", size=1)]
    assert storage.version("things") == before
    storage.append("things", [record("d", size=4)], write())
    assert stored(storage) == [record("a", size=1), record("d", size=4)]


def test_every_write_raises_the_version(storage: Storage) -> None:
    versions = [storage.version("things")]
    assert versions == [0]

    def note() -> None:
        versions.append(storage.version("things"))

    storage.append("things", [record("a")], write())
    note()
    storage.append("things", [record("a")], write())
    note()
    storage.replace("things", [record("b")], write())
    note()
    storage.update("things", "b", lambda old: {**old, "size": 1}, write())
    note()
    storage.delete("things", "b", write())
    note()
    storage.drop("things")
    note()
    storage.append("things", [record("a")], write())
    note()
    storage.replace("things", [], write())
    note()
    assert versions == sorted(set(versions))
    assert storage.version("other") == 0


def test_what_changes_nothing_raises_no_version(storage: Storage) -> None:
    storage.append("things", [record("a")], write())
    before = storage.version("things")
    assert not storage.delete("things", "b", write())
    assert storage.update("things", "b", dict, write()) is None
    assert storage.version("things") == before
    assert storage.last_writes() == {"things": NOW}


def test_versions_never_come_back(storage: Storage) -> None:
    seen: set[int] = set()
    for _ in range(3):
        for _ in range(3):
            storage.append("things", [record("a")], write())
            assert storage.version("things") not in seen
            seen.add(storage.version("things"))
        storage.drop("things")
        assert storage.version("things") not in seen
        seen.add(storage.version("things"))


def test_replacing_leaves_only_the_new_records(storage: Storage) -> None:
    storage.append(
        "things", [record("a", at("2020-01-01"), old="x", size=1), record("b", other=True)], write()
    )
    new = [record("b", size="text"), record("c", at("2021-01-01"), kind=False)]
    storage.replace("things", new, write())
    assert stored(storage) == new
    assert storage.find("things", Selection(filters=(Filter("old", ("x",)),)), None, 0) == []
    storage.replace("things", [], write())
    assert stored(storage) == []
    assert storage.fold("things", EVERYTHING, Grouping(), PLENTY) == []
    storage.append("things", [record("d")], write())
    assert stored(storage) == [record("d")]


def test_replacing_makes_a_data_set(storage: Storage) -> None:
    storage.replace("things", [record("a")], write())
    assert stored(storage) == [record("a")]
    storage.replace("empty", [], write())
    assert storage.version("empty") > 0
    assert storage.drop("empty")


def test_an_update_puts_the_changed_record_in_its_place(storage: Storage) -> None:
    storage.append("things", [record("a", at("2020-01-01"), size=1, kind="x"), record("b")], write())
    changed = record("a", at("2021-01-01"), size=None, open=True)
    seen: list[Record] = []

    def change(old: Record) -> Record:
        seen.append(old)
        return changed

    assert storage.update("things", "a", change, write(LATER)) is not None
    assert seen[0] == record("a", at("2020-01-01"), size=1, kind="x")
    assert stored(storage) == [record("b"), changed]
    assert storage.last_writes() == {"things": LATER}


def test_an_update_of_an_unknown_id_calls_nothing(storage: Storage) -> None:
    def never(_: Record) -> Record:
        raise AssertionError("called")

    assert storage.update("nothing", "a", never, write()) is None
    storage.append("things", [record("a")], write())
    assert storage.update("things", "\ud800", never, write()) is None
    assert storage.update("things", "A", never, write()) is None


def test_what_an_update_raises_passes_through_and_changes_nothing(storage: Storage) -> None:
    storage.append("things", [record("a", size=1)], write())
    before = storage.version("things")

    def change(_: Record) -> Record:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        storage.update("things", "a", change, write())
    assert stored(storage) == [record("a", size=1)]
    assert storage.version("things") == before
    storage.append("things", [record("b")], write())


def test_deleting_removes_one(storage: Storage) -> None:
    storage.append("things", [record("a"), record("b", at("2020-01-01"))], write())
    assert storage.delete("things", "b", write())
    assert stored(storage) == [record("a")]
    assert not storage.delete("things", "b", write())
    assert not storage.delete("nothing", "b", write())
    assert not storage.delete("things", "\ud800", write())


def test_dropping_removes_the_data_set(storage: Storage) -> None:
    assert not storage.drop("things")
    storage.append("things", [record("a")], write())
    storage.append("others", [record("b")], write())
    assert storage.drop("things")
    assert stored(storage) == []
    assert storage.last_writes() == {"others": NOW}
    assert not storage.drop("things")
    assert stored(storage, "others") == [record("b")]
    storage.append("things", [record("c")], write())
    assert stored(storage) == [record("c")]


def test_last_writes_are_of_data_sets_with_records(storage: Storage) -> None:
    assert storage.last_writes() == {}
    storage.append("a", [record("1")], write())
    storage.append("b", [record("1"), record("2")], write())
    storage.replace("c", [], write())
    storage.append("a", [record("2")], write(LATER))
    assert storage.last_writes() == {"a": LATER, "b": NOW}
    storage.delete("b", "1", write(LATER))
    assert storage.last_writes() == {"a": LATER, "b": LATER}
    storage.delete("b", "2", write(LATER))
    storage.replace("a", [], write(LATER))
    assert storage.last_writes() == {}
    storage.replace("c", [record("1")], write(LATER))
    assert storage.last_writes() == {"c": LATER}


def test_many_records_at_once(storage: Storage) -> None:
    made = [
        record(f"{i:05}", at("2020-01-01") + timedelta(minutes=i), size=i, kind=f"k{i % 7}")
        for i in range(20_000)
    ]
    storage.append("things", made[::-1], write())
    assert stored(storage) == made
    storage.replace("things", made[:15_000], write())
    assert stored(storage) == made[:15_000]


def test_it_can_be_asked_and_closed(storage: Storage) -> None:
    storage.ping()
    storage.append("things", [record("a")], write())
    storage.close()
    storage.close()
    assert stored(storage) == [record("a")]
