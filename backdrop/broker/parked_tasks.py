"""What an operator does with parked tasks: see them, and put them back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from backdrop.broker import NotParked, ParkedMessage, Parking, open_parking
from backdrop.broker.envelope import task_summary
from backdrop.broker.rabbitmq import is_rabbitmq
from backdrop.broker.rabbitmq.parking import RabbitParking
from backdrop.core.errors import BackdropError
from backdrop.core.instants import render_instant

EVERY = "all"


class NotAnId(BackdropError):
    """What was to be put back is neither the id of a parked task nor `all`."""


def describe(url: str) -> Iterator[str]:
    """A few lines for each parked task, longest parked first.

    Raises InvalidBrokerUrl, QueueUnavailable, BrokerUnavailable and InUse.
    """
    if is_rabbitmq(url):
        for parked in RabbitParking(url).parked():
            yield _lines(parked.id, parked.parked_at, parked.what, parked.reason)
        return
    with open_parking(url) as parking:
        for message in _messages(parking):
            task = task_summary(message.payload)
            what = f"{task.name}{task.args}" if task else f"{len(message.payload)} bytes that are no task"
            yield _lines(str(message.id), message.parked_at, what, message.reason)


def put_back(url: str, which: str) -> int:
    """Queues one parked task again, or `all` that are parked by now; answers how many.

    Raises NotParked, NotAnId, InvalidBrokerUrl, QueueUnavailable, BrokerUnavailable and InUse.
    """
    if is_rabbitmq(url):
        number = RabbitParking(url).requeue(None if which == EVERY else which)
        if number == 0 and which != EVERY:
            raise NotParked(which)
        return number
    if which != EVERY and not (which.isascii() and which.isdigit()):
        raise NotAnId(f"'{which}' must be the id of a parked task, as listed, or {EVERY}")
    with open_parking(url) as parking:
        ids = [message.id for message in _messages(parking)] if which == EVERY else [int(which)]
        for parked_id in ids:
            parking.requeue(parked_id)
    return len(ids)


def _lines(id_: str, parked_at: datetime, what: str, reason: str) -> str:
    return f"{id_}  parked {render_instant(parked_at)}  {what}\n    {reason}"


def _messages(parking: Parking) -> Iterator[ParkedMessage]:
    last = 0
    while page := parking.list_parked(after=last):
        yield from page
        last = page[-1].id
