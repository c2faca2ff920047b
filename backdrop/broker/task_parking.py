"""Tasks that a worker gave up: kept aside with the reason, until an operator has seen to it and puts them back."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from celery import Celery
from kombu.serialization import dumps

from backdrop.broker import SCHEME, open_parking
from backdrop.broker.celery_app import QUEUE, REQUEST_ID
from backdrop.broker.envelope import encode

PARKED_QUEUE = f"{QUEUE}.parked"
REASON = "parked_reason"


@dataclass(frozen=True, slots=True)
class UnfinishedTask:
    """A task as it was sent: `name` is Celery's, `args` are JSON."""

    name: str
    id: str
    args: Sequence[Any]
    request_id: str


class TaskParking(Protocol):
    """Where such tasks are kept."""

    def park(self, task: UnfinishedTask, reason: str) -> None:
        """Keeps the task, as if it had never been tried. Raises what the broker raises when it is away."""
        ...


def task_parking(celery: Celery) -> TaskParking:
    """The parking place of the app's broker."""
    url = str(celery.conf.broker_url)
    return _InQueueFile(celery, url) if url.startswith(f"{SCHEME}:") else _InQueue(celery)


@dataclass(frozen=True, slots=True)
class _InQueueFile:
    """Among the parked messages of the queue file."""

    celery: Celery
    url: str

    def park(self, task: UnfinishedTask, reason: str) -> None:
        with open_parking(self.url) as parking:
            parking.park(QUEUE, _payload(self.celery, task), reason)


@dataclass(frozen=True, slots=True)
class _InQueue:
    """In a queue that no worker reads, the reason in a header of the message."""

    celery: Celery

    def park(self, task: UnfinishedTask, reason: str) -> None:
        headers = {REQUEST_ID: task.request_id, REASON: reason}
        self.celery.send_task(task.name, args=task.args, task_id=task.id, headers=headers, queue=PARKED_QUEUE)


def _payload(celery: Celery, task: UnfinishedTask) -> bytes:
    """The message as it would be in the queue file had the task just been sent."""
    message = celery.amqp.as_task_v2(task.id, task.name, args=tuple(task.args))
    content_type, content_encoding, body = dumps(message.body, "json")
    return encode(
        {
            "body": base64.b64encode(body.encode() if isinstance(body, str) else body).decode(),
            "content-type": content_type,
            "content-encoding": content_encoding,
            "headers": {**message.headers, REQUEST_ID: task.request_id},
            "properties": {
                **message.properties,
                "body_encoding": "base64",
                "delivery_info": {"exchange": "", "routing_key": QUEUE},
                "delivery_mode": 2,
                "delivery_tag": str(uuid4()),
                "priority": 0,
            },
        }
    )
