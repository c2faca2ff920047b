from __future__ import annotations

import pytest

from backdrop.broker.celery_app import make_celery
from backdrop.broker.rabbitmq.queues import all_queues, parked_queue, wait_queue, work_queue


@pytest.mark.parametrize(
    ("seconds", "longest"),
    [(0, 1), (0.01, 1), (1, 1), (1.001, 2), (2, 2), (300, 512), (600, 1024), (5000, 1024)],
)
def test_a_message_waits_where_none_waits_twice_as_long(seconds: float, longest: int) -> None:
    queue = wait_queue(seconds)
    assert queue.name == f"transforms.wait.{longest}"
    assert queue.queue_arguments["x-message-ttl"] == longest * 1000
    assert queue.queue_arguments["x-dead-letter-routing-key"] == "transforms"


def test_all_are_on_the_disk_of_most_nodes_and_reached_by_name() -> None:
    for queue in all_queues():
        assert queue.durable
        assert queue.exchange.name == ""
        assert queue.queue_arguments["x-queue-type"] == "quorum"


def test_whatever_a_message_waits_in_is_there_before_it_is_sent() -> None:
    names = [queue.name for queue in all_queues()]
    assert names[:3] == ["transforms.parked", "transforms", "transforms.wait.1"]
    assert {wait_queue(seconds).name for seconds in range(2000)} == set(names[2:])


def test_what_the_broker_moves_it_moves_at_least_once() -> None:
    for queue in (work_queue(), wait_queue(1)):
        assert queue.queue_arguments["x-dead-letter-strategy"] == "at-least-once"
        assert queue.queue_arguments["x-overflow"] == "reject-publish"
    assert work_queue().queue_arguments["x-dead-letter-routing-key"] == parked_queue().name
    assert "x-dead-letter-exchange" not in parked_queue().queue_arguments


@pytest.mark.parametrize("url", ["amqp://mq//", "amqps://one//;amqps://two//"])
def test_workers_take_from_one_queue_alone(url: str) -> None:
    celery = make_celery(url)
    assert list(celery.amqp.queues.consume_from) == ["transforms"]
    assert celery.amqp.queues["transforms"].queue_arguments == work_queue().queue_arguments
