"""Tasks in RabbitMQ: sent, taken out of a queue, and parked ones as an operator sees them."""

from __future__ import annotations

from kombu import Connection

from backdrop.broker import parked_tasks
from backdrop.broker.celery_app import make_celery, task_sender
from backdrop.broker.names import RUN_TRANSFORM
from backdrop.broker.outgoing import TaskMessage, TaskSender

ARGS = ["g_t", "id", "2013-01-01", "2013-01-02"]


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
