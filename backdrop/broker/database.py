"""The SQLite file beneath the queue: opened when first needed, shared by threads, closed over a fork.

WAL, `synchronous=FULL`, `BEGIN IMMEDIATE` and a busy time-out: what was committed is on the disk, and writers
wait for one another instead of failing.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from backdrop.broker.schema import APPLICATION_ID, TABLES, VERSION
from backdrop.core.errors import Unavailable

BUSY_SECONDS = 30.0

Transaction = apsw.Connection
"""What `reading` and `writing` hand out."""

_WAL_BYTES_KEPT = 16 * 1024 * 1024

# What may happen to a file and may pass; anything else that SQLite raises is a mistake in our SQL.
_ADVICE: dict[type[apsw.Error], str] = {
    apsw.BusyError: "another process kept it locked for too long; look for one that hangs",
    apsw.CantOpenError: "check that its folder may be written by this user",
    apsw.CorruptError: "it is damaged; move it away, what waits in it is then lost",
    apsw.FullError: "the disk is full; make room",
    apsw.IOError: "the disk doesn't read or write; check it, and that it is a local one",
    apsw.NotADBError: "it is not a queue file; give the broker a path of its own",
    apsw.PermissionsError: "check that this user may write it",
    apsw.ProtocolError: "it is not on a local disk, or too many processes open it at once",
    apsw.ReadOnlyError: "check that this user may write it and its folder",
}


class QueueUnavailable(Unavailable):
    """The queue file can't be opened, read or written now; the text names it and says what to look at."""

    def __init__(self, path: Path, what: object, advice: str) -> None:
        super().__init__(f"the queue file {path} can't be used ({what}): {advice}")


class QueueDatabase:
    """One SQLite connection to one queue file. Safe to use from any thread and after a fork."""

    def __init__(self, path: Path, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path.absolute()
        self._busy_seconds = busy_seconds
        self._lock = threading.RLock()
        self._connection: apsw.Connection | None = None
        self._inode: tuple[int, int] | None = None
        _FORKS.watch(self)

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """A connection to read by. Raises QueueUnavailable."""
        with self._lock, self._naming_trouble():
            yield self._opened()

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """A transaction, on the disk when the block ends well, undone when it raises. Raises QueueUnavailable.

        Within another one of the same thread it joins that one: Celery rejects messages from signal handlers,
        which may interrupt the consumer anywhere.
        """
        with self._lock, self._naming_trouble():
            connection = self._opened()
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

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

    def hold_for_fork(self) -> None:
        self._lock.acquire()
        self.close()

    def release_after_fork(self) -> None:
        self._lock.release()

    def begin_as_child(self) -> None:
        self._lock = threading.RLock()

    def _opened(self) -> apsw.Connection:
        if self._connection is None:
            self._connection = self._open()
        elif self._identity() != self._inode:
            raise self._replaced()
        return self._connection

    def _open(self) -> apsw.Connection:
        if self._inode is not None and self._identity() != self._inode:
            raise self._replaced()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise QueueUnavailable(self.path, error, "its folder can't be made") from error
        connection = apsw.Connection(str(self.path))
        connection.set_busy_timeout(int(self._busy_seconds * 1000))
        _refuse_foreign(connection, self.path)
        _use_wal(connection, self._busy_seconds)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES_KEPT}")
        _make_tables(connection)
        self._inode = self._identity()
        return connection

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def _replaced(self) -> QueueUnavailable:
        # Ids mean nothing in another file: whoever holds some has to connect anew.
        return QueueUnavailable(self.path, "removed or replaced since it was opened", "connect again")

    @contextmanager
    def _naming_trouble(self) -> Iterator[None]:
        try:
            yield
        except tuple(_ADVICE) as error:
            advice = next(text for kind, text in _ADVICE.items() if isinstance(error, kind))
            raise QueueUnavailable(self.path, error, advice) from error


def rows(transaction: Transaction, query: str, values: Sequence[int | float | str | None] = ()) -> list[Any]:
    """All rows of a query, as tuples."""
    return transaction.execute(query, values).fetchall()


def _refuse_foreign(connection: apsw.Connection, path: Path) -> None:
    """Before anything is changed: a file of somebody else, or of a newer version, stays as it is."""
    if not connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").get:
        return
    if connection.execute("PRAGMA application_id").get != APPLICATION_ID:
        raise QueueUnavailable(path, "an SQLite file of another kind", "give the broker a path of its own")
    version = connection.execute("PRAGMA user_version").get
    if version != VERSION:
        raise QueueUnavailable(
            path, f"tables of version {version}, not {VERSION}", "use the release that made it"
        )


def _use_wal(connection: apsw.Connection, patience: float) -> None:
    """SQLite doesn't wait its turn for this one change, so that is done here."""
    deadline = time.monotonic() + patience
    while connection.execute("PRAGMA journal_mode").get != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except apsw.BusyError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _make_tables(connection: apsw.Connection) -> None:
    if connection.execute("PRAGMA user_version").get == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        if connection.execute("PRAGMA user_version").get != VERSION:
            connection.execute(TABLES)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


class _Forks:
    """Closes every open database before a fork.

    SQLite's memory of which locks this process holds is copied into a child, where it isn't true: a child that
    opened the file again would run without the locks that keep others from truncating the log beneath it. So
    nothing is open at that moment; parent and child each open the file again when they need it.
    """

    def __init__(self) -> None:
        self._databases: weakref.WeakSet[QueueDatabase] = weakref.WeakSet()
        self._lock = threading.RLock()
        self._held: list[QueueDatabase] = []
        self._is_watching = False

    def watch(self, database: QueueDatabase) -> None:
        with self._lock:
            self._databases.add(database)
            if not self._is_watching:
                os.register_at_fork(
                    before=self._before, after_in_parent=self._in_parent, after_in_child=self._in_child
                )
                self._is_watching = True

    def _before(self) -> None:
        self._lock.acquire()
        self._held = list(self._databases)
        for database in self._held:
            database.hold_for_fork()

    def _in_parent(self) -> None:
        for database in self._held:
            database.release_after_fork()
        self._held = []
        self._lock.release()

    def _in_child(self) -> None:
        for database in self._held:
            database.begin_as_child()
        self._held = []
        self._lock = threading.RLock()


_FORKS = _Forks()
