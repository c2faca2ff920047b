"""What the oracle refuses, and which parameter it wants named."""

from __future__ import annotations

import pytest

from tests.oracle.answers import Answer
from tests.oracle.comparing import csv_difference, difference, value_difference
from tests.unit.oracle.test_answers import JANUARY, OPEN, ask

CLOSED = {"raw_queries_allowed": False}

REFUSED = [
    ("colour=red", "colour"),
    ("Period=day", "Period"),
    ("limit=1&limit=1", "limit"),
    (f"period=day&period=day&{JANUARY}", "period"),
    ("start_at=2013-02-29T00:00:00Z&end_at=2013-03-01T00:00:00Z", "start_at"),
    ("start_at=2013-02-01T00:00:00&end_at=2013-03-01T00:00:00Z", "start_at"),
    ("start_at=2013-02-01T00:00:00Z&end_at=2013-03-01T00:00:00 01:00", "end_at"),
    ("start_at=0001-01-01T00:00:00+01:00&end_at=2013-03-01T00:00:00Z", "start_at"),
    ("start_at=2013-03-01T00:00:00Z", "start_at"),
    ("end_at=2013-03-01T00:00:00Z", "end_at"),
    ("start_at=2013-03-01T00:00:01Z&end_at=2013-03-01T00:00:00Z", "start_at"),
    ("inclusive=true", "inclusive"),
    (f"inclusive=True&{JANUARY}", "inclusive"),
    (f"period=decade&{JANUARY}", "period"),
    ("period=day", "period"),
    ("period=day&start_at=2013-01-01T00:00:00Z", "period"),
    ("period=day&duration=0", "duration"),
    ("period=day&duration=-1", "duration"),
    ("period=day&duration=1.0", "duration"),
    ("period=day&duration=1_0", "duration"),
    ("period=day&duration=\u0663", "duration"),
    ("duration=1&start_at=2013-01-01T00:00:00Z", "duration"),
    (f"period=day&duration=1&{JANUARY}", "duration"),
    ("filter_by=field", "filter_by"),
    ("filter_by=$field:1", "filter_by"),
    ("filter_by=f:1", "filter_by"),
    ("filter_by=field\n:1", "filter_by"),
    ("filter_by=", "filter_by"),
    ("filter_by_prefix=fi eld:1", "filter_by_prefix"),
    ("filter_by=field:1&filter_by_prefix=field:1", "filter_by_prefix"),
    ("group_by=_id", "group_by"),
    ("group_by=f-f", "group_by"),
    ("collect=field", "collect"),
    ("group_by=place&collect=field:median", "collect"),
    ("group_by=place&collect=field:", "collect"),
    ("group_by=place&collect=field:sum:sum", "collect"),
    ("group_by=place&collect=_timestamp:max", "collect"),
    ("group_by=place&collect=place", "collect"),
    ("sort_by=field", "sort_by"),
    ("sort_by=field:up", "sort_by"),
    ("sort_by=:ascending", "sort_by"),
    ("sort_by=volume:sum:ascending", "sort_by"),
    (f"period=day&sort_by=_count:ascending&{JANUARY}", "sort_by"),
    ("group_by=place&sort_by=volume:ascending", "sort_by"),
    ("group_by=place&sort_by=_group_count:ascending", "sort_by"),
    ("group_by=place&collect=volume:set&sort_by=volume:ascending", "sort_by"),
    (f"group_by=place&period=day&sort_by=values:ascending&{JANUARY}", "sort_by"),
    ("limit=-1", "limit"),
    ("limit=ten", "limit"),
    (f"period=day&limit=1&{JANUARY}", "limit"),
    ("flatten=1", "flatten"),
    ("format=xml", "format"),
    (f"period=day&group_by=values&{JANUARY}", "group_by"),
    (f"period=day&group_by=place&collect=values&{JANUARY}", "collect"),
]


