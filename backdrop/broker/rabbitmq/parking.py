"""The parked messages of RabbitMQ: seen without being taken, and put back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from amqp.exceptions import ResourceLocked
from kombu import Connection, Consumer, Exchange, Producer, Queue

from backdrop.broker.names import PARKED_QUEUE, QUEUE
from backdrop.broker.rabbitmq.faults import PublishersBlocked, in_words
from backdrop.broker.rabbitmq.link import ANSWER_SECONDS, Link
from backdrop.broker.rabbitmq.parked import ParkedMessage, described, headers_to_go_back
from backdrop.broker.rabbitmq.queues import all_queues, parked_queue
from backdrop.core.errors import BackdropError
from backdrop.core.triggers import BrokerUnavailable

T = TypeVar("T")

_OTHERS_SECONDS = 30.0
_MOST_AT_ONCE = 50_000
"""AMQP has 16 bits for it."""

_LOCK = f"{PARKED_QUEUE}.lock"


class InUse(BackdropError):
    """Another command looks at the parked messages, which hides them meanwhile."""

    def __init__(self) -> None:
        super().__init__(
            "another command is busy with the parked tasks, or was cut off when RabbitMQ ran short of memory or disk;"
            " try again when it has ended, and when RabbitMQ takes messages again"
        )


class RabbitParking:
    """The parked messages behind a list of URLs. Every method raises BrokerUnavailable, and InUse when another
    process is at it and does not end."""

    def __init__(self, urls: str) -> None:
        """Connects to nothing yet."""
        self._urls = urls

    def parked(self) -> list[ParkedMessage]:
        """All of them, longest parked first, as they were; they are where they were."""

        def look(connection: Connection) -> list[ParkedMessage]:
            # none is acknowledged: all are back in their places when the channel is gone
            messages = list(_each(connection))
            _give_back(connection, messages, len(messages))
            return [_described(message) for message in messages]

        return self._alone(look)

    def requeue(self, wanted: str | None) -> int:
        """Puts back those with this id, or, for None, all that are parked by now; answers how many.

        A message leaves the parked ones when its queue has confirmed it: it may for a moment be in both.
        """
        done: list[str] = []

        def move(connection: Connection) -> int:
            producer, messages = Producer(connection), []
            for message in _each(connection):
                messages.append(message)
                if wanted in (None, _described(message).id):
                    _put_back(producer, message)
                    done.append(message.delivery_tag)
            _give_back(connection, messages, len(messages) - len(done))
            return len(done)

        return self._alone(move)

    def _alone(self, work: Callable[[Connection], T]) -> T:
        link = Link(self._urls)

        def locked(connection: Connection) -> T:
            for queue in all_queues():
                queue(connection.default_channel).declare()
            with _lock(connection):
                try:
                    return work(connection)
                except PublishersBlocked as error:
                    # Not by another broker: while this one doesn't notice that the connection ends, it keeps the lock
                    # and what was taken from the queue.
                    raise BrokerUnavailable(in_words(error)) from error

        try:
            return link.use(locked)
        finally:
            link.close()


def _each(connection: Connection) -> Iterator[Any]:
    """Every message that is parked by now, in order, unacknowledged."""
    remaining = _count(connection)
    while remaining > 0:
        page = _page(connection, min(remaining, _MOST_AT_ONCE))
        yield from page
        remaining -= len(page)


def _give_back(connection: Connection, messages: Sequence[Any], left: int) -> None:
    """Ends the hold on these messages, of which so many are still parked, and waits until the queue has them again:
    it says that a channel is closed before, and who looks next would miss some."""
    for channel in {message.channel for message in messages}:
        channel.close()
    until = time.monotonic() + ANSWER_SECONDS
    while _count(connection) < left and time.monotonic() < until:
        time.sleep(0.02)


def _count(connection: Connection) -> int:
    """How many are parked and in nobody's hands."""
    declared: Any = parked_queue()(connection.default_channel).queue_declare(passive=True)
    count: int = declared.message_count
    return count


def _page(connection: Connection, size: int) -> list[Any]:
    """So many messages, which this connection then holds.

    Handed out as to a worker: asked for one by one, ten thousand take half a minute.
    """
    page: list[Any] = []
    # a channel for each page, because what it may hold is said once
    consumer = Consumer(connection.channel(), [parked_queue()], on_message=page.append, auto_declare=False)
    consumer.qos(prefetch_count=size)
    consumer.consume()
    while len(page) < size:
        connection.drain_events(timeout=ANSWER_SECONDS)
    consumer.cancel()
    return page


def _described(message: Any) -> ParkedMessage:
    return described(message.headers, _body(message))


def _body(message: Any) -> bytes:
    """As it was sent: py-amqp has decoded it where it could."""
    body = message.body
    return body.encode(message.content_encoding or "utf-8") if isinstance(body, str) else bytes(body)


def _put_back(producer: Producer, message: Any) -> None:
    producer.publish(
        _body(message),
        exchange="",
        routing_key=QUEUE,
        delivery_mode=2,
        content_type=message.content_type or "application/octet-stream",
        content_encoding=message.content_encoding or "binary",
        headers=headers_to_go_back(message.headers),
        correlation_id=message.properties.get("correlation_id") or "",
        mandatory=True,
        confirm_timeout=ANSWER_SECONDS,
    )
    message.ack()


@contextmanager
def _lock(connection: Connection) -> Iterator[None]:
    """A queue that only one connection can have; the broker takes it away with the connection."""
    give_up_at = time.monotonic() + _OTHERS_SECONDS
    lock = Queue(_LOCK, Exchange(""), durable=False, exclusive=True)
    while True:
        with connection.channel() as channel:
            try:
                lock(channel).declare()
            except ResourceLocked:
                if time.monotonic() > give_up_at:
                    raise InUse from None
            else:
                break
        time.sleep(0.2)
    yield
