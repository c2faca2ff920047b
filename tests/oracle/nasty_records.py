"""Record collections, as posted, that look for trouble; each is the same whenever it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.oracle.making_records import (
    DECIMALS,
    EDGE_INTEGERS,
    EXTREMES,
    HALVES,
    IDS,
    MISSING,
    MIXED,
    TEXTS,
    Collection,
    Record,
    between,
    make,
    posted,
    times,
    utc,
)


def licences() -> Collection:
    """What a dashboard is made of, with a hole of five weeks in spring."""
    rng = Random("licences")
    start, end = utc(2012, 12, 20), utc(2013, 7, 2)
    dates = times(rng, 160, start, utc(2013, 3, 3)) + times(rng, 60, utc(2013, 4, 9), end)
    pools: dict[str, Sequence[Any]] = {
        "authority": ["Westminster", "Camden", "westminster", "Isles of Scilly", None, MISSING],
        "channel": ["online", "phone", "paper", MISSING],
        "volume": [*range(12), None, MISSING],
        "cost": [*HALVES, 7, None],
        "renewal": [True, False, MISSING],
    }
    return Collection(
        "licences",
        make(rng, dates, pools),
        start,
        end,
        groups=("authority", "channel", "renewal"),
        numbers=("volume", "cost"),
    )


def closed() -> Collection:
    """The same, without raw queries and unpublished."""
    return replace(licences(), name="closed", config={"raw_queries_allowed": False, "published": False})


def empty() -> Collection:
    return replace(licences(), name="empty", records=[])


def mixed() -> Collection:
    """Values of every type under one key."""
    rng = Random("mixed")
    start, end = utc(2013, 1, 1), utc(2013, 2, 15)
    pools: dict[str, Sequence[Any]] = {
        "thing": MIXED,
        "other": MIXED,
        "amount": [0, 1, 2, -3, 1.0, 0.5, True, False, None, MISSING],
        "label": ["x", "1", 1, None],
    }
    records = make(rng, times(rng, 180, start, end), pools)
    return Collection(
        "mixed", records, start, end, groups=("thing", "other"), numbers=("amount",), others=("label",)
    )


def numbers() -> Collection:
    """Integers at the edges of 64 bits, and floats of every size."""
    rng = Random("numbers")
    start, end = utc(2013, 1, 1), utc(2014, 1, 1)
    pools: dict[str, Sequence[Any]] = {
        "whole": [*EDGE_INTEGERS, MISSING],
        "money": [*DECIMALS, 3, None],
        "extreme": EXTREMES,
        "amount": [*range(-5, 6), MISSING],
        "kind": ["aa", "bb", "cc"],
    }
    return Collection(
        "numbers",
        make(rng, times(rng, 160, start, end), pools),
        start,
        end,
        groups=("kind", "whole", "extreme", "money"),
        numbers=("amount",),
        untidy=("whole", "money"),
        others=("extreme",),
    )


def calendar() -> Collection:
    """Both sides of every kind of boundary, from year 1 to 9998."""
    rng = Random("calendar")
    edges = [
        *[
            utc(1, 1, 1),
            utc(1, 12, 31, 23),
            utc(999, 6, 1),
            utc(1752, 9, 14),
            utc(1900, 2, 28),
            utc(1900, 3, 1),
        ],
        *[utc(1969, 12, 29), utc(1970, 1, 1), utc(2000, 2, 29), utc(2000, 3, 1), utc(2004, 12, 27)],
        *[utc(2005, 1, 3), utc(2008, 12, 29), utc(2009, 12, 31), utc(2010, 1, 3), utc(2010, 1, 4)],
        *[utc(2012, 2, 29), utc(2012, 3, 1), utc(2012, 12, 31), utc(2013, 1, 1), utc(2013, 1, 7)],
        *[utc(2013, 3, 31, 1), utc(2013, 4, 1), utc(2013, 7, 1), utc(2013, 10, 1), utc(2013, 10, 27, 1)],
        *[utc(2015, 12, 28), utc(2016, 1, 4), utc(2016, 2, 29), utc(2038, 1, 19, 3, 14, 8)],
        *[utc(2100, 2, 28), utc(2100, 3, 1), utc(9998, 12, 31)],
    ]
    second, least, nothing = timedelta(seconds=1), timedelta(milliseconds=1), timedelta(0)
    lost = timedelta(microseconds=1)
    around = [-second, -least, -lost, nothing, nothing, lost, least]
    moments = [edge + delta for edge in edges for delta in around if edge > utc(1, 1, 1) or delta >= nothing]
    dates = [posted(rng, moment) for moment in moments]
    records = make(rng, dates, {"kind": ["leap", "edge", None], "amount": [1, 2, 4, 8, None]})
    return Collection(
        "calendar", records, utc(1969, 1, 1), utc(2017, 1, 1), groups=("kind",), numbers=("amount",)
    )


def text() -> Collection:
    """Strings that look like something else, or that a database may trip over."""
    rng = Random("text")
    start, end = utc(2013, 5, 1), utc(2013, 5, 20)
    dates: list[str | None] = [*times(rng, 200, start, end), *[None] * 20]
    pools: dict[str, Sequence[Any]] = {
        "text": TEXTS,
        "few": rng.sample(TEXTS, 12),
        "amount": [1, 2, 3, True, MISSING],
    }
    records = make(rng, dates, pools)
    return Collection(
        "text", records, start, end, groups=("few", "text"), numbers=("amount",), others=("text",)
    )


def cases() -> Collection:
    """Keys that differ in nothing but their case, or are a database's or our own words."""
    rng = Random("cases")
    start, end = utc(2013, 1, 1), utc(2013, 3, 1)
    keys = ("volume", "Volume", "VOLUME", "vOLUME", "count", "order", "rowid")
    others = ("values", "data", "group", "id", "select")
    pools: dict[str, Sequence[Any]] = {key: [*range(4), True, MISSING, MISSING] for key in (*keys, *others)}
    pools |= {"place": ["a", "b", None], "Place": ["b", "a", 1]}
    records = make(rng, times(rng, 90, start, end), pools)
    return Collection("cases", records, start, end, groups=("place", "Place"), numbers=keys, others=others)