@pytest.mark.parametrize(("query", "name"), REFUSED)
def test_refused(query: str, name: str) -> None:
    given = ask([], query)
    assert given.status == 400
    assert name in set().union(*(fault.names for fault in given.faults))


@pytest.mark.parametrize(
    "query",
    [
        "sort_by=volume:ascending",
        "group_by=place&collect=volume&sort_by=volume:ascending",
        "group_by=place&collect=volume&sort_by=volume:set:ascending",
        "group_by=place&collect=volume:max&sort_by=volume:max:descending",
        f"group_by=place&period=day&sort_by=_group_count:ascending&{JANUARY}",
        f"group_by=values&period=day&flatten=true&{JANUARY}",
        f"group_by=place&collect=values:sum&period=day&{JANUARY}",
        "filter_by=Field_1:$x:y",
        "period=day&duration=2&inclusive=true&end_at=2013-01-01T00:00:00.5Z",
        "limit=0",
        "start_at=2013-03-01T00:00:00Z&end_at=2013-03-01T00:00:00Z",
    ],
)
def test_accepted(query: str) -> None:
    assert ask([], query).status == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=1", 400),
        ("group_by=place", 200),
        (f"group_by=place&{JANUARY}", 200),
        (f"period=day&{JANUARY}", 200),
        (f"period=week&{JANUARY}", 400),
        ("period=week&start_at=2013-01-07T00:00:00Z&end_at=2013-01-14T00:00:00Z", 200),
        ("period=week&duration=1&start_at=2013-01-07T01:00:00+01:00", 200),
        ("period=week&duration=1&end_at=2013-01-08T00:00:00Z", 400),
        ("period=month&duration=1&start_at=2013-02-01T00:00:00Z", 200),
        ("period=month&duration=1&start_at=2013-02-02T00:00:00Z", 400),
        ("period=day&duration=6", 400),
        ("period=day&duration=7", 200),
        ("period=hour&duration=1", 200),
        ("period=hour&start_at=2013-01-01T11:00:00Z&end_at=2013-01-01T12:00:00Z", 200),
        ("group_by=place&start_at=2013-01-01T00:00:00Z&end_at=2013-01-07T00:00:00Z", 400),
        ("group_by=place&start_at=2013-01-01T00:00:01Z&end_at=2013-01-29T00:00:00Z", 400),
    ],
)
def test_data_sets_without_raw_queries(query: str, status: int) -> None:
    assert ask([], query, CLOSED).status == status
    assert ask([], query, OPEN).status == 200


def test_the_message_has_to_name_the_parameter() -> None:
    refused = ask([], "filter_by=a:1")
    assert difference(refused, 400, {"status": "error", "message": "filter_by: no such name: a"}) is None
    for wrong in ("bad query", "filter_by_prefix is wrong"):
        assert difference(refused, 400, {"status": "error", "message": wrong})
    assert difference(refused, 200, {"data": []})
    assert difference(refused, 400, {"message": "filter_by"})


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        (1, 1.0, True),
        (1.0, 1, True),
        (1, True, False),
        (0, None, False),
        ("1", 1, False),
        (2**53 + 1, float(2**53), False),
        (0.1, 0.1 + 1e-17, True),
        (0.1, 0.1001, False),
        ([1, 2], [2, 1], False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
    ],
)
def test_comparing(expected: object, actual: object, same: bool) -> None:
    assert (value_difference(expected, actual) is None) == same
    assert (difference(Answer(200, {"data": expected}), 200, {"data": actual}) is None) == same


def test_comparing_csv() -> None:
    expected = Answer(
        200, {"data": [{"place": "a", "_count": 2, "x:set": [1, 2]}, {"place": "b", "_count": 1}]}
    )
    assert csv_difference(expected, '_count,place,x:set\r\n2,a,"1,2"\r\n1,b,\r\n') is None
    for wrong in ("place,_count,x:set\n", "_count,place,x:set\n2,a,1\n", "_count,place,x:set\n1,a,1\n1,b,\n"):
        assert csv_difference(expected, wrong)
