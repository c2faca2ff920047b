"""The sweep of triggers that were left behind, over real storage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from backdrop.core.triggers import BrokerUnavailable, Trigger
from backdrop.storage import open_storage
from backdrop.storage.protocol import Storage
from backdrop.write.outbox import BATCH, MOST_UNSENDABLE, Outbox
from tests.contract.making import NOW, PLENTY, at, record, write

LATER = NOW + timedelta(minutes=1)


class Queue:
    """Takes triggers, and trips over those of the data set `bad`; away once it has taken `most`."""

    def __init__(self, most: int = PLENTY) -> None:
        self.most = most
        self.tried: list[str] = []
        self.taken: list[str] = []

    def send(self, trigger: Trigger) -> None:
        if len(self.taken) == self.most:
            raise BrokerUnavailable("away")
        self.tried.append(trigger.id)
        if trigger.data_set == "bad":
            raise ValueError("nobody foresaw this")
        self.taken.append(trigger.id)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    opened = open_storage(f"sqlite:///{tmp_path / 'backdrop.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def leave(storage: Storage) -> Callable[[str, int], list[str]]:
    """Leaves that many triggers of a data set behind, and says their ids."""

    def left(data_set: str, count: int) -> list[str]:
        ids = [f"{data_set} {number}" for number in range(count)]
        for id_ in ids:
            trigger = Trigger(id_, data_set, at("2020-01-01"), at("2020-02-01"), "request")
            storage.append(data_set, [record("a")], write(trigger=trigger))
        return ids

    return left


def sweep(storage: Storage, queue: Queue) -> None:
    Outbox(storage, queue, lambda: LATER).sweep()


def waiting(storage: Storage) -> list[str]:
    return [one.id for one in storage.waiting_triggers(LATER, PLENTY)]


def test_triggers_that_cannot_be_sent_hold_up_none_behind_them(
    storage: Storage, leave: Callable[[str, int], list[str]]
) -> None:
    bad = leave("bad", 2 * BATCH + 1)
    good = leave("good", 2 * BATCH + 1)
    queue = Queue()
    sweep(storage, queue)
    assert queue.taken == good
    assert queue.tried == bad + good
    assert waiting(storage) == bad


def test_one_among_many_is_passed_by(storage: Storage, leave: Callable[[str, int], list[str]]) -> None:
    before, (bad,), after = leave("before", 10), leave("bad", 1), leave("after", 3 * BATCH)
    queue = Queue()
    sweep(storage, queue)
    assert queue.taken == before + after
    assert waiting(storage) == [bad]


def test_a_sweep_ends_where_nothing_can_be_sent(
    storage: Storage, leave: Callable[[str, int], list[str]]
) -> None:
    bad = leave("bad", MOST_UNSENDABLE + BATCH)
    queue = Queue()
    sweep(storage, queue)
    assert queue.tried == bad[:MOST_UNSENDABLE]
    assert waiting(storage) == bad


def test_a_sweep_ends_where_the_broker_goes_away(
    storage: Storage, leave: Callable[[str, int], list[str]]
) -> None:
    bad, good = leave("bad", 1), leave("good", 3 * BATCH)
    queue = Queue(most=BATCH + 5)
    sweep(storage, queue)
    assert queue.taken == good[: BATCH + 5]
    assert waiting(storage) == bad + good[BATCH + 5 :]
