"""The outbox: triggers are stored with the data, handed to the broker after the commit, then forgotten.

A thread of the process does the handing over, so that no request waits for a broker. The first trigger of a data
set goes at once, those that follow it closely go together, merged. What could not be handed over, and what a
killed process left behind, waits in storage for any process's next sweep.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from queue import Empty, Full, Queue
from threading import Event, Thread

import structlog

from backdrop.core.coalescing import Merged, merge
from backdrop.core.errors import Unavailable
from backdrop.core.triggers import BrokerUnavailable, Trigger, TriggerQueue
from backdrop.storage.protocol import Storage
from backdrop.write.holding import Holding

log = structlog.get_logger("backdrop.outbox")

SWEEP_SECONDS = 3.0
"""How often to look for waiting triggers, on average; each process at times of its own."""

WAITING_AFTER = timedelta(seconds=15)
"""How long after its write a trigger counts as left behind: longer than one is held and sent."""

AWAY_SECONDS = 5.0
"""For how long a broker that took nothing is left to the sweeps."""

BATCH = 1_000
MOST_IN_HAND = 10_000
MOST_UNSENDABLE = 1_000
"""How many triggers that can't be sent one sweep looks past; with more of them, it is not the triggers' fault."""

IDS_PER_LINE = 100


class Outbox:
    """Hands triggers to the broker from `start()` to `stop()`; before and after, they wait in storage."""

    def __init__(self, storage: Storage, queue: TriggerQueue, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._queue = queue
        self._clock = clock
        self._in_hand: Queue[Trigger | None] = Queue(MOST_IN_HAND)
        self._holding = Holding()
        self._away_until = 0.0
        self._stopping = Event()
        self._thread: Thread | None = None

    def hand_over(self, trigger: Trigger) -> None:
        """Have a stored trigger sent soon; returns at once."""
        # with so many in hand the broker is away, and a sweep finds this one in storage
        with suppress(Full):
            self._in_hand.put_nowait(trigger)

    def start(self) -> None:
        """Begin to hand over, in a thread of its own. For the process that serves, after any fork."""
        assert self._thread is None, "the outbox is started already"
        self._stopping.clear()
        self._thread = Thread(target=self._relay, name="outbox", daemon=True)
        self._thread.start()

    def stop(self, patience: float = 5.0) -> None:
        """Send what is in hand or held and end; what takes longer than `patience` seconds is left to a sweep."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping.set()
        with suppress(Full):
            self._in_hand.put_nowait(None)
        thread.join(patience)

    def sweep(self) -> None:
        """Hand over what waits in storage; what the broker or storage does not take now stays."""
        before, unsendable = self._clock() - WAITING_AFTER, set[str]()
        try:
            while len(unsendable) < MOST_UNSENDABLE:
                # those that can't be sent stay the oldest, so that the next batch is the one behind them
                at_most = BATCH + len(unsendable)
                waiting = self._storage.waiting_triggers(before, at_most)
                batch = [trigger for trigger in waiting if trigger.id not in unsendable]
                if not self._send(merge(batch), unsendable) or len(waiting) < at_most:
                    return
        except Unavailable as error:
            log.warning("can't look for waiting triggers", error=error.trouble)

    def _relay(self) -> None:
        sweep_at = 0.0
        stopping = False
        while not stopping:
            try:
                # asked first, so that whatever was handed over before the stop is received after it
                stopping = self._stopping.is_set()
                now = time.monotonic()
                self._receive(0.0 if stopping else min(sweep_at, self._holding.next_due()) - now)
                now = time.monotonic()
                due = self._holding.take_all() if stopping else self._holding.take(now)
                self._send(merge(due), set())
                if now >= sweep_at and not stopping:
                    self.sweep()
                    sweep_at = time.monotonic() + SWEEP_SECONDS * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
            except Exception:
                # this thread has to outlive every surprise: without it triggers wait for another process
                log.exception("unexpected error in the outbox")
                self._stopping.wait(SWEEP_SECONDS)

    def _receive(self, patience: float) -> None:
        """Holds what is in hand, waiting for the first for up to `patience` seconds."""
        with suppress(Empty):
            self._hold(self._in_hand.get(timeout=max(patience, 0.001)))
            for _ in range(MOST_IN_HAND):
                self._hold(self._in_hand.get_nowait())

    def _hold(self, trigger: Trigger | None) -> None:
        # what finds no room, or no broker, is found in storage by a sweep
        if trigger is not None and time.monotonic() >= self._away_until:
            self._holding.add(trigger)

    def _send(self, messages: Sequence[Merged], unsendable: set[str]) -> bool:
        """Sends and forgets all but those that can't be sent, whose ids it adds to `unsendable`.

        False: broker or storage is away.
        """
        sent: list[str] = []
        away = False
        try:
            for merged in messages:
                sent += self._deliver(merged, unsendable)
        except BrokerUnavailable as error:
            log.warning("broker does not take triggers; they wait in storage", error=error.trouble)
            away = True
            self._away_until = time.monotonic() + AWAY_SECONDS
            self._holding.take_all()
        return self._forget(sent) and not away

    def _deliver(self, merged: Merged, unsendable: set[str]) -> list[str]:
        """The ids of those parts that were sent. Raises BrokerUnavailable."""
        try:
            self._queue.send(merged.trigger)
        except BrokerUnavailable:
            raise
        except Exception:
            # one that can't be sent must hold up neither those merged with it nor those behind it
            if len(merged.parts) > 1:
                return [
                    id_ for part in merged.parts for id_ in self._deliver(Merged(part, (part,)), unsendable)
                ]
            # the first tells where it went wrong
            trigger = merged.trigger
            about = {"trigger": trigger.id, "data_set": trigger.data_set}
            log.error("a trigger can't be sent", exc_info=not unsendable, **about)
            unsendable.add(trigger.id)
            return []
        _note(merged)
        return [part.id for part in merged.parts]

    def _forget(self, ids: list[str]) -> bool:
        if not ids:
            return True
        try:
            self._storage.forget_triggers(ids)
        except Unavailable as error:
            log.warning("sent triggers can't be forgotten; they will be sent again", error=error.trouble)
            return False
        return True


def _note(merged: Merged) -> None:
    """Which requests one message is for; a lone one's id is in the message."""
    if len(merged.parts) == 1:
        return
    ids = list(dict.fromkeys(part.request_id for part in merged.parts))
    for first in range(0, len(ids), IDS_PER_LINE):
        log.info(
            "triggers handed over as one",
            trigger=merged.trigger.id,
            data_set=merged.trigger.data_set,
            triggers=len(merged.parts),
            request_ids=ids[first : first + IDS_PER_LINE],
        )
