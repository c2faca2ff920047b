"""The transport as kombu's users see it, in one process, over a real file."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Consumer, Exchange, Producer, Queue

from backdrop.broker import InvalidBrokerUrl, QueueUnavailable, broker_url, open_parking, register

TASKS = Queue("tasks", Exchange("tasks", type="direct"), routing_key="tasks")
NEWS = Exchange("news", type="fanout", durable=False)

Connect = Callable[..., Connection]


@pytest.fixture
def url(tmp_path: Path) -> str:
    register()
    return broker_url(tmp_path / "my queue.sqlite")


@pytest.fixture
def connect(url: str) -> Iterator[Connect]:
    made: list[Connection] = []

    def make(**options: Any) -> Connection:
        made.append(Connection(url, transport_options=options))
        return made[-1]

    yield make
    for connection in made:
        connection.release()


def publish(connection: Connection, *bodies: Any, **options: Any) -> None:
    with connection.channel() as channel:
        for body in bodies:
            Producer(channel).publish(body, exchange="tasks", routing_key="tasks", declare=[TASKS], **options)


class Reader:
    """Consumes a queue and keeps the messages it gets, unacknowledged."""

    def __init__(
        self, connection: Connection, queue: Queue = TASKS, prefetch: int = 0, **options: Any
    ) -> None:
        self.connection = connection
        self.messages: list[Any] = []
        self.consumer = Consumer(connection.channel(), [queue], on_message=self.messages.append, **options)
        self.consumer.qos(prefetch_count=prefetch)
        self.consumer.consume()

    def read(self, timeout: float = 0.1) -> list[Any]:
        """The bodies of all that came by now."""
        try:
            while True:
                self.connection.drain_events(timeout=timeout)
        except socket.timeout:  # noqa: UP041 (the name of kombu's contract)
            return [message.decode() for message in self.messages]


def test_what_is_published_is_read_in_order_by_another_connection(connect: Connect) -> None:
    publish(connect(), 1, {"a": "ä"}, None)
    reader = Reader(connect())
    assert reader.read() == [1, {"a": "ä"}, None]
    assert [message.delivery_info["redelivered"] for message in reader.messages] == [False] * 3


def test_what_was_not_acknowledged_comes_again_at_once_when_its_connection_closes(connect: Connect) -> None:
    publish(connect(), 1, 2, 3)
    first_connection = connect()
    first = Reader(first_connection)
    first.read()
    first.messages[1].ack()
    first_connection.release()
    again = Reader(connect())
    assert again.read() == [1, 3]


def test_prefetch_limits_what_is_held(connect: Connect) -> None:
    publish(connect(), 1, 2, 3)
    one, two = Reader(connect(), prefetch=1), Reader(connect(), prefetch=1)
    assert (one.read(), two.read()) == ([1], [2])
    one.messages[0].ack()
    assert one.read() == [1, 3]


def test_requeued_comes_again_and_is_parked_in_the_end(connect: Connect, url: str) -> None:
    publish(connect(), "again")
    reader = Reader(connect(max_deliveries=3))
    for delivery in (1, 2, 3):
        assert reader.read() == ["again"] * delivery
        assert reader.messages[-1].delivery_info["redelivered"] is (delivery > 1)
        reader.messages[-1].requeue()
    assert len(reader.read()) == 3
    with open_parking(url) as parking:
        assert parking.count() == 1


def test_rejected_is_parked_and_can_be_put_back(connect: Connect, url: str) -> None:
    publish(connect(), "unwanted")
    reader = Reader(connect())
    reader.read()
    reader.messages[0].reject()
    with open_parking(url) as parking:
        (parked,) = parking.list_parked()
        assert parked.reason.startswith("rejected")
        parking.requeue(parked.id)
    assert reader.read() == ["unwanted", "unwanted"]


def spoil(connection: Connection, message: dict[str, Any]) -> None:
    """Put a message as somebody else's program might."""
    channel: Any = connection.channel()
    channel._put("tasks", message)
    channel.close()


def strange(**changes: Any) -> dict[str, Any]:
    properties = {"delivery_info": {}, "body_encoding": "base64", "delivery_tag": "x"}
    return {"body": "AAAA", "content-encoding": "binary", "headers": {}, "properties": properties, **changes}


@pytest.mark.parametrize(
    "message",
    [
        strange(**{"content-type": "application/x-python-serialize"}),
        strange(**{"content-type": "text/plain", "headers": {"compression": "gzip"}}),
        strange(**{"content-type": "text/plain", "headers": {"compression": "unheard of"}}),
    ],
)
def test_what_a_consumer_cannot_decode_is_parked_though_it_acknowledges_it(
    connect: Connect, url: str, message: dict[str, Any]
) -> None:
    spoil(connect(), message)
    publish(connect(), {"is": "fine"})
    bodies = []
    connection = connect()
    consumer = Consumer(
        connection.channel(),
        [TASKS],
        callbacks=[lambda body, _: bodies.append(body)],
        on_decode_error=lambda undecodable, _: undecodable.ack(),
        accept=["json"],
    )
    with consumer:
        for _ in range(2):
            connection.drain_events(timeout=1)
    assert bodies == [{"is": "fine"}]
    with open_parking(url) as parking:
        (parked,) = parking.list_parked()
    assert parked.reason.startswith("its consumer can't decode it: ")


def test_what_is_no_message_never_reaches_a_consumer(connect: Connect, url: str) -> None:
    publish(connect(), "fine")
    connection = connect()
    transport: Any = connection.transport
    transport.messages.put(["tasks"], b"\x00 no message", 9)
    assert Reader(connection).read() == ["fine"]
    with open_parking(url) as parking:
        (parked,) = parking.list_parked()
    assert (parked.payload, parked.deliveries) == (b"\x00 no message", 1)
    assert parked.reason.startswith("the message is not JSON")


