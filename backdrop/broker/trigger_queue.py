"""The way from a write to the transforms' worker."""

from __future__ import annotations

from celery import Celery

from backdrop.broker.celery_app import task_sender
from backdrop.broker.names import ENTRYPOINT
from backdrop.broker.outgoing import TaskMessage
from backdrop.core.instants import render_instant
from backdrop.core.triggers import Trigger


class TriggerQueue:
    """Hands triggers to a broker; safe to use from several threads."""

    def __init__(self, celery: Celery) -> None:
        self._sender = task_sender(celery)

    def send(self, trigger: Trigger) -> None:
        """Queues the trigger; when this returns, the broker has it for good. Takes seconds at most.

        Sent twice, it is run twice, which changes nothing. Raises BrokerUnavailable.
        """
        span = (render_instant(trigger.earliest), render_instant(trigger.latest))
        self._sender.send(TaskMessage(ENTRYPOINT, trigger.id, [trigger.data_set, *span], trigger.request_id))
