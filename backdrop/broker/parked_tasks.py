"""What an operator does with parked tasks: see them, and put them back."""

from __future__ import annotations

from collections.abc import Iterator

from backdrop.broker import ParkedMessage, Parking, open_parking
from backdrop.broker.envelope import task_summary
from backdrop.core.errors import BackdropError
from backdrop.core.instants import render_instant

EVERY = "all"


class NotAnId(BackdropError):
    """What was to be put back is neither the id of a parked task nor `all`."""


def describe(url: str) -> Iterator[str]:
    """A few lines for each parked task, longest parked first. Raises InvalidBrokerUrl, QueueUnavailable."""
    with open_parking(url) as parking:
        for message in _messages(parking):
            task = task_summary(message.payload)
            what = f"{task.name}{task.args}" if task else f"{len(message.payload)} bytes that are no task"
            yield f"{message.id}  parked {render_instant(message.parked_at)}  {what}\n    {message.reason}"


def put_back(url: str, which: str) -> int:
    """Queues one parked task again, or `all` that are parked by now; answers how many.

    Raises NotParked, NotAnId, InvalidBrokerUrl and QueueUnavailable.
    """
    if which != EVERY and not (which.isascii() and which.isdigit()):
        raise NotAnId(f"'{which}' must be the id of a parked task, as listed, or {EVERY}")
    with open_parking(url) as parking:
        ids = [message.id for message in _messages(parking)] if which == EVERY else [int(which)]
        for parked_id in ids:
            parking.requeue(parked_id)
    return len(ids)


def _messages(parking: Parking) -> Iterator[ParkedMessage]:
    last = 0
    while page := parking.list_parked(after=last):
        yield from page
        last = page[-1].id