def letters() -> Collection:
    """A key that is valid only when it is lower-cased first: the Kelvin sign becomes a k."""
    rng = Random("letters")
    start, end = utc(2013, 1, 1), utc(2013, 1, 20)
    pools: dict[str, Sequence[Any]] = {"\u212aey": ["a", "b"], "key": ["c", "d"], "amount": [1, 2]}
    records = make(rng, times(rng, 12, start, end), pools)
    return Collection("letters", records, start, end, groups=("\u212aey", "key"), numbers=("amount",))


def undated() -> Collection:
    """Without `_timestamp`, with ids and dates of their own, ids given twice, and keys that Backdrop adds."""
    rng = Random("undated")
    dates: list[str | None] = [*times(rng, 40, utc(2013, 1, 1), utc(2013, 2, 1)), *[None] * 40]
    records = make(rng, dates, {"kind": ["one", "two", 2, None], "amount": [1, 2.5, None, MISSING]})
    for number, record in enumerate(records):
        if number % 3 == 0:
            record["_id"] = rng.choice([*IDS, f"id{number}"])
        if number % 4 == 0:
            moment = between(rng, utc(2012, 1, 1), utc(2013, 1, 1))
            record["_start_at"], record["_end_at"] = posted(rng, moment), posted(rng, moment + timedelta(7))
        if number % 5 == 0:
            record.update(dict.fromkeys(("_updated_at", "_week_start_at"), "2001-01-01T00:00:00+00:00"))
    return Collection(
        "undated", records, utc(2012, 12, 1), utc(2013, 3, 1), groups=("kind",), numbers=("amount",)
    )


def sparse() -> Collection:
    """Long gaps, a different one in each group, for durations to slide over."""
    rng = Random("sparse")
    holes = {"early": (2011, 2), "late": (2013, 9), "both": (2011, 11), None: (2010, 5)}
    records: list[Record] = []
    for place, (year, month) in holes.items():
        start = utc(year, month, 3)
        dates = times(rng, 6, start, start + timedelta(days=20))
        records += make(rng, dates, {"place": [place], "amount": [1, 2, 3, None]})
    dates = times(rng, 3, utc(2014, 3, 1), utc(2014, 3, 5))
    records += make(rng, dates, {"place": ["both"], "amount": [5]})
    return Collection(
        "sparse", records, utc(2009, 1, 1), utc(2015, 1, 1), groups=("place",), numbers=("amount",)
    )


def wide() -> Collection:
    """Many different keys, few in each record."""
    rng = Random("wide")
    start, end = utc(2013, 1, 1), utc(2013, 3, 1)
    records = make(rng, times(rng, 120, start, end), {"kind": ["a", "b"]})
    for number, record in enumerate(records):
        record.update({f"key_{number}": number, f"KEY_{number % 7}": rng.choice(MIXED[:11])})
    groups, others = ("kind", "KEY_1"), ("key_3", "KEY_3")
    return Collection("wide", records, start, end, groups=groups, numbers=("key_7", "KEY_2"), others=others)


def crowded() -> Collection:
    """Enough groups for an answer to be too long when it is asked by day."""
    rng = Random("crowded")
    start, end = utc(2012, 1, 1), utc(2013, 12, 31)
    records = make(rng, times(rng, 140, start, end), {"amount": [1, 2, 3]})
    for number, record in enumerate(records):
        record["place"] = f"p{number % 70:02}"
    return Collection("crowded", records, start, end, groups=("place",), numbers=("amount",))


def recent(now: datetime) -> Collection:
    """Until ten days ago, and a little that is still to come."""
    rng = Random("recent")
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = today - timedelta(days=90), today + timedelta(days=60)
    dates = times(rng, 60, start, today - timedelta(days=10)) + times(rng, 4, today + timedelta(days=40), end)
    records = make(rng, dates, {"kind": ["a", "b", MISSING], "amount": [1, 2, None]})
    return Collection("recent", records, start, end, groups=("kind",), numbers=("amount",))
