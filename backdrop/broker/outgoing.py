"""What is sent to workers, and what every broker does with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class TaskMessage:
    """A task for a worker: `name` is Celery's, `args` are JSON; `request_id` is that of the request that all began
    with, `retries` how often the task was tried in vain."""

    name: str
    id: str
    args: Sequence[Any]
    request_id: str
    retries: int = 0


class TaskSender(Protocol):
    """The way into a broker. When a method returns, the broker has the task for good; it takes seconds at most.
    Each raises BrokerUnavailable when the broker did not take it; it may have it all the same."""

    def send(self, task: TaskMessage) -> None:
        """For the next worker that is free."""
        ...

    def send_later(self, task: TaskMessage, seconds: float) -> None:
        """For a worker, in so many seconds; up to twice as many, where that spares the broker something."""
        ...

    def park(self, task: TaskMessage, reason: str) -> None:
        """For an operator: kept with the reason, as if it had never been tried."""
        ...
