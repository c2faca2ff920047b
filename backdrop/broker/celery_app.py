"""Celery as Backdrop uses it: how tasks are delivered is said here and nowhere else."""

from __future__ import annotations

from typing import Any

from celery import Celery

from backdrop.broker import SCHEME, register

QUEUE = "transforms"
ENTRYPOINT = "backdrop.transformers.entrypoint"
RUN_TRANSFORM = "backdrop.transformers.run_transform"
REQUEST_ID = "request_id"
"""The message header that carries the id of the request that all began with."""

# A write must not wait for long for a broker that is away: two tries, and whatever one of them takes.
_PUBLISHING = {"max_retries": 1, "interval_start": 0.1, "interval_step": 0.1, "interval_max": 0.2}
_CONNECT_SECONDS = 2.0

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

_TRANSPORT_OPTIONS: dict[str, dict[str, Any]] = {
    SCHEME: {"busy_seconds": 5},
    # Without confirms a broker that is killed loses what it had said it had.
    "amqp": {"confirm_publish": True},
}


def make_celery(broker_url: str) -> Celery:
    """A Celery app over the broker; several URLs, separated by `;`, are tried in turn. Connects to nothing yet."""
    register()
    scheme = broker_url.partition(":")[0].removesuffix("s")
    celery = Celery("backdrop", broker=broker_url, set_as_current=False, fixups=[])
    celery.conf.update(
        _DELIVERY,
        broker_transport_options={**_TRANSPORT_OPTIONS.get(scheme, {}), **_PUBLISHING},
    )
    return celery
