"""The outbox: triggers are stored with the data, handed to the broker after the commit, then forgotten.

A thread of the process does the handing over, so that no request waits for a broker. What it could not hand
over, and what a killed process left behind, waits in storage for any process's next sweep.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from queue import Empty, Full, Queue
from threading import Thread

import structlog

from backdrop.core.errors import Unavailable
from backdrop.core.triggers import BrokerUnavailable, Trigger, TriggerQueue
from backdrop.storage.protocol import Storage

log = structlog.get_logger("backdrop.outbox")

SWEEP_SECONDS = 3.0
"""How often to look for waiting triggers, on average; each process at times of its own."""

WAITING_AFTER = timedelta(seconds=5)
"""How long after its write a trigger counts as left behind."""

BATCH = 100
MOST_IN_HAND = 10_000
MOST_UNSENDABLE = 1_000
"""How many triggers that can't be sent one sweep looks past; with more of them, it is not the triggers' fault."""


class Outbox:
    """Hands triggers to the broker from `start()` to `stop()`; before and after, they wait in storage."""

    def __init__(self, storage: Storage, queue: TriggerQueue, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._queue = queue
        self._clock = clock
        self._in_hand: Queue[Trigger | None] = Queue(MOST_IN_HAND)
        self._thread: Thread | None = None

    def hand_over(self, trigger: Trigger) -> None:
        """Have a stored trigger sent soon; returns at once."""
        # with so many in hand the broker is away, and the next sweep finds this one in storage
        with suppress(Full):
            self._in_hand.put_nowait(trigger)

    def start(self) -> None:
        """Begin to hand over, in a thread of its own. For the process that serves, after any fork."""
        assert self._thread is None, "the outbox is started already"
        self._thread = Thread(target=self._relay, name="outbox", daemon=True)
        self._thread.start()

    def stop(self, patience: float = 5.0) -> None:
        """Send what is in hand and end; what takes longer than `patience` seconds is left to a sweep."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        with suppress(Full):
            self._in_hand.put_nowait(None)
        thread.join(patience)

    def sweep(self) -> None:
        """Send all triggers that were left behind. Does nothing but log when broker or storage is away."""
        before, unsendable = self._clock() - WAITING_AFTER, set[str]()
        try:
            while len(unsendable) < MOST_UNSENDABLE:
                # those that can't be sent stay the oldest, so that the next batch is the one behind them
                at_most = BATCH + len(unsendable)
                waiting = self._storage.waiting_triggers(before, at_most)
                batch = [trigger for trigger in waiting if trigger.id not in unsendable]
                if not self._send(batch, unsendable) or len(waiting) < at_most:
                    return
        except Unavailable as error:
            log.warning("can't look for waiting triggers", error=str(error))

    def _relay(self) -> None:
        sweep_at = 0.0
        stopping = False
        while not stopping:
            try:
                triggers, stopping = self._next_batch(sweep_at - time.monotonic())
                if triggers:
                    self._send(triggers, set())
                if time.monotonic() >= sweep_at and not stopping:
                    self.sweep()
                    sweep_at = time.monotonic() + SWEEP_SECONDS * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
            except Exception:
                # this thread has to outlive every surprise: without it triggers wait for another process
                log.exception("unexpected error in the outbox")
                sweep_at = time.monotonic() + SWEEP_SECONDS

    def _next_batch(self, patience: float) -> tuple[list[Trigger], bool]:
        """What is in hand, waiting for the first for up to `patience` seconds; and whether to stop after it."""
        batch: list[Trigger] = []
        with suppress(Empty):
            trigger = self._in_hand.get(timeout=max(patience, 0.001))
            while trigger is not None:
                batch.append(trigger)
                if len(batch) == BATCH:
                    return batch, False
                trigger = self._in_hand.get_nowait()
            return batch, True
        return batch, False

    def _send(self, triggers: Sequence[Trigger], unsendable: set[str]) -> bool:
        """Sends and forgets all but those that can't be sent, whose ids it adds to `unsendable`.

        False: broker or storage is away.
        """
        sent: list[str] = []
        away = False
        for trigger in triggers:
            try:
                self._queue.send(trigger)
            except BrokerUnavailable as error:
                log.warning("broker does not take triggers; they wait in storage", error=str(error))
                away = True
                break
            except Exception:
                # One that can't be sent must not hold up those behind it. The first tells where it went wrong.
                about = {"trigger": trigger.id, "data_set": trigger.data_set}
                log.error("a trigger can't be sent", exc_info=not unsendable, **about)
                unsendable.add(trigger.id)
                continue
            sent.append(trigger.id)
        return self._forget(sent) and not away

    def _forget(self, ids: list[str]) -> bool:
        if not ids:
            return True
        try:
            self._storage.forget_triggers(ids)
        except Unavailable as error:
            log.warning("sent triggers can't be forgotten; they will be sent again", error=str(error))
            return False
        return True
