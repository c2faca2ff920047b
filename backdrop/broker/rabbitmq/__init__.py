"""RabbitMQ as Backdrop uses it: its queues, confirmed sends, the worker's side of it, and parked tasks."""

from __future__ import annotations


def is_rabbitmq(url: str) -> bool:
    """Whether the broker URL, or list of them, is RabbitMQ's."""
    return url.partition(":")[0] in ("amqp", "amqps")
