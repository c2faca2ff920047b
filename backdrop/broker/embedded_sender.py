"""Tasks into the queue file of the embedded broker."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from celery import Celery
from kombu.exceptions import OperationalError
from kombu.serialization import dumps

from backdrop.broker import open_parking
from backdrop.broker.envelope import encode
from backdrop.broker.names import QUEUE, REQUEST_ID
from backdrop.broker.outgoing import TaskMessage
from backdrop.core.errors import Unavailable
from backdrop.core.triggers import BrokerUnavailable


@dataclass(frozen=True, slots=True)
class EmbeddedSender:
    """A TaskSender over a queue file; safe to use from several threads."""

    celery: Celery
    url: str

    def send(self, task: TaskMessage) -> None:
        self._send(task)

    def send_later(self, task: TaskMessage, seconds: float) -> None:
        self._send(task, countdown=seconds)

    def park(self, task: TaskMessage, reason: str) -> None:
        with _told(), open_parking(self.url) as parking:
            parking.park(QUEUE, _payload(self.celery, task), reason)

    def _send(self, task: TaskMessage, **options: Any) -> None:
        with _told():
            self.celery.send_task(
                task.name,
                args=list(task.args),
                task_id=task.id,
                headers={REQUEST_ID: task.request_id},
                retries=task.retries,
                **options,
            )


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (OperationalError, OSError, Unavailable) as error:
        raise BrokerUnavailable(f"the broker took no task ({type(error).__name__})") from error


def _payload(celery: Celery, task: TaskMessage) -> bytes:
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
