"""Rows of the statements `sql.fold` and `sql.distinct` to partials."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from backdrop.core.partials import Fold, Partial, key_of
from backdrop.core.query import Collected, Grouping
from backdrop.core.values import Scalar
from backdrop.storage.sqlite.cells import Row, value_of
from backdrop.storage.sqlite.sql import FACTS_PER_FIELD
from backdrop.storage.sqlite.tables import SCALAR, Kind, Table

Different = Mapping[str, Mapping[Row, Sequence[Scalar]]]
"""The different values of a field, by what identifies the group and period."""


def assemble(rows: Iterable[Row], different: Different, grouping: Grouping, table: Table) -> list[Partial]:
    """The partials of the rows of `sql.fold`."""
    kinds = [_kinds(table, key) for key in grouping.keys]
    return [_partial(row, different, grouping, kinds) for row in rows]


def join(slices: Iterable[list[Partial]]) -> list[Partial]:
    """The partials of the same groups, folded over some of the fields each, with all of the fields."""
    first, *others = slices
    if not others:
        return first
    folds: defaultdict[object, dict[str, Fold]] = defaultdict(dict)
    for partial in chain(first, *others):
        folds[partial.period, key_of(partial)].update(partial.folds)
    return [replace(partial, folds=folds[partial.period, key_of(partial)]) for partial in first]


def by_group(rows: Iterable[Row], table: Table, key: str) -> Mapping[Row, Sequence[Scalar]]:
    """The rows of `sql.distinct` for the field as values of each group."""
    kinds = _kinds(table, key)
    values: defaultdict[Row, list[Any]] = defaultdict(list)
    for *group, cell in rows:
        values[tuple(group)].append(value_of(cell, kinds))
    return values


def _kinds(table: Table, key: str) -> Kind:
    column = table.column(key)
    return column.kinds if column is not None else SCALAR


def _partial(row: Row, different: Different, grouping: Grouping, kinds: Sequence[Kind]) -> Partial:
    first = 0 if grouping.period is None else 1
    end = first + len(grouping.keys)
    # 1 and 1.0 are one key here as in SQL, and blobs are not numbers, so the cells themselves identify a group.
    group = row[:end]
    return Partial(
        period=row[0] if first else None,
        key=tuple(value_of(cell, kind) for cell, kind in zip(row[first:end], kinds, strict=True)),
        count=row[end],
        folds={
            collected.field: _fold(collected, row[end + 1 + i * FACTS_PER_FIELD :], group, different)
            for i, collected in enumerate(grouping.collected)
        },
    )


def _fold(collected: Collected, cells: Row, group: Row, different: Different) -> Fold:
    values, texts, upper, lower, fraction, minimum, maximum = cells[:FACTS_PER_FIELD]
    return Fold(
        values=values,
        texts=texts,
        whole=((upper or 0) << 32) + (lower or 0),
        fraction=fraction,
        minimum=minimum,
        maximum=maximum,
        distinct=tuple(different.get(collected.field, {}).get(group, ())),
    )
