"""A query and its partials to the rows of the answer: order, nest or flatten, fill gaps, slide over them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import TypeAlias

from backdrop.core.errors import AnswerTooLarge, InvalidCollect
from backdrop.core.partials import Fold, Number, Partial, key_of, over_periods
from backdrop.core.query import Collect, Method, Query, Slide, Sort, Window
from backdrop.core.values import Scalar, SortKey, Value, plain, sort_key

Cell: TypeAlias = "Value | list[Scalar] | list[Row]"
Row: TypeAlias = dict[str, Cell]

_NOTHING = Fold()
_OF_NUMBERS: frozenset[Method] = frozenset({"sum", "mean", "min", "max"})


@dataclass(frozen=True, slots=True)
class _Group:
    """One group's partials by period, and its row over all of them."""

    row: Row
    by_period: dict[int | None, Partial]


def rows(query: Query, partials: Sequence[Partial], max_rows: int) -> list[Row]:
    """The rows of a grouped answer, as the read API words them: see docs/read-api.md, from "Groups" on.

    Raises InvalidCollect for a sum, mean, min or max over text, and AnswerTooLarge before it builds more
    than `max_rows` flat rows.
    """
    _check_collects(query.collect, partials)
    if query.window is None:
        return [group.row for group in _groups(query, partials)]
    window = _reaching_inclusive_end(query, query.window, partials)
    if not query.group_by:
        return _series(_spans(window), {p.period: p for p in partials}, query.collect)
    groups = _groups(query, partials)
    if len(groups) * len(window) > max_rows:
        raise AnswerTooLarge(max_rows)
    spans = _spans(window)
    return _flat(query, spans, groups) if query.flatten else _nested(query, spans, groups)


def slide(query: Query, partials: Iterable[Partial]) -> Query | None:
    """The query moved over the gap that its window begins with (counting forward) or ends with (counting back),
    by whole periods and with its length kept; None when it has nowhere to go."""
    window = query.window
    if window is None or window.slide is Slide.NEVER or query.flatten:
        return None
    periods = [p.period for p in partials if p.period is not None]
    if not periods:
        return None
    if window.slide is Slide.FORWARD:
        distance = max(0, min(periods) - window.first)
    else:
        distance = min(0, max(periods) + 1 - window.last)
    return _moved(query, window, distance) if distance else None


def flatten(nested: Sequence[Row]) -> list[Row]:
    """The flat rows of a nested answer: in time order, then in the order of its groups."""
    if not nested:
        return []
    groups = [(_keys_of(row), _inner(row)) for row in nested]
    return [
        {"_start_at": inner[i]["_start_at"], "_end_at": inner[i]["_end_at"], **keys, **inner[i]}
        for i in range(len(groups[0][1]))
        for keys, inner in groups
    ]


def _keys_of(row: Row) -> Row:
    inner = _inner(row)
    shared = inner[0].keys() if inner else ()
    return {name: cell for name, cell in row.items() if name not in {*shared, "values", "_group_count"}}


def _inner(row: Row) -> list[Row]:
    inner = row["values"]
    assert isinstance(inner, list)
    return inner  # type: ignore[return-value]  # a row's "values" are rows: _nested made them


def _moved(query: Query, window: Window, distance: int) -> Query | None:
    moved = replace(window, first=window.first + distance, last=window.last + distance)
    try:
        start, end = window.period.start(moved.first), window.period.start(moved.last)
    except OverflowError:
        # the calendar ends here, so the window stays
        return None
    return replace(
        query, window=moved, selection=replace(query.selection, start=start, end=end, inclusive=False)
    )


def _check_collects(collects: Iterable[Collect], partials: Sequence[Partial]) -> None:
    numeric = {collect.field for collect in collects if collect.method in _OF_NUMBERS}
    if any(fold.texts for p in partials for name, fold in p.folds.items() if name in numeric):
        raise InvalidCollect


def _reaching_inclusive_end(query: Query, window: Window, partials: Iterable[Partial]) -> Window:
    """With `inclusive`, a record may lie on the very instant that ends the range: then its period is there too."""
    if query.selection.inclusive and any(p.period == window.last for p in partials):
        return replace(window, last=window.last + 1)
    return window


