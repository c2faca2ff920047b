"""The embedded broker: Celery's messages in one SQLite file, no server to install.

    register()                                             # once, by whoever builds a Celery app or a producer
    app = Celery(broker="sqlite-queue:////srv/backdrop/broker.sqlite")

    with open_parking("sqlite-queue:////srv/backdrop/broker.sqlite") as parking:
        for message in parking.list_parked():
            parking.requeue(message.id)

For one machine: every process that publishes or consumes needs the file on a local disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kombu.transport import TRANSPORT_ALIASES

from backdrop.broker.address import SCHEME, InvalidBrokerUrl, broker_url, file_of
from backdrop.broker.database import QueueDatabase, QueueUnavailable
from backdrop.broker.parking import NotParked, ParkedMessage, Parking

__all__ = [
    "SCHEME",
    "InvalidBrokerUrl",
    "NotParked",
    "ParkedMessage",
    "Parking",
    "QueueUnavailable",
    "broker_url",
    "open_parking",
    "register",
]


def register() -> None:
    """Make `sqlite-queue:///path` a broker URL that kombu and Celery understand, and `amqps://` a safe one, in this
    process.

    kombu has no entry points for transports, its table of aliases is the way in. Doing it twice is harmless.
    """
    TRANSPORT_ALIASES[SCHEME] = "backdrop.broker.transport:Transport"
    TRANSPORT_ALIASES["amqps"] = "backdrop.broker.rabbitmq.tls:Transport"


@contextmanager
def open_parking(url: str) -> Iterator[Parking]:
    """The parked messages behind a `sqlite-queue:` URL, for as long as the block lasts.

    Raises InvalidBrokerUrl for another kind of URL, QueueUnavailable when the file can't be used.
    """
    database = QueueDatabase(file_of(url))
    try:
        yield Parking(database)
    finally:
        database.close()
