"""Measures layouts of a data set in MongoDB, and pipelines that fold it, side by side.

    python tools/bench/mongo_layout.py mongodb://127.0.0.1:27017 [records] [part of a table's name]

It makes the databases `backdrop_bench_*` and drops them at the end. 300,000 records take some three minutes. Times
are milliseconds until the client has all rows, the best of five rounds, in each of which every pipeline of a table
has its turn; compare the rows of one run, not machines. `fast` tells whether the server folded in its fast engine.
The decision drawn from it is docs/decisions/0005-folding-in-mongodb.md.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bson.int64 import Int64
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database

from backdrop.core.periods import EPOCH, Period

DATABASE = "backdrop_bench_"
START, SPAN = datetime(2014, 1, 1, tzinfo=UTC), timedelta(days=730)
BATCH, ROUNDS = 10_000, 5

Document = dict[str, Any]
Pipeline = list[Document]
Ways = Mapping[str, Pipeline]

UNITS = [period.value for period in Period]
LAYOUTS: Mapping[str, list[str]] = {"no stored date": [], "a stored day": ["day"], "six stored dates": UNITS}

DAY, AT = "$_day_start_at", "$_timestamp"
TOTAL: Document = {"n": {"$sum": 1}, "s": {"$sum": "$volume"}}
AGAIN: Document = {"n": {"$sum": "$n"}, "s": {"$sum": "$s"}}
SECOND: Document = {"$group": {"_id": "$_id", **AGAIN}}


def documents(count: int, stored: list[str]) -> Iterator[Document]:
    """Records of eight keys, spread over two years in order of time; the keys tell what their values are."""
    rng = random.Random(1)
    for i in range(count):
        at = START + i * (SPAN / count)
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        yield {
            "_id": f"{i:012x}{rng.getrandbits(48):012x}",
            "_timestamp": at,
            "_updated_at": START + SPAN,
            "channel": f"channel-{rng.randrange(5)}",
            "service": f"service-{rng.randrange(50):02d}",
            "volume": rng.randrange(10_000),
            "amount": rng.randrange(10_000),
            "share": rng.random(),
            "note": "note",
            **({} if rng.random() < 0.5 else {"some": rng.randrange(100)}),
            "mixed": rng.choice((1, 2.5, 7, 0.125)),
            **{f"_{unit}_start_at": start(at, unit) for unit in stored},
        }


def start(at: datetime, unit: str) -> datetime:
    """When the period began that the instant is in."""
    period = Period(unit)
    return period.start(period.index(at))


def fill(database: Database[Any], name: str, count: int) -> tuple[float, float]:
    """Makes a collection of that layout: thousands of records a second, and its megabytes, not compressed."""
    made, spent = database[name], 0.0
    made.create_index([("_timestamp", 1), ("_id", 1)])
    batch: list[Document] = []
    for document in documents(count, LAYOUTS[name]):
        batch.append(document)
        if len(batch) == BATCH:
            begun = time.perf_counter()
            made.insert_many(batch)
            spent += time.perf_counter() - begun
            batch = []
    return count / spent / 1000, database.command("collStats", name)["size"] / 1e6


def index_of(path: str, unit: str) -> Document:
    """The period's index by $dateDiff."""
    return {"$dateDiff": {"startDate": EPOCH, "endDate": path, "unit": unit, "startOfWeek": "monday"}}


def truncated(unit: str) -> Document:
    """The period's start by $dateTrunc."""
    return {"$dateTrunc": {"date": AT, "unit": unit, "startOfWeek": "monday"}}


def by(period: object, **more: object) -> Document:
    """A $group by channel and that."""
    return {"$group": {"_id": {"d": period, "k": "$channel", **more}, **TOTAL}}


def periods(unit: str) -> Ways:
    """Ways to fold to one period."""
    later = {"$group": {"_id": {"p": index_of("$_id.d", unit), "k": "$_id.k"}, **AGAIN}}
    day_or_time = {"$ifNull": [DAY, AT]}
    return {
        "$dateTrunc": [by(truncated(unit))],
        "$dateDiff": [by(index_of(AT, unit))],
        "$dateDiff of the stored day": [by(index_of(DAY, unit))],
        "stored day, second $group": [by(DAY), later],
        "stored day or else _timestamp, second $group": [by(day_or_time), later],
        "$dateTrunc to days, second $group": [by(truncated("day")), later],
        "period's own stored start": [by(f"$_{unit}_start_at")],
    }


