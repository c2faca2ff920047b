"""Queries put together at random from what a collection holds; most are good."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from tests.oracle.making_records import Collection, between
from tests.oracle.question import Params
from tests.oracle.spans import PERIODS, end_of, start_of
from tests.oracle.values import INSTANT_FIELDS, field_instant

LENGTHS = {"hour": 60, "day": 40, "week": 30, "month": 18, "quarter": 10, "year": 6}
FOLDS = ("sum", "count", "set", "mean", "min", "max")


def random_queries(collection: Collection, rng: Random, count: int) -> list[Params]:
    makers = (_raw, _grouped, _by_period, _nested, _nested, _flat)
    return [makers[number % len(makers)](collection, rng) for number in range(count)]


def _raw(collection: Collection, rng: Random) -> Params:
    params = _filters(collection, rng) + _maybe(rng, 0.6, lambda: _dates(collection, rng))
    fields = [*collection.fields, *collection.fields, "_timestamp", "_id", "_start_at", "nowhere"]
    params += _maybe(rng, 0.6, lambda: [("sort_by", f"{rng.choice(fields)}:{_direction(rng)}")])
    return _finish(params + _maybe(rng, 0.4, lambda: [_limit(rng)]), rng)


def _grouped(collection: Collection, rng: Random) -> Params:
    params = _filters(collection, rng) + _maybe(rng, 0.5, lambda: _dates(collection, rng))
    return _finish(params + _grouping(collection, rng, ["_count"]), rng)


def _by_period(collection: Collection, rng: Random) -> Params:
    return _finish(_filters(collection, rng) + _periods(collection, rng) + _collect(collection, rng, ()), rng)


def _nested(collection: Collection, rng: Random) -> Params:
    params = _filters(collection, rng) + _periods(collection, rng)
    return _finish(params + _grouping(collection, rng, ["_count", "_group_count"]), rng)


def _flat(collection: Collection, rng: Random) -> Params:
    return [*_nested_without_format(collection, rng), ("flatten", "true")]


def _nested_without_format(collection: Collection, rng: Random) -> Params:
    return [(name, value) for name, value in _nested(collection, rng) if name not in ("flatten", "format")]


def _finish(params: Params, rng: Random) -> Params:
    extra = rng.choice(
        [[], [], [], [], [], [("format", "json")], [("format", "csv")], [("flatten", "false")]]
    )
    params = params + extra or [("limit", "0")]
    rng.shuffle(params)
    return params


def _maybe(rng: Random, chance: float, make: Callable[[], Params]) -> Params:
    return make() if rng.random() < chance else []


def _direction(rng: Random) -> str:
    return rng.choice(["ascending", "descending"])


def _limit(rng: Random) -> tuple[str, str]:
    return ("limit", str(rng.choice([0, 1, 2, 3, 5, 20, 1000])))


# Dates


def _edge(collection: Collection, rng: Random) -> datetime:
    """Anywhere around the data, often exactly on a record's instant or on a boundary."""
    how = rng.randrange(4)
    if how == 0 and collection.records:
        instant = field_instant(rng.choice(collection.records), "_timestamp")
        if instant is not None and 1900 < instant.year < 2200:
            return instant
    margin = (collection.end - collection.start) / 10
    instant = between(rng, collection.start - margin, collection.end + margin)
    return start_of(rng.choice(PERIODS), instant) if how == 1 else instant


def _dates(collection: Collection, rng: Random) -> Params:
    start, end = sorted([_edge(collection, rng), _edge(collection, rng)])
    return [("start_at", _written(start, rng)), ("end_at", _written(end, rng)), *_inclusive(rng)]


def _inclusive(rng: Random) -> Params:
    return _maybe(rng, 0.35, lambda: [("inclusive", rng.choice(["true", "true", "false"]))])


def _written(instant: datetime, rng: Random) -> str:
    text = instant.isoformat()
    return text.replace("+00:00", "Z") if rng.random() < 0.7 else text


