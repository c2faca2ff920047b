"""Sends and the worker against a real RabbitMQ that answers, refuses, freezes and goes away."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from kombu import Connection, Producer, Queue

from backdrop.broker import parked_tasks
from backdrop.broker.outgoing import TaskMessage, TaskSender
from backdrop.core.triggers import BrokerUnavailable
from tests.apps.rabbitmq_tasks import parked, sender, task, waiting
from tests.apps.transforming import data_set, post, record, transform, wait_for_rates, week_of
from tests.conftest import started
from tests.http_gate import HttpGate
from tests.processes import REPOSITORY, Backdrop, free_port, wait_until
from tests.servers.rabbitmq import ADVANCED_CONFIG, RabbitMq


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


@contextmanager
def short_of_memory(server: RabbitMq) -> Iterator[None]:
    set_limit = "vm_memory_monitor:set_vm_memory_high_watermark({}), rabbit_alarm:get_alarms()"
    assert "memory" in server.evaluate(set_limit.format("0.000001"))
    try:
        yield
    finally:
        assert "memory" not in server.evaluate(set_limit.format("0.4"))


def refused(way: TaskSender, name: str) -> None:
    with pytest.raises(BrokerUnavailable, match="short of memory or disk"):
        way.send(task(name))


def send_when_taken(way: TaskSender, name: str) -> None:
    """The broker tells each connection that it is no longer short of anything, a moment after it no longer is."""

    def taken() -> bool:
        try:
            way.send(task(name))
        except BrokerUnavailable:
            return False
        return True

    wait_until(taken, "the broker to take messages again", 10)


def connections(server: RabbitMq, url: str) -> int:
    """How many the broker has to the virtual host of a URL."""
    vhost = url.rpartition("/")[2]
    of_all = "rabbit_networking:connection_info_all([vhost])"
    return int(server.evaluate(f'length([found || [{{vhost, <<"{vhost}">>}}] <- {of_all}])'))


def test_a_broker_that_takes_nothing_says_so_at_once_and_takes_it_later(own: RabbitMq) -> None:
    url = own.new_vhost()
    way = sender(url)
    way.send(task("before"))
    with short_of_memory(own):
        for each in (way, sender(url)):
            refused(each, "during")
    send_when_taken(way, "after")
    assert [name for name, _ in waiting(url) if name != "during"] == ["before", "after"]


def test_parked_tasks_stay_where_they_are_while_a_broker_takes_nothing(own: RabbitMq) -> None:
    """Though several URLs lead to it: another connection would find the first one at it."""
    url = own.new_vhost()
    sender(url).park(task("one"), "why")
    with short_of_memory(own):
        began = time.monotonic()
        with pytest.raises(BrokerUnavailable, match="short of memory or disk"):
            parked_tasks.put_back(f"{url};{url.replace('127.0.0.1', 'localhost')}", "all")
        assert time.monotonic() - began < 20, "nobody was waited for"
    wait_until(lambda: parked(url) == [("one", "why")], "the broker to notice the end of the first", 30)


def test_a_broker_that_takes_nothing_has_one_connection_and_one_copy_of_us_however_often_it_is_asked(
    own: RabbitMq,
) -> None:
    url = own.new_vhost()
    kept, new = sender(url), sender(url)
    kept.send(task("before"))
    with short_of_memory(own):
        for _ in range(10):
            refused(kept, "by the kept one")
            refused(new, "by the new one")
        assert connections(own, url) == 2
    send_when_taken(kept, "kept one, after")
    send_when_taken(new, "new one, after")
    wait_until(lambda: connections(own, url) == 2, "the broker to see the end of those that it blocked", 10)
    found = Counter(name for name, _ in waiting(url))
    assert found["before"] == found["kept one, after"] == found["new one, after"] == 1
    assert found["by the kept one"] <= 1
    assert found["by the new one"] <= 1


def test_several_brokers_of_which_some_take_nothing(own: RabbitMq, url: str) -> None:
    first, second = own.new_vhost(), own.new_vhost()
    none_takes, last_takes = sender(f"{first};{second}"), sender(f"{second};{url}")
    with short_of_memory(own):
        for _ in range(5):
            refused(none_takes, "during")
        assert (connections(own, first), connections(own, second)) == (1, 1)
        last_takes.send(task("one"))
        last_takes.send(task("two"))
        assert connections(own, second) == 2
    send_when_taken(none_takes, "after")
    assert waiting(url) == [("one", 0), ("two", 0)]
    assert Counter(waiting(first) + waiting(second))["after", 0] == 1


def test_a_blocked_connection_that_ends_is_replaced(own: RabbitMq) -> None:
    url = own.new_vhost()
    way = sender(url)
    with short_of_memory(own):
        refused(way, "during")
        own.evaluate("[exit(Each, kill) || Each <- rabbit_networking:connections()]")
        wait_until(lambda: connections(own, url) == 0, "the broker to end its connections", 10)
        refused(way, "during")
        assert connections(own, url) == 1
    send_when_taken(way, "after")
    assert Counter(waiting(url))["after", 0] == 1


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
    # What isn't confirmed may get lost as the connection ends: RabbitMQ can learn of the end before it.
    with Connection(url, transport_options={"confirm_publish": True}) as connection:
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


def test_a_retry_that_could_not_be_moved_is_moved_soon_after(own: RabbitMq) -> None:
    """As the deploy page's setting has it: without, RabbitMQ tries again after three minutes. It can't move what is
    due while it starts and has no exchanges yet, or, as here, while the queue is away to which it goes."""
    page = (REPOSITORY / "docs" / "deploy.md").read_text()
    assert ADVANCED_CONFIG in page
    url = own.new_vhost()
    way = sender(url)
    way.send(task("first"))
    queue = f"{{'{url.rpartition('/')[2]}_transforms', node()}}"
    way.send_later(task("later", 1), 1.0)
    own.evaluate(f"ok = ra:stop_server(quorum_queues, {queue})")
    time.sleep(2)
    own.evaluate(f"ok = ra:restart_server(quorum_queues, {queue})")
    wait_until(lambda: ("later", 1) in waiting(url), "the broker to try again", 20)
