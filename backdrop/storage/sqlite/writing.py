"""Records into tables, inside a transaction: the same number of statements for one record as for ten thousand."""

from __future__ import annotations

from collections.abc import Sequence

from backdrop.core.texts import is_unicode
from backdrop.storage.protocol import Record, Write
from backdrop.storage.sqlite import capping, catalogue, touched
from backdrop.storage.sqlite.cells import Batch, Row, encode, instant_cell, keys_of, names_of
from backdrop.storage.sqlite.connections import Transaction
from backdrop.storage.sqlite.sql import Statement
from backdrop.storage.sqlite.tables import Table
from backdrop.storage.sqlite.touched import Removed

_NO_TABLE = Table(0)


class Prepared:
    """Records encoded for a table as it was seen (None: there was none), and encoded again if it turns out to
    be another."""

    def __init__(self, records: Sequence[Record], seen: Table | None) -> None:
        self._records = records
        self._keys = keys_of(records)
        self._batch = encode(records, self._keys, self.shaped(seen or _NO_TABLE))

    def shaped(self, table: Table) -> Table:
        """The table with columns for the records' keys."""
        return table.with_keys(self._keys)

    def batch(self, table: Table) -> Batch:
        """The rows for a table that is `shaped`."""
        if self._batch.names != names_of(self._keys, table):
            self._batch = encode(self._records, self._keys, table)
        return self._batch


def store(
    transaction: Transaction, data_set: str, known: Table | None, prepared: Prepared, write: Write
) -> Removed:
    """Adds the records to the data set, in the place of those with the same ids. `known` is its table."""
    table = prepared.shaped(known or Table(catalogue.next_number(transaction)))
    batch = prepared.batch(table)
    table = table.with_kinds(batch.kinds)
    if known is None:
        catalogue.make_table(transaction, table)
    elif known != table:
        catalogue.change_table(transaction, known, table)
    is_fresh = known is None or write.fresh_ids
    removed = Removed() if is_fresh else touched.with_ids(transaction, table, _ids(batch))
    size = _insert_capped(transaction, data_set, table, batch, write.capped_size)
    note_write(transaction, data_set, table, write, has_records=True, size=size)
    return removed


def store_anew(
    transaction: Transaction, data_set: str, old: Table | None, prepared: Prepared, write: Write
) -> Removed:
    """Makes the records the contents of the data set, in a new table in the place of the old one."""
    table = prepared.shaped(Table(catalogue.next_number(transaction)))
    batch = prepared.batch(table)
    table = table.with_kinds(batch.kinds)
    catalogue.make_table(transaction, table)
    _insert(transaction, table, batch)
    size = None if write.capped_size is None else _cap(transaction, table, write.capped_size, None)
    note_write(transaction, data_set, table, write, has_records=bool(batch.rows), size=size)
    if old is None:
        return Removed()
    removed = touched.everything(transaction, old)
    catalogue.remove_table(transaction, old)
    return removed


def delete(transaction: Transaction, table: Table, record_id: str) -> Removed:
    """Removes the record of that id, if there is one."""
    if not is_unicode(record_id):
        return Removed()
    statement = Statement(f"DELETE FROM {table.name} WHERE id = ?1 RETURNING at", (record_id,))
    return touched.removed(transaction.rows(statement))


def has_records(transaction: Transaction, table: Table) -> bool:
    """Whether there is any record in the table."""
    return bool(transaction.rows(Statement(f"SELECT 1 FROM {table.name} LIMIT 1")))


def note_write(
    transaction: Transaction,
    data_set: str,
    table: Table,
    write: Write,
    *,
    has_records: bool,
    size: int | None = None,
) -> None:
    """Raises the version and notes what the write has changed; `size` is None where it isn't known."""
    transaction.run(
        "INSERT INTO data_sets (name, version, table_number, is_full, has_records, last_write, size)"
        " VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (name) DO UPDATE SET version = version + 1,"
        " table_number = ?2, is_full = ?3, has_records = ?4, last_write = ?5, size = ?6",
        data_set,
        table.number,
        int(table.is_full),
        int(has_records),
        instant_cell(write.now),
        size,
    )


def _insert(transaction: Transaction, table: Table, batch: Batch) -> None:
    cells = ", ".join(f"k{i}" for i in range(len(batch.columns)))
    transaction.run(
        f"INSERT OR REPLACE INTO {table.name} ({', '.join(batch.columns)}) SELECT {cells} FROM batch(?1)",
        list(batch.rows),
    )


def _insert_capped(
    transaction: Transaction, data_set: str, table: Table, batch: Batch, cap: int | None
) -> int | None:
    """Stores the rows; the size of the data set afterwards, None where nobody asks for it."""
    if cap is None:
        _insert(transaction, table, batch)
        return None
    size = _known_size(transaction, data_set)
    ids = _ids(batch)
    if size is not None:
        size -= capping.size_of(transaction, table, ids)
    _insert(transaction, table, batch)
    if size is not None:
        size += capping.size_of(transaction, table, ids)
    return _cap(transaction, table, cap, size)


def _ids(batch: Batch) -> list[Row]:
    return [row[:1] for row in batch.rows]


def _cap(transaction: Transaction, table: Table, cap: int, size: int | None) -> int:
    if size is None:
        size = capping.size(transaction, table)
    if size > cap:
        size -= capping.remove_oldest(transaction, table, size - cap)
    return size


def _known_size(transaction: Transaction, data_set: str) -> int | None:
    rows = transaction.rows(Statement("SELECT size FROM data_sets WHERE name = ?1", (data_set,)))
    return rows[0][0] if rows else None
