"""Sends, parked tasks and the worker against a real RabbitMQ that answers, refuses, freezes and goes away."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from kombu import Connection, Producer, Queue

from backdrop.broker import NotParked, parked_tasks
from backdrop.broker.celery_app import make_celery, task_sender
from backdrop.broker.names import RUN_TRANSFORM
from backdrop.broker.outgoing import TaskMessage, TaskSender
from backdrop.broker.rabbitmq.parking import RabbitParking
from backdrop.broker.rabbitmq.queues import MOST_DELIVERIES
from backdrop.core.triggers import BrokerUnavailable
from tests.apps.transforming import data_set, post, record, transform, wait_for_rates, week_of
from tests.conftest import started
from tests.http_gate import HttpGate
from tests.processes import REPOSITORY, SETTING_NAMES, Backdrop, free_port, wait_until
from tests.servers.rabbitmq import RabbitMq

ARGS = ["g_t", "id", "2013-01-01", "2013-01-02"]


@pytest.fixture
def url(rabbitmq: RabbitMq) -> str:
    return rabbitmq.new_vhost()


@pytest.fixture(scope="module")
def breakable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMq]:
    with started(lambda: RabbitMq(tmp_path_factory.mktemp("breakable"))) as server:
        yield server


@pytest.fixture
def own(breakable: RabbitMq) -> RabbitMq:
    """A server to be broken. One for all tests, as each start takes seconds of processor; whole again for each."""
    breakable.thaw()
    if not breakable.is_running:
        breakable.start()
    return breakable


@pytest.fixture
def mute() -> Iterator[str]:
    """The URL of something that lets itself be connected to and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"amqp://guest:guest@127.0.0.1:{listening.getsockname()[1]}//"


def sender(url: str) -> TaskSender:
    return task_sender(make_celery(url))


def task(name: str, retries: int = 0) -> TaskMessage:
    return TaskMessage(RUN_TRANSFORM, name, ARGS, "req-1", retries)


def waiting(url: str, queue: str = "transforms") -> list[tuple[str, int]]:
    """Ids and retries of the tasks in a queue, taken out of it."""
    found = []
    with Connection(url) as connection:
        while message := connection.default_channel.basic_get(queue, no_ack=True):
            found.append((message.headers["id"], message.headers["retries"]))
    return found


def parked(url: str) -> list[tuple[str, str]]:
    """Ids and reasons, as an operator sees them."""
    lines = (text.split("\n    ") for text in parked_tasks.describe(url))
    return [(first.split()[0], reason) for first, reason in lines]


def test_what_was_sent_is_in_its_queue(url: str) -> None:
    way = sender(url)
    way.send(task("now", 2))
    way.send_later(task("later", 1), 0.3)
    way.park(task("never", 7), "no use")
    assert waiting(url) == [("now", 2)]
    assert parked(url) == [("never", "no use")]
    wait_until(lambda: waiting(url) == [("later", 1)], "the broker to move what waited", 10)


@pytest.mark.parametrize("before", ["refusing", "mute", "wrong password"])
def test_a_send_goes_past_a_broker_that_is_away(url: str, mute: str, before: str) -> None:
    first = {
        "refusing": f"amqp://guest:guest@127.0.0.1:{free_port()}//",
        "mute": mute,
        "wrong password": url.replace("guest:guest", "guest:wrong"),
    }[before]
    # makes the queues, for which the broker takes up to a second of a busy machine: not what is measured here
    sender(url).send(task("before"))
    way, began = sender(f"{first};{url}"), time.monotonic()
    way.send(task("one"))
    assert time.monotonic() - began < 4
    began = time.monotonic()
    way.send(task("two"))
    assert time.monotonic() - began < 1, "the connection is kept"
    assert waiting(url) == [("before", 0), ("one", 0), ("two", 0)]


def test_however_many_are_away_a_send_takes_seconds(url: str, mute: str) -> None:
    way, began = sender(";".join([*[mute] * 4, url])), time.monotonic()
    with pytest.raises(BrokerUnavailable, match="does not answer in time"):
        way.send(task("one"))
    assert time.monotonic() - began < 9
    way.send(task("one"))
    assert waiting(url) == [("one", 0)], "the next begins where this one has ended"


