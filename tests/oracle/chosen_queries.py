"""Queries chosen by hand: each parameter over each collection, and what a collection was made for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.oracle.making_records import EDGE_INTEGERS, EXTREMES, MISSING, MIXED, TEXTS, Collection, utc
from tests.oracle.question import Params
from tests.oracle.random_queries import FOLDS
from tests.oracle.spans import PERIODS
from tests.oracle.values import field_instant

JANUARY = (utc(2013, 1, 1), utc(2013, 2, 1))


def chosen_queries(collection: Collection) -> list[Params]:
    return _everywhere(collection) + _by_name(collection)


def _by_name(collection: Collection) -> list[Params]:
    match collection.name:
        case "cases":
            return _values_that_are_not_ours()
        case "calendar":
            return _calendar(collection)
        case "sparse" | "recent":
            return _durations(collection)
        case "text":
            return _texts()
        case "mixed":
            return [_group("thing", collect="other"), *_equal("thing", MIXED)]
        case "numbers":
            return _numbers()
        case "undated":
            return _undated()
        case "crowded":
            return _too_long()
        case "wide":
            return [[("sort_by", f"KEY_{number}:descending")] for number in range(8)]
    return []


def closed_queries() -> list[Params]:
    """About the rules of data sets without raw queries, met and just missed."""
    monday, first = utc(2013, 1, 7), utc(2013, 2, 1)
    asked: list[Params] = []
    for period in (None, *PERIODS):
        for start in (
            monday,
            first,
            monday + timedelta(hours=1),
            monday + timedelta(days=1),
            utc(2013, 4, 1),
        ):
            for days in (0, 6, 7, 14, 31, 59):
                asked.append([*_range(start, start + timedelta(days=days), period), ("group_by", "channel")])
            if period:
                for duration in ("1", "2", "7"):
                    for name in ("start_at", "end_at"):
                        asked.append([("period", period), ("duration", duration), (name, _iso(start))])
        if period:
            asked += [[("period", period), ("duration", duration)] for duration in ("1", "6", "7")]
    # Midnight in UTC, written otherwise, and not midnight in UTC though it looks so.
    asked.append(
        [("start_at", "2013-01-07T01:00:00+01:00"), ("end_at", "2013-01-14T00:00:00Z"), ("period", "week")]
    )
    asked.append(
        [("start_at", "2013-01-07T00:00:00+01:00"), ("end_at", "2013-01-14T00:00:00Z"), ("period", "week")]
    )
    return [*asked, [("filter_by", "channel:paper")], [("limit", "1")], [("group_by", "channel")]]


def _everywhere(collection: Collection) -> list[Params]:
    asked: list[Params] = [
        [("sort_by", f"{name}:descending")] for name in ("_timestamp", "_id", *collection.fields)
    ]
    asked += [_group(field) for field in collection.groups]
    asked.append([("group_by", field) for field in (*collection.groups, *collection.groups)])
    whole = _range(collection.start, collection.end, None)
    number = (collection.numbers or collection.untidy)[0]
    folds = [("collect", f"{number}:{fold}") for fold in FOLDS if number not in collection.groups]
    group = ("group_by", collection.groups[0])
    flat = ("flatten", "true")
    years = collection.end - collection.start > timedelta(days=800)
    for period in PERIODS[2 if years else 1 :]:
        asked.append([*whole, ("period", period), *folds])
        asked.append([*whole, ("period", period), *folds, group])
        asked.append([*whole, ("period", period), *folds, group, flat])
    asked += [[group, *folds, ("sort_by", f"{text}:descending")] for _, text in folds]
    best = [("sort_by", "_count:descending"), ("limit", "2")]
    asked += [[*whole, ("period", "month"), group, *best], [*whole, ("period", "month"), group, flat, *best]]
    day = [("period", "hour"), *_range(collection.start, collection.start + timedelta(days=3), None)]
    return [*asked, [*day, group], [*day, *folds], [*whole, *best, group, *folds], [*whole, flat]]


def _values_that_are_not_ours() -> list[Params]:
    """A key of the records with the name that nested answers give to their rows."""
    month, place = _range(*JANUARY, "day"), ("group_by", "place")
    asked: list[Params] = [
        [("limit", "9")],
        [("group_by", "values")],
        [place, ("collect", "values")],
        [*month, place, ("collect", "values:sum")],
        [*month, ("collect", "values")],
        [*month, place, ("collect", "values"), ("flatten", "true")],
        [*month, ("group_by", "values"), ("collect", "data"), ("flatten", "true")],
    ]
    return asked + [[*params, ("format", "csv")] for params in asked]


def _calendar(collection: Collection) -> list[Params]:
    asked: list[Params] = [[*_range(utc(1, 1, 1), utc(9998, 12, 31), "year"), ("collect", "amount:sum")]]
    for edge in [
        *JANUARY,
        utc(2012, 2, 29),
        utc(2010, 1, 4),
        utc(2016, 1, 4),
        utc(1970, 1, 1),
        utc(1900, 3, 1),
    ]:
        for period in PERIODS:
            for inclusive in ("true", "false"):
                query = _range(edge - timedelta(days=8), edge, period)
                asked.append([*query, ("inclusive", inclusive), ("collect", "amount:sum")])
            asked.append([("period", period), ("duration", "3"), ("end_at", _iso(edge)), ("flatten", "true")])
    for record in collection.records[::4]:
        instant = field_instant(record, "_timestamp")
        assert instant is not None
        asked.append([("filter_by", f"_timestamp:{_iso(instant)}")])
        asked.append([*_range(instant, instant, None), ("inclusive", "true")])
    # A period that would end after the last year there is.
    asked.append([("period", "year"), *_range(utc(9990, 1, 1), utc(9999, 6, 1), None)])
    asked.append([("period", "year"), ("duration", "5"), ("end_at", "0003-01-01T00:00:00Z")])
    asked.append([("period", "week"), ("duration", "5"), ("start_at", "9999-12-30T00:00:00Z")])
    return asked


def _durations(collection: Collection) -> list[Params]:
    step = (collection.end - collection.start) / 7
    edges = [collection.start + number * step for number in range(8)]
    asked: list[Params] = []
    for number, edge in enumerate(edges):
        for name in ("start_at", "end_at"):
            for period, length in (("month", 1 + number), ("week", 30), ("quarter", 3), ("year", 2)):
                query = [("period", period), ("duration", str(length)), (name, _iso(edge))]
                asked += [query, [*query, ("group_by", collection.groups[0]), ("collect", "amount:sum")]]
                asked.append([*query, ("group_by", collection.groups[0]), ("flatten", "true")])
                asked.append([*query, ("filter_by", f"{collection.groups[0]}:both")])
    for period, length in (
        ("day", 30),
        ("week", 12),
        ("month", 4),
        ("quarter", 2),
        ("year", 1),
        ("hour", 24),
    ):
        query = [("period", period), ("duration", str(length))]
        asked += [query, [*query, ("group_by", "kind")], [*query, ("flatten", "true")]]
    return asked


def _texts() -> list[Params]:
    asked = _equal("text", TEXTS)
    asked += [[("filter_by_prefix", f"text:{text[:2]}")] for text in TEXTS]
    asked.append(_group("text", collect="few"))
    asked.append([("group_by", "few"), ("collect", "amount:sum"), ("collect", "text:count")])
    return [*asked, [("filter_by", "text:x"), ("filter_by", "text:true"), ("filter_by", "few:1")]]


def _numbers() -> list[Params]:
    asked = _equal("whole", EDGE_INTEGERS) + _equal("extreme", EXTREMES)
    folds = [("collect", f"whole:{fold}") for fold in FOLDS]
    for direction in ("ascending", "descending"):
        asked.append([("group_by", "kind"), *folds, ("sort_by", f"whole:sum:{direction}")])
        asked.append([("group_by", "whole"), ("sort_by", f"whole:{direction}")])
        asked.append([("group_by", "extreme"), ("collect", "whole"), ("sort_by", f"whole:{direction}")])
    asked.append([*_range(utc(2013, 1, 1), utc(2014, 1, 1), "month"), *folds, ("collect", "money:sum")])
    return [*asked, [("limit", "9" * 30)], [("limit", "9223372036854775808")]]


def _undated() -> list[Params]:
    asked: list[Params] = [
        [("limit", "5")],
        _group("kind", collect="amount"),
        [("group_by", "kind"), ("limit", "1")],
    ]
    for name in ("_start_at", "_end_at", "_id", "_updated_at", "_hour_start_at"):
        asked += [[("sort_by", f"{name}:ascending")], [("sort_by", f"{name}:descending"), ("limit", "7")]]
    for name in (
        "'",
        '"',
        "%",
        "a/b",
        "a%2Fb",
        "\U0001f388",
        "e\u0301",
        "\u00e9",
        "1",
        "true",
        "A",
        "a:b",
        "id9",
    ):
        asked += [[("filter_by", f"_id:{name}")], [("filter_by_prefix", f"_id:{name}")]]
    return [*asked, [("filter_by", "_hour_start_at:2001-01-01T00:00:00Z")], _range(*JANUARY, "day")]


def _too_long() -> list[Params]:
    two_years = _range(utc(2012, 1, 1), utc(2013, 12, 31), "day")
    asked = [[*two_years, ("group_by", "place"), ("flatten", flag)] for flag in ("true", "false")]
    asked += [[*two_years, ("group_by", "place"), ("limit", "3")], two_years]
    asked.append(_range(utc(1500, 1, 1), utc(2000, 1, 1), "hour"))
    asked.append([*_range(utc(1, 1, 1), utc(9998, 1, 1), "hour"), ("group_by", "place")])
    return [*asked, [("period", "hour"), ("duration", "20001")], [("period", "hour"), ("duration", "9" * 40)]]


def _group(field: str, collect: str | None = None) -> Params:
    return [("group_by", field)] + ([("collect", collect)] if collect else [])


def _equal(field: str, values: Sequence[object]) -> list[Params]:
    known = [value for value in values if value is not None and value is not MISSING]
    texts = dict.fromkeys(value if isinstance(value, str) else json.dumps(value) for value in known)
    return [[("filter_by", f"{field}:{text}")] for text in texts]


def _range(start: datetime, end: datetime, period: str | None) -> Params:
    dates = [("start_at", _iso(start)), ("end_at", _iso(end))]
    return [*dates, ("period", period)] if period else dates


def _iso(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
