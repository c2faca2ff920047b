"""Which queues there are, and which of them an exchange leads to, shared by all processes through the file.

Tasks need little of this. Remote control does: `celery inspect ping` is sent to an exchange that leads to the
mailbox of every living worker, and its answers to one that leads back to whoever asked.
"""

from __future__ import annotations

from backdrop.broker.consumer import Consumer
from backdrop.broker.database import QueueDatabase, Transaction, rows

Binding = tuple[str, str | None, str]
"""Routing key, its pattern as a regular expression (topic exchanges), queue: as kombu has it."""

_SUBSCRIBE = """
INSERT OR IGNORE INTO subscriber (queue, consumer) SELECT name, ? FROM queue WHERE name = ? AND temporary
"""
_IS_TEMPORARY = "SELECT 1 FROM queue WHERE name = ? AND temporary"
_BIND = "INSERT OR IGNORE INTO binding (exchange, queue, routing_key, pattern) VALUES (?, ?, ?, ?)"
_BINDINGS = "SELECT routing_key, pattern, queue FROM binding WHERE exchange = ?"
_END = "DELETE FROM subscriber WHERE consumer = ? AND queue = ifnull(?, queue) RETURNING queue"
_IS_BOUND = "SELECT 1 FROM binding WHERE exchange = ? AND queue = ? AND routing_key = ?"


class Routing:
    """Queues and bindings of one queue file, and one consumer's subscriptions. Every method raises
    QueueUnavailable when the file can't be used."""

    def __init__(self, database: QueueDatabase, consumer: Consumer) -> None:
        self._database = database
        self._consumer = consumer

    def declare(self, queue: str, *, temporary: bool) -> None:
        """Make the queue known. A temporary one goes, with all that is in it, when its last subscriber does."""
        if self._finds("SELECT 1 FROM queue WHERE name = ?", queue):
            return
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO queue (name, temporary) VALUES (?, ?)", (queue, int(temporary))
            )

    def is_known(self, queue: str) -> bool:
        """Whether it was declared or has messages."""
        return self._finds("SELECT 1 FROM queue WHERE name = ?", queue) or self._finds(
            "SELECT 1 FROM message WHERE queue = ? LIMIT 1", queue
        )

    def delete(self, queue: str) -> None:
        """Drop the queue with its bindings and all its messages, leased ones too."""
        with self._database.writing() as connection:
            _drop(connection, queue)

    def bind(self, exchange: str, queue: str, routing_key: str, pattern: str | None) -> None:
        """What is sent to the exchange with the routing key goes to the queue from now on."""
        if not self._finds(_IS_BOUND, exchange, queue, routing_key):
            with self._database.writing() as connection:
                connection.execute(_BIND, (exchange, queue, routing_key, pattern))

    def unbind(self, exchange: str, queue: str, routing_key: str) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM binding WHERE exchange = ? AND queue = ? AND routing_key = ?",
                (exchange, queue, routing_key),
            )

    def bindings(self, exchange: str) -> list[Binding]:
        """All of one exchange."""
        with self._database.reading() as connection:
            return rows(connection, _BINDINGS, (exchange,))

    def subscribe(self, queue: str) -> None:
        """Keep a temporary queue for as long as the consumer lives; other queues stay anyway."""
        if self._finds(_IS_TEMPORARY, queue):
            with self._database.writing() as connection:
                connection.execute(_SUBSCRIBE, (self._consumer.enrol(connection), queue))

    def unsubscribe(self, queue: str) -> None:
        """The consumer wants no more of the queue; a temporary one goes if it was the last."""
        if self._consumer.id is not None and self._finds(_IS_TEMPORARY, queue):
            with self._database.writing() as connection:
                unsubscribe(connection, self._consumer.id, queue)

    def _finds(self, query: str, *values: str) -> bool:
        with self._database.reading() as connection:
            return connection.execute(query, values).get is not None


def unsubscribe(connection: Transaction, consumer: int, queue: str | None = None) -> None:
    """End one subscription of a consumer, or all; drop the temporary queues that nobody is left to read."""
    for (name,) in rows(connection, _END, (consumer, queue)):
        if connection.execute("SELECT 1 FROM subscriber WHERE queue = ?", (name,)).get is None:
            _drop(connection, name)


def _drop(connection: Transaction, queue: str) -> None:
    for statement in (
        "DELETE FROM message WHERE queue = ?",
        "DELETE FROM binding WHERE queue = ?",
        "DELETE FROM subscriber WHERE queue = ?",
        "DELETE FROM queue WHERE name = ?",
    ):
        connection.execute(statement, (queue,))
