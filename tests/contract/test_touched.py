"""What a write says that it has changed: how many records went, and over which time transforms are due."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.spans import Span, hull, span_of
from backdrop.core.triggers import Cause, Trigger
from backdrop.core.values import Value
from backdrop.storage.protocol import Storage, Written
from tests.contract.generating import records, with_storage
from tests.contract.making import EVERYTHING, NOW, at, new_name, record, write

CAUSE = Cause("cause", "request")
MINUTES = [at("2020-01-01") + timedelta(minutes=i) for i in range(1000)]


def written(removed: int, *span: datetime) -> Written:
    """What a write with CAUSE says."""
    first_and_last: Span | None = (span[0], span[-1]) if span else None
    return Written(removed, first_and_last, CAUSE.trigger("things", first_and_last))


def stored(storage: Storage, name: str = "things") -> list[dict[str, Value]]:
    return storage.find(name, EVERYTHING, None, 0)


def test_new_records_touch_their_own_times(storage: Storage) -> None:
    new = [record("a", MINUTES[5]), record("b", MINUTES[3]), record("c")]
    assert storage.append("things", new, write(cause=CAUSE)) == written(0, MINUTES[3], MINUTES[5])
    assert storage.append("things", [record("d", MINUTES[9])], write(cause=CAUSE)) == written(0, MINUTES[9])
    assert storage.append("things", [record("e")], write(cause=CAUSE)) == written(0)


def test_a_record_that_moves_touches_where_it_was(storage: Storage) -> None:
    storage.append("things", [record("a", MINUTES[1]), record("b", MINUTES[500]), record("c")], write())
    moved = [record("a", MINUTES[7]), record("b", MINUTES[8]), record("new", MINUTES[9])]
    assert storage.append("things", moved, write(cause=CAUSE)) == written(2, MINUTES[1], MINUTES[500])
    assert storage.append("things", [record("a")], write(cause=CAUSE)) == written(1, MINUTES[7])
    assert storage.append("things", [record("c", MINUTES[2])], write(cause=CAUSE)) == written(1, MINUTES[2])


def test_an_update_touches_both_times(storage: Storage) -> None:
    storage.append("things", [record("a", MINUTES[5], size=1), record("other", MINUTES[900])], write())

    def move(minute: int | None) -> Written | None:
        changed = record("a") if minute is None else record("a", MINUTES[minute])
        return storage.update("things", "a", lambda _: changed, write(cause=CAUSE))

    assert move(5) == written(1, MINUTES[5])
    assert move(2) == written(1, MINUTES[2], MINUTES[5])
    assert move(None) == written(1, MINUTES[2])
    assert move(None) == written(1)
    assert move(8) == written(1, MINUTES[8])


def test_replacing_all_touches_the_old_contents_and_the_new(storage: Storage) -> None:
    def replace(*new: dict[str, Value]) -> Written:
        return storage.replace("things", new, write(cause=CAUSE))

    assert replace(record("a", MINUTES[10]), record("b", MINUTES[20])) == written(0, MINUTES[10], MINUTES[20])
    assert replace(record("a", MINUTES[15])) == written(2, MINUTES[10], MINUTES[20])
    assert replace(record("c", MINUTES[1]), record("d")) == written(1, MINUTES[1], MINUTES[15])
    assert replace() == written(2, MINUTES[1])
    assert replace() == written(0)
    assert replace(record("e")) == written(0)
    assert replace(record("f", MINUTES[3])) == written(1, MINUTES[3])


def test_deleting_touches_the_time_of_what_went(storage: Storage) -> None:
    storage.append("things", [record("a", MINUTES[3]), record("b", MINUTES[5]), record("c")], write())
    assert storage.delete("things", "a", write(cause=CAUSE)) == written(1, MINUTES[3])
    assert storage.delete("things", "c", write(cause=CAUSE)) == written(1)
    assert storage.delete("things", "a", write(cause=CAUSE)) is None
    assert [one.id for one in storage.waiting_triggers(NOW + timedelta(1), 9)] == ["cause"]


def test_dropping_says_what_went(storage: Storage) -> None:
    storage.append("things", [record("a", MINUTES[3]), record("b", MINUTES[5]), record("c")], write())
    storage.append("others", [record("a", MINUTES[9])], write())
    assert storage.drop("things") == Written(3, (MINUTES[3], MINUTES[5]))
    storage.replace("things", [], write())
    assert storage.drop("things") == Written()
    assert storage.drop("things") is None
    assert storage.drop("others") == Written(1, (MINUTES[9], MINUTES[9]))


def test_dates_that_are_null_are_no_times(storage: Storage) -> None:
    storage.append("things", [record("a", _timestamp=None), record("b", MINUTES[1])], write())
    assert storage.append("things", [record("a")], write(cause=CAUSE)) == written(1)
    storage.append("things", [record("a", _timestamp=None)], write())
    assert storage.drop("things") == Written(2, (MINUTES[1], MINUTES[1]))


def test_both_ends_of_time_are_times(storage: Storage) -> None:
    first, last = at("0001-01-01"), at("9999-12-31T23:59:59.999")
    assert storage.append("things", [record("a", first), record("b", last)], write()) == Written(
        0, (first, last)
    )
    assert storage.replace("things", [], write()) == Written(2, (first, last))


def test_what_goes_for_the_size_is_not_counted(storage: Storage) -> None:
    old = [record(f"old {i:03}", moment, kind="x" * 50) for i, moment in enumerate(MINUTES[:500])]
    storage.append("things", old, write())
    new = [record(f"new {i:03}", moment, kind="x" * 50) for i, moment in enumerate(MINUTES[600:700])]
    capped = write(capped_size=10_000, cause=CAUSE)
    assert storage.append("things", new, capped) == written(0, MINUTES[600], MINUTES[699])
    assert len(stored(storage)) < 100
    assert storage.append("things", new[-5:], capped) == written(5, MINUTES[695], MINUTES[699])
    late = {**new[-1], "kind": "y" * 20_000}
    assert storage.update("things", "new 099", lambda _: late, capped) == written(1, MINUTES[699])
    assert stored(storage) == [late]
    assert storage.replace("things", new[:2], capped) == written(1, MINUTES[600], MINUTES[699])


def test_ids_said_to_be_fresh_and_known_after_all_replace_as_ever(storage: Storage) -> None:
    storage.append("things", [record("a", MINUTES[5], size=1), record("b", MINUTES[6])], write())
    new = [record("a", MINUTES[8], size=2), record("c", MINUTES[9])]
    done = storage.append("things", new, write(cause=CAUSE, fresh_ids=True))
    assert done is not None
    assert done.span is not None
    first, last = done.span
    assert first <= MINUTES[8]
    assert last == MINUTES[9]
    assert done.trigger == Trigger("cause", "things", first, last, "request")
    assert stored(storage) == [record("b", MINUTES[6]), *new]


def test_fresh_ids_in_a_new_data_set(storage: Storage) -> None:
    fresh = write(cause=CAUSE, fresh_ids=True)
    assert storage.append("things", [record("a", MINUTES[5])], fresh) == written(0, MINUTES[5])
    assert storage.append("things", [record("b", MINUTES[6])], fresh) == written(0, MINUTES[6])
    assert storage.replace("things", [record("c", MINUTES[9])], fresh) == written(2, MINUTES[5], MINUTES[9])


def test_many_records_that_move(storage: Storage) -> None:
    start = at("2020-01-01")
    many = [record(f"{i:05}", start + timedelta(hours=i)) for i in range(12_000)]
    storage.append("things", many, write())
    moved = [record(f"{i:05}", start + timedelta(hours=5_000)) for i in range(100, 11_000)]
    done = storage.append("things", moved, write())
    assert done == Written(10_900, (start + timedelta(hours=100), start + timedelta(hours=10_999)))


@given(before=records(st.just(1)), after=records(st.just(2)), steps=st.integers(0, 1))
@with_storage
def test_what_is_touched_is_what_was_and_what_is(
    storage: Storage, before: list[dict[str, Value]], after: list[dict[str, Value]], steps: int
) -> None:
    name = new_name()
    if before:
        storage.append(name, before, write())
    if steps and after:
        known = {one["_id"] for one in after}
        old = [one for one in before if one["_id"] in known]
        done = storage.append(name, after, write())
    else:
        old = before
        done = storage.replace(name, after, write())
    assert done == Written(len(old), hull(span_of(old), span_of(after)))
