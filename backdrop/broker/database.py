"""The SQLite file beneath the queue: opened when first needed, shared by threads, closed over a fork.

`BEGIN IMMEDIATE` and a busy time-out: writers wait for one another instead of failing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from backdrop import forks
from backdrop.broker.schema import APPLICATION_ID, STEPS
from backdrop.core.errors import Unavailable
from backdrop.sqlite_files import Connection, Identity, SqliteFile, immediately, make_durable

BUSY_SECONDS = 30.0

Transaction: TypeAlias = Connection
"""What `reading` and `writing` hand out."""

_WAL_BYTES_KEPT = 16 * 1024 * 1024


class QueueUnavailable(Unavailable):
    """The queue file can't be opened, read or written now; the text names it and says what to look at."""

    def __init__(self, path: Path, what: object, advice: str) -> None:
        super().__init__(f"the queue file {path} can't be used ({what}): {advice}")


class QueueDatabase:
    """One SQLite connection to one queue file. Safe to use from any thread and after a fork."""

    def __init__(self, path: Path, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path.absolute()
        self._file = SqliteFile(
            self.path,
            APPLICATION_ID,
            if_damaged="move it away, what waits in it is then lost",
            if_foreign="give the broker a path of its own",
            unavailable=partial(QueueUnavailable, self.path),
        )
        self._busy_seconds = busy_seconds
        self._lock = threading.RLock()
        self._connection: Connection | None = None
        self._opened_file: Identity | None = None
        forks.watch(self)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A connection to read by. Raises QueueUnavailable."""
        with self._lock, self._file.naming_trouble():
            yield self._opened()

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction, on the disk when the block ends well, undone when it raises. Raises QueueUnavailable.

        Within another one of the same thread it joins that one: Celery rejects messages from signal handlers,
        which may interrupt the consumer anywhere.
        """
        with self._lock, self._file.naming_trouble():
            connection = self._opened()
            if connection.in_transaction:
                yield connection
                return
            with immediately(connection):
                yield connection

    def open(self) -> None:
        """Open or make the file now, to learn at once if that can't be done. Raises QueueUnavailable."""
        with self.reading():
            pass

    def close(self) -> None:
        """Close the connection; it opens again when it is needed again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close(True)
                self._connection = None

    def before_fork(self) -> None:
        """Closed until the fork is over; parent and child each open the file again when they need it."""
        self._lock.acquire()
        self.close()

    def after_fork_in_parent(self) -> None:
        self._lock.release()

    def after_fork_in_child(self) -> None:
        self._lock = threading.RLock()

    def _opened(self) -> Connection:
        if self._connection is None:
            self._connection = self._open()
        elif self._file.identity() != self._opened_file:
            raise self._replaced()
        return self._connection

    def _open(self) -> Connection:
        if self._opened_file is not None and self._file.identity() != self._opened_file:
            raise self._replaced()
        connection = self._file.connect()
        connection.set_busy_timeout(int(self._busy_seconds * 1000))
        self._file.refuse_foreign(connection)
        self._refuse_newer(connection)
        make_durable(connection, self._busy_seconds, _WAL_BYTES_KEPT)
        self._file.make_tables(connection, [partial(_run, text) for text in STEPS])
        self._opened_file = self._file.identity()
        return connection

    def _refuse_newer(self, connection: Connection) -> None:
        done, known = self._file.steps_done(connection), len(STEPS)
        if done > known:
            raise QueueUnavailable(
                self.path, f"tables of version {done}, not {known}", "use the release that made it"
            )

    def _replaced(self) -> QueueUnavailable:
        # Ids mean nothing in another file: whoever holds some has to connect anew.
        return QueueUnavailable(self.path, "removed or replaced since it was opened", "connect again")


def rows(transaction: Transaction, query: str, values: Sequence[int | float | str | None] = ()) -> list[Any]:
    """All rows of a query, as tuples."""
    return transaction.execute(query, values).fetchall()


def _run(text: str, connection: Connection) -> None:
    connection.execute(text)
