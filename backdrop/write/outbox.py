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
        try:
            while True:
                waiting = self._storage.waiting_triggers(self._clock() - WAITING_AFTER, BATCH)
                if self._send(waiting) < BATCH:
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
                    self._send(triggers)
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

    def _send(self, triggers: Sequence[Trigger]) -> int:
        """How many were sent; those are forgotten."""
        sent: list[str] = []
        for trigger in triggers:
            try:
                self._queue.send(trigger)
            except BrokerUnavailable as error:
                log.warning("broker does not take triggers; they wait in storage", error=str(error))
                break
            except Exception:
                # one that can't be sent must not hold up those behind it
                log.exception("a trigger can't be sent", trigger=trigger.id, data_set=trigger.data_set)
                continue
            sent.append(trigger.id)
        if sent:
            self._forget(sent)
        return len(sent)

    def _forget(self, ids: list[str]) -> None:
        try:
            self._storage.forget_triggers(ids)
        except Unavailable as error:
            log.warning("sent triggers can't be forgotten; they will be sent again", error=str(error))
