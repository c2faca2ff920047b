"""A connection to RabbitMQ for whoever has to know in time whether something was done."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from amqp.exceptions import AMQPError, MessageNacked
from kombu import Connection
from kombu.exceptions import OperationalError

from backdrop.broker.rabbitmq.faults import PublishersBlocked, in_words
from backdrop.core.triggers import BrokerUnavailable

T = TypeVar("T")

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 4.0
"""How long the broker may take for one answer. A cluster that has just lost a node elects in less."""

PATIENCE_SECONDS = 6.0
"""After so long no further broker is tried."""

_FAILURES = (OSError, AMQPError, MessageNacked, OperationalError)


class Link:
    """One connection to the first of several brokers that answers, kept for the next time.

    For several threads, one at a time; over a fork it is left to the parent.
    """

    def __init__(self, urls: str) -> None:
        """`urls` are parted by `;`. Connects to nothing yet."""
        self._urls = deque(urls.split(";"))
        self._connection: Connection | None = None
        self._process = 0
        self._lock = threading.Lock()

    def use(self, work: Callable[[Connection], T]) -> T:
        """What `work` answers. If it fails, it is done again with the next broker: so it may be done twice.

        Publishing in it is confirmed, and each answer of the broker is waited for some seconds at most. Raises
        BrokerUnavailable.
        """
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        trouble: Exception | None = None
        with self._lock:
            for url in self._to_try():
                if trouble is not None and time.monotonic() > give_up_at:
                    break
                try:
                    return work(self._open(url))
                except _FAILURES as error:
                    trouble = error
                    self._drop()
                    if url is not None:
                        self._urls.rotate(-1)  # the next use begins with another one
                except BaseException:
                    self._drop()
                    raise
        assert trouble is not None, "at least one URL was tried"
        raise BrokerUnavailable(in_words(trouble)) from trouble

    def close(self) -> None:
        """Ends the connection, if there is one; the next use makes another."""
        with self._lock:
            self._to_try()
            self._drop()

    def _to_try(self) -> list[str | None]:
        """The kept connection, as None, before all others."""
        if self._process != os.getpid():
            self._connection, self._process = None, os.getpid()
        return [None, *self._urls] if self._connection is not None else [*self._urls]

    def _open(self, url: str | None) -> Connection:
        if url is not None:
            self._connection = open_connection(url)
        assert self._connection is not None
        return self._connection

    def _drop(self) -> None:
        # Without a good-bye, for which a frozen broker would have to be waited. Kept it can't be: a confirmation that
        # comes late would be taken for that of the next message.
        if self._connection is not None:
            self._connection.collect()
        self._connection = None


def _refuse(_reason: str) -> None:
    """The broker says so after the first message, which it may take when it is no longer short of anything."""
    raise PublishersBlocked


def open_connection(url: str) -> Connection:
    """An open connection to one broker. Raises OSError and AMQPError, also whoever publishes while the broker blocks
    that."""
    connection = Connection(
        url,
        connect_timeout=CONNECT_SECONDS,
        transport_options={
            "confirm_publish": True,
            "read_timeout": ANSWER_SECONDS,
            "write_timeout": ANSWER_SECONDS,
            "on_blocked": _refuse,
        },
    )
    connection.ensure_connection(max_retries=0, reraise_as_library_errors=False)
    return connection
