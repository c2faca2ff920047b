"""Records to rows of cells."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from backdrop.core.values import Value
from backdrop.storage.sqlite.cells import Batch, columns_to_read, decode, encode, keys_of
from backdrop.storage.sqlite.tables import MAX_COLUMNS, Table

NOW = datetime(2014, 3, 24, 12, 30, tzinfo=UTC)
EMPTY = Table(1)


def record(number: int, **more: Value) -> dict[str, Value]:
    return {"_id": f"{number:05}", "_updated_at": NOW, **more}


def encoded(records: list[dict[str, Value]]) -> tuple[Batch, Table]:
    keys = keys_of(records)
    table = EMPTY.with_keys(keys)
    batch = encode(records, keys, table)
    return batch, table.with_kinds(batch.kinds)


def round_trip(records: list[dict[str, Value]]) -> list[dict[str, Value]]:
    batch, table = encoded(records)
    places = {name: i for i, name in enumerate(batch.columns)}
    wanted = columns_to_read(table)
    rows = [tuple(row[places[name]] if name in places else None for name in wanted) for row in batch.rows]
    return decode(rows, table)


@pytest.mark.parametrize(
    "records",
    [
        [record(n, **{f"k{i}": n * i for i in range(300)}) for n in range(50)],
        [record(n, **{f"k{(7 * n + 13 * i) % 200}": i for i in range(20)}) for n in range(300)],
        [record(n, **{f"k{n}": value}) for n in range(200) for value in (None, True, 1.5, "x", 7)][:200],
        [record(n, **{f"k{i}": None for i in range(300)}) for n in range(20)],
        [record(0, aa=None, bb=False), record(1, bb=None, _timestamp=NOW), record(2, aa=3, _start_at=None)],
    ],
)
def test_records_of_any_shape_come_back(records: list[dict[str, Value]]) -> None:
    def by_id(one: dict[str, Value]) -> str:
        return str(one["_id"])

    found = round_trip(records)
    assert sorted(found, key=by_id) == sorted(records, key=by_id)


def test_only_what_has_no_column_is_in_the_rest() -> None:
    assert not encoded([record(0, aa=1), record(1, bb=True)])[0].has_rest
    batch, _ = encoded([record(0, aa=1), record(1, aa=None)])
    assert [row[-1] for row in batch.rows] == [None, '{"aa":null}']
    wide = {f"k{i}": i for i in range(MAX_COLUMNS + 1)}
    batch, _ = encoded([record(0, **wide)])
    assert [row[-1] for row in batch.rows] == [f'{{"k{MAX_COLUMNS}":{MAX_COLUMNS}}}']


@pytest.mark.parametrize("value", [[1], {"a": 1}, b"x", NOW])
@pytest.mark.parametrize("place", [0, 200])
def test_a_value_that_no_record_may_hold(value: Any, place: int) -> None:
    """Wherever it is, and after hundreds that are fine."""
    fine = {f"k{i}": i for i in range(300)}
    with pytest.raises(TypeError, match=f"a value of type {type(value).__name__} under 'k{place}'"):
        encoded([record(0, **fine), record(1, **fine), record(2, **{**fine, f"k{place}": value})])
