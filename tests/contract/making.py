"""Records and writes to try storage with, and what plain Python finds in records."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from backdrop.core.partials import Fold, Partial, key_of
from backdrop.core.query import Fact, Grouping, Selection, Sort
from backdrop.core.values import Value, sort_key
from backdrop.storage.protocol import Write

NOW = datetime(2026, 7, 1, 12, 30, 15, 123000, tzinfo=UTC)
EVERYTHING = Selection()
PLENTY = 1_000_000

_numbers = itertools.count(1)


def new_name() -> str:
    """A data set that no test has used."""
    return f"data-set_{next(_numbers)}"


def at(text: str) -> datetime:
    """The instant of an ISO date or date-time, UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def record(id_: str, timestamp: datetime | None = None, **values: Value) -> dict[str, Value]:
    """A record as storage takes it."""
    made: dict[str, Value] = {"_id": id_, "_updated_at": NOW, **values}
    return made if timestamp is None else {**made, "_timestamp": timestamp}


def write(now: datetime = NOW, **more: Any) -> Write:
    """What goes with a write."""
    return Write(now, **more)


def selected(given: Iterable[dict[str, Value]], selection: Selection) -> list[dict[str, Value]]:
    """The records that a selection keeps."""
    return [one for one in given if _is_in_range(one, selection) and _passes(one, selection)]


def in_order(given: Iterable[dict[str, Value]], sort: Sort | None) -> list[dict[str, Value]]:
    """The records as `Storage.find` sorts them."""
    by_time = sorted(given, key=lambda one: (sort_key(one.get("_timestamp")), str(one["_id"])))
    if sort is None:
        return by_time
    return sorted(by_time, key=lambda one: sort_key(one.get(sort.key)), reverse=sort.descending)


def _is_in_range(one: Mapping[str, Value], selection: Selection) -> bool:
    timestamp, end = one.get("_timestamp"), selection.end
    if selection.start is None and end is None:
        return True
    if not isinstance(timestamp, datetime):
        return False
    is_early = end is None or timestamp < end or (selection.inclusive and timestamp == end)
    return is_early and (selection.start is None or timestamp >= selection.start)


def _passes(one: Mapping[str, Value], selection: Selection) -> bool:
    return all(
        sort_key(one.get(f.field)) in [sort_key(value) for value in f.values] for f in selection.filters
    ) and all(
        isinstance(held := one.get(p.field), str) and held.startswith(p.prefixes) for p in selection.prefixes
    )


def exactly(given: Iterable[Mapping[str, Value]]) -> list[Any]:
    """Records as something that differs where types differ (1, 1.0, True) or signs of zero."""
    return [sorted((key, type(value).__name__, _shown(value)) for key, value in one.items()) for one in given]


def _shown(value: Value) -> str:
    return value.isoformat() if isinstance(value, datetime) else repr(value)


def comparable(partials: Iterable[Partial], grouping: Grouping) -> Mapping[Any, object]:
    """Partials by group and period, as far as the grouping asks for their facts; sets without their order."""
    wanted = {collected.field: collected.facts for collected in grouping.collected}
    return {
        (partial.period, key_of(partial)): (
            partial.count,
            {name: _known(partial.folds.get(name, Fold()), facts) for name, facts in wanted.items()},
        )
        for partial in partials
    }


def _known(fold: Fold, facts: frozenset[Fact]) -> dict[str, object]:
    known: dict[str, object] = {}
    if Fact.VALUES in facts:
        known["values"] = fold.values
    if facts & {Fact.SUM, Fact.EXTREMES}:
        known["texts"] = fold.texts
    if Fact.SUM in facts:
        known["sums"] = fold.whole, fold.fraction
    if Fact.EXTREMES in facts:
        known["extremes"] = fold.minimum, fold.maximum
    if Fact.DISTINCT in facts:
        known["distinct"] = sorted(sort_key(value) for value in fold.distinct)
    return known
