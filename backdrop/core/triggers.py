"""Triggers: what a write leaves for the transforms to do, and the queue that takes it over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from backdrop.core.errors import Unavailable
from backdrop.core.spans import Span


@dataclass(frozen=True, slots=True)
class Trigger:
    """Transforms of a data set are due for `earliest <= _timestamp <= latest`; kept in storage until a broker
    has it."""

    id: str
    data_set: str
    earliest: datetime
    latest: datetime
    request_id: str


@dataclass(frozen=True, slots=True)
class Cause:
    """What asks for transforms before it is known which span they are due for. `id` is the trigger's."""

    id: str
    request_id: str

    def trigger(self, data_set: str, span: Span | None) -> Trigger | None:
        """The trigger for what a write to the data set has touched; None where nothing has a time."""
        return None if span is None else Trigger(self.id, data_set, *span, request_id=self.request_id)


class BrokerUnavailable(Unavailable):
    """The broker did not take a trigger over; it has to be sent again."""


class TriggerQueue(Protocol):
    """The way to the transforms' worker."""

    def send(self, trigger: Trigger) -> None:
        """Queues the trigger for a worker; when it returns, the broker has it for good.

        Takes seconds at most. Raises BrokerUnavailable when the broker did not take it.
        """
        ...