def test_what_the_broker_can_not_route_or_hold_was_not_sent(rabbitmq: RabbitMq, url: str) -> None:
    way = sender(url)
    way.send(task("one"))
    vhost = url.rpartition("/")[2]
    with Connection(url) as connection:
        connection.default_channel.queue_delete("transforms")
    way.send(task("two"))  # it comes back unroutable, and the next connection declares the queue
    assert waiting(url) == [("two", 0)]
    rabbitmq.ctl(
        "set_policy", "--vhost", vhost, "--apply-to", "queues", "full", "^transforms$", '{"max-length":1}'
    )
    way.send(task("three"))
    with pytest.raises(BrokerUnavailable, match="refuses the message: its queue is full"):
        for _ in range(20):
            way.send(task("too many"))
    rabbitmq.ctl("clear_policy", "--vhost", vhost, "full")


def test_a_frozen_broker(own: RabbitMq) -> None:
    url = own.new_vhost()
    way, fresh = sender(url), sender(url)
    way.send(task("before"))
    own.freeze()
    for each in (way, way, fresh):
        began = time.monotonic()
        with pytest.raises(BrokerUnavailable, match="does not answer in time"):
            each.send(task("during"))
        assert time.monotonic() - began < 9
    own.thaw()
    way.send(task("after"))
    fresh.send(task("after"))
    assert [name for name, _ in waiting(url) if name != "during"] == ["before", "after", "after"]


def test_a_broker_that_takes_nothing_says_so_at_once_and_takes_it_later(own: RabbitMq) -> None:
    url = own.new_vhost()
    way = sender(url)
    way.send(task("before"))
    own.evaluate("vm_memory_monitor:set_vm_memory_high_watermark(0.000001)")
    try:
        for each in (way, sender(url)):
            with pytest.raises(BrokerUnavailable, match="short of memory or disk"):
                each.send(task("during"))
    finally:
        own.evaluate("vm_memory_monitor:set_vm_memory_high_watermark(0.4)")
    way.send(task("after"))
    assert [name for name, _ in waiting(url) if name != "during"] == ["before", "after"]


def test_several_threads_send_at_once(url: str) -> None:
    way = sender(url)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: way.send(task(str(n))), range(200)))
    assert sorted(waiting(url)) == sorted((str(n), 0) for n in range(200))


def test_a_child_has_a_connection_of_its_own(url: str) -> None:
    way = sender(url)
    way.send(task("parent"))
    if (child := os.fork()) == 0:
        way.send(task("child"))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    way.send(task("parent again"))
    assert [name for name, _ in waiting(url)] == ["parent", "child", "parent again"]


def test_an_operator_sees_parked_tasks_and_puts_them_back(url: str) -> None:
    assert list(parked_tasks.describe(url)) == []
    assert parked_tasks.put_back(url, "all") == 0
    way = sender(url)
    for name in ("one", "two", "three"):
        way.park(task(name, 5), f"reason {name}")
    with Connection(url) as connection:
        Producer(connection).publish(b"\xff", routing_key="transforms.parked", content_type="text/plain")
    wait_until(lambda: len(parked(url)) == 4, "what was published to arrive")
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
    with Connection(url) as connection:
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


@pytest.mark.parametrize(
    ("replaced", "by", "said"),
    [
        ("guest:guest", "guest:s3%40cret", "RabbitMQ refuses the user, the password"),
        ("/test_", "/none_", "RabbitMQ has no such virtual host"),
    ],
)
def test_a_worker_that_the_broker_refuses_says_so_and_ends(
    tmp_path: Path, url: str, replaced: str, by: str, said: str
) -> None:
    with Backdrop(tmp_path, apps=(), environment={"BROKER_URL": url.replace(replaced, by)}) as backdrop:
        with pytest.raises(AssertionError, match="ended with 78") as raised:
            backdrop.start("worker")
        assert said in str(raised.value)
        for unwanted in ("Traceback", "s3@cret", "s3%40cret"):
            assert unwanted not in str(raised.value)