def _periods(collection: Collection, rng: Random) -> Params:
    """A period with a range of dates, or with a duration from, to, or back from now."""
    period = rng.choice(PERIODS)
    length = rng.randint(1, LENGTHS[period])
    edge = _edge(collection, rng)
    if rng.random() < 0.5:
        edge = start_of(period, edge)
    asked = [("period", period)]
    how = rng.randrange(8)
    if how < 3:
        return [
            *asked,
            ("start_at", _written(edge, rng)),
            *_end_after(period, edge, length, rng),
            *_inclusive(rng),
        ]
    asked.append(("duration", str(length)))
    if how == 7:
        return asked
    return [*asked, ("start_at" if how < 5 else "end_at", _written(edge, rng)), *_inclusive(rng)]


def _end_after(period: str, start: datetime, length: int, rng: Random) -> Params:
    end = start_of(period, start)
    for _ in range(length):
        end = end_of(period, end)
    if rng.random() < 0.4:
        fraction = rng.choice([timedelta(0), timedelta(milliseconds=1), timedelta(microseconds=1)])
        end = max(start, end - timedelta(seconds=rng.randrange(1, 5000)) - fraction)
    return [("end_at", _written(end, rng))]


# Which records


def _filters(collection: Collection, rng: Random) -> Params:
    if rng.random() < 0.6:
        return []
    if rng.random() < 0.3:
        return [("filter_by_prefix", _prefix(collection, rng)) for _ in range(rng.randint(1, 2))]
    return [("filter_by", _filter(collection, rng)) for _ in range(rng.randint(1, 3))]


def _filter(collection: Collection, rng: Random) -> str:
    """Most often a value that some record has, sometimes one that none has."""
    field = rng.choice([*collection.fields, *collection.fields, *collection.fields, "_id", "_timestamp"])
    values = [record[field] for record in collection.records if record.get(field) is not None]
    if not values or rng.random() < 0.15:
        return f"{field}:{rng.choice(['', '0', '1', 'true', 'nothing', '1e400', '-0', '1.50', '18446744073709551616'])}"
    value = rng.choice(values)
    if field in INSTANT_FIELDS:
        instant = field_instant({field: value}, field)
        assert instant is not None
        return f"{field}:{_written(instant, rng)}"
    return f"{field}:{value}" if isinstance(value, str) else f"{field}:{json.dumps(value)}"


def _prefix(collection: Collection, rng: Random) -> str:
    field = rng.choice([*collection.groups, *collection.others, "_id"])
    values = [record[field] for record in collection.records if isinstance(record.get(field), str)]
    value = rng.choice(values) if values else "x"
    return f"{field}:{value[: rng.randint(0, 3)]}"


# How they are folded


def _grouping(collection: Collection, rng: Random, extra_keys: list[str]) -> Params:
    fields = rng.sample(collection.groups, min(len(collection.groups), rng.choice([1, 1, 1, 2, 3])))
    collect = _collect(collection, rng, tuple(fields))
    params = [("group_by", field) for field in fields] + collect
    keys = [*fields, *extra_keys, *_sortable(collection, collect)]
    params += _maybe(rng, 0.6, lambda: [("sort_by", f"{rng.choice(keys)}:{_direction(rng)}")])
    return params + _maybe(rng, 0.4, lambda: [_limit(rng)])


def _collect(collection: Collection, rng: Random, grouped: tuple[str, ...]) -> Params:
    params: Params = []
    for _ in range(rng.choice([0, 1, 1, 2, 3])):
        foldable = [field for field in (*collection.numbers, *collection.untidy) if field not in grouped]
        listable = [field for field in collection.fields if field not in grouped]
        if foldable and rng.random() < 0.7:
            params.append(("collect", f"{rng.choice(foldable)}:{rng.choice(FOLDS)}"))
        elif listable:
            # A fold that may meet a string now and then, which is an error.
            how = rng.choice(["", "", "", ":set", ":count", ":count", f":{rng.choice(FOLDS)}"])
            params.append(("collect", rng.choice(listable) + how))
    return params


def _sortable(collection: Collection, collect: Params) -> list[str]:
    keys = []
    for _, text in collect:
        field, colon, method = text.partition(":")
        if field in collection.untidy and method in ("sum", "mean"):
            continue
        keys += [text] if colon else [text, f"{text}:set"]
    return keys
