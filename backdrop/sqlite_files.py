"""SQLite files of ours: how they are opened and made, told from other people's, and their trouble put into words.
The one place that imports the driver.

Any number of processes may use one at once, and make it at once. WAL and `synchronous=FULL`: what was committed is
on the disk. A process that forks has to close what it has open before (`forks`): SQLite's memory of the locks that
it holds would be copied into the child, where it isn't true, and a child that opened the file again would run without
the locks that keep others from truncating the log beneath it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import apsw

from backdrop.core.errors import Unavailable

Connection: TypeAlias = apsw.Connection
Cursor: TypeAlias = apsw.Cursor
Error = apsw.Error
SQLError = apsw.SQLError
as_object = apsw.pyobject
"""Makes any Python object a parameter, for a module of ours to find."""

Identity: TypeAlias = tuple[int, int]
"""Which file it is that is found at a path."""

_IF_LOCKED = "another process kept it locked for too long; look for one that hangs"

# What may happen to a file and may pass; anything else that SQLite raises is a mistake in our SQL.
_ADVICE: dict[type[apsw.Error], str] = {
    apsw.BusyError: _IF_LOCKED,
    apsw.CantOpenError: "check that its folder may be written by this user",
    apsw.CorruptError: "it is damaged; {if_damaged}",
    apsw.FullError: "the disk is full; make room",
    apsw.IOError: "the disk doesn't read or write; check it, and that it is a local one",
    apsw.LockedError: _IF_LOCKED,
    apsw.NotADBError: "it is no SQLite file; {if_foreign}",
    apsw.PermissionsError: "check that this user may read and write it",
    apsw.ProtocolError: "it is not on a local disk, or too many processes open it at once",
    apsw.ReadOnlyError: "check that this user may write it and its folder",
}
_TROUBLE = tuple(_ADVICE)


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """An SQLite file of ours, or the place for one.

    application_id          marks files of its kind
    if_damaged, if_foreign  what to do then
    unavailable             makes the error to raise, of what is wrong and what to do
    """

    path: Path
    application_id: int
    if_damaged: str
    if_foreign: str
    unavailable: Callable[[object, str], Unavailable]

    def identity(self) -> Identity | None:
        """Another one when the file was replaced; None when there is none."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    @contextmanager
    def naming_trouble(self) -> Iterator[None]:
        """Around whatever is done with the file: raises `unavailable` where it can't be used now."""
        try:
            yield
        except _TROUBLE as error:
            advice = next(text for kind, text in _ADVICE.items() if isinstance(error, kind))
            told = advice.format(if_damaged=self.if_damaged, if_foreign=self.if_foreign)
            raise self.unavailable(error, told) from error

    def connect(self) -> Connection:
        """A connection as the driver makes it; the folder is made if need be."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self.unavailable(error, "its folder can't be made; check who may write there") from error
        return apsw.Connection(str(self.path))

    def refuse_foreign(self, connection: Connection) -> None:
        """Before anything is changed: somebody else's file stays as it is."""
        # In this order: another process may be making the tables, and marks the file in the same transaction.
        has_tables = connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").get
        if has_tables and connection.pragma("application_id") != self.application_id:
            raise self.unavailable("an SQLite file of another kind", self.if_foreign)

    def steps_done(self, connection: Connection) -> int:
        """How many of the steps that make its tables were taken."""
        if connection.pragma("application_id") != self.application_id:
            return 0
        # files were marked as ours before steps were counted
        return max(1, int(connection.pragma("user_version")))

    def make_tables(self, connection: Connection, steps: Sequence[Callable[[Connection], None]]) -> None:
        """Takes those of the steps that were not taken before, in a transaction."""
        if self.steps_done(connection) >= len(steps):
            return
        with immediately(connection):
            done = self.steps_done(connection)
            for step in steps[done:]:
                step(connection)
            connection.execute(f"PRAGMA application_id = {self.application_id}")
            connection.execute(f"PRAGMA user_version = {max(done, len(steps))}")


def make_durable(connection: Connection, patience: float, log_bytes_kept: int) -> None:
    """What is committed on the connection from now on is on the disk. Another who does the same is waited for
    `patience` seconds; `log_bytes_kept` is how large the write-ahead log stays once it was emptied."""
    deadline = time.monotonic() + patience
    # SQLite doesn't wait its turn for this one change
    while connection.pragma("journal_mode") != "wal":
        try:
            connection.pragma("journal_mode", "wal")
        except apsw.BusyError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {log_bytes_kept}")


@contextmanager
def immediately(connection: Connection) -> Iterator[None]:
    """A transaction that is the only one to write; on the disk when the block ends well, undone when it raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
