"""Connections to one SQLite file, and transactions on them.

Connections wait in a pool; one serves one transaction at a time. None stays in a transaction while it waits, so
that the write-ahead log can be emptied.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from backdrop import forks
from backdrop.sqlite_files import (
    Connection,
    Cursor,
    Error,
    Identity,
    SQLError,
    SqliteFile,
    as_object,
    make_durable,
)
from backdrop.storage.protocol import StorageUnavailable
from backdrop.storage.sqlite.batch import BatchModule
from backdrop.storage.sqlite.cells import Row
from backdrop.storage.sqlite.sql import Parameter, Statement

PATIENCE_SECONDS = 30.0
APPLICATION_ID = 0x42445250  # "BDRP": marks the file as ours

_PAGE_BYTES = 8192
_CACHE_KIBIBYTES = 16384
_LOG_BYTES_KEPT = 64 * 1024 * 1024


class IntegerOverflow(Exception):
    """A sum left 64 bits."""


class Transaction:
    """One transaction; what it reads is of one moment, what it writes is stored whole or not at all."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self, statement: Statement) -> list[Row]:
        """All rows. Raises IntegerOverflow."""
        try:
            return self._execute(statement).fetchall()
        except SQLError as error:
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

    def _execute(self, statement: Statement) -> Cursor:
        bindings = [as_object(p) if isinstance(p, list) else p for p in statement.parameters]
        return self._connection.execute(statement.text, bindings)


class Connections:
    """The connections of this process to the file at `path`. `steps` make the tables of a new file, and those of a
    file that was made when there were fewer of them."""

    def __init__(self, path: Path, steps: Sequence[Callable[[Transaction], None]], patience: float) -> None:
        self._file = SqliteFile(
            path,
            APPLICATION_ID,
            if_damaged="restore it from a backup",
            if_foreign="give DATABASE_URL another path",
            unavailable=partial(_unavailable, path),
        )
        self._steps = [partial(_take, step) for step in steps]
        self._patience = patience
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._opened_file: Identity | None = None
        self._was_open_at_fork = False
        forks.watch(self)

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
        """What is in no transaction is closed."""
        self.close()

    def after_fork_in_parent(self) -> None:
        """Nothing is to be done: the file is opened again when it is needed."""

    def after_fork_in_child(self) -> None:
        """What some thread had open at that moment stays as it is, for closing it would harm the parent, and
        opening the file beside it isn't safe."""
        self._was_open_at_fork = bool(self._open)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Transaction]:
        with self._file.naming_trouble():
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

    def _take(self) -> Connection:
        if self._was_open_at_fork:
            raise self._file.unavailable(
                "this process was forked in the middle of a transaction", "start it anew"
            )
        if self._open and self._file.identity() != self._opened_file:
            # Removed or replaced: what would be written to the old file, nobody would find.
            self.close()
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _give_back(self, connection: Connection, pool: list[Connection]) -> None:
        if pool is self._idle:
            pool.append(connection)
        else:
            self._close(connection)

    def _end_badly(self, connection: Connection, pool: list[Connection]) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except Error:
            self._close(connection)
        else:
            self._give_back(connection, pool)

    def _close(self, connection: Connection) -> None:
        self._open.discard(connection)
        connection.close(True)

    def _connect(self) -> Connection:
        connection = self._file.connect()
        try:
            connection.set_busy_handler(_Patience(self._patience).goes_on)
            self._file.refuse_foreign(connection)
            connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            make_durable(connection, self._patience, _LOG_BYTES_KEPT)
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIBIBYTES}")
            _add_batch(connection)
            self._file.make_tables(connection, self._steps)
        except BaseException:
            connection.close(True)
            raise
        self._opened_file = self._file.identity()
        self._open.add(connection)
        return connection


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


def _unavailable(path: Path, what: object, advice: str) -> StorageUnavailable:
    return StorageUnavailable(trouble=f"the database {path} can't be used ({what}): {advice}")


def _take(step: Callable[[Transaction], None], connection: Connection) -> None:
    step(Transaction(connection))


def _add_batch(connection: Connection) -> None:
    # The protocol asks for every method that SQLite knows, a table that is only read needs few of them
    connection.create_module("batch", BatchModule(), eponymous_only=True, read_only=True)  # type: ignore[arg-type]
