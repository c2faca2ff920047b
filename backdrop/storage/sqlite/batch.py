"""The table-valued function `batch(?)`: rows of Python as a table of SQL.

It lets one statement store, match or remove any number of records, each cell exactly as it is. Its columns
are `k0`, `k1` and so on; a row is a tuple of cells, and all rows are equally long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from backdrop.storage.sqlite.cells import Row
from backdrop.storage.sqlite.tables import MAX_COLUMNS, RESERVED

COLUMNS = MAX_COLUMNS + len(RESERVED) + 1
"""A column each for all that a record's row can have."""

_SCHEMA = f"CREATE TABLE batch ({', '.join(f'k{i}' for i in range(COLUMNS))}, given HIDDEN)"
_EQUAL = 2  # SQLITE_INDEX_CONSTRAINT_EQ


class BatchModule:
    """Makes the table known to a connection."""

    def Create(self, *_: object) -> tuple[str, BatchTable]:
        """As SQLite's xCreate."""
        return _SCHEMA, BatchTable()

    Connect = Create


class BatchTable:
    """Takes the rows from its one argument."""

    def BestIndex(
        self, constraints: Sequence[tuple[int, int]], _: Sequence[tuple[int, int]]
    ) -> tuple[list[tuple[int, bool] | None], int, None, bool, float]:
        """As SQLite's xBestIndex: only the argument is of use, and there is no other way than by it."""
        used = [(0, True) if constraint == (COLUMNS, _EQUAL) else None for constraint in constraints]
        return used, 0, None, False, 1000.0

    def Open(self) -> BatchCursor:
        """As SQLite's xOpen."""
        return BatchCursor()

    def Disconnect(self) -> None:
        """As SQLite's xDisconnect: there is nothing to give back."""

    Destroy = Disconnect


class BatchCursor:
    """Walks over the rows."""

    def __init__(self) -> None:
        self._rows: Iterator[Row] = iter(())
        self._row: Row | None = None

    def Filter(self, _: int, __: str | None, arguments: tuple[Any, ...]) -> None:
        """As SQLite's xFilter: begins anew."""
        self._rows = iter(arguments[0])
        self.Next()

    def Next(self) -> None:
        """As SQLite's xNext."""
        self._row = next(self._rows, None)

    def Eof(self) -> bool:
        """As SQLite's xEof."""
        return self._row is None

    def Column(self, number: int) -> Any:
        """As SQLite's xColumn."""
        assert self._row is not None
        return self._row[number]

    def Close(self) -> None:
        """As SQLite's xClose."""
        self._rows = iter(())
