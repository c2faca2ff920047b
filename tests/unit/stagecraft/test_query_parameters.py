"""What a transform may ask the read API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.errors import AnswerTooLarge, InvalidQuery
from backdrop.read.parse import parse
from stagecraft.transforms.query_parameters import query_parameter_faults

NOW = datetime(2014, 4, 1, tzinfo=UTC)


def keys(parameters: Any) -> list[str | None]:
    return [fault.key for fault in query_parameter_faults(parameters)]


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"period": "week", "group_by": ["channel"], "collect": ["count:sum"], "filter_by": ["a_b:c"]},
        {"period": "month", "group_by": "channel", "collect": "count"},
        {"group_by": ["channel", "device"], "sort_by": "device:ascending", "limit": 5},
        {"group_by": ["channel"], "collect": ["n_a:mean"], "sort_by": "n_a:mean:descending", "limit": "0"},
        {"group_by": ["channel"], "collect": ["n_a"], "sort_by": "n_a:set:descending"},
        {"period": "day", "group_by": ["channel"], "sort_by": "_group_count:ascending"},
        {"filter_by_prefix": "page:/a", "sort_by": "_timestamp:descending"},
        {"filter_by": ["_id:x:y", "flag:true"], "limit": None},
        {"period": "week", "duration": 4, "flatten": True, "inclusive": False, "format": "json"},
        {"start_at": "2014-04-01T00:00:00+01:00", "end_at": "2014-05-01T00:00:00Z"},
        {"period": "year", "collect": []},
    ],
)
def test_what_the_read_api_takes(parameters: dict[str, Any]) -> None:
    assert query_parameter_faults(parameters) == []


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"periods": "week"}, ["periods"]),
        ({"period": "fortnight"}, ["period"]),
        ({"period": ["week", "day"]}, ["period"]),
        ({"period": {"of": "time"}}, ["period"]),
        ({"group_by": ["a b", "_id", "x"]}, ["group_by", "group_by", "group_by"]),
        ({"group_by": [["a_b"]]}, ["group_by"]),
        ({"period": "week", "collect": ["a_b:median", "_x:sum", "c d"]}, ["collect"] * 3),
        ({"filter_by": ["no colon", "$a:b", "a b:c"]}, ["filter_by"] * 3),
        ({"filter_by": "aa:b", "filter_by_prefix": "aa:b"}, ["filter_by_prefix"]),
        ({"collect": "count:sum"}, ["collect"]),
        ({"group_by": "channel", "collect": "channel:set"}, ["collect"]),
        ({"period": "week", "sort_by": "_count:ascending", "limit": 3}, ["sort_by", "limit"]),
        ({"sort_by": "count"}, ["sort_by"]),
        ({"sort_by": "count:upwards"}, ["sort_by"]),
        ({"sort_by": "a b:ascending"}, ["sort_by"]),
        ({"group_by": "channel", "sort_by": "device:ascending"}, ["sort_by"]),
        ({"group_by": "channel", "sort_by": "_group_count:ascending"}, ["sort_by"]),
        ({"limit": -1}, ["limit"]),
        ({"limit": 1.5}, ["limit"]),
        ({"period": "day", "duration": 0}, ["duration"]),
        ({"inclusive": "yes", "flatten": 1, "format": "xml"}, ["inclusive", "flatten", "format"]),
        ({"start_at": "2014-04-01", "end_at": "soon"}, ["start_at", "end_at"]),
        ([], [None]),
        (None, [None]),
    ],
)
def test_everything_that_it_refuses_is_named(parameters: Any, named: list[str | None]) -> None:
    assert keys(parameters) == named


FIELD = st.sampled_from(["channel", "device", "_count", "_timestamp", "count", "a b", "x", "$where", "n1"])
COLLECT = st.builds(str.__add__, FIELD, st.sampled_from(["", ":sum", ":set", ":median", ":mean"]))
FILTER = st.builds(str.__add__, FIELD, st.sampled_from(["", ":", ":a", ":true", ":a:b"]))
SORT = st.builds(str.__add__, COLLECT, st.sampled_from(["", ":ascending", ":descending", ":up"]))
SAID = st.fixed_dictionaries(
    {},
    optional={
        "period": st.sampled_from(["hour", "week", "fortnight"]),
        "group_by": st.lists(FIELD, max_size=3),
        "collect": st.lists(COLLECT, max_size=3),
        "filter_by": st.lists(FILTER, max_size=2),
        "filter_by_prefix": st.lists(FILTER, max_size=2),
        "sort_by": SORT,
        "limit": st.sampled_from(["0", "7", "-1", "x"]),
        "colour": st.just("red"),
    },
)


@given(SAID)
def test_it_agrees_with_the_read_api(parameters: dict[str, Any]) -> None:
    """With the range that a run adds: what is found right here is answered there, what is wrong refused."""
    texts = {name: [value] if isinstance(value, str) else value for name, value in parameters.items()}
    asked = {name: values for name, values in texts.items() if values}
    range_of_a_run = {"start_at": ["2014-01-01T00:00:00Z"], "end_at": ["2014-02-01T00:00:00Z"]}
    assert (query_parameter_faults(parameters) == []) == _taken(
        {**asked, **range_of_a_run, "flatten": ["true"]}
    )


def _taken(query: dict[str, list[str]]) -> bool:
    try:
        parse(query, NOW, 1_000_000)
    except (InvalidQuery, AnswerTooLarge):
        return False
    return True
