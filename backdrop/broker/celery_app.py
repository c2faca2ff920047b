"""Celery as Backdrop uses it: how tasks are delivered is said here and nowhere else."""

from __future__ import annotations

from typing import Any

from celery import Celery

from backdrop.broker import register
from backdrop.broker.embedded_sender import EmbeddedSender
from backdrop.broker.names import QUEUE
from backdrop.broker.outgoing import TaskSender
from backdrop.broker.rabbitmq import is_rabbitmq
from backdrop.broker.rabbitmq.queues import work_queue
from backdrop.broker.rabbitmq.sender import RabbitSender

# A write must not wait for long for a broker that is away: two tries, and whatever one of them takes.
_PUBLISHING = {"max_retries": 1, "interval_start": 0.1, "interval_step": 0.1, "interval_max": 0.2}
_CONNECT_SECONDS = 2.0

_EMBEDDED: dict[str, Any] = {"busy_seconds": 5}

_DELIVERY: dict[str, Any] = {
    # A task is acknowledged when it is done, so it is not lost with its worker, however that ends.
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    # What fails in a way that no task foresees is rejected, which parks it; acknowledged it would be gone.
    "task_acks_on_failure_or_timeout": False,
    # A worker process holds one task; more would wait behind a long one while another process is free.
    "worker_prefetch_multiplier": 1,
    "task_serializer": "json",
    "accept_content": ["json"],
    # What a transform returns is in its output data set.
    "result_backend": None,
    "task_ignore_result": True,
    "task_default_queue": QUEUE,
    "task_publish_retry": True,
    "task_publish_retry_policy": _PUBLISHING,
    "broker_connection_timeout": _CONNECT_SECONDS,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    # A task that outlives its connection to the broker ends well; it is delivered again, which changes nothing.
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    # Logging is ours.
    "worker_hijack_root_logger": False,
    "worker_redirect_stdouts": False,
    # A busy machine starts processes slowly, and one that is taken for dead is started again.
    "worker_proc_alive_timeout": 60.0,
}

_RABBITMQ: dict[str, Any] = {
    "task_queues": [work_queue()],
    "worker_consumer": "backdrop.broker.rabbitmq.worker:Consumer",
    # A channel that the broker closes, because a task takes it too long or a queue was deleted, is made anew.
    "broker_channel_error_retry": True,
    # A broker that is cut off or frozen is noticed within twice the time, and another one taken.
    "broker_heartbeat": 15.0,
    # Each worker has a name of its own, so that its queue for remote control can be its own too: RabbitMQ 4 is to
    # refuse the other kind.
    "control_queue_exclusive": True,
    "broker_transport_options": {"read_timeout": 10.0, "write_timeout": 10.0},
}


def make_celery(broker_url: str) -> Celery:
    """A Celery app over the broker; several URLs, separated by `;`, are tried in turn. Connects to nothing yet."""
    register()
    celery = Celery("backdrop", broker=broker_url, set_as_current=False, fixups=[])
    celery.conf.update(_DELIVERY)
    if is_rabbitmq(broker_url):
        celery.conf.update(_RABBITMQ)
    else:
        celery.conf.update(broker_transport_options={**_EMBEDDED, **_PUBLISHING})
    return celery


def task_sender(celery: Celery) -> TaskSender:
    """The way into the app's broker. Connects to nothing yet."""
    url = str(celery.conf.broker_url)
    return RabbitSender(celery, url) if is_rabbitmq(url) else EmbeddedSender(celery, url)
