"""What goes with a write in its transaction: the receipt of its key, and the trigger of transforms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from backdrop.core.triggers import Cause, Trigger
from backdrop.core.values import Value
from backdrop.storage.protocol import IdempotencyKeyReused, Receipt, Storage, Write, Written
from tests.contract.making import EVERYTHING, NOW, at, record, write

DAY = timedelta(days=1)
RECEIPT = Receipt("key", "print", NOW + DAY)
AFTER = NOW + timedelta(seconds=1)


TIME = at("2020-02-01T00:00:00.001")


def cause(id_: str) -> Cause:
    return Cause(id_, f"request {id_}")


def trigger(id_: str, data_set: str = "things") -> Trigger:
    return Trigger(id_, data_set, at("2020-01-01"), TIME, f"request {id_}")


def timed(id_: str) -> dict[str, Value]:
    return record(id_, TIME)


def waiting(storage: Storage, at_most: int = 100) -> list[str]:
    return [one.id for one in storage.waiting_triggers(AFTER, at_most)]


def test_the_same_request_again_stores_nothing(storage: Storage) -> None:
    assert storage.append("things", [timed("a")], write(receipt=RECEIPT, cause=cause("1")))
    before = storage.version("things")
    assert not storage.append("things", [timed("b")], write(receipt=RECEIPT, cause=cause("2")))
    assert storage.find("things", EVERYTHING, None, 0) == [timed("a")]
    assert storage.version("things") == before
    assert waiting(storage) == ["1"]


def test_the_same_key_with_another_request_is_refused(storage: Storage) -> None:
    storage.append("things", [record("a")], write(receipt=RECEIPT))
    with pytest.raises(IdempotencyKeyReused, match="Idempotency-Key"):
        storage.append("things", [record("b")], write(receipt=Receipt("key", "other", NOW + DAY)))
    assert storage.find("things", EVERYTHING, None, 0) == [record("a")]


def test_receipts_end(storage: Storage) -> None:
    storage.append("things", [record("a")], write(receipt=RECEIPT))
    almost = NOW + DAY - timedelta(milliseconds=1)
    assert not storage.append("things", [record("b")], write(almost, receipt=RECEIPT))
    later = Receipt("key", "other", NOW + 2 * DAY)
    assert storage.append("things", [record("c")], write(NOW + DAY, receipt=later))
    assert not storage.append("things", [record("d")], write(NOW + DAY, receipt=later))


def test_receipts_are_of_one_data_set(storage: Storage) -> None:
    assert storage.append("things", [record("a")], write(receipt=RECEIPT))
    assert storage.append("others", [record("a")], write(receipt=RECEIPT))
    storage.drop("things")
    assert storage.append("things", [record("b")], write(receipt=RECEIPT))
    assert not storage.append("others", [record("b")], write(receipt=RECEIPT))


def test_a_write_that_fails_leaves_no_receipt_and_no_trigger(storage: Storage) -> None:
    with pytest.raises((OverflowError, TypeError, ValueError)):
        storage.append("things", [record("a", TIME, size=2**80)], write(receipt=RECEIPT, cause=cause("1")))
    assert waiting(storage) == []
    assert storage.append("things", [record("a")], write(receipt=RECEIPT))


def test_triggers_wait_until_they_are_forgotten(storage: Storage) -> None:
    written = storage.append("things", [record("a", at("2020-01-01")), timed("b")], write(cause=cause("1")))
    assert written == Written(span=(at("2020-01-01"), TIME), trigger=trigger("1"))
    assert list(storage.waiting_triggers(AFTER, 10)) == [trigger("1")]
    storage.forget_triggers(["1", "unknown", "\ud800"[:0]])
    storage.forget_triggers([])
    assert waiting(storage) == []


def test_triggers_are_given_oldest_first(storage: Storage) -> None:
    for seconds, id_ in ((-1, "b"), (-3, "c"), (-2, "a"), (-3, "d"), (5, "later")):
        storage.append("things", [timed(id_)], write(NOW + timedelta(seconds=seconds), cause=cause(id_)))
    assert waiting(storage) == ["c", "d", "a", "b"]
    assert waiting(storage, 2) == ["c", "d"]
    assert [one.id for one in storage.waiting_triggers(NOW - timedelta(seconds=2), 10)] == ["c", "d"]


def test_a_trigger_without_a_write_waits_like_others(storage: Storage) -> None:
    storage.append("things", [record("a")], write())
    before = storage.version("things")
    for seconds, id_ in ((-1, "b"), (-3, "c")):
        storage.keep_trigger(trigger(id_), NOW + timedelta(seconds=seconds))
    storage.keep_trigger(trigger("never", "never-written"), NOW)
    assert waiting(storage) == ["c", "b", "never"]
    assert list(storage.waiting_triggers(AFTER, 10))[2] == trigger("never", "never-written")
    assert (storage.version("things"), storage.last_writes()) == (before, {"things": NOW})
    assert storage.version("never-written") == 0
    assert storage.drop("never-written") is None


def test_many_triggers_are_forgotten_at_once(storage: Storage) -> None:
    for i in range(20):
        storage.keep_trigger(trigger(str(i)), NOW)
    storage.forget_triggers([*(str(i) for i in range(19)), *(f"unknown {i}" for i in range(40_000))])
    assert waiting(storage) == ["19"]


WRITES: dict[str, Callable[[Storage, Write], Written | None]] = {
    "append": lambda storage, with_it: storage.append("things", [timed("b")], with_it),
    "replace": lambda storage, with_it: storage.replace("things", [timed("b")], with_it),
    "update": lambda storage, with_it: storage.update("things", "a", dict, with_it),
    "delete": lambda storage, with_it: storage.delete("things", "a", with_it),
}


@pytest.mark.parametrize("do", WRITES.values(), ids=WRITES.keys())
def test_every_write_may_trigger(storage: Storage, do: Callable[[Storage, Write], Written | None]) -> None:
    storage.append("things", [timed("a")], write())
    written = do(storage, write(cause=cause("1")))
    assert written is not None
    assert list(storage.waiting_triggers(AFTER, 10)) == [written.trigger]
    assert written.trigger == Trigger("1", "things", TIME, TIME, "request 1")


@pytest.mark.parametrize("do", WRITES.values(), ids=WRITES.keys())
def test_a_write_without_cause_triggers_nothing(
    storage: Storage, do: Callable[[Storage, Write], Written | None]
) -> None:
    storage.append("things", [timed("a")], write())
    written = do(storage, write())
    assert written is not None
    assert (written.trigger, written.span, waiting(storage)) == (None, (TIME, TIME), [])


def test_records_without_times_trigger_nothing(storage: Storage) -> None:
    assert storage.append("things", [record("a"), record("b", _timestamp=None)], write(cause=cause("1")))
    storage.update("things", "a", lambda old: {**old, "size": 1}, write(cause=cause("2")))
    storage.delete("things", "a", write(cause=cause("3")))
    storage.replace("things", [record("c")], write(cause=cause("4")))
    storage.replace("things", [], write(cause=cause("5")))
    assert waiting(storage) == []


def test_a_write_that_finds_nothing_triggers_nothing(storage: Storage) -> None:
    storage.append("things", [timed("a")], write())
    storage.delete("things", "b", write(cause=cause("1")))
    storage.update("things", "b", dict, write(cause=cause("2")))
    assert waiting(storage) == []


def test_dropping_a_data_set_drops_its_triggers(storage: Storage) -> None:
    storage.append("things", [timed("a")], write(cause=cause("1")))
    storage.keep_trigger(trigger("2", "never-written"), NOW)
    storage.append("others", [timed("a")], write(cause=cause("3")))
    storage.drop("things")
    storage.drop("never-written")
    assert waiting(storage) == ["3"]
