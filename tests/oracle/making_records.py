"""What nasty records are made of: pools of values, and instants written in every way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

Record = dict[str, Any]

MISSING = object()


@dataclass(frozen=True, slots=True)
class Collection:
    """Records as posted, and what is worth asking about them.

    `groups` are fields to group by, `numbers` fields without strings whose folds may be sorted by; `untidy` ones
    are summed too, but their sums or means may differ in the last digit, so nothing is sorted by them; `others`
    hold strings as well. `start` to `end` is where the data is.
    """

    name: str
    records: list[Record]
    start: datetime
    end: datetime
    groups: tuple[str, ...]
    numbers: tuple[str, ...]
    untidy: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    config: Record = field(default_factory=lambda: {"raw_queries_allowed": True})

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.groups, *self.numbers, *self.untidy, *self.others)))


TEXTS = [
    *["", " ", "x", "X", "xy", "x ", " x", "x" * 300],
    *[
        "true",
        "false",
        "True",
        "null",
        "None",
        "1",
        "1.0",
        "01",
        "-0",
        "1e3",
        "0x10",
        "NaN",
        "Infinity",
        "1_000",
    ],
    *["2013-01-01", "2013-01-01T00:00:00Z", "2013-01-01T00:00:00+00:00"],
    *["a\0b", "\0", "a\0", "a", "line\nbreak", "tab\t", "\r\n", "back\\slash", "\u2028", "\ufeffbom"],
    *[
        "O'Brien",
        'say "hi"',
        "'; DROP TABLE records; --",
        "%",
        "_%",
        ".*",
        ".+",
        "[a-z]",
        "a.b",
        "$where",
        "a:b",
        ":",
    ],
    *[
        "\u00e9",
        "e\u0301",
        "e",
        "\u00e9t\u00e9",
        "\u00df",
        "ss",
        "\u0130",
        "\u0131",
        "i",
        "I",
        "\u212b",
        "\u00c5",
    ],
    *[
        "\ud7ff",
        "\ue000",
        "\ufb01",
        "\uffff",
        "\U00010000",
        "\U0001f388",
        "\U0001f388b",
        "\U0010ffff",
        "\u4e2d\u6587",
    ],
    *[
        "=1+1",
        "@sum",
        "+1",
        "-1",
        "a,b",
        "a;b",
        "{}",
        "[]",
        "&",
        "a&b=c",
        "#",
        "?",
        "%41",
        "%00",
        "\u202eabc",
    ],
]

EDGE_INTEGERS = [
    *[0, 1, -1, 2, 255, -(2**31), 2**31 - 1, 2**31, 2**32, 2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1],
    *[10**16, 10**18, 2**62, 2**63 - 2, 2**63 - 1, -(2**63), -(2**63) + 1],
]
HALVES = [0.5, -0.5, 1.0, 1.5, -2.25, 3.0, 1024.125, 0.0]
DECIMALS = [0.1, 0.2, 0.3, 1 / 3, 19.99, -19.99, 1e-7, 123456.789, 1.0]
EXTREMES = [
    5e-324,
    2.2250738585072014e-308,
    1.7976931348623157e308,
    -1e308,
    1e16,
    1e21,
    2.0**53,
    2.0**63,
    2**53 + 1,
]
MIXED: list[Any] = [
    *[0, 1, 1.0, 0.0, 2, -1, 2**53, 2**53 + 1, 2.0**53, True, False, None, MISSING],
    *["", "0", "1", "1.0", "2", "true", "false", "True", "null", "a", "A", "\U0001f388", "\ufb01"],
]
IDS = [
    "'",
    '"',
    "%",
    "a/b",
    "a%2Fb",
    "\U0001f388",
    "e\u0301",
    "\u00e9",
    "1",
    "01",
    "true",
    "A",
    "a",
    "-",
    "a:b",
]


def make(rng: Random, instants: Sequence[str | None], pools: dict[str, Sequence[Any]]) -> list[Record]:
    """One record per instant (None: no `_timestamp`), each field drawn from its pool."""
    records = []
    for instant in instants:
        record = {} if instant is None else {"_timestamp": instant}
        for name, pool in pools.items():
            value = rng.choice(pool)
            if value is not MISSING:
                record[name] = value
        records.append(record)
    return records


def between(rng: Random, start: datetime, end: datetime) -> datetime:
    """A random instant, now on midnight, now with a fraction of a second."""
    moment = start + timedelta(seconds=rng.randrange(int((end - start).total_seconds())))
    how = rng.randrange(4)
    if how == 0:
        return moment.replace(hour=0, minute=0, second=0)
    if how == 1:
        return moment.replace(minute=0, second=0)
    return moment.replace(microsecond=rng.choice([1, 500000, 999000, 999999])) if how == 2 else moment


def posted(rng: Random, instant: datetime) -> str:
    """The instant as a collector may write it: Z, another offset, or none at all, which means UTC."""
    how = rng.randrange(4)
    if how == 0:
        return instant.replace(tzinfo=None).isoformat() + "Z"
    if how == 1:
        return instant.replace(tzinfo=None).isoformat()
    if how == 2 and 2 < instant.year < 9998:
        minutes = rng.choice([60, -60, 330, -720, 840, -1])
        return instant.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    return instant.isoformat()


def times(rng: Random, count: int, start: datetime, end: datetime) -> list[str]:
    return [posted(rng, between(rng, start, end)) for _ in range(count)]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # the parts of a date, as many as given
