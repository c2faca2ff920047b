"""kombu's view of a queue file: connections, channels, acknowledgements.

Options of a connection (`broker_transport_options` in Celery), all positive numbers:
`lease_seconds` (30): after how long without a sign of life a consumer's messages go to another one;
`max_deliveries` (5): how often a message is handed out before it is parked;
`polling_interval` (0.05): seconds between two looks into an empty queue;
`busy_seconds` (30): how long a writer waits for another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

from kombu import Connection
from kombu.transport import virtual

from backdrop.broker.address import SCHEME, InvalidBrokerUrl, broker_url, file_at, file_of
from backdrop.broker.consumer import LEASE_SECONDS, Consumer
from backdrop.broker.database import BUSY_SECONDS, QueueDatabase, QueueUnavailable
from backdrop.broker.envelope import Undecodable, decode, encode
from backdrop.broker.queue_file import MAX_DELIVERIES, Lease, QueueFile
from backdrop.broker.routing import Binding, Routing
from backdrop.broker.wake import Wake

POLLING_SECONDS = 0.05


class Message(virtual.Message):
    """A message that is parked when its consumer can't decode it.

    Consumers acknowledge what they can't decode, Celery's too, so that it doesn't come again; it would be gone.
    """

    _fault: str | None = None

    def decode(self) -> Any:
        try:
            return super().decode()
        except Exception as error:
            self._fault = str(error) or type(error).__name__
            raise

    def ack(self, multiple: bool = False) -> None:
        fault = self._fault or (str(self.errors[0][1]) if self.errors else None)
        if fault is None or self.channel is None:
            super().ack(multiple)
        else:
            self.channel.qos.park(self.delivery_tag, f"its consumer can't decode it: {fault}")
            self._state = "REJECTED"


class QoS(virtual.QoS):
    """Acknowledgements, at once in the file. Tags are `<message id>.<delivery>`."""

    channel: Channel

    def ack(self, delivery_tag: str) -> None:
        with self._freeing(delivery_tag) as lease:
            self.channel.messages.ack(lease)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if not requeue:
            self.park(delivery_tag, "rejected by its consumer, whose log says why")
            return
        with self._freeing(delivery_tag) as lease:
            self.channel.messages.release([lease], counted=True)

    def park(self, delivery_tag: str, reason: str) -> None:
        with self._freeing(delivery_tag) as lease:
            self.channel.messages.park(lease, reason)

    def restore_unacked(self) -> None:
        """Put everything back that was handed out. Raises QueueUnavailable."""
        if self._delivered:
            open_tags = [tag for tag in self._delivered if tag not in (self._dirty or ())]
            self.channel.messages.release(map(_lease, open_tags), counted=False)
            self._delivered.clear()

    @contextmanager
    def _freeing(self, delivery_tag: str) -> Iterator[Lease]:
        """Whatever becomes of the file, the consumer has a hand free again."""
        try:
            yield _lease(delivery_tag)
        finally:
            super().ack(delivery_tag)
            if self.channel.connection is not None:
                self.channel.connection.poll_soon()


class Channel(virtual.Channel):
    """One channel: a share of its connection's queue file and consumer."""

    Message = Message
    QoS = QoS
    supports_fanout = True
    connection: Transport | None  # type: ignore[assignment]  # None once it is closed

    def __init__(self, connection: Transport, **kwargs: Any) -> None:
        # Kept, because kombu takes `connection` away when a channel closes and Celery may acknowledge later.
        self.messages = connection.messages
        self.routing = connection.routing
        connection.database.open()
        super().__init__(connection, **kwargs)

    def basic_consume(
        self,
        queue: str,
        no_ack: bool,
        callback: Callable[..., Any] | None,
        consumer_tag: str | None,
        **kwargs: Any,
    ) -> str:
        self.routing.subscribe(queue)
        wanted = self._acknowledged_before(callback) if no_ack and callback else callback
        return super().basic_consume(queue, False, wanted, consumer_tag, **kwargs)

    def basic_cancel(self, consumer_tag: str) -> Any:
        queue = self._tag_to_queue.get(consumer_tag)
        super().basic_cancel(consumer_tag)
        if queue is not None:
            self.routing.unsubscribe(queue)
            if not self.routing.is_known(queue):
                self._forget_bindings(queue)

    def basic_get(self, queue: str, no_ack: bool = False, **kwargs: Any) -> virtual.Message | None:
        message = super().basic_get(queue, **kwargs)
        if message is not None and no_ack and message.delivery_tag is not None:
            self.basic_ack(message.delivery_tag)
        return message

    def get_table(self, exchange: str) -> list[Binding]:  # type: ignore[override]  # a pattern may be None
        """The bindings in the file, and those that this connection declared: a queue that somebody deleted
        takes messages again as soon as it is published to, rather than losing them."""
        declared = (self.state.exchanges or {}).get(exchange, {}).get("table", [])
        return list(dict.fromkeys([*self.routing.bindings(exchange), *map(_binding, declared)]))

    def queue_unbind(
        self,
        queue: str,
        exchange: str | None = None,
        routing_key: str = "",
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        name = exchange or ""
        self.state.binding_delete(queue, name, routing_key)
        self._edit_table(name, lambda row: row[2] != queue or row[0] != routing_key)
        self.routing.unbind(name, queue, routing_key)

    def queue_delete(
        self, queue: str, if_unused: bool = False, if_empty: bool = False, **kwargs: Any
    ) -> None:
        if if_empty and self._size(queue):
            return
        self.routing.delete(queue)
        self._forget_bindings(queue)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        while True:
            delivery = self.messages.lease(queue)
            if delivery is None:
                raise Empty
            try:
                message = decode(delivery.payload)
            except Undecodable as error:
                self.messages.park(delivery.lease, str(error))
                continue
            properties = message["properties"]
            properties["delivery_tag"] = _tag(delivery.lease)
            properties["delivery_info"]["redelivered"] = delivery.lease.delivery > 1
            return message

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:
        self.messages.put([queue], encode(message), self._get_message_priority(message))

    def _put_fanout(self, exchange: str, message: dict[str, Any], routing_key: str, **kwargs: Any) -> None:
        queues = {queue for _, _, queue in self.get_table(exchange)}
        self.messages.put(sorted(queues), encode(message), self._get_message_priority(message))

    def _new_queue(self, queue: str, **kwargs: Any) -> None:
        is_temporary = bool(kwargs.get("exclusive") or kwargs.get("auto_delete"))
        self.routing.declare(queue, temporary=is_temporary)

    def _has_queue(self, queue: str, **kwargs: Any) -> bool:
        return self.routing.is_known(queue)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str | None, queue: str) -> None:
        self.routing.bind(exchange, queue, routing_key or "", pattern)

    def _size(self, queue: str) -> int:
        return self.messages.size(queue)

    def _purge(self, queue: str) -> int:
        return self.messages.purge(queue)

    def _acknowledged_before(self, callback: Callable[..., Any]) -> Callable[..., Any]:
        def acknowledge_and_call(message: virtual.Message) -> Any:
            if message.delivery_tag is not None:
                self.basic_ack(message.delivery_tag)
            return callback(message)

        return acknowledge_and_call

    def _forget_bindings(self, queue: str) -> None:
        self.state.queue_bindings_delete(queue)
        for exchange in self.state.exchanges or ():
            self._edit_table(exchange, lambda row: row[2] != queue)

    def _edit_table(self, exchange: str, keeps: Callable[[Binding], bool]) -> None:
        table = (self.state.exchanges or {}).get(exchange, {}).get("table", [])
        table[:] = [row for row in table if keeps(row)]


