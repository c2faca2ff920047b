"""Three nodes of RabbitMQ, one after the other killed while tasks are sent through it."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from kombu import Connection

from backdrop.broker.celery_app import make_celery, task_sender
from backdrop.broker.outgoing import TaskMessage
from backdrop.core.triggers import BrokerUnavailable
from tests.processes import wait_until
from tests.servers.missing import ServerMissing
from tests.servers.rabbitmq import RabbitMqCluster

pytestmark = pytest.mark.faults

PACE_SECONDS = 0.005
"""Between two sends, so that nodes that start have a processor left."""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[RabbitMqCluster]:
    try:
        made = RabbitMqCluster(tmp_path)
    except ServerMissing as missing:
        pytest.skip(str(missing))
    with made:
        yield made


def taken_out(url: str) -> Counter[str]:
    """The ids of all that is in the queue, and how often each is."""
    found = Counter[str]()
    with Connection(url) as connection:
        while message := connection.default_channel.basic_get("transforms", no_ack=True):
            found[message.headers["id"]] += 1
    return found


@pytest.mark.timeout(400)
def test_the_connected_node_is_killed_under_sends(cluster: RabbitMqCluster) -> None:
    urls = cluster.new_vhost()
    way, stop = task_sender(make_celery(urls)), Event()
    acknowledged: list[str] = []
    refused: list[float] = []
    reasons = Counter[str]()

    def send_on() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            began = time.monotonic()
            try:
                way.send(TaskMessage("nobody.takes", str(number), [], "cluster"))
            except BrokerUnavailable as error:
                refused.append(time.monotonic() - began)
                reasons[str(error)] += 1
            else:
                acknowledged.append(str(number))
            stop.wait(PACE_SECONDS)

    def wait_for_more(count: int) -> None:
        wanted = len(acknowledged) + count
        wait_until(lambda: len(acknowledged) >= wanted, f"{count} more sends", 90)

    sending = Thread(target=send_on)
    sending.start()
    try:
        for node in cluster.nodes:
            wait_for_more(200)
            time.sleep(random.uniform(0, 0.5))
            node.kill()
            wait_for_more(200)
            node.start()
    except AssertionError as error:
        raise AssertionError(f"{error}: {reasons}") from error
    finally:
        stop.set()
        sending.join(60)
    found = taken_out(urls.partition(";")[0])
    lost = set(acknowledged) - set(found)
    twice = sum(count - 1 for count in found.values())
    slowest = max(refused, default=0.0)
    print(
        f"\n{len(cluster.nodes)} nodes killed: acknowledged {len(acknowledged)},"
        f" found {len(set(found) & set(acknowledged))}, lost {len(lost)}, in the queue twice {twice};"
        f" {len(refused)} sends refused, after at most {slowest:.1f} s"
    )
    assert not lost
    assert slowest < 20
