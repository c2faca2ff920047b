"""What goes with a write in its transaction: the receipt of its key, and the trigger of transforms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from backdrop.core.triggers import Trigger
from backdrop.storage.protocol import IdempotencyKeyReused, Receipt, Storage
from tests.contract.making import EVERYTHING, NOW, at, record, write

DAY = timedelta(days=1)
RECEIPT = Receipt("key", "print", NOW + DAY)
AFTER = NOW + timedelta(seconds=1)


def trigger(id_: str, data_set: str = "things") -> Trigger:
    return Trigger(id_, data_set, at("2020-01-01"), at("2020-02-01T00:00:00.000001"), f"request {id_}")


def waiting(storage: Storage, at_most: int = 100) -> list[str]:
    return [one.id for one in storage.waiting_triggers(AFTER, at_most)]


def test_the_same_request_again_stores_nothing(storage: Storage) -> None:
    assert storage.append("things", [record("a")], write(receipt=RECEIPT, trigger=trigger("1")))
    before = storage.version("things")
    assert not storage.append("things", [record("b")], write(receipt=RECEIPT, trigger=trigger("2")))
    assert storage.find("things", EVERYTHING, None, 0) == [record("a")]
    assert storage.version("things") == before
    assert waiting(storage) == ["1"]


def test_the_same_key_with_another_request_is_refused(storage: Storage) -> None:
    storage.append("things", [record("a")], write(receipt=RECEIPT))
    with pytest.raises(IdempotencyKeyReused, match="Idempotency-Key"):
        storage.append("things", [record("b")], write(receipt=Receipt("key", "other", NOW + DAY)))
    assert storage.find("things", EVERYTHING, None, 0) == [record("a")]


def test_receipts_end(storage: Storage) -> None:
    storage.append("things", [record("a")], write(receipt=RECEIPT))
    almost = NOW + DAY - timedelta(microseconds=1)
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
        storage.append("things", [record("a", size=2**80)], write(receipt=RECEIPT, trigger=trigger("1")))
    assert waiting(storage) == []
    assert storage.append("things", [record("a")], write(receipt=RECEIPT))


def test_triggers_wait_until_they_are_forgotten(storage: Storage) -> None:
    storage.append("things", [record("a")], write(trigger=trigger("1")))
    assert list(storage.waiting_triggers(AFTER, 10)) == [trigger("1")]
    storage.forget_triggers(["1", "unknown", "\ud800"[:0]])
    storage.forget_triggers([])
    assert waiting(storage) == []


def test_triggers_are_given_oldest_first(storage: Storage) -> None:
    for seconds, id_ in ((-1, "b"), (-3, "c"), (-2, "a"), (-3, "d"), (5, "later")):
        storage.append("things", [record(id_)], write(NOW + timedelta(seconds=seconds), trigger=trigger(id_)))
    assert waiting(storage) == ["c", "d", "a", "b"]
    assert waiting(storage, 2) == ["c", "d"]
    assert [one.id for one in storage.waiting_triggers(NOW - timedelta(seconds=2), 10)] == ["c", "d"]


def test_many_triggers_are_forgotten_at_once(storage: Storage) -> None:
    for i in range(20):
        storage.append("things", [], write(trigger=trigger(str(i))))
    storage.forget_triggers([*(str(i) for i in range(19)), *(f"unknown {i}" for i in range(40_000))])
    assert waiting(storage) == ["19"]


@pytest.mark.parametrize(
    "do",
    [
        lambda storage, with_it: storage.append("things", [], with_it),
        lambda storage, with_it: storage.replace("things", [record("a")], with_it),
        lambda storage, with_it: storage.update("things", "a", dict, lambda _: with_it),
        lambda storage, with_it: storage.delete("things", "a", with_it),
    ],
    ids=["append", "replace", "update", "delete"],
)
def test_every_write_may_trigger(storage: Storage, do: Callable[[Storage, object], object]) -> None:
    storage.append("things", [record("a")], write())
    do(storage, write(trigger=trigger("1")))
    assert waiting(storage) == ["1"]


def test_a_write_that_finds_nothing_triggers_nothing(storage: Storage) -> None:
    storage.append("things", [record("a")], write())
    storage.delete("things", "b", write(trigger=trigger("1")))
    storage.update("things", "b", dict, lambda _: write(trigger=trigger("2")))
    assert waiting(storage) == []


def test_dropping_a_data_set_drops_its_triggers(storage: Storage) -> None:
    storage.append("things", [record("a")], write(trigger=trigger("1")))
    storage.append("never-written", [], write(trigger=trigger("2", "never-written")))
    storage.append("others", [record("a")], write(trigger=trigger("3", "others")))
    storage.drop("things")
    storage.drop("never-written")
    assert waiting(storage) == ["3"]
