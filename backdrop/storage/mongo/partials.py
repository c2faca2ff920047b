"""Rows of the pipelines `pipelines.fold` and `pipelines.distinct` to partials."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from bson.decimal128 import Decimal128

from backdrop.core.partials import Fold, Number, Partial, key_of, merge
from backdrop.core.query import Collected, Fact, Grouping
from backdrop.core.values import Scalar, SortKey, Value, sort_key
from backdrop.storage.mongo.documents import value_of
from backdrop.storage.mongo.pipelines import Care

Row: TypeAlias = Mapping[str, Any]

Identity: TypeAlias = tuple[int | None, tuple[SortKey, ...]]
"""What tells a group in a period from all others."""

Different: TypeAlias = Mapping[str, Mapping[Identity, Sequence[Scalar]]]
"""The different values of a field, by group and period."""


def care_needed(rows: Sequence[Row], grouping: Grouping, care: Care) -> Care:
    """The care that the rows, folded with the given one, show to be needed."""
    days = grouping.period is not None and any(row["_id"].get("p") is None for row in rows)
    fields = [(i, collected.field) for i, collected in enumerate(grouping.collected)]
    mixed = {field for i, field in fields if any(_is_mixed(row, i) for row in rows)}
    exact = {field for i, field in fields if any(_is_inexact(row, i) for row in rows)}
    return care | Care(days, frozenset(mixed), frozenset(exact))


def _is_mixed(row: Row, i: int) -> bool:
    """Whether there is more to a field than whole numbers, in a row that doesn't tell kinds of values apart. Floats
    among numbers of which only extremes are wanted make no difference."""
    if f"x{i}" in row:
        return False
    highest, total = row.get(f"h{i}"), row.get(f"w{i}")
    is_number = isinstance(highest, int | float | Decimal128) and not isinstance(highest, bool)
    return (highest is not None and not is_number) or isinstance(total, float | Decimal128)


def _is_inexact(row: Row, i: int) -> bool:
    """Whether the sum of a field's whole numbers has left 64 bits, by which it became a float."""
    return f"x{i}" in row and isinstance(row.get(f"w{i}"), float)


def assemble(rows: Iterable[Row], different: Different, grouping: Grouping) -> list[Partial]:
    """The partials of the rows of `fold`, none of which needs more care."""
    partials: dict[Identity, Partial] = {}
    for row in rows:
        identity = _identity(row, grouping)
        partial = Partial(
            period=identity[0],
            key=_key(row, grouping),
            count=int(row["n"]),
            folds={c.field: _fold(row, i, c) for i, c in enumerate(grouping.collected)},
        )
        # Only values that we haven't written, an ObjectId say, show as another value that is there too.
        known = partials.get(identity)
        partials[identity] = partial if known is None else merge(known, partial, partial.period)
    if not different:
        return list(partials.values())
    return [_with_distinct(partial, different) for partial in partials.values()]


def by_group(rows: Iterable[Row], grouping: Grouping) -> Mapping[Identity, Sequence[Scalar]]:
    """The rows of `distinct` as the different values of each group."""
    values: defaultdict[Identity, dict[SortKey, Any]] = defaultdict(dict)
    for row in rows:
        value = value_of(row["_id"]["v"])
        values[_identity(row, grouping)][sort_key(value)] = value
    return {identity: tuple(found.values()) for identity, found in values.items()}


def _identity(row: Row, grouping: Grouping) -> Identity:
    period = row["_id"]["p"] if grouping.period is not None else None
    key = tuple(sort_key(value) for value in _key(row, grouping))
    return (None if period is None else int(period)), key


def _key(row: Row, grouping: Grouping) -> tuple[Value, ...]:
    group = row["_id"]
    return tuple(value_of(group[f"k{i}"]) for i in range(len(grouping.keys)))


def _with_distinct(partial: Partial, different: Different) -> Partial:
    identity = partial.period, key_of(partial)
    folds = {
        name: replace(fold, distinct=tuple(different.get(name, {}).get(identity, ())))
        for name, fold in partial.folds.items()
    }
    return replace(partial, folds=folds)


def _fold(row: Row, i: int, collected: Collected) -> Fold:
    facts, fraction = collected.facts, row.get(f"f{i}")
    return Fold(
        values=int(row.get(f"v{i}", 0)),
        texts=int(row.get(f"x{i}", 0)),
        whole=_whole(row.get(f"w{i}", 0)),
        fraction=_float(fraction) if isinstance(fraction, float | Decimal128) else None,
        minimum=_number(row.get(f"l{i}")) if Fact.EXTREMES in facts else None,
        maximum=_number(row.get(f"h{i}")) if Fact.EXTREMES in facts else None,
    )


def _whole(total: Any) -> int:
    return int(total.to_decimal()) if isinstance(total, Decimal128) else int(total)


def _float(total: float | Decimal128) -> float:
    return float(total.to_decimal()) if isinstance(total, Decimal128) else total


def _number(extreme: Any) -> Number | None:
    number = value_of(extreme)
    assert number is None or isinstance(number, int | float)
    return number
