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

    One that is blocked, as a broker does that is short of memory or disk, is kept too, apart, and nothing is sent to
    its broker until it has said on it that it takes messages again. A blocked broker doesn't read: it wouldn't notice
    that we ended a connection, and would publish what lies in each when it has what it was short of. So a lack leaves
    one connection and one message for each URL, not for each try.

    For several threads, one at a time; over a fork all is left to the parent.
    """

    def __init__(self, urls: str) -> None:
        """`urls` are parted by `;`. Connects to nothing yet."""
        self._urls = deque(urls.split(";"))  # the connection is to the first, and so is the one that is tried
        self._connection: Connection | None = None
        self._blocked: dict[str, Connection] = {}
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
                except PublishersBlocked as error:
                    trouble = error
                    self._set_aside()
                except _FAILURES as error:
                    trouble = error
                    self._drop()
                except BaseException:
                    self._drop()
                    raise
                if url is not None:
                    self._urls.rotate(-1)  # the next use begins with another one
        assert trouble is not None, "at least one URL was tried"
        raise BrokerUnavailable(in_words(trouble)) from trouble

    def close(self) -> None:
        """Ends the connection, if there is one, and those that are blocked; the next use makes another."""
        with self._lock:
            self._to_try()
            self._drop()
            while self._blocked:
                self._blocked.popitem()[1].collect()

    def _to_try(self) -> list[str | None]:
        """The kept connection, as None, before all others."""
        if self._process != os.getpid():
            self._connection, self._blocked, self._process = None, {}, os.getpid()
        return [None, *self._urls] if self._connection is not None else [*self._urls]

    def _open(self, url: str | None) -> Connection:
        if url is not None:
            self._end_blocked(url)
            self._connection = open_connection(url)
        assert self._connection is not None
        return self._connection

    def _set_aside(self) -> None:
        if self._connection is not None:
            self._blocked[self._urls[0]] = self._connection
        self._connection = None

    def _end_blocked(self, url: str) -> None:
        """Raises PublishersBlocked if there is a connection that still is."""
        if url not in self._blocked:
            return
        if _still_blocked(self._blocked[url]):
            raise PublishersBlocked
        # Not used again: what was sent on it is confirmed only now, which would be taken for the next message's.
        self._blocked.pop(url).collect()

    def _drop(self) -> None:
        # Without a good-bye, for which a frozen broker would have to be waited. Kept it can't be: a confirmation that
        # comes late would be taken for that of the next message.
        if self._connection is not None:
            self._connection.collect()
        self._connection = None


class _Unblocked(OSError):
    """The broker takes messages again."""


def _refuse(_reason: str) -> None:
    """The broker says so after the first message, which it may take when it is no longer short of anything."""
    raise PublishersBlocked


def _allow() -> None:
    raise _Unblocked


def _still_blocked(connection: Connection) -> bool:
    """Whether the broker has said nothing else since, and the connection has not ended. Waits for nothing."""
    try:
        while connection.connected:
            connection.drain_events(timeout=0)
    except TimeoutError:
        return True
    except _FAILURES:
        return False
    return False


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
            "on_unblocked": _allow,
        },
    )
    connection.ensure_connection(max_retries=0, reraise_as_library_errors=False)
    return connection
