"""What the outbox sends, in how many messages, and what it leaves; over real storage."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from backdrop.core.triggers import BrokerUnavailable, Trigger
from backdrop.storage import open_storage
from backdrop.storage.protocol import Storage
from backdrop.write import outbox as outbox_module
from backdrop.write.holding import HOLD_SECONDS
from backdrop.write.outbox import IDS_PER_LINE, MOST_UNSENDABLE, Outbox
from tests.contract.making import NOW, PLENTY, at
from tests.running import wait_until
from tests.stopwatch import Stopwatch

LATER = NOW + timedelta(minutes=1)
AT_LEISURE = 60.0
"""Seconds to send and forget what is in hand, on however slow a disk."""
BATCH = 50
"""A smaller one, so that a test need not write thousands."""


class Queue:
    """Takes triggers, and trips over those whose request is `bad`; away once it has taken `most`."""

    def __init__(self, most: int = PLENTY) -> None:
        self.most = most
        self.tried = 0
        self.taken: list[Trigger] = []
        self.taken_at: list[float] = []

    def send(self, trigger: Trigger) -> None:
        self.tried += 1
        if len(self.taken) >= self.most:
            raise BrokerUnavailable("away")
        if trigger.request_id == "bad":
            raise ValueError("nobody foresaw this")
        self.taken.append(trigger)
        self.taken_at.append(time.monotonic())

    def covers(self, trigger: Trigger) -> bool:
        return any(
            one.data_set == trigger.data_set
            and one.earliest <= trigger.earliest
            and trigger.latest <= one.latest
            for one in self.taken
        )


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    opened = open_storage(f"sqlite:///{tmp_path / 'backdrop.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "BATCH", BATCH)


Leave = Callable[..., list[Trigger]]


@pytest.fixture
def leave(storage: Storage) -> Leave:
    """Leaves that many triggers of a data set behind."""

    def left(data_set: str, count: int, request_id: str = "", days: float = 0) -> list[Trigger]:
        start = at("2000-01-01")
        made = [
            Trigger(
                f"{data_set} {i}",
                data_set,
                start + i * timedelta(days),
                start + i * timedelta(days),
                request_id or f"request {i}",
            )
            for i in range(count)
        ]
        for trigger in made:
            storage.keep_trigger(trigger, NOW)
        return made

    return left


def sweep(storage: Storage, queue: Queue) -> None:
    Outbox(storage, queue, lambda: LATER).sweep()


def waiting(storage: Storage) -> list[str]:
    return [one.id for one in storage.waiting_triggers(LATER, PLENTY)]


def ids(triggers: list[Trigger]) -> list[str]:
    return [one.id for one in triggers]


def test_a_sweep_sends_what_is_near_as_one(storage: Storage, leave: Leave) -> None:
    near, far = leave("near", 2 * BATCH), leave("far", 5, days=100)
    queue = Queue()
    sweep(storage, queue)
    assert all(queue.covers(one) for one in near + far)
    assert len([one for one in queue.taken if one.data_set == "near"]) == 2
    assert [one for one in queue.taken if one.data_set == "far"] == far
    assert waiting(storage) == []


def test_triggers_that_cannot_be_sent_hold_up_none_behind_them(storage: Storage, leave: Leave) -> None:
    bad = leave("bad", 2 * BATCH + 1, "bad", days=400)
    good = leave("good", 2 * BATCH + 1)
    queue = Queue()
    sweep(storage, queue)
    assert all(queue.covers(one) for one in good)
    assert queue.tried <= len(bad) + 4
    assert waiting(storage) == ids(bad)


def test_one_bad_trigger_among_many_is_passed_by(storage: Storage, leave: Leave) -> None:
    leave("things", 1, "bad")
    for i in range(1, 10):
        storage.keep_trigger(Trigger(f"good {i}", "things", NOW, NOW, f"request {i}"), NOW)
    queue = Queue()
    with capture_logs() as lines:
        sweep(storage, queue)
    assert waiting(storage) == ["things 0"]
    assert [line["trigger"] for line in lines if line["log_level"] == "error"] == ["things 0"]


def test_one_bad_trigger_does_not_spoil_those_merged_with_it(storage: Storage, leave: Leave) -> None:
    (bad,) = leave("things", 1, "bad")
    good = [Trigger(f"good {i}", "things", bad.earliest, bad.latest, f"request {i}") for i in range(5)]
    for one in good:
        storage.keep_trigger(one, NOW)
    queue = Queue()
    sweep(storage, queue)
    assert queue.taken == good
    assert waiting(storage) == [bad.id]


def test_a_sweep_ends_where_nothing_can_be_sent(storage: Storage, leave: Leave) -> None:
    bad = leave("bad", MOST_UNSENDABLE + BATCH, "bad", days=400 / 366)
    queue = Queue()
    sweep(storage, queue)
    assert queue.tried < MOST_UNSENDABLE + 2 * BATCH
    assert waiting(storage) == ids(bad)


def test_a_sweep_ends_where_the_broker_goes_away(storage: Storage, leave: Leave) -> None:
    bad, good = leave("bad", 1, "bad"), leave("good", BATCH, days=400 / 10)
    queue = Queue(most=BATCH - 10)
    sweep(storage, queue)
    assert queue.taken == good[: BATCH - 10]
    assert queue.tried == BATCH - 10 + 2
    assert waiting(storage) == ids(bad + good[BATCH - 10 :])


def test_the_log_names_every_request_of_a_message(storage: Storage, leave: Leave) -> None:
    left = leave("things", BATCH) + leave("alone", 1)
    with capture_logs() as lines:
        sweep(storage, queue := Queue())
    assert len(queue.taken) == 2
    (line,) = [line for line in lines if line["event"] == "triggers handed over as one"]
    assert line["request_ids"] == [one.request_id for one in left[:BATCH]]
    assert (line["triggers"], line["trigger"]) == (BATCH, queue.taken[0].id)


def test_no_log_line_is_endless(storage: Storage, monkeypatch: pytest.MonkeyPatch, leave: Leave) -> None:
    monkeypatch.setattr(outbox_module, "BATCH", PLENTY)
    leave("things", 2 * IDS_PER_LINE + 1)
    with capture_logs() as lines:
        sweep(storage, Queue())
    named = [line["request_ids"] for line in lines]
    assert [len(some) for some in named] == [IDS_PER_LINE, IDS_PER_LINE, 1]


@contextmanager
def started(storage: Storage, queue: Queue) -> Iterator[Outbox]:
    """An outbox at work whose sweeps find nothing: what arrives, it was handed."""
    outbox = Outbox(storage, queue, lambda: NOW - timedelta(days=1))
    outbox.start()
    try:
        yield outbox
    finally:
        outbox.stop(AT_LEISURE)


def kept(storage: Storage, **about: Any) -> Trigger:
    """One in storage that nobody has handed over; each waits for the disk, so they are kept before time counts."""
    number = next(_numbers)
    given = {"data_set": "things", "earliest": NOW, "latest": NOW, "request_id": f"request {number}", **about}
    trigger = Trigger(f"{number}", **given)
    storage.keep_trigger(trigger, NOW)
    return trigger


_numbers = iter(range(PLENTY))


def test_a_lone_trigger_goes_at_once_and_those_that_follow_it_together(storage: Storage) -> None:
    first, *following = [kept(storage, earliest=NOW - timedelta(days=i)) for i in range(51)]
    elsewhere = kept(storage, data_set="others")
    queue = Queue()
    with started(storage, queue) as outbox:
        with Stopwatch() as took:
            outbox.hand_over(first)
            wait_until(lambda: queue.taken == [first], "the first", 2)
            for one in (*following, elsewhere):
                outbox.hand_over(one)
            wait_until(lambda: len(queue.taken) == 3, "the rest", 2 * HOLD_SECONDS)
        assert queue.taken[:2] == [first, elsewhere]
        assert took.seconds < HOLD_SECONDS + 2
        assert all(queue.covers(one) for one in following)
        wait_until(lambda: waiting(storage) == [], "all of them forgotten")


def test_what_is_held_goes_when_it_stops(storage: Storage) -> None:
    first, *following = [kept(storage, earliest=NOW - timedelta(days=min(i, 1))) for i in range(21)]
    handed = [first, *following]
    queue = Queue()
    with started(storage, queue) as outbox:
        outbox.hand_over(first)
        wait_until(lambda: queue.taken == [first], "the first", 2)
        for one in following:
            outbox.hand_over(one)
        assert len(queue.taken) == 1
        outbox.stop(AT_LEISURE)
        assert len(queue.taken) == 2
        assert all(queue.covers(one) for one in handed)
        assert waiting(storage) == []


def test_nothing_is_held_for_a_dead_broker_and_its_log_stays_short(storage: Storage) -> None:
    """All of it waits in storage; the broker isn't asked for each of them, nor is anything said of each."""
    queue = Queue(most=0)
    triggers = [kept(storage, data_set=f"data-set-{i % 30}") for i in range(300)]
    with capture_logs() as lines, started(storage, queue) as outbox:
        for one in triggers:
            outbox.hand_over(one)
        wait_until(outbox._in_hand.empty, "the outbox to have looked at them")
        outbox.stop(AT_LEISURE)
        assert outbox._holding.take_all() == []
    assert queue.tried <= 3
    assert len(lines) == queue.tried
    assert len(waiting(storage)) == 300
    queue.most = PLENTY
    sweep(storage, queue)
    assert waiting(storage) == []


def test_a_trigger_is_forgotten_only_when_the_broker_has_it(storage: Storage) -> None:
    """Looked at from within the broker: everything that a message covers is still in storage then."""
    missing: list[str] = []

    class Looking(Queue):
        def send(self, trigger: Trigger) -> None:
            # in this order: what is handed over was in storage before
            handed_by_now = handed_ids - forgotten_before
            known = set(waiting(storage))
            missing.extend(handed_by_now - known)
            super().send(trigger)
            forgotten_before.update(one.id for one in list(handed) if self.covers(one))

    handed: list[Trigger] = []
    handed_ids: set[str] = set()
    forgotten_before: set[str] = set()
    queue = Looking()
    with started(storage, queue) as outbox:

        def keep_handing() -> None:
            for i in range(40):
                trigger = Trigger(f"t{i}", f"data-set-{i % 3}", NOW, NOW + timedelta(days=i * 40), "")
                storage.keep_trigger(trigger, NOW)
                handed.append(trigger)
                handed_ids.add(trigger.id)
                outbox.hand_over(trigger)

        thread = threading.Thread(target=keep_handing)
        thread.start()
        thread.join(60)
    assert missing == []
    assert all(queue.covers(one) for one in handed)
    assert waiting(storage) == []