def _spans(window: Window) -> list[tuple[int, datetime, datetime]]:
    starts = [window.period.start(index) for index in range(window.first, window.last + 1)]
    return [(window.first + i, start, end) for i, (start, end) in enumerate(pairwise(starts))]


def _groups(query: Query, partials: Iterable[Partial]) -> list[_Group]:
    """The groups that the answer shows: in key order or by sort_by, cut at the limit."""
    together: dict[tuple[SortKey, ...], list[Partial]] = {}
    for partial in partials:
        together.setdefault(key_of(partial), []).append(partial)
    groups = [_group(query, together[key]) for key in sorted(together)]
    if query.sort is not None:
        groups = _sorted(groups, query.sort)
    return groups[: query.limit] if query.limit else groups


def _group(query: Query, partials: Sequence[Partial]) -> _Group:
    total = over_periods(partials)
    row: Row = dict(zip(query.group_by, map(plain, total.key), strict=True))
    row["_count"] = total.count
    if query.window is not None:
        row["_group_count"] = len(partials)
    return _Group(row | _collected(total, query.collect), {p.period: p for p in partials})


def _sorted(groups: Iterable[_Group], sort: Sort) -> list[_Group]:
    return sorted(groups, key=lambda group: _cell_key(group.row[sort.key]), reverse=sort.descending)


def _cell_key(cell: Cell) -> tuple[SortKey, ...]:
    if isinstance(cell, list):
        return tuple(sort_key(value) for value in cell)  # type: ignore[arg-type]  # sorting is never by "values"
    return (sort_key(cell),)


def _series(
    spans: Sequence[tuple[int, datetime, datetime]],
    by_period: dict[int | None, Partial],
    collects: Sequence[Collect],
) -> list[Row]:
    gap = _gap(collects)
    return [
        {"_start_at": start, "_end_at": end, **_folded(by_period.get(index), collects, gap)}
        for index, start, end in spans
    ]


def _nested(
    query: Query, spans: Sequence[tuple[int, datetime, datetime]], groups: Iterable[_Group]
) -> list[Row]:
    return [group.row | {"values": _series(spans, group.by_period, query.collect)} for group in groups]


def _flat(
    query: Query, spans: Sequence[tuple[int, datetime, datetime]], groups: Sequence[_Group]
) -> list[Row]:
    gap = _gap(query.collect)
    keys = [{name: group.row[name] for name in query.group_by} for group in groups]
    return [
        {"_start_at": start, "_end_at": end, **key, **_folded(group.by_period.get(index), query.collect, gap)}
        for index, start, end in spans
        for key, group in zip(keys, groups, strict=True)
    ]


def _folded(partial: Partial | None, collects: Sequence[Collect], gap: Row) -> Row:
    return gap if partial is None else {"_count": partial.count, **_collected(partial, collects)}


def _gap(collects: Sequence[Collect]) -> Row:
    """What a period without records shows."""
    gap: Row = {"_count": 0}
    for collect in collects:
        gap |= _shown(collect, None)
    return gap


def _collected(partial: Partial, collects: Sequence[Collect]) -> Row:
    cells: Row = {}
    for collect in collects:
        cells |= _shown(collect, _result(partial.folds.get(collect.field, _NOTHING), collect.method))
    return cells


def _shown(collect: Collect, cell: Cell) -> Row:
    return {collect.name: cell, collect.field: cell} if collect.bare else {collect.name: cell}


def _result(fold: Fold, method: Method) -> Cell:
    if method == "count":
        return fold.values
    if method == "set":
        return sorted(map(plain, fold.distinct), key=sort_key)
    if method == "min":
        return fold.minimum
    if method == "max":
        return fold.maximum
    total = fold.whole if fold.fraction is None else fold.whole + fold.fraction
    if method == "mean":
        return _finite(total / fold.values) if fold.values else None
    return _finite(total)


def _finite(number: Number) -> Number | None:
    """JSON has no infinity, which sums of huge numbers can reach."""
    return number if math.isfinite(number) else None
