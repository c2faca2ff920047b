"""A fold of records in plain Python, one record after the other: what every engine has to agree with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from backdrop.core.partials import Fold, Partial
from backdrop.core.query import Grouping
from backdrop.core.values import Scalar, Value, as_number, sort_key


def fold(records: Iterable[Mapping[str, Value]], grouping: Grouping) -> list[Partial]:
    """All facts of every collected field, whichever the grouping asks for."""
    groups: dict[object, list[Mapping[str, Value]]] = {}
    for record in records:
        timestamp = record.get("_timestamp")
        if any(record.get(key) is None for key in grouping.keys) or (grouping.period and timestamp is None):
            continue
        period = (
            grouping.period.index(timestamp) if grouping.period and isinstance(timestamp, datetime) else None
        )
        groups.setdefault((period, *(sort_key(record[k]) for k in grouping.keys)), []).append(record)
    return [_partial(identity[0], members, grouping) for identity, members in groups.items()]  # type: ignore[index]


def _partial(period: int | None, members: list[Mapping[str, Value]], grouping: Grouping) -> Partial:
    return Partial(
        period=period,
        key=tuple(members[0][key] for key in grouping.keys),
        count=len(members),
        folds={c.field: fold_values([m.get(c.field) for m in members]) for c in grouping.collected},  # type: ignore[misc]
    )


def fold_values(given: Iterable[Scalar]) -> Fold:
    values = [value for value in given if value is not None]
    numbers = [number for value in values if (number := as_number(value)) is not None]
    reals = [number for number in numbers if isinstance(number, float)]
    return Fold(
        values=len(values),
        texts=sum(isinstance(value, str) for value in values),
        whole=sum(number for number in numbers if isinstance(number, int)),
        fraction=sum(reals) if reals else None,
        minimum=min(numbers, default=None),
        maximum=max(numbers, default=None),
        distinct=tuple({sort_key(value): value for value in values}.values()),
    )
