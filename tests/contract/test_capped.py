"""A capped data set stays at about its size: the oldest records go, the newest stays."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.values import Value
from backdrop.storage.protocol import Storage
from tests.contract.generating import with_storage
from tests.contract.making import EVERYTHING, at, new_name, record, write

CAP = 20_000


def made(count: int, first: int = 0, text: str = "some text") -> list[dict[str, Value]]:
    start = at("2020-01-01")
    return [
        record(f"{i:05}", start + timedelta(minutes=i), size=i, kind=text, open=True)
        for i in range(first, first + count)
    ]


def stored(storage: Storage, name: str = "things") -> list[dict[str, Value]]:
    return storage.find(name, EVERYTHING, None, 0)


def size(given_records: list[dict[str, Value]]) -> int:
    return len(orjson.dumps(given_records))


def test_the_oldest_go_and_about_the_size_stays(storage: Storage) -> None:
    everything = made(1000)
    for first in range(0, 1000, 50):
        storage.append("things", everything[first : first + 50], write(capped_size=CAP))
        left = stored(storage)
        assert left == everything[first + 50 - len(left) : first + 50]
        assert size(left) <= 1.3 * CAP
    assert size(left) >= 0.7 * CAP


def test_one_write_larger_than_the_cap(storage: Storage) -> None:
    everything = made(1000)
    storage.append("things", everything[::-1], write(capped_size=CAP))
    left = stored(storage)
    assert left == everything[-len(left) :]
    assert 0.7 * CAP <= size(left) <= 1.3 * CAP


def test_the_newest_stays_even_if_it_alone_is_too_large(storage: Storage) -> None:
    for i, one in enumerate(made(5, text="x" * 50_000)):
        storage.append("things", [one], write(capped_size=CAP if i % 2 else 0))
        assert stored(storage) == [one]


def test_late_records_are_the_first_to_go(storage: Storage) -> None:
    storage.append("things", made(1000, first=1000), write(capped_size=CAP))
    before = stored(storage)
    late = [*made(10), record("no time")]
    storage.append("things", late, write(capped_size=CAP))
    assert stored(storage) == before


def test_replacing_and_updating_keep_the_cap(storage: Storage) -> None:
    everything = made(1000)
    storage.replace("things", everything, write(capped_size=CAP))
    left = stored(storage)
    assert left == everything[-len(left) :]
    assert size(left) <= 1.3 * CAP
    larger = {**everything[-1], "kind": "x" * CAP}
    storage.update("things", "00999", lambda _: larger, write(capped_size=CAP))
    assert stored(storage) == [larger]


def test_a_cap_set_later_holds_from_the_next_write_on(storage: Storage) -> None:
    everything = made(1001)
    storage.append("things", everything[:1000], write())
    assert len(stored(storage)) == 1000
    storage.append("things", everything[1000:], write(capped_size=CAP))
    left = stored(storage)
    assert left == everything[-len(left) :]
    assert size(left) <= 1.3 * CAP


def test_one_made_anew_begins_with_no_size(storage: Storage) -> None:
    storage.append("things", made(1000), write(capped_size=CAP))
    storage.drop("things")
    anew = made(20)
    for one in anew:
        storage.append("things", [one], write(capped_size=CAP))
    assert stored(storage) == anew


@pytest.mark.parametrize("text", ["é" * 100, "\0" * 10, ""])
def test_writing_the_same_again_removes_nothing(storage: Storage, text: str) -> None:
    storage.append("things", made(1000, text=text), write(capped_size=CAP))
    left = stored(storage)
    for _ in range(5):
        storage.append("things", left, write(capped_size=CAP))
        assert stored(storage) == left


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["append", "delete", "update", "replace", "uncapped"]),
            st.integers(0, 60),
            st.integers(1, 40),
        ),
        max_size=8,
    )
)
@with_storage
def test_after_any_writes_a_capped_one_leaves_about_the_size(
    storage: Storage, steps: list[tuple[str, int, int]]
) -> None:
    name, cap = new_name(), 4000
    for step, first, count in steps:
        records = made(count, first)
        if step == "delete":
            storage.delete(name, f"{first:05}", write(capped_size=cap))
        elif step == "update":
            longer = {"kind": "x" * count * 10}
            storage.update(
                name, f"{first:05}", lambda old, new=longer: {**old, **new}, write(capped_size=cap)
            )
        elif step == "replace":
            storage.replace(name, records, write(capped_size=cap))
        else:
            storage.append(name, records, write(capped_size=None if step == "uncapped" else cap))
    everything = {str(one["_id"]): one for one in [*stored(storage, name), *made(1, 100)]}
    storage.append(name, made(1, 100), write(capped_size=cap))
    left = stored(storage, name)
    assert left == list(everything.values())[-len(left) :]
    assert size(left) <= 1.3 * cap
    assert size(left) >= min(0.7 * cap - 400, size(list(everything.values())))
