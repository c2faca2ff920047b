"""Records to the cells of a table's rows and back, exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from itertools import chain
from operator import itemgetter, or_
from typing import Any, TypeAlias

import orjson

from backdrop.core.periods import EPOCH
from backdrop.core.values import Value
from backdrop.storage.protocol import Record
from backdrop.storage.sqlite.tables import NO_TIME, NOTHING, RESERVED, REST, SCALAR, Kind, Table

Cell: TypeAlias = int | float | str | bytes | None
Row: TypeAlias = tuple[Any, ...]
"""A row of cells as the driver hands it over."""

MICROSECOND = timedelta(microseconds=1)
FALSE, TRUE = b"\x00", b"\x01"

_INSTANTS = tuple(key for key, column in RESERVED.items() if column.kinds is Kind.INSTANT)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows ready to be stored: `names` of the columns by key, `rows` of cells in the order of `names` (with
    `rest` last, where `has_rest`), the `kinds` that each key brings."""

    names: Mapping[str, str]
    rows: Sequence[Row]
    has_rest: bool
    kinds: Mapping[str, Kind]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in the order of the cells."""
        return (*self.names.values(), REST) if self.has_rest else tuple(self.names.values())


def keys_of(records: Iterable[Record]) -> list[str]:
    """Every key of the records, in the order in which they turn up."""
    return list(dict.fromkeys(chain.from_iterable(records)))


def names_of(keys: Iterable[str], table: Table) -> dict[str, str]:
    """The columns of those of the keys that have one; `_id` and `_timestamp` come first, and always."""
    return {key: c.name for key in ("_id", "_timestamp", *keys) if (c := table.column(key)) is not None}


def encode(records: Sequence[Record], keys: Iterable[str], table: Table) -> Batch:
    """The records, which have those keys, as rows for the table, sorted as its primary key is.

    Raises TypeError when a value is none that a record may hold under its key.
    """
    names = names_of(keys, table)
    columns: list[list[Cell]] = []
    kinds: dict[str, Kind] = {}
    has_rest = any(key not in names for key in keys)
    for key, values in _values(names, records).items():
        types = set(map(type, values))
        kinds[key] = _kinds(key, types)
        columns.append(_cells(key, values, types))
        has_rest = has_rest or type(None) in types
    if has_rest:
        columns.append(_rest(records, names))
    rows = sorted(zip(*columns, strict=True), key=itemgetter(1, 0))
    return Batch(names, rows, has_rest, kinds)


def decode(rows: Iterable[Row], table: Table) -> list[dict[str, Value]]:
    """The records of rows that hold `columns_to_read`."""
    keys = (*RESERVED, *table.columns)
    booleans = [key for key, column in table.columns.items() if column.kinds & Kind.BOOLEAN]
    instants = _Instants()
    records = []
    for row in rows:
        # `strict` would take a third longer, and `rest` has no key
        record: dict[str, Any] = {key: cell for key, cell in zip(keys, row) if cell is not None}  # noqa: B905
        if record["_timestamp"] == NO_TIME:
            del record["_timestamp"]
        for key in _INSTANTS:
            if key in record:
                record[key] = instants[record[key]]
        for key in booleans:
            if type(record.get(key)) is bytes:
                record[key] = record[key] == TRUE
        if row[-1] is not None:
            record.update(orjson.loads(row[-1]))
        records.append(record)
    return records


def columns_to_read(table: Table) -> tuple[str, ...]:
    """The columns that `decode` wants, in its order."""
    return (*(c.name for c in chain(RESERVED.values(), table.columns.values())), REST)


def instant_cell(instant: datetime) -> int:
    """Microseconds since 0001-01-01 UTC."""
    return (instant - EPOCH) // MICROSECOND


def instant_of(cell: int) -> datetime:
    """The UTC instant of an `instant_cell`."""
    return EPOCH + cell * MICROSECOND


def value_of(cell: Any, kinds: Kind) -> Value:
    """The value that a cell of a column of those kinds stands for."""
    if kinds is Kind.INSTANT and cell is not None:
        return instant_of(cell)
    if type(cell) is bytes:
        return cell == TRUE
    value: Value = cell
    return value


class _Missing:
    """The type of what stands for a missing key while null means null."""


class _Instants(dict[int, datetime]):
    """Datetimes by their cells, each made once: the records of a write share `_updated_at`."""

    def __missing__(self, cell: int) -> datetime:
        made = self[cell] = instant_of(cell)
        return made


_MISSING = _Missing()

_KINDS: Mapping[type, Kind] = {
    _Missing: NOTHING,
    type(None): NOTHING,
    int: Kind.INTEGER,
    float: Kind.REAL,
    str: Kind.TEXT,
    bool: Kind.BOOLEAN,
    datetime: Kind.INSTANT,
}

_CELLS: Mapping[type, Callable[[Any], Any]] = {
    bool: {True: TRUE, False: FALSE}.__getitem__,
    datetime: instant_cell,
}
"""Cells of values that SQLite would not take as they are."""


def _as_it_is(value: Any) -> Any:
    return value


def _values(keys: Iterable[str], records: Sequence[Record]) -> dict[str, list[Any]]:
    """What the records hold under each of the keys."""
    columns: dict[str, list[Any]] = {}
    sparse: dict[str, list[Any]] = {}
    for key in keys:
        try:
            columns[key] = list(map(itemgetter(key), records))
        except KeyError:
            columns[key] = sparse[key] = [_MISSING] * len(records)
    if sparse:
        # record by record: key by key, a batch of many keys would be asked mostly for what it has not
        for i, record in enumerate(records):
            for key in record:
                if key in sparse:
                    sparse[key][i] = record[key]
    return columns


def _cells(key: str, values: list[Any], types: set[type]) -> list[Cell]:
    """The cells of one key's values, which are of those types."""
    if not types.isdisjoint(_CELLS):
        values = [_CELLS.get(type(value), _as_it_is)(value) for value in values]
    if _Missing in types:
        values = [None if value is _MISSING else value for value in values]
    if key == "_timestamp":
        values = [NO_TIME if cell is None else cell for cell in values]
    return values


def _kinds(key: str, types: Iterable[type]) -> Kind:
    """The kinds of the types. Raises TypeError when the key can't hold one of them."""
    allowed = RESERVED[key].kinds if key in RESERVED else SCALAR
    for type_ in types:
        if _KINDS.get(type_, ~allowed) & ~allowed:
            raise TypeError(f"a record can't hold a value of type {type_.__name__} under '{key}'")
    return reduce(or_, (_KINDS[type_] for type_ in types), NOTHING)


def _rest(records: Sequence[Record], names: Mapping[str, str]) -> list[Cell]:
    """What of each record no column tells: nulls, and the values of keys that have none."""
    cells: list[Cell] = []
    fine = {type(None)}
    for record in records:
        rest = {key: value for key, value in record.items() if value is None or key not in names}
        if not fine.issuperset(map(type, rest.values())):
            fine |= _scalar_types(rest)
        cells.append(orjson.dumps(rest).decode() if rest else None)
    return cells


def _scalar_types(values: Mapping[str, Value]) -> set[type]:
    """The types of the values of keys that are not reserved. Raises TypeError as `_kinds` does."""
    for key, value in values.items():
        _kinds(key, (type(value),))
    return set(map(type, values.values()))
