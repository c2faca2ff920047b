from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest

from backdrop.core.data_set import DataSet
from backdrop.core.errors import InvalidQuery
from backdrop.read import rules
from backdrop.read.parse import parse

CLOSED = DataSet("g_t", "g", "t")
OPEN = DataSet("g_t", "g", "t", raw_queries_allowed=True)
NOW = datetime(2013, 4, 17, 10, 30, tzinfo=UTC)


def check(query_string: str, data_set: DataSet) -> None:
    rules.check(parse(parse_qs(query_string), NOW, 10_000), data_set)


def between(start: str, end: str) -> str:
    return f"start_at={start}Z&end_at={end}Z"


REFUSED = [
    ("", "raw data"),
    (between("2013-01-07T00:00:00", "2013-01-14T00:00:00"), "raw data"),
    ("group_by=channel&" + between("2013-01-07T00:00:00", "2013-01-13T00:00:00"), "7 days"),
    ("period=day&duration=6", "7 days"),
    (
        "group_by=channel&" + between("2013-01-07T00:00:01", "2013-01-24T00:00:00"),
        "start_at must be midnight",
    ),
    ("group_by=channel&" + between("2013-01-07T00:00:00", "2013-01-24T12:00:00"), "end_at must be midnight"),
    ("period=week&" + between("2013-01-08T00:00:00", "2013-01-21T00:00:00"), "start_at must be a Monday"),
    ("period=week&" + between("2013-01-07T00:00:00", "2013-01-22T00:00:00"), "end_at must be a Monday"),
    ("period=month&" + between("2013-01-02T00:00:00", "2013-02-01T00:00:00"), "start_at must be the first"),
    ("period=week&duration=2&start_at=2013-01-08T00:00:00Z", "start_at must be a Monday"),
]


@pytest.mark.parametrize(("query_string", "reason"), REFUSED)
def test_a_data_set_without_raw_queries_refuses_narrow_ones(query_string: str, reason: str) -> None:
    with pytest.raises(InvalidQuery, match=reason):
        check(query_string, CLOSED)


@pytest.mark.parametrize("query_string", [query_string for query_string, _ in REFUSED])
def test_a_data_set_with_raw_queries_refuses_none_of_them(query_string: str) -> None:
    check(query_string, OPEN)


@pytest.mark.parametrize(
    "query_string",
    [
        "group_by=channel",
        "group_by=channel&" + between("2013-01-07T00:00:00", "2013-01-14T00:00:00"),
        "period=week&" + between("2013-01-07T00:00:00", "2013-01-14T00:00:00"),
        "period=month&" + between("2013-01-01T00:00:00", "2013-02-01T00:00:00"),
        "period=day&" + between("2013-01-02T00:00:00", "2013-01-09T00:00:00"),
        "period=hour&" + between("2013-01-02T10:20:30", "2013-01-02T12:00:00"),
        "period=week&duration=1",
        "period=day&duration=7",
        "period=quarter&duration=1&end_at=2013-01-07T00:00:00Z",
    ],
)
def test_it_answers_wide_ones_on_boundaries_and_hours_as_they_are(query_string: str) -> None:
    check(query_string, CLOSED)