def hours() -> Ways:
    """Ways to fold to hours."""
    since = {"$subtract": [AT, EPOCH]}
    begun = {"$subtract": [AT, {"$mod": [since, 3_600_000]}]}
    return {
        "$dateTrunc": [by(truncated("hour"))],
        "$dateDiff": [by(index_of(AT, "hour"))],
        "$subtract and $mod": [by(begun)],
        "stored day and $hour": [by(DAY, h={"$hour": AT})],
        "period's own stored start": [by("$_hour_start_at")],
    }


def counted(path: str, *kinds: str) -> Document:
    """How many values are of those types."""
    return {"$sum": {"$cond": [{"$in": [{"$type": path}, list(kinds)]}, 1, 0]}}


def of_kind(path: str, *kinds: str) -> Document:
    """The sum of the values of those types."""
    return {"$sum": {"$cond": [{"$in": [{"$type": path}, list(kinds)]}, path, 0]}}


def sums(*fields: str) -> Ways:
    """Ways to sum fields by day and channel and to learn what kinds of values there are."""
    told: dict[str, tuple[Document, Document]] = {name: ({}, {}) for name in _SUMS}
    for i, field in enumerate(fields):
        path = f"${field}"
        for name, (key, parts) in told.items():
            more_key, more_parts = _SUMS[name](path)
            key.update({f"{k}{i}": v for k, v in more_key.items()})
            parts.update({f"{k}{i}": v for k, v in more_parts.items()})
    count: Document = {"n": {"$sum": 1}}
    return {
        name: [{"$group": {"_id": {"d": DAY, "k": "$channel", **key}, **count, **parts}}]
        for name, (key, parts) in told.items()
    }


def _is_whole(path: str) -> Document:
    """True for whole numbers and not for floats, by arithmetic that floats are not exact enough for."""
    large = Int64(2**53 + 1)
    return {"$eq": [{"$add": [{"$multiply": [path, 0]}, large]}, large]}


_SUMS: Mapping[str, Any] = {
    "nothing but the count": lambda path: ({}, {}),
    "$sum (knows no types)": lambda path: ({}, {"s": {"$sum": path}}),
    "$sum, $max (knows numbers)": lambda path: ({}, {"s": {"$sum": path}, "h": {"$max": path}}),
    "$sum, $min, $max": lambda path: ({}, {"s": {"$sum": path}, "l": {"$min": path}, "h": {"$max": path}}),
    "$sum, $max, count of $isNumber": lambda path: (
        {},
        {"s": {"$sum": path}, "h": {"$max": path}, "c": {"$sum": {"$cond": [{"$isNumber": path}, 1, 0]}}},
    ),
    "$isNumber in the key, $sum, $max": lambda path: (
        {"t": {"$isNumber": path}},
        {"s": {"$sum": path}, "h": {"$max": path}},
    ),
    "$sum, count of > null": lambda path: (
        {},
        {"s": {"$sum": path}, "c": {"$sum": {"$cond": [{"$gt": [path, None]}, 1, 0]}}},
    ),
    "$type in the key, $sum": lambda path: ({"t": {"$type": path}}, {"s": {"$sum": path}}),
    "$type in the key, $sum, $min, $max": lambda path: (
        {"t": {"$type": path}},
        {"s": {"$sum": path}, "l": {"$min": path}, "h": {"$max": path}},
    ),
    "$cond by $type: whole, fraction, texts": lambda path: (
        {},
        {
            "w": of_kind(path, "int", "long"),
            "f": of_kind(path, "double", "decimal"),
            "x": counted(path, "string"),
        },
    ),
    "$cond by arithmetic: whole, fraction": lambda path: (
        {},
        {
            "w": {"$sum": {"$cond": [_is_whole(path), path, 0]}},
            "f": {"$sum": {"$cond": [_is_whole(path), 0, path]}},
        },
    ),
    "$toDecimal, $sum": lambda path: ({}, {"s": {"$sum": {"$toDecimal": path}}}),
}


def different() -> Ways:
    """Ways to the different values of a field in each channel, or in each day."""
    week = {"p": index_of("$_id.d", "week"), "k": "$_id.k", "v": "$_id.v"}
    return {
        "$group by them": [{"$group": {"_id": {"k": "$channel", "v": "$service"}}}],
        "$addToSet": [{"$group": {"_id": {"k": "$channel"}, "v": {"$addToSet": "$service"}}}],
        "by week, two $groups": [
            {"$group": {"_id": {"d": DAY, "k": "$channel", "v": "$service"}}},
            {"$group": {"_id": week}},
        ],
        "by week, $addToSet": [
            {"$group": {"_id": {"d": index_of(DAY, "week"), "k": "$channel"}, "v": {"$addToSet": "$service"}}}
        ],
        "every value another, $group": [{"$group": {"_id": {"v": "$_id"}}}, {"$limit": 1000}],
    }


