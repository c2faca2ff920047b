"""Triggers: what a write leaves for the transforms to do, and the queue that takes it over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from backdrop.core.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Trigger:
    """Transforms of a data set are due for `earliest <= _timestamp <= latest`; kept in storage until a broker
    has it."""

    id: str
    data_set: str
    earliest: datetime
    latest: datetime
    request_id: str


class BrokerUnavailable(Unavailable):
    """The broker did not take a trigger over; it has to be sent again."""


class TriggerQueue(Protocol):
    """The way to the transforms' worker."""

    def send(self, trigger: Trigger) -> None:
        """Queues the trigger for a worker; when it returns, the broker has it for good.

        Takes seconds at most. Raises BrokerUnavailable when the broker did not take it.
        """
        ...
