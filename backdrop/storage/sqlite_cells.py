"""Records to the cells of a table's rows and back, exactly."""

from __future__ import annotations

from collections import defaultdict
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
from backdrop.storage.sqlite_tables import NO_TIME, NOTHING, RESERVED, REST, SCALAR, Kind, Table

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
    rest: defaultdict[int, dict[str, Value]] = defaultdict(dict)
    names = names_of(keys, table)
    columns: list[list[Cell]] = []
    kinds: dict[str, Kind] = {}
    for key in names:
        cells, kinds[key] = _encode_column(key, _values(key, records), rest)
        columns.append(cells)
    if any(key not in names for key in keys):
        _spill(records, names, rest)
    if rest:
        columns.append([_json(rest[i]) if i in rest else None for i in range(len(records))])
    rows = sorted(zip(*columns, strict=True), key=itemgetter(1, 0))
    return Batch(names, rows, bool(rest), kinds)


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

_CELLS: Mapping[type, Callable[[Any], Cell]] = {
    _Missing: lambda _: None,
    type(None): lambda _: None,
    int: lambda value: value,
    float: lambda value: value,
    str: lambda value: value,
    bool: {True: TRUE, False: FALSE}.__getitem__,
    datetime: instant_cell,
}


def _values(key: str, records: Sequence[Record]) -> list[Any]:
    try:
        return list(map(itemgetter(key), records))
    except KeyError:
        return [record.get(key, _MISSING) for record in records]


def _encode_column(
    key: str, values: list[Any], rest: defaultdict[int, dict[str, Value]]
) -> tuple[list[Cell], Kind]:
    """The cells of one key's values and their kinds; nulls are noted in `rest`."""
    types = set(map(type, values))
    kinds = _kinds(key, types)
    if type(None) in types:
        for i, value in enumerate(values):
            if value is None:
                rest[i][key] = None
    if not types <= {int, float, str}:
        values = [_CELLS[type(value)](value) for value in values]
    if key == "_timestamp":
        values = [NO_TIME if cell is None else cell for cell in values]
    return values, kinds


def _kinds(key: str, types: Iterable[type]) -> Kind:
    """The kinds of the types. Raises TypeError when the key can't hold one of them."""
    allowed = RESERVED[key].kinds if key in RESERVED else SCALAR
    for type_ in types:
        if _KINDS.get(type_, ~allowed) & ~allowed:
            raise TypeError(f"a record can't hold a value of type {type_.__name__} under '{key}'")
    return reduce(or_, (_KINDS[type_] for type_ in types), NOTHING)


def _spill(
    records: Sequence[Record], names: Mapping[str, str], rest: defaultdict[int, dict[str, Value]]
) -> None:
    """Notes in `rest` what has no column."""
    for i, record in enumerate(records):
        for key, value in record.items():
            if key not in names:
                _kinds(key, (type(value),))
                rest[i][key] = value


def _json(values: Mapping[str, Value]) -> str:
    return orjson.dumps(values).decode()
