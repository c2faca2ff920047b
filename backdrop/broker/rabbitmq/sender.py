"""Tasks into RabbitMQ, each confirmed before it counts as sent."""

from __future__ import annotations

import time
from typing import Any

from celery import Celery
from kombu import Connection, Producer, Queue

from backdrop.broker.names import REQUEST_ID
from backdrop.broker.outgoing import TaskMessage
from backdrop.broker.rabbitmq.link import ANSWER_SECONDS, Link
from backdrop.broker.rabbitmq.queues import all_queues, parked_queue, wait_queue, work_queue

PARKED_REASON = "parked_reason"
PARKED_AT = "parked_at"
"""Headers of a parked message; the time is in seconds since 1970."""


class RabbitSender:
    """A TaskSender over RabbitMQ; safe to use from several threads and after a fork."""

    def __init__(self, celery: Celery, urls: str) -> None:
        """Connects to nothing yet."""
        self._celery = celery
        self._link = Link(urls)

    def send(self, task: TaskMessage) -> None:
        self._send(task, work_queue())

    def send_later(self, task: TaskMessage, seconds: float) -> None:
        self._send(task, wait_queue(seconds), expiration=seconds)

    def park(self, task: TaskMessage, reason: str) -> None:
        headers = {PARKED_REASON: reason, PARKED_AT: time.time()}
        never_tried = TaskMessage(task.name, task.id, task.args, task.request_id)
        self._send(never_tried, parked_queue(), headers=headers)

    def _send(
        self, task: TaskMessage, queue: Queue, headers: dict[str, Any] | None = None, **more: Any
    ) -> None:
        amqp = self._celery.amqp
        message = amqp.as_task_v2(task.id, task.name, args=tuple(task.args), retries=task.retries)

        def send(connection: Connection) -> None:
            amqp.send_task_message(
                Producer(connection),
                task.name,
                message,
                queue=queue,
                declare=all_queues(),
                headers={REQUEST_ID: task.request_id, **(headers or {})},
                retry=False,
                mandatory=True,  # what goes to no queue is an error, not dropped
                confirm_timeout=ANSWER_SECONDS,
                **more,
            )

        self._link.use(send)