class Transport(virtual.Transport):
    """A connection to one queue file, a consumer of its own."""

    Channel = Channel
    driver_type = SCHEME
    driver_name = "apsw"
    can_parse_url = True
    polling_interval = POLLING_SECONDS
    connection_errors = (*virtual.Transport.connection_errors, QueueUnavailable)
    recoverable_connection_errors = connection_errors
    implements = virtual.Transport.implements.extend(
        asynchronous=True, exchange_type=frozenset(["direct", "topic", "fanout"])
    )

    def __init__(self, client: Connection, **kwargs: Any) -> None:
        options = client.transport_options or {}
        _positive(options, "polling_interval", POLLING_SECONDS)
        super().__init__(client, **kwargs)
        self.database = QueueDatabase(_file_of(client), _positive(options, "busy_seconds", BUSY_SECONDS))
        self._consumer = Consumer(self.database, _positive(options, "lease_seconds", LEASE_SECONDS))
        max_deliveries = int(_positive(options, "max_deliveries", MAX_DELIVERIES))
        self.messages = QueueFile(self.database, self._consumer, max_deliveries)
        self.routing = Routing(self.database, self._consumer)
        self._wake: Wake | None = None
        self._polling: Any = None

    @property
    def default_connection_params(self) -> dict[str, Any]:
        """None: kombu would add a host and a port."""
        return {}

    def as_uri(self, uri: str, include_password: bool = False, mask: str = "**") -> str:
        """The broker's URL with the absolute path, for logs."""
        return broker_url(self.database.path)

    def register_with_event_loop(self, connection: Any, loop: Any) -> None:
        """Look for messages from the event loop of a Celery worker, which so reacts at once to all else."""
        self._wake = Wake(loop, self._deliver_next)
        self._polling = loop.call_repeatedly(self.polling_interval, self._wake.touch)

    def poll_soon(self) -> None:
        """A consumer has a hand free: don't wait for the next look."""
        if self._wake is not None:
            self._wake.touch()

    def _deliver_next(self) -> None:
        """One message, then the loop's turn: a solo worker runs the task in here, and acknowledges it out there."""
        if self.cycle is not None:
            self.cycle.get(self._deliver)  # raises Empty, which the loop expects
            self.poll_soon()

    def close_connection(self, connection: Connection) -> None:
        self._stop_polling()
        try:
            super().close_connection(connection)
            self.messages.leave()
        finally:
            self._consumer.leave()
            self.database.close()

    def _stop_polling(self) -> None:
        if self._wake is not None:
            self._polling.cancel()
            self._wake.close()
        self._wake = self._polling = None


def _file_of(client: Connection) -> Path:
    """kombu hands over the URL as it is, or its parts when it fails over to another URL of a list."""
    url = client.hostname or ""
    if "://" in url:
        return file_of(url)
    return file_at(url, None if client.virtual_host == "/" else client.virtual_host)


def _positive(options: Mapping[str, Any], name: str, default: float) -> float:
    value = options.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise InvalidBrokerUrl(f"the transport option {name} must be a positive number, not {value!r}")
    return value


def _lease(delivery_tag: str) -> Lease:
    message_id, _, delivery = delivery_tag.partition(".")
    return Lease(int(message_id), int(delivery))


def _tag(lease: Lease) -> str:
    return f"{lease.id}.{lease.delivery}"


def _binding(row: tuple[Any, ...]) -> Binding:
    return row[0] or "", row[1], row[2]
