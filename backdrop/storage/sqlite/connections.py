"""Connections to one SQLite file, and transactions on them: the one place that imports the driver for storage.

Connections wait in a pool; one serves one transaction at a time. None stays in a transaction while it waits, so
that the write-ahead log can be emptied.
"""

from __future__ import annotations

import os
import random
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import apsw

from backdrop.storage.protocol import StorageUnavailable
from backdrop.storage.sqlite.batch import BatchModule
from backdrop.storage.sqlite.cells import Row
from backdrop.storage.sqlite.sql import Parameter, Statement

PATIENCE_SECONDS = 30.0
APPLICATION_ID = 0x42445250  # "BDRP": marks the file as ours

_PRAGMAS = (
    "synchronous = FULL",
    "cache_size = -16384",
    "journal_size_limit = 67108864",
)

# What may happen to a file and may pass; anything else that SQLite raises is a mistake in our SQL.
_TROUBLE: dict[type[apsw.Error], str] = {
    apsw.BusyError: "another process kept it locked for too long; try again",
    apsw.CantOpenError: "check that its folder may be written by this user",
    apsw.CorruptError: "the file is damaged; restore it from a backup",
    apsw.FullError: "the disk is full; make room",
    apsw.IOError: "the disk doesn't read or write; check it, and that it is a local one",
    apsw.LockedError: "another process kept it locked for too long; try again",
    apsw.NotADBError: "the file is no SQLite database; give DATABASE_URL another path",
    apsw.PermissionsError: "check that this user may read and write it",
    apsw.ProtocolError: "it is not on a local disk, or too many processes open it at once",
    apsw.ReadOnlyError: "check that this user may write it and its folder",
}


class IntegerOverflow(Exception):
    """A sum left 64 bits."""


class Transaction:
    """One transaction; what it reads is of one moment, what it writes is stored whole or not at all."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def rows(self, statement: Statement) -> list[Row]:
        """All rows. Raises IntegerOverflow."""
        try:
            return self._execute(statement).fetchall()
        except apsw.SQLError as error:
            if "integer overflow" in str(error):
                raise IntegerOverflow from error
            raise

    @contextmanager
    def each(self, statement: Statement) -> Iterator[Iterator[Row]]:
        """The rows one by one, as far as they are wanted."""
        with closing(self._execute(statement)) as cursor:
            yield cursor

    def run(self, text: str, *parameters: Parameter) -> None:
        """Runs a statement that answers no rows."""
        self._execute(Statement(text, parameters))

    def _execute(self, statement: Statement) -> apsw.Cursor:
        bindings = [apsw.pyobject(p) if isinstance(p, list) else p for p in statement.parameters]
        return self._connection.execute(statement.text, bindings)


class Connections:
    """The connections of this process to the file at `path`. `steps` make the tables of a new file, and those of a
    file that was made when there were fewer of them."""

    def __init__(self, path: Path, steps: Sequence[Callable[[Transaction], None]], patience: float) -> None:
        self._path = path
        self._steps = steps
        self._patience = patience
        self._idle: list[apsw.Connection] = []
        self._open: set[apsw.Connection] = set()
        self._file: tuple[int, int] | None = None
        self._was_open_at_fork = False
        _watch_forks(weakref.ref(self))

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A transaction that sees the database as it is at its first statement. Raises StorageUnavailable."""
        with self._transaction("BEGIN") as transaction:
            yield transaction

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction that is the only one to write; on the disk when the block ends well, undone when it
        raises. Raises StorageUnavailable."""
        with self._transaction("BEGIN IMMEDIATE") as transaction:
            yield transaction

    def close(self) -> None:
        """Closes what nobody uses, and the rest when its transaction ends. Open again when needed again."""
        idle, self._idle = self._idle, []
        for connection in idle:
            self._close(connection)

    def before_fork(self) -> None:
        """SQLite's memory of the locks that this process holds would be copied into a child, where it isn't
        true; so what is open is closed."""
        self.close()

    def after_fork(self) -> None:
        """In the child: what some thread had open at that moment stays as it is, for closing it would harm the
        parent, and opening the file beside it isn't safe."""
        self._was_open_at_fork = bool(self._open)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Transaction]:
        with _naming_trouble():
            connection = self._take()
            pool = self._idle
            try:
                connection.execute(begin)
                yield Transaction(connection)
                connection.execute("COMMIT")
            except BaseException:
                self._end_badly(connection, pool)
                raise
            self._give_back(connection, pool)

    def _take(self) -> apsw.Connection:
        if self._was_open_at_fork:
            raise StorageUnavailable("this process was forked in the middle of a transaction; start it anew")
        if self._open and self._identity() != self._file:
            # Removed or replaced: what would be written to the old file, nobody would find.
            self.close()
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _give_back(self, connection: apsw.Connection, pool: list[apsw.Connection]) -> None:
        if pool is self._idle:
            pool.append(connection)
        else:
            self._close(connection)

    def _end_badly(self, connection: apsw.Connection, pool: list[apsw.Connection]) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except apsw.Error:
            self._close(connection)
        else:
            self._give_back(connection, pool)

    def _close(self, connection: apsw.Connection) -> None:
        self._open.discard(connection)
        connection.close(True)

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def _connect(self) -> apsw.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageUnavailable(
                "the folder of the database can't be made; check who may write there"
            ) from error
        connection = apsw.Connection(str(self._path))
        try:
            connection.set_busy_handler(_Patience(self._patience).goes_on)
            _refuse_foreign(connection)
            _use_wal(connection, self._patience)
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            _add_batch(connection)
            self._make_tables(connection)
        except BaseException:
            connection.close(True)
            raise
        self._file = self._identity()
        self._open.add(connection)
        return connection

    def _make_tables(self, connection: apsw.Connection) -> None:
        if _steps_done(connection) >= len(self._steps):
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            done = _steps_done(connection)
            for step in self._steps[done:]:
                step(Transaction(connection))
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {max(done, len(self._steps))}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


