"""Parked tasks in a real RabbitMQ: seen, put back, many of them, and by command."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from kombu import Connection, Producer, Queue

from backdrop.broker import NotParked, parked_tasks
from backdrop.broker.names import RUN_TRANSFORM
from backdrop.broker.rabbitmq.parking import RabbitParking
from backdrop.broker.rabbitmq.queues import MOST_DELIVERIES
from tests.apps.rabbitmq_tasks import parked, sender, task, waiting
from tests.processes import REPOSITORY, SETTING_NAMES, free_port, wait_until
from tests.servers.rabbitmq import RabbitMq


@pytest.fixture
def url(rabbitmq: RabbitMq) -> str:
    return rabbitmq.new_vhost()


def test_an_operator_sees_parked_tasks_and_puts_them_back(url: str) -> None:
    assert list(parked_tasks.describe(url)) == []
    assert parked_tasks.put_back(url, "all") == 0
    way = sender(url)
    for name in ("one", "two", "three"):
        way.park(task(name, 5), f"reason {name}")
    with Connection(url, transport_options={"confirm_publish": True}) as connection:
        Producer(connection).publish(b"\xff", routing_key="transforms.parked", content_type="text/plain")
    first, *_, last = parked_tasks.describe(url)
    assert first.startswith("one  parked 20")
    assert f"{RUN_TRANSFORM}('g_t', 'id', '2013-01-01', '2013-01-02')" in first
    assert first.endswith("\n    reason one")
    assert "1 bytes that are no task\n    put here by something else" in last
    assert parked_tasks.put_back(url, "two") == 1
    assert waiting(url) == [("two", 0)]
    assert [name for name, _ in parked(url)] == ["one", "three", last.split()[0]]
    assert parked_tasks.put_back(url, last.split()[0]) == 1
    with Connection(url) as connection:
        message = connection.default_channel.basic_get("transforms", no_ack=True)
        assert (message.body, message.content_type) == (b"\xff", "text/plain")
        assert not set(message.headers) - {"x-delivery-count"}
    assert parked_tasks.put_back(url, "all") == 2
    assert waiting(url) == [("one", 0), ("three", 0)]
    with pytest.raises(NotParked, match="no parked message has the id one"):
        parked_tasks.put_back(url, "one")


def test_what_nobody_acknowledges_is_parked_by_the_broker(url: str) -> None:
    sender(url).send(task("poison", 3))
    sender(url).send(task("rejected"))
    handed_out = 0
    with Connection(url) as connection:
        channel = connection.default_channel
        while (message := channel.basic_get("transforms")) is not None:
            is_poison = message.headers["id"] == "poison"
            handed_out += is_poison
            channel.basic_reject(message.delivery_tag, requeue=is_poison)
    assert handed_out == MOST_DELIVERIES + 1
    wait_until(lambda: len(parked(url)) == 2, "the broker to move both", 10)
    reasons = dict(parked(url))
    assert f"handed out more than {MOST_DELIVERIES} times" in reasons["poison"]
    assert "a worker rejected it" in reasons["rejected"]
    assert parked_tasks.put_back(url, "all") == 2
    assert sorted(waiting(url)) == [("poison", 0), ("rejected", 0)]


def test_ten_thousand_are_seen_often_and_lose_neither_place_nor_message(url: str) -> None:
    way = sender(url)
    way.park(task("first"), "why")
    with Connection(url, transport_options={"confirm_publish": False}) as connection:
        producer = Producer(connection)
        for n in range(10_000):
            headers = {"id": str(n), "task": "x", "parked_reason": "why", "parked_at": 1.0, "retries": 0}
            producer.publish("[]", routing_key="transforms.parked", headers=headers, delivery_mode=2)
        wanted = ["first", *map(str, range(10_000))]
        # Before the connection ends, for what isn't confirmed may get lost with it.
        queue = Queue("transforms.parked")(connection.default_channel)
        # a look at all of them takes about two seconds
        wait_until(
            lambda: queue.queue_declare(passive=True).message_count == len(wanted), "all to be there", 60
        )
    began = time.monotonic()
    assert [name for name, _ in parked(url)] == wanted
    print(f"{len(wanted)} listed in {time.monotonic() - began:.1f} s")
    with ThreadPoolExecutor(4) as pool:
        lists = [pool.submit(parked, url) for _ in range(3)]
        began = time.monotonic()
        assert RabbitParking(url).requeue("9999") == 1
        print(f"the last put back in {time.monotonic() - began:.1f} s, beside three that list")
        assert all(len(each.result()) >= len(wanted) - 1 for each in lists)
    assert waiting(url) == [("9999", 0)]
    assert [name for name, _ in parked(url)] == wanted[:-1]


def transforms_command(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in SETTING_NAMES}
    return subprocess.run(
        [sys.executable, "-m", "backdrop", "transforms", *arguments],
        cwd=REPOSITORY,
        env={**inherited, "BROKER_URL": url, "ENVIRONMENT": "test"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command(url: str) -> None:
    sender(url).park(task("one"), "why")
    assert "why" in transforms_command(url, "parked").stdout
    assert transforms_command(url, "requeue", "one").stdout == "1 put back\n"
    for bad_url, arguments, line in (
        (url, ["requeue", "one"], "no parked message has the id one"),
        (url.replace("guest:guest", "guest:s3cret"), ["parked"], "RabbitMQ refuses the user, the password"),
        (f"{url}x", ["parked"], "RabbitMQ has no such virtual host"),
        (
            f"amqp://me:s3cret@127.0.0.1:{free_port()}//",
            ["requeue", "all"],
            "RabbitMQ is not there (Connection refused)",
        ),
    ):
        ended = transforms_command(bad_url, *arguments)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert ended.stderr.startswith(line)
        assert ended.stderr.count("\n") == 1
        assert "s3cret" not in ended.stderr
