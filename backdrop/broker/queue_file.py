"""The queue: messages that stay in the file until they are acknowledged. Knows nothing of kombu or Celery.

Handing a message out leases it to a consumer; the message itself never leaves the file before `ack`. When the
consumer's process has ended, or its lease has run out, the message is ready again, in its old place. What was
handed out too often without an acknowledgement is parked, because it may well be what kills its consumers.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from backdrop.broker import routing
from backdrop.broker.consumer import Consumer
from backdrop.broker.database import QueueDatabase, Transaction, rows
from backdrop.broker.parking import move_to_parked
from backdrop.broker.process_identity import ProcessIdentity, has_ended

MAX_DELIVERIES = 5

# A message that a consumer returns in good order (it stops, and the message waited for its time) has done nothing
# wrong; but a task may also be what makes its consumer stop. So that isn't endless either.
_RETURNS_PER_DELIVERY = 20

_RECLAIM_SECONDS = 1.0

# A consumer that can't be seen to have ended keeps its row this long after its lease, so that one that was only
# frozen finds its subscriptions again.
_FORGET_SECONDS = 86400.0

_PUT = "INSERT INTO message (queue, priority, payload, queued_at) VALUES (?, ?, ?, ?) RETURNING id"
_IS_ANY_READY = "SELECT 1 FROM message WHERE queue = ? AND consumer IS NULL LIMIT 1"
_LEASE = """
UPDATE message SET consumer = ?, deliveries = deliveries + 1
WHERE id = (
    SELECT id FROM message WHERE queue = ? AND consumer IS NULL ORDER BY priority DESC, id LIMIT 1
)
RETURNING id, deliveries, payload
"""
_RELEASE = "UPDATE message SET consumer = NULL, returned = returned + ? WHERE {which}"
_TOO_OFTEN = "({which}) AND (deliveries - returned - ? >= ? OR deliveries >= ?)"
_HELD = "id = ? AND deliveries = ? AND consumer = ?"
_OTHERS = """
SELECT id, host, pid, started, lease_until, EXISTS (SELECT 1 FROM message WHERE message.consumer = consumer.id)
FROM consumer WHERE id IS NOT ?
"""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lease:
    """One handing out of one message: the message's id, and how often it had been handed out by then."""

    id: int
    delivery: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A leased message."""

    lease: Lease
    payload: bytes


class QueueFile:
    """The messages of all queues of one file, for one consumer. Every method raises QueueUnavailable when the
    file can't be used."""

    def __init__(
        self,
        database: QueueDatabase,
        consumer: Consumer,
        max_deliveries: int = MAX_DELIVERIES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._consumer = consumer
        self._max_deliveries = max_deliveries
        self._clock = clock
        self._reclaimed_at = float("-inf")
        self._done: set[int] = set()

    def put(self, queues: Iterable[str], payload: bytes, priority: int = 0) -> list[int]:
        """Add a message to the end of each queue, in one transaction; on the disk when this returns.

        `priority` is 0 to 9, 9 is handed out first. Answers the messages' ids.
        """
        now = self._clock()
        with self._database.writing() as connection:
            return [connection.execute(_PUT, (queue, priority, payload, now)).get for queue in queues]

    def lease(self, queue: str) -> Delivery | None:
        """The first ready message of the queue, now held by the consumer; None if there is none.

        Looks for ended consumers once a second, so whoever waits for messages calls this again and again.
        """
        self._reclaim_sometimes()
        if self._done:
            self._settle()
        with self._database.reading() as connection:
            if not connection.execute(_IS_ANY_READY, (queue,)).get:
                return None
        with self._database.writing() as connection:
            found = connection.execute(_LEASE, (self._consumer.enrol(connection), queue)).get
        if found is None:
            return None
        message_id, delivery, payload = found
        return Delivery(Lease(message_id, delivery), payload)

    def ack(self, lease: Lease) -> None:
        """The message is done with. That holds even if the lease ran out and another consumer has it by now.

        If the file can't be written at the moment, the next call of `lease` tries again.
        """
        self._done.add(lease.id)
        self._settle()

    def release(self, leases: Iterable[Lease], *, counted: bool) -> None:
        """Make messages ready again, in their old places. Those that the consumer no longer holds are left alone.

        `counted`: the deliveries have failed, and the last one allowed parks the message. Not counted: the
        consumer merely had no use for them, which may happen twenty times as often.
        """
        with self._database.writing() as connection:
            for lease in leases:
                held = (lease.id, lease.delivery, self._consumer.id)
                self._put_back(connection, _HELD, held, counted=counted)

    def park(self, lease: Lease, reason: str) -> None:
        """Move a message that the consumer holds to the parked ones."""
        with self._database.writing() as connection:
            held = (lease.id, lease.delivery, self._consumer.id)
            move_to_parked(connection, _HELD, held, reason, self._clock())

    def size(self, queue: str) -> int:
        """How many messages of the queue are ready."""
        with self._database.reading() as connection:
            count: int = connection.execute(
                "SELECT count(*) FROM message WHERE queue = ? AND consumer IS NULL", (queue,)
            ).get
            return count

    def purge(self, queue: str) -> int:
        """Drop the ready messages of the queue; answers how many there were."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM message WHERE queue = ? AND consumer IS NULL", (queue,))
            return connection.changes()

    def reclaim(self) -> None:
        """Make ready what consumers hold that have ended or whose lease has run out."""
        with self._database.reading() as connection:
            ended, lapsed = self._failed_consumers(connection)
        if not ended and not lapsed:
            return
        with self._database.writing() as connection:
            # Looked up again: one of them may have renewed its lease meanwhile.
            ended, lapsed = self._failed_consumers(connection)
            for consumer in [*ended, *lapsed]:
                self._put_back(connection, "consumer = ?", (consumer,), counted=True)
            for consumer in ended:
                _forget(connection, consumer)

    def leave(self) -> None:
        """Put back at once all that the consumer holds, not counted as failed, and end it."""
        consumer = self._consumer.id
        if consumer is None:
            return
        with self._database.writing() as connection:
            self._consumer.leave()
            self._put_back(connection, "consumer = ?", (consumer,), counted=False)
            _forget(connection, consumer)

    def _reclaim_sometimes(self) -> None:
        now = time.monotonic()
        if now - self._reclaimed_at >= _RECLAIM_SECONDS:
            self._reclaimed_at = now
            self.reclaim()

    def _settle(self) -> None:
        done = tuple(self._done)
        with self._database.writing() as connection:
            connection.executemany("DELETE FROM message WHERE id = ?", [(each,) for each in done])
        self._done.difference_update(done)

    def _failed_consumers(self, connection: Transaction) -> tuple[list[int], list[int]]:
        """Those to forget, and those whose lease has run out while they hold something."""
        now = self._clock()
        ended, lapsed = [], []
        for row in rows(connection, _OTHERS, (self._consumer.id,)):
            consumer, host, pid, started, lease_until, is_holding = row
            process = ProcessIdentity(host, pid, started)
            if has_ended(process, self._consumer.identity) or lease_until + _FORGET_SECONDS < now:
                ended.append(consumer)
            elif lease_until <= now and is_holding:
                lapsed.append(consumer)
        return ended, lapsed

    def _put_back(
        self, connection: Transaction, which: str, values: tuple[int | None, ...], *, counted: bool
    ) -> None:
        returned, limit = (0 if counted else 1), self._max_deliveries
        move_to_parked(
            connection,
            _TOO_OFTEN.format(which=which),
            (*values, returned, limit, limit * _RETURNS_PER_DELIVERY),
            f"handed out {limit} times or more and never acknowledged",
            self._clock(),
        )
        connection.execute(_RELEASE.format(which=which), (returned, *values))


def _forget(connection: Transaction, consumer: int) -> None:
    routing.unsubscribe(connection, consumer)
    connection.execute("DELETE FROM consumer WHERE id = ?", (consumer,))
