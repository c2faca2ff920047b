"""Every rule of the parameter table broken, one at a time and in pairs."""

from __future__ import annotations

from random import Random

from tests.oracle.question import Params

RANGE = [("start_at", "2013-01-01T00:00:00Z"), ("end_at", "2013-03-01T00:00:00Z")]
BY_DAY = [*RANGE, ("period", "day")]
START, END = RANGE

NOT_DATES = [
    *["", "2013-02-29T00:00:00Z", "2013-13-01T00:00:00Z", "2013-00-10T00:00:00Z", "2013-01-32T00:00:00Z"],
    *[
        "2013-01-01",
        "2013-01-01T00:00:00",
        "2013-01-01T25:00:00Z",
        "2013-01-01T00:60:00Z",
        "20130101",
        "yesterday",
    ],
    *[
        "2013-01-01T00:00:00 00:00",
        "2013-01-01T00:00:00+25:00",
        "2013-01-01T00:00:00ZZ",
        " 2013-01-01T00:00:00Z ",
    ],
    *[
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:30:00-01:00",
        "10000-01-01T00:00:00Z",
    ],
    *["\u0662\u0660\u0661\u0663-01-01T00:00:00Z", "1356998400", "null", "2013-01-01T00:00:00Z\0", "true"],
]
NOT_NAMES = [
    "",
    "a",
    "$field",
    "$where",
    "1field",
    "fi-eld",
    "fi eld",
    "fi.eld",
    "field\n",
    "\u00e9tat",
    "f\0eld",
    "'",
    "_",
]
NOT_INTEGERS = ["", "abc", "1.0", "1e1", "-1", "1_0", "\u0663", "0x1", "NaN", "true", "1 0", "\u00b2", "--1"]
NOT_FLAGS = ["", "True", "TRUE", "yes", "1", "0", "null", "true "]
NOT_PERIODS = ["", "Day", "days", "fortnight", "minute", "decade", "day ", "null", "__class__"]
NOT_METHODS = ["", "median", "Sum", "avg", "first", "sum ", "sum:sum", ":sum", "$sum", "__len__"]
NOT_DIRECTIONS = ["", "up", "asc", "Ascending", "1", "-1"]
UNKNOWN = [
    "colour",
    "Period",
    "start-at",
    "startAt",
    "filterby",
    "callback",
    "offset",
    "group_by[]",
    "",
    "_",
    "sort",
    "\U0001f388",
]


def bad_queries(rounds: int = 1) -> list[Params]:
    singles = _values() + _combinations()
    rng = Random("bad queries")
    pairs = [_merged(rng.choice(singles), rng.choice(singles), rng) for _ in range(80 * rounds)]
    return singles + pairs


def _merged(one: Params, two: Params, rng: Random) -> Params:
    merged = list(dict.fromkeys([*one, *two]))
    rng.shuffle(merged)
    return merged


def _values() -> list[Params]:
    """One parameter with a value that it can't have, everything else in order."""
    queries: list[Params] = [[(name, "x"), *BY_DAY] for name in UNKNOWN]
    for text in NOT_DATES:
        queries += [[("start_at", text), END], [START, ("end_at", text)]]
        queries.append([("start_at", text), ("period", "week"), ("duration", "2")])
    queries += [[("inclusive", text), *RANGE] for text in NOT_FLAGS]
    queries += [[("flatten", text), *BY_DAY] for text in NOT_FLAGS]
    queries += [[("period", text), *RANGE] for text in NOT_PERIODS]
    queries += [[("duration", text), ("period", "day")] for text in [*NOT_INTEGERS, "0", "-0"]]
    queries += [[("limit", text)] for text in NOT_INTEGERS]
    queries += [[("format", text)] for text in ("", "xml", "CSV", "json,csv", "jsonp")]
    queries += [[("collect", f"volume:{text}"), ("group_by", "authority")] for text in NOT_METHODS]
    queries += [[("sort_by", f"volume:{text}")] for text in NOT_DIRECTIONS]
    return queries + _names()


