"""The catalogue: which data sets there are, in which tables, with which columns.

It is read anew in every transaction, so nobody works by a stale one.
"""

from __future__ import annotations

from backdrop.storage.protocol import DroppedSince
from backdrop.storage.sqlite.cells import Row
from backdrop.storage.sqlite.connections import Transaction
from backdrop.storage.sqlite.sql import Statement
from backdrop.storage.sqlite.tables import NO_TIME, REST, Column, Kind, Table

_TABLES = """
CREATE TABLE data_sets (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,      -- stays and goes on when the data set is dropped
    table_number INTEGER UNIQUE,   -- NULL: dropped
    is_full INTEGER NOT NULL,      -- as in tables.Table
    has_records INTEGER NOT NULL,
    last_write INTEGER,
    size INTEGER                   -- as in capping; NULL: not known
) STRICT;
CREATE TABLE columns (
    table_number INTEGER NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    kinds INTEGER NOT NULL,
    PRIMARY KEY (table_number, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE triggers (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    data_set TEXT NOT NULL,
    earliest INTEGER NOT NULL,
    latest INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    written INTEGER NOT NULL
) STRICT;
CREATE INDEX triggers_written ON triggers (written, number);
CREATE INDEX triggers_data_set ON triggers (data_set);
CREATE TABLE receipts (
    data_set TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (data_set, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipts_expires ON receipts (expires);
"""

# How many drops there had been with the last one of this data set; so the greatest of them is how many there have been.
_DROPPED = """
ALTER TABLE data_sets ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;
CREATE INDEX data_sets_dropped ON data_sets (dropped);
"""

_FIND_TABLE = """
SELECT d.dropped, d.table_number, d.is_full, c.key, c.name, c.kinds
FROM data_sets d LEFT JOIN columns c ON c.table_number = d.table_number
WHERE d.name = ?1
"""

_DROP = """
INSERT INTO data_sets (name, version, is_full, has_records, dropped)
SELECT ?1, 0, 0, 0, 1 + ifnull(max(dropped), 0) FROM data_sets WHERE true
ON CONFLICT (name) DO UPDATE
SET dropped = excluded.dropped, version = version + (table_number IS NOT NULL), table_number = NULL, has_records = 0,
    size = NULL
"""


def _make(transaction: Transaction) -> None:
    transaction.run(_TABLES)


def _note_drops(transaction: Transaction) -> None:
    transaction.run(_DROPPED)


def _forget_sizes_of_dropped(transaction: Transaction) -> None:
    # drops once left them, and a data set made anew was capped as if its old records were there still
    transaction.run("UPDATE data_sets SET size = NULL WHERE table_number IS NULL")


STEPS = (_make, _note_drops, _forget_sizes_of_dropped)
"""What makes the catalogue of a new file, and of a file that has had the first of these steps an up-to-date one."""


def find_table(transaction: Transaction, data_set: str, as_of: int | None = None) -> Table | None:
    """The table of the data set, None when it was never written or is dropped. Raises DroppedSince if that was after
    so many drops as `as_of` says, even if it was written again."""
    rows = transaction.rows(Statement(_FIND_TABLE, (data_set,)))
    if not rows:
        return None
    dropped, number, is_full = rows[0][:3]
    if as_of is not None and dropped > as_of:
        raise DroppedSince(data_set, dropped)
    if number is None:
        return None
    columns = {key: Column(name, Kind(kinds)) for *_, key, name, kinds in rows if key is not None}
    return Table(number, columns, bool(is_full))


def drops(transaction: Transaction) -> int:
    """How many drops there have been."""
    [(count,)] = transaction.rows(Statement("SELECT ifnull(max(dropped), 0) FROM data_sets"))
    return int(count)


def note_drop(transaction: Transaction, data_set: str) -> None:
    """Notes that the data set is dropped, also where there is none."""
    transaction.run(_DROP, data_set)


def next_number(transaction: Transaction) -> int:
    """A number for a new table."""
    [(number,)] = transaction.rows(Statement("SELECT ifnull(max(table_number), 0) + 1 FROM data_sets"))
    return int(number)


def make_table(transaction: Transaction, table: Table) -> None:
    """Makes a new table. The primary key is the order in which records are asked for, so that a range of time
    is one stretch of the file. No column has a type: values stay what they are."""
    columns = "".join(f", {column.name}" for column in table.columns.values())
    transaction.run(
        f"CREATE TABLE {table.name} (at NOT NULL DEFAULT {NO_TIME}, id NOT NULL UNIQUE, updated_at, start_at,"
        f" end_at, {REST}{columns}, PRIMARY KEY (at, id)) WITHOUT ROWID"
    )
    _describe(transaction, table, list(table.columns.items()))


def change_table(transaction: Transaction, before: Table, after: Table) -> None:
    """Adds the columns that are new and notes the kinds that have grown."""
    for column in list(after.columns.values())[len(before.columns) :]:
        transaction.run(f"ALTER TABLE {after.name} ADD COLUMN {column.name}")
    _describe(
        transaction, after, [item for item in after.columns.items() if before.columns.get(item[0]) != item[1]]
    )


def remove_table(transaction: Transaction, table: Table) -> None:
    """Removes a table with all of its records."""
    transaction.run(f"DROP TABLE {table.name}")
    transaction.run("DELETE FROM columns WHERE table_number = ?1", table.number)


def _describe(transaction: Transaction, table: Table, columns: list[tuple[str, Column]]) -> None:
    rows: list[Row] = [(table.number, key, column.name, int(column.kinds)) for key, column in columns]
    if rows:
        transaction.run("INSERT OR REPLACE INTO columns SELECT k0, k1, k2, k3 FROM batch(?1)", rows)