def test_a_queue_of_another_kind_is_told_once(tmp_path: Path, url: str) -> None:
    with Connection(url) as connection:
        Queue("transforms", routing_key="transforms").bind(connection.default_channel).declare()
    with pytest.raises(BrokerUnavailable, match="declared otherwise"):
        sender(url).send(task("one"))
    with Backdrop(tmp_path, apps=(), environment={"BROKER_URL": url}) as backdrop:
        with pytest.raises(AssertionError, match="ended with 78") as raised:
            backdrop.start("worker")
        assert str(raised.value).count("a queue of that name that was declared otherwise") == 1
        assert "Traceback" not in str(raised.value)


def test_what_a_worker_can_not_read_is_parked(tmp_path: Path, url: str) -> None:
    sender(url).send(TaskMessage("unheard.of", "unknown", [], "req"))
    with Connection(url) as connection:
        for body, kind in (
            (b"{", "application/json"),
            (b"x", "application/x-python-serialize"),
            (b"[]", "application/json"),
        ):
            Producer(connection).publish(
                body, routing_key="transforms", content_type=kind, content_encoding="utf-8"
            )
    with Backdrop(tmp_path, apps=("worker",), environment={"BROKER_URL": url}) as backdrop:
        wait_until(lambda: len(parked(url)) == 4, "all four to be parked", 30)
        assert {reason for _, reason in parked(url)} == {
            "moved here by RabbitMQ: a worker rejected it, and says in its log why"
        }
        backdrop.kill()


@pytest.fixture
def site(tmp_path: Path, own: RabbitMq) -> Iterator[Backdrop]:
    """With a data set and its transform; no worker runs, and one finds nothing to read until the gate opens."""
    settings = {"STAGECRAFT_CACHE_SECONDS": "0", "BROKER_URL": own.new_vhost()}
    with Backdrop(tmp_path / "site", [data_set("in"), data_set("in-rate")], environment=settings) as made:
        made.config.transforms["g_in"] = [transform("in", "in-rate")]
        yield made
        made.kill()


def test_a_worker_waits_for_its_broker_at_the_start_and_later(site: Backdrop, own: RabbitMq) -> None:
    post(site, "in", [record(0, "done", 1), record(0, "begun", 1)])
    wait_until(
        lambda: own.queue_lengths(vhost_of(site)).get("transforms"), "the trigger to be handed over", 20
    )
    own.kill()
    starting = threading.Thread(target=site.start, args=("worker",))
    starting.start()
    log = site.folder / "logs" / "worker.log"
    wait_until(lambda: log.exists() and log.read_text().count("next try in") > 2, "the worker to wait", 30)
    own.start()
    starting.join(30)
    wait_for_rates(site, "in-rate", {week_of(0): 0.5})
    own.freeze()
    post(site, "in", [record(0, "begun", 3)])
    wait_until(lambda: "broker does not take triggers" in site.write.log(), "the write app to notice", 20)
    own.thaw()
    wait_for_rates(site, "in-rate", {week_of(0): 0.25}, 60)
    for unwanted in ("Traceback", "DeprecationWarning", "critical"):
        assert unwanted not in site.worker.log() + site.write.log()


def vhost_of(site: Backdrop) -> str:
    return str(site.environment["BROKER_URL"]).rpartition("/")[2]


def test_a_retry_waits_in_the_broker_over_its_kill(site: Backdrop, own: RabbitMq) -> None:
    with HttpGate(site.read.url) as gate:
        site._overrides["BACKDROP_READ_URL"] = f"{gate.url}/data"
        gate.cut("GET")
        post(site, "in", [record(0, "done", 1)])
        worker = site.start("worker")

        def waits_for_its_fourth_try() -> bool:
            # A quorum queue tells its length every five seconds, so a message that waits for four may be missed.
            lengths = own.queue_lengths(vhost_of(site))
            return any(lengths.get(f"transforms.wait.{seconds}") for seconds in (4, 8, 16))

        wait_until(waits_for_its_fourth_try, "three tries to fail", 30)
        worker.kill()
        own.kill()
        gate.open()
        own.start()
        site.start("worker")
        try:
            wait_for_rates(site, "in-rate", {week_of(0): 1.0})
        finally:
            print("in the queues:", own.queue_lengths(vhost_of(site)))
        # the task is acknowledged after its output is there
        wait_until(lambda: sum(own.queue_lengths(vhost_of(site)).values()) == 0, "empty queues", 30)
