"""Partials: what an engine hands over for one group and period, and how two of them merge.

merge(partials of A, partials of B) = partials of (A and B), for disjoint sets of records. Everything
that folds in steps rests on this law.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import TypeVar

from backdrop.core.values import Scalar, SortKey, Value, sort_key

Number = int | float


@dataclass(frozen=True, slots=True)
class Fold:
    """What is known of one field's values in one group; null and missing values are nowhere in it.

    values    how many there are
    texts     how many of them are strings (a sum over those is refused)
    whole     the exact sum of integers and booleans
    fraction  the sum of the other numbers, None where there are none (so a sum of integers stays one)
    minimum, maximum   over numbers and booleans (as 1 and 0), None where there are none
    distinct  each different value once, in no particular order
    """

    values: int = 0
    texts: int = 0
    whole: int = 0
    fraction: float | None = None
    minimum: Number | None = None
    maximum: Number | None = None
    distinct: tuple[Scalar, ...] = ()


@dataclass(frozen=True, slots=True)
class Partial:
    """One group in one period: `period` is the period's index (None without a period), `key` the group's
    values in the order of the grouping's keys, `count` its records, `folds` what is known of each collected field."""

    period: int | None
    key: tuple[Value, ...]
    count: int
    folds: Mapping[str, Fold] = field(default_factory=dict)


def merge_folds(one: Fold, other: Fold) -> Fold:
    """The Fold of both sets of values together."""
    return Fold(
        values=one.values + other.values,
        texts=one.texts + other.texts,
        whole=one.whole + other.whole,
        fraction=_either(_add, one.fraction, other.fraction),
        minimum=_either(min, one.minimum, other.minimum),
        maximum=_either(max, one.maximum, other.maximum),
        distinct=_union(one.distinct, other.distinct),
    )


def merge(one: Partial, other: Partial, period: int | None = None) -> Partial:
    """The partial of both sets of records together, put under the key of the first."""
    names = one.folds.keys() | other.folds.keys()
    nothing = Fold()
    return Partial(
        period=period,
        key=one.key,
        count=one.count + other.count,
        folds={n: merge_folds(one.folds.get(n, nothing), other.folds.get(n, nothing)) for n in names},
    )


def over_periods(partials: Iterable[Partial]) -> Partial:
    """One partial of a group's partials of several periods."""
    return reduce(merge, partials)


def key_of(partial: Partial) -> tuple[SortKey, ...]:
    """What identifies and sorts the partial's group."""
    return tuple(sort_key(value) for value in partial.key)


_N = TypeVar("_N", bound=Hashable)


def _either(combine: Callable[[_N, _N], _N], one: _N | None, other: _N | None) -> _N | None:
    if one is None:
        return other
    return one if other is None else combine(one, other)


def _add(one: float, other: float) -> float:
    return one + other


def _union(one: tuple[Scalar, ...], other: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    if not one or not other:
        return one or other
    return tuple({sort_key(value): value for value in (*one, *other)}.values())