def _names() -> list[Params]:
    queries: list[Params] = []
    for name in NOT_NAMES:
        queries += [[("filter_by", f"{name}:x")], [("filter_by_prefix", f"{name}:x")], [("group_by", name)]]
        queries += [[("collect", name), *BY_DAY], [("collect", f"{name}:sum"), ("group_by", "authority")]]
        queries.append([("sort_by", f"{name}:ascending")])
    queries += [[("filter_by", text)] for text in ("", "authority", "Camden", ":", ":x")]
    queries += [[("filter_by_prefix", text)] for text in ("", "authority", ":")]
    for internal in ("_id", "_timestamp", "_start_at", "_updated_at", "_count", "_foo"):
        queries += [[("group_by", internal)], [("group_by", "authority"), ("collect", f"{internal}:max")]]
        queries.append([("collect", internal), *BY_DAY])
    return queries


def _combinations() -> list[Params]:
    """Parameters that need, or can't have, each other."""
    group, volume = ("group_by", "authority"), ("collect", "volume:sum")
    queries: list[Params] = [
        [START],
        [END],
        [START, group],
        [("start_at", END[1]), ("end_at", START[1])],
        [("start_at", "2013-01-01T00:00:00Z"), ("end_at", "2013-01-01T00:30:00+01:00")],
        [("inclusive", "true")],
        [("inclusive", "false"), group],
        [("inclusive", "true"), ("period", "day"), ("duration", "9")],
        [("period", "day")],
        [("period", "day"), START],
        [("period", "day"), END, group],
        [("duration", "3")],
        [("duration", "3"), START],
        [("duration", "3"), group],
        [("duration", "3"), *BY_DAY],
        [("filter_by", "authority:Camden"), ("filter_by_prefix", "authority:C")],
        [volume],
        [volume, *RANGE],
        [group, ("collect", "authority")],
        [group, ("collect", "authority:count"), *BY_DAY],
        [*BY_DAY, ("sort_by", "_count:ascending")],
        [*BY_DAY, volume, ("sort_by", "volume:sum:ascending")],
        [*BY_DAY, ("limit", "3")],
        [*BY_DAY, ("limit", "0")],
        [*BY_DAY, ("flatten", "true"), ("limit", "3")],
        [*BY_DAY, ("group_by", "values")],
        [*BY_DAY, group, ("collect", "values")],
        [*BY_DAY, group, ("collect", "values"), ("flatten", "false")],
        [("sort_by", "volume:sum:ascending")],
        [("sort_by", "ascending")],
    ]
    return queries + _keys_that_rows_lack() + _given_twice()


def _keys_that_rows_lack() -> list[Params]:
    """Orders of groups by what is no key of their rows."""
    group, volume = ("group_by", "authority"), ("collect", "volume:sum")
    queries: list[Params] = []
    for key in (
        "volume",
        "channel",
        "_group_count",
        "_timestamp",
        "_id",
        "values",
        "volume:set",
        "volume:sum",
    ):
        queries.append([group, ("sort_by", f"{key}:ascending")])
    for key in ("volume", "volume:mean", "values", "_start_at", "_end_at", "volume:sum:sum", "VOLUME:sum"):
        queries.append([group, volume, *BY_DAY, ("sort_by", f"{key}:descending")])
    return queries


def _given_twice() -> list[Params]:
    """Parameters that may be given once."""
    queries: list[Params] = [[*BY_DAY, (name, value), (name, value)] for name, value in BY_DAY]
    for name, value in (
        ("limit", "1"),
        ("sort_by", "volume:ascending"),
        ("flatten", "true"),
        ("format", "json"),
    ):
        queries += [[(name, value), (name, value)], [(name, value), *RANGE, (name, "1")]]
    queries.append([("duration", "1"), ("duration", "2"), ("period", "day")])
    queries.append([("inclusive", "true"), ("inclusive", "false"), *RANGE])
    return queries