def ranges() -> Ways:
    """What an index on time costs and saves; everything by week unless it says otherwise."""
    later = {"$group": {"_id": {"p": index_of("$_id.d", "week"), "k": "$_id.k"}, **AGAIN}}

    def within(days: int) -> Document:
        return {"$match": {"_timestamp": {"$gte": START, "$lt": START + timedelta(days=days)}}}

    fold = [by(DAY), later]
    return {
        "everything, no $match": fold,
        "everything, by $type date": [{"$match": {"_timestamp": {"$type": "date"}}}, *fold],
        "730 of 730 days": [within(731), *fold],
        "365 of 730 days": [within(365), *fold],
        "90 of 730 days": [within(90), *fold],
        "30 of 730 days": [within(30), *fold],
        "one of 50 services": [{"$match": {"service": {"$eq": "service-07"}}}, *fold],
        "everything as one group, _id null": [{"$group": {"_id": None, **TOTAL}}],
        "everything as one group, _id {}": [{"$group": {"_id": {}, **TOTAL}}],
    }


def best(candidates: Mapping[str, tuple[Collection[Any], Pipeline]]) -> dict[str, float]:
    """The least milliseconds of each, in rounds."""
    least = dict.fromkeys(candidates, float("inf"))
    for _ in range(ROUNDS):
        for name, (collection, pipeline) in candidates.items():
            begun = time.perf_counter()
            list(collection.aggregate(pipeline, allowDiskUse=True))
            least[name] = min(least[name], (time.perf_counter() - begun) * 1000)
    return least


def is_fast(collection: Collection[Any], pipeline: Pipeline) -> bool:
    """Whether the plan says that the fast engine runs it, the first $group at least."""
    command = {"aggregate": collection.name, "pipeline": pipeline, "cursor": {}}
    explained = collection.database.command("explain", command, verbosity="queryPlanner")
    return bool(explained["explainVersion"] == "2")


def show(title: str, collection: Collection[Any], ways: Ways) -> None:
    """Measures and prints one table; the first row is 1.00."""
    figures = best({name: (collection, pipeline) for name, pipeline in ways.items()})
    first = next(iter(figures.values()))
    print(f"\n| {title} | ms | ratio | fast |\n| --- | --- | --- | --- |")
    for name, figure in figures.items():
        fast = "yes" if is_fast(collection, ways[name]) else "no"
        print(f"| {name} | {figure:.0f} | {figure / first:.2f} | {fast} |", flush=True)


def show_layouts(database: Database[Any], count: int) -> None:
    """Makes the collections and prints how fast they took the records, and how large they are."""
    print("| layout | ingest k/s | MB |\n| --- | --- | --- |")
    for name in LAYOUTS:
        rate, megabytes = fill(database, name, count)
        print(f"| {name} | {rate:.1f} | {megabytes:.0f} |", flush=True)


def main(url: str, count: int, wanted: str) -> None:
    """Measures and prints."""
    with MongoClient[Document](url, tz_aware=True) as client:
        print(f"{count} records, MongoDB {client.server_info()['version']}")
        database = client[f"{DATABASE}{count}"]
        try:
            show_layouts(database, count)
            six, day = database["six stored dates"], database["a stored day"]
            tables: Mapping[str, tuple[Collection[Any], Ways]] = {
                "week x 5 channels, sum": (day, periods("week")),
                "month x 5 channels, sum": (day, periods("month")),
                "week, of six stored dates": (six, periods("week")),
                "hour x 5 channels, sum": (six, hours()),
                "sum of whole numbers": (day, sums("volume")),
                "sum of floats": (day, sums("share")),
                "sum of a field that half of them have": (day, sums("some")),
                "sums of four fields": (day, sums("volume", "amount", "share", "mixed")),
                "different values": (day, different()),
                "ranges": (day, ranges()),
            }
            for title, (collection, ways) in tables.items():
                if wanted in title:
                    show(title, collection, ways)
        finally:
            client.drop_database(database.name)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 300_000, sys.argv[3] if sys.argv[3:] else "")
