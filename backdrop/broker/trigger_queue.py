"""The way from a write to the transforms' worker."""

from __future__ import annotations

from celery import Celery
from kombu.exceptions import OperationalError

from backdrop.broker.celery_app import ENTRYPOINT, REQUEST_ID
from backdrop.core.errors import Unavailable
from backdrop.core.instants import render_instant
from backdrop.core.triggers import BrokerUnavailable, Trigger


class TriggerQueue:
    """Hands triggers to a broker; safe to use from several threads."""

    def __init__(self, celery: Celery) -> None:
        self._celery = celery

    def send(self, trigger: Trigger) -> None:
        """Queues the trigger; when this returns, the broker has it for good. Takes seconds at most.

        Sent twice, it is run twice, which changes nothing. Raises BrokerUnavailable.
        """
        span = (render_instant(trigger.earliest), render_instant(trigger.latest))
        try:
            self._celery.send_task(
                ENTRYPOINT,
                args=[trigger.data_set, *span],
                task_id=trigger.id,
                headers={REQUEST_ID: trigger.request_id},
            )
        except (OperationalError, OSError, Unavailable) as error:
            # the error's own text may have the broker's URL in it, with its password
            raise BrokerUnavailable(f"the broker took no trigger ({type(error).__name__})") from error