def test_a_consumer_that_need_not_acknowledge_leaves_nothing(connect: Connect) -> None:
    publish(connect(), 1)
    connection = connect()
    assert Reader(connection, no_ack=True).read() == [1]
    connection.release()
    assert Reader(connect()).read() == []


def test_messages_are_fetched_one_by_one_too(connect: Connect) -> None:
    publish(connect(), 1, 2)
    queue: Any = TASKS(connect().channel())
    first, second = queue.get(), queue.get(no_ack=True)
    assert (first.payload, second.payload, queue.get()) == (1, 2, None)
    first.ack()
    queue.channel.close()
    assert Reader(connect()).read() == []


def test_a_simple_queue_works(connect: Connect) -> None:
    with connect().SimpleQueue("simple") as queue:
        queue.put({"n": 1})
        message = queue.get(timeout=1)
        assert message.payload == {"n": 1}
        message.ack()
        assert queue.qsize() == 0
        with pytest.raises(queue.Empty):
            queue.get(timeout=0.05)


def test_size_purge_delete_and_passive_declaration(connect: Connect) -> None:
    connection = connect()
    publish(connection, 1, 2, 3)
    queue: Any = TASKS(connection.channel())
    assert queue.queue_declare(passive=True).message_count == 3
    assert queue.purge() == 3
    queue.delete(if_empty=True)
    with pytest.raises(connection.channel_errors, match="no queue 'tasks'"):
        queue.queue_declare(passive=True)


def test_a_queue_that_somebody_deleted_loses_nothing_published_later(connect: Connect) -> None:
    publisher = connect()
    publish(publisher, 1)
    TASKS(connect().channel()).delete()
    publish(publisher, 2)
    assert Reader(connect()).read() == [2]


def test_priorities(connect: Connect) -> None:
    connection = connect()
    for body, priority in [("low", 0), ("high", 9), ("none", None), ("absurd", 100)]:
        publish(connection, body, priority=priority)
    assert Reader(connect()).read() == ["high", "absurd", "low", "none"]


def mailbox(name: str) -> Queue:
    return Queue(name, NEWS, auto_delete=True, durable=False)


def test_a_fanout_reaches_every_living_reader(connect: Connect) -> None:
    readers = [Reader(connect(), mailbox(name)) for name in ("a", "b")]
    sender = Producer(connect().channel(), NEWS)
    sender.publish("one")
    assert [reader.read() for reader in readers] == [["one"], ["one"]]
    readers[0].connection.release()
    sender.publish("two")
    assert readers[1].read() == ["one", "two"]
    assert Reader(connect(), mailbox("a")).read() == []


def test_a_reader_may_cancel_and_come_back_on_one_connection(connect: Connect) -> None:
    connection = connect()
    reader = Reader(connection, mailbox("a"))
    reader.consumer.cancel()
    Producer(connect().channel(), NEWS).publish("missed")
    again = Reader(connection, mailbox("a"))
    Producer(connect().channel(), NEWS).publish("seen")
    assert again.read() == ["seen"]


def test_topics_lead_to_other_processes_queues(connect: Connect) -> None:
    events = Exchange("events", type="topic")
    reader = Reader(connect(), Queue("monitor", events, routing_key="task.#", auto_delete=True))
    sender = Producer(connect().channel(), events)
    for routing_key in ("task.sent", "worker.online", "task.done"):
        sender.publish(routing_key, routing_key=routing_key)
    assert reader.read() == ["task.sent", "task.done"]


def test_an_unbound_queue_gets_no_more(connect: Connect) -> None:
    connection = connect()
    queue: Any = TASKS(connection.channel())
    queue.declare()
    queue.unbind_from(TASKS.exchange, "tasks")
    Producer(connection.channel()).publish(1, exchange="tasks", routing_key="tasks")
    assert Reader(connection).read(timeout=0.05) == []


def test_the_url_is_shown_with_its_path_and_a_clone_goes_to_the_same_file(url: str) -> None:
    with Connection(url) as connection, connection.clone() as clone:
        assert connection.as_uri() == clone.as_uri() == url
        publish(connection, 1)
        assert Reader(clone).read() == [1]


def test_a_list_of_urls_fails_over(url: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with Connection(f"{broker_url(tmp_path / 'file' / 'q.sqlite')};{url}") as connection:
        connection.ensure_connection(max_retries=3, interval_start=0, interval_step=0)
        assert connection.as_uri() == url
        publish(connection, 1)
    with Connection(url) as connection:
        assert Reader(connection).read() == [1]


def test_a_place_that_takes_no_file_is_a_connection_error(tmp_path: Path) -> None:
    register()
    (tmp_path / "file").write_text("in the way")
    connection = Connection(broker_url(tmp_path / "file" / "q.sqlite"))
    assert QueueUnavailable in connection.connection_errors
    with pytest.raises(QueueUnavailable, match="its folder can't be made"):
        connection.transport.establish_connection()


@pytest.mark.parametrize("bad", ["sqlite-queue://host/q.sqlite", "sqlite-queue:///", "sqlite-queue:///q?x=1"])
def test_a_bad_url_is_explained(bad: str) -> None:
    register()
    with pytest.raises(InvalidBrokerUrl):
        Connection(bad).connect()


@pytest.mark.parametrize(
    "option",
    [{"lease_seconds": 0}, {"max_deliveries": -1}, {"polling_interval": "often"}, {"busy_seconds": True}],
)
def test_a_bad_option_is_named(connect: Connect, option: dict[str, Any]) -> None:
    with pytest.raises(InvalidBrokerUrl, match=f"{next(iter(option))} must be a positive number"):
        connect(**option).connect()
