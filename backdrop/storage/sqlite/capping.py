"""Keeps a capped data set at about its size: the oldest records go.

The size of a record is taken to be that of its JSON, nearly: the bytes of its texts, the digits of its numbers,
the names of its keys. The sum over a data set is carried along from write to write where it is known.
"""

from __future__ import annotations

from backdrop.storage.sqlite.cells import Row
from backdrop.storage.sqlite.connections import Transaction
from backdrop.storage.sqlite.sql import Statement
from backdrop.storage.sqlite.tables import REST, Table

_EVERY_RECORD = 100
"""Bytes for `_id`, `_timestamp` and `_updated_at` with their quotes and braces."""
_EVERY_KEY = 6
"""Bytes for the quotes, colon and comma around a key and its value."""


def size(transaction: Transaction, table: Table) -> int:
    """The size of all records; reads them all."""
    return _sum(transaction, Statement(f"SELECT sum({_size_of_record(table)}) FROM {table.name}"))


def size_of(transaction: Transaction, table: Table, ids: list[Row]) -> int:
    """The size of those of the records that are there."""
    text = f"SELECT sum({_size_of_record(table)}) FROM {table.name} WHERE id IN (SELECT k0 FROM batch(?1))"
    return _sum(transaction, Statement(text, (ids,)))


def remove_oldest(transaction: Transaction, table: Table, excess: int) -> int:
    """Removes the oldest records until the excess is gone, but never the newest; the size that went."""
    gone, last = 0, None
    oldest_first = f"SELECT at, id, {_size_of_record(table)} FROM {table.name} ORDER BY at, id"
    with transaction.each(Statement(oldest_first)) as rows:
        candidate = next(rows, None)
        for successor in rows:
            if gone >= excess or candidate is None:
                break
            last, gone = candidate[:2], gone + candidate[2]
            candidate = successor
    if last is not None:
        transaction.run(f"DELETE FROM {table.name} WHERE (at, id) <= (?1, ?2)", *last)
    return gone


def _size_of_record(table: Table) -> str:
    of_keys = "".join(
        f" + ifnull({len(key) + _EVERY_KEY} + octet_length({column.name}), 0)"
        for key, column in table.columns.items()
    )
    return f"{_EVERY_RECORD} + octet_length(id) + ifnull(octet_length({REST}), 0){of_keys}"


def _sum(transaction: Transaction, statement: Statement) -> int:
    [(total,)] = transaction.rows(statement)
    return total or 0