class _Patience:
    """How long a connection waits for a lock. SQLite's own way of waiting sleeps ever longer, so that under
    several busy writers one may starve; short, uneven waits let each have its turn."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._deadline = 0.0

    def goes_on(self, waits: int) -> bool:
        """Called when a lock is held by another; False gives up."""
        if waits == 0:
            self._deadline = time.monotonic() + self._seconds
        time.sleep(random.uniform(0.0005, 0.004))  # noqa: S311  # no secret
        return time.monotonic() < self._deadline


@contextmanager
def _naming_trouble() -> Iterator[None]:
    try:
        yield
    except tuple(_TROUBLE) as error:
        advice = next(text for kind, text in _TROUBLE.items() if isinstance(error, kind))
        raise StorageUnavailable(f"the database can't be used now ({error}): {advice}") from error


def _refuse_foreign(connection: apsw.Connection) -> None:
    """Before anything is changed: somebody else's file stays as it is."""
    # In this order: another process may be making the tables, and marks the file in the same transaction.
    has_tables = connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").get
    if has_tables and connection.pragma("application_id") != APPLICATION_ID:
        raise StorageUnavailable(
            "the database file belongs to another program; give DATABASE_URL another path"
        )


def _steps_done(connection: apsw.Connection) -> int:
    if connection.pragma("application_id") != APPLICATION_ID:
        return 0
    # files were marked as ours before steps were counted
    return max(1, int(connection.pragma("user_version")))


def _use_wal(connection: apsw.Connection, patience: float) -> None:
    """SQLite doesn't wait its turn for this one change, so that is done here."""
    deadline = time.monotonic() + patience
    connection.execute("PRAGMA page_size = 8192")
    while connection.pragma("journal_mode") != "wal":
        try:
            connection.pragma("journal_mode", "wal")
        except apsw.BusyError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _add_batch(connection: apsw.Connection) -> None:
    # The protocol asks for every method that SQLite knows, a table that is only read needs few of them
    connection.create_module("batch", BatchModule(), eponymous_only=True, read_only=True)  # type: ignore[arg-type]


def _watch_forks(connections: weakref.ref[Connections]) -> None:
    def before() -> None:
        if (alive := connections()) is not None:
            alive.before_fork()

    def in_child() -> None:
        if (alive := connections()) is not None:
            alive.after_fork()

    os.register_at_fork(before=before, after_in_child=in_child)
