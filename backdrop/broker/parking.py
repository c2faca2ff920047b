"""Messages that nobody could do anything with: kept aside, with the reason, until a person puts them back."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from backdrop.broker.database import QueueDatabase, Transaction, rows
from backdrop.core.errors import BackdropError

_COLUMNS = "id, queue, payload, priority, deliveries, reason, queued_at, parked_at"
_COPY = """
INSERT INTO parked (queue, priority, payload, deliveries, reason, queued_at, parked_at)
SELECT queue, priority, payload, deliveries, ?, queued_at, ? FROM message WHERE {which} ORDER BY id
RETURNING id, queue
"""
_PUT_BACK = """
INSERT INTO message (queue, priority, payload, queued_at)
SELECT queue, priority, payload, ? FROM parked WHERE id = ? RETURNING id
"""

logger = logging.getLogger(__name__)


class NotParked(BackdropError):
    """No parked message has that id (any more)."""

    def __init__(self, parked_id: int | str) -> None:
        super().__init__(f"no parked message has the id {parked_id}; list them to see those that are there")


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """`id` is what `requeue` takes; `payload` is the message as it was in the queue (see envelope);
    `deliveries` is how often it had been handed out. Times are in UTC."""

    id: int
    queue: str
    payload: bytes
    priority: int
    deliveries: int
    reason: str
    queued_at: datetime
    parked_at: datetime


class Parking:
    """The parked messages of one queue file. Every method raises QueueUnavailable when it can't be used."""

    def __init__(self, database: QueueDatabase, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def list_parked(self, *, after: int = 0, limit: int = 100) -> list[ParkedMessage]:
        """At most `limit` of them, longest parked first, beginning after the id `after`."""
        query = f"SELECT {_COLUMNS} FROM parked WHERE id > ? ORDER BY id LIMIT ?"  # noqa: S608 (our own names)
        with self._database.reading() as connection:
            found = rows(connection, query, (after, limit))
        return [_parked(*row) for row in found]

    def count(self) -> int:
        """How many there are."""
        with self._database.reading() as connection:
            count: int = connection.execute("SELECT count(*) FROM parked").get
            return count

    def requeue(self, parked_id: int) -> int:
        """Put one back at the end of its queue, as if it had just arrived; answers its new message id.

        Raises NotParked.
        """
        with self._database.writing() as connection:
            message_id: int | None = connection.execute(_PUT_BACK, (self._clock(), parked_id)).get
            if message_id is None:
                raise NotParked(parked_id)
            connection.execute("DELETE FROM parked WHERE id = ?", (parked_id,))
        return message_id

    def park(self, queue: str, payload: bytes, reason: str) -> int:
        """Park a message that isn't in the queue (any more); `requeue` will put `payload` into `queue`.

        Answers the id that `requeue` takes.
        """
        now = self._clock()
        with self._database.writing() as connection:
            parked_id: int = connection.execute(
                "INSERT INTO parked (queue, priority, payload, deliveries, reason, queued_at, parked_at)"
                " VALUES (?, 0, ?, 0, ?, ?, ?) RETURNING id",
                (queue, payload, reason, now, now),
            ).get
        _log(parked_id, queue, reason)
        return parked_id


def move_to_parked(
    connection: Transaction, which: str, values: Sequence[int | None], reason: str, now: float
) -> None:
    """Move the messages for which the condition `which` holds, inside the caller's transaction."""
    moved = rows(connection, _COPY.format(which=which), (reason, now, *values))
    if not moved:
        return
    connection.execute(f"DELETE FROM message WHERE {which}", values)  # noqa: S608 (conditions are ours)
    for parked_id, queue in moved:
        _log(parked_id, queue, reason)


def _log(parked_id: int, queue: str, reason: str) -> None:
    logger.error("a message of the queue %s was parked as %s: %s", queue, parked_id, reason)


def _parked(
    id_: int,
    queue: str,
    payload: bytes,
    priority: int,
    deliveries: int,
    reason: str,
    queued: float,
    parked: float,
) -> ParkedMessage:
    return ParkedMessage(id_, queue, payload, priority, deliveries, reason, _utc(queued), _utc(parked))


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
