"""What a data set's table looks like: which column holds which key, and what kinds of values it ever held.

A record's keys are columns of their own, under generated names, up to MAX_COLUMNS; keys that turn up later
share the JSON column `rest`, which holds explicit nulls as well. Times are integers (microseconds since
0001-01-01 UTC), booleans one-byte blobs, so that SQLite's own order and equality are those of `core.values`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntFlag

MAX_COLUMNS = 128
"""A column that a record does not use costs it a byte, and past some 250 of them a key is found sooner in a short
JSON text (docs/decisions/0002-sqlite-layout.md)."""

NO_TIME = -1
"""What stands in the column `at` of records without `_timestamp`: part of the primary key, it can't be NULL."""

REST = "rest"


class Kind(IntFlag):
    """Kinds of values that a column has held at some time."""

    INTEGER = 1
    REAL = 2
    TEXT = 4
    BOOLEAN = 8
    INSTANT = 16


SCALAR = Kind.INTEGER | Kind.REAL | Kind.TEXT | Kind.BOOLEAN
NOTHING = Kind(0)


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name in SQL; `kinds` may be too wide, never too narrow."""

    name: str
    kinds: Kind = NOTHING


RESERVED: Mapping[str, Column] = {
    "_id": Column("id", Kind.TEXT),
    "_timestamp": Column("at", Kind.INSTANT),
    "_start_at": Column("start_at", Kind.INSTANT),
    "_end_at": Column("end_at", Kind.INSTANT),
    "_updated_at": Column("updated_at", Kind.INSTANT),
}
"""Every table has these."""


@dataclass(frozen=True, slots=True)
class Table:
    """The table of one data set. `is_full`: some key found no column of its own, and new ones don't get one."""

    number: int
    columns: Mapping[str, Column] = field(default_factory=dict)
    is_full: bool = False

    @property
    def name(self) -> str:
        """Its name in SQL."""
        return f"t{self.number}"

    def column(self, key: str) -> Column | None:
        """The column of a record's key, None where there is none (it may still be in `rest` of a full table)."""
        return RESERVED.get(key) or self.columns.get(key)

    def with_keys(self, keys: Iterable[str]) -> Table:
        """The table with a column for every key that can have one."""
        new = [key for key in keys if self.column(key) is None]
        room = 0 if self.is_full else MAX_COLUMNS - len(self.columns)
        added = {key: Column(f"c{len(self.columns) + i}") for i, key in enumerate(new[:room])}
        return replace(self, columns={**self.columns, **added}, is_full=self.is_full or len(new) > room)

    def with_kinds(self, kinds: Mapping[str, Kind]) -> Table:
        """The table after values of those kinds went into the keys' columns."""
        widened = {
            key: Column(column.name, column.kinds | kinds.get(key, NOTHING))
            for key, column in self.columns.items()
        }
        return replace(self, columns=widened)
