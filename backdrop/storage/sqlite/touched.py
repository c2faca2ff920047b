"""What a write takes away: how many records, and from which time to which."""

from __future__ import annotations

from dataclasses import dataclass

from backdrop.core.spans import Span
from backdrop.storage.sqlite.cells import Row, instant_of
from backdrop.storage.sqlite.connections import Transaction
from backdrop.storage.sqlite.sql import Statement
from backdrop.storage.sqlite.tables import NO_TIME, Table


@dataclass(frozen=True, slots=True)
class Removed:
    """`count` records, with the first and last of their `_timestamp`s."""

    count: int = 0
    span: Span | None = None


def everything(transaction: Transaction, table: Table) -> Removed:
    """All records of the table; its ends are looked up, only the count reads all of it."""
    first, last = (f"(SELECT {end}(at) FROM {table.name} WHERE at > {NO_TIME})" for end in ("min", "max"))
    [row] = transaction.rows(Statement(f"SELECT count(*), {first}, {last} FROM {table.name}"))
    return _counted(row)


def with_ids(transaction: Transaction, table: Table, ids: list[Row]) -> Removed:
    """Those of the records that are there."""
    timed = f"FILTER (WHERE at > {NO_TIME})"
    text = (
        f"SELECT count(*), min(at) {timed}, max(at) {timed} FROM {table.name}"
        " WHERE id IN (SELECT k0 FROM batch(?1))"
    )
    [row] = transaction.rows(Statement(text, (ids,)))
    return _counted(row)


def removed(times: list[Row]) -> Removed:
    """Records by the one cell of their time."""
    known = [instant_of(at) for (at,) in times if at != NO_TIME]
    return Removed(len(times), (min(known), max(known)) if known else None)


def _counted(row: Row) -> Removed:
    count, first, last = row
    return Removed(count, None if first is None else (instant_of(first), instant_of(last)))
