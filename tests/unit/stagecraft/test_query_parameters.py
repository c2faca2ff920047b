"""What a transform may ask the read API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from backdrop.core.data_set import parse_data_set
from backdrop.core.errors import InvalidQuery
from backdrop.read.parse import parse
from backdrop.read.rules import check
from backdrop.transformers.errors import Refused
from backdrop.transformers.window import question
from stagecraft.openapi.bodies import QUERY_PARAMETERS
from stagecraft.transforms.query_parameters import query_parameter_faults
from stagecraft.transforms.query_range import PERIODS

NOW = datetime(2014, 4, 1, tzinfo=UTC)
ANY_QUERY = parse_data_set(
    {"name": "n", "data_group": "g", "data_type": "t", "bearer_token": "", "raw_queries_allowed": True}
)
RANGE = ("start_at", "end_at", "duration", "inclusive")


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
        {"period": "week", "duration": 4, "flatten": True, "format": "json"},
        {"period": "week", "inclusive": False},
        {"period": "day", "duration": 7, "start_at": "2014-04-01T00:00:00Z", "inclusive": True},
        {"period": "month", "duration": 3, "end_at": "2014-04-01 00:00Z"},
        {"start_at": "2014-04-01T00:00:00+01:00", "end_at": "2014-05-01T00:00:00Z"},
        {"period": "year", "collect": [], "filter_by": None, "group_by": [None]},
    ],
)
def test_what_the_read_api_takes(parameters: dict[str, Any]) -> None:
    assert query_parameter_faults(parameters) == []
    Draft202012Validator(QUERY_PARAMETERS).validate(parameters)


def test_a_query_that_no_request_line_holds() -> None:
    for long in ({"filter_by": ["key:" + 7000 * "x"]}, {"group_by": [f"key{i}" for i in range(1000)]}):
        (fault,) = query_parameter_faults(long)
        assert "characters long as a query; at most 7000 can be asked" in fault.message


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


FIELD = st.sampled_from(
    ["channel", "device", "_count", "_timestamp", "count", "a b", "x", "n1", "values", ""]
)
NAME = st.one_of(FIELD, FIELD, FIELD, st.text(st.characters(exclude_categories=["Cs"]), max_size=4))
COLLECT = st.builds(str.__add__, NAME, st.sampled_from(["", ":sum", ":set", ":median", ":mean", ":"]))
FILTER = st.builds(str.__add__, st.one_of(NAME, st.just("$where")), st.sampled_from(["", ":", ":a", ":a:b"]))
SORT = st.builds(str.__add__, COLLECT, st.sampled_from(["", ":ascending", ":descending", ":up"]))
FLAG = st.sampled_from([True, False, "true", "false", "yes", 1, None])
# Beside good dates those that are none, those that a millisecond is too coarse for, and those on the edge of time.
INSTANT = st.sampled_from(
    [
        "2014-01-01T00:00:00Z",
        "2014-01-01 01:00+01",
        "2014-01-01T00:00:00.0009Z",
        "2014-03-01T00:00:00.123456789-0230",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59.999Z",
        "9999-12-01T00:00Z",
        "2014-02-30T00:00:00Z",
        "2014-01-01T24:00:00Z",
        "2014-01-01",
        "2014-01-01T00:00:00",
        "soon",
        "",
        None,
    ]
)
WHOLE = st.sampled_from(
    [1, 4, "007", 0, "0", 119_987, 3_000_000, 10**30, "9" * 5000, -1, 1.5, "x", "", True, None]
)
SINGLE = {
    "period": st.sampled_from(["hour", "day", "week", "month", "quarter", "year", "fortnight", "", 7, None]),
    "start_at": INSTANT,
    "end_at": INSTANT,
    "duration": WHOLE,
    "inclusive": FLAG,
    "sort_by": SORT,
    "limit": WHOLE,
    "flatten": st.sampled_from([True, False, "true", None]),
    "format": st.sampled_from(["json", "csv", "xml", None]),
    "colour": st.just("red"),
}


def one_or_more(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.one_of(st.lists(st.one_of(texts, st.none()), max_size=3), texts, st.none())


REPEATED = {
    "group_by": one_or_more(NAME),
    "collect": one_or_more(COLLECT),
    "filter_by": one_or_more(FILTER),
    "filter_by_prefix": one_or_more(FILTER),
}


@settings(max_examples=600, deadline=None)
@given(st.fixed_dictionaries({}, optional={**REPEATED, **SINGLE}))
def test_it_finds_no_fault_in_what_the_read_api_takes_and_in_nothing_else(parameters: dict[str, Any]) -> None:
    """Taken is what a run sends, and what was said too, with a run's range where none was said."""
    assert (query_parameter_faults(parameters) == []) == (
        _sent_is_taken(parameters) and _said_is_taken(parameters)
    )


@example({"period": "month", "start_at": "9999-10-01T00:00:00Z", "duration": 2})
@example({"period": "month", "start_at": "9999-10-01T00:00:00Z", "duration": 2, "inclusive": True})
@example({"period": "day", "start_at": "2014-01-01T00:00:00.0009Z", "end_at": "2014-01-01T00:00:00.0001Z"})
@settings(max_examples=300, deadline=None)
@given(
    st.fixed_dictionaries(
        {"period": st.sampled_from([*PERIODS])}, optional={name: SINGLE[name] for name in RANGE}
    )
)
def test_so_it_does_with_ranges_alone(parameters: dict[str, Any]) -> None:
    assert (query_parameter_faults(parameters) == []) == (
        _sent_is_taken(parameters) and _said_is_taken(parameters)
    )


def _sent_is_taken(parameters: dict[str, Any]) -> bool:
    """What the worker asks, by its own code."""
    try:
        asked = question(
            parameters,
            datetime(2014, 1, 6, tzinfo=UTC),
            datetime(2014, 3, 3, tzinfo=UTC),
            NOW,
            raw_queries_allowed=True,
        )
    except Refused:
        return False
    # nothing is asked of a period that isn't over, so a year is looked at as another one
    if asked is None:
        return _sent_is_taken({**parameters, "period": "month"})
    return _taken(list(asked.parameters))


def _said_is_taken(parameters: dict[str, Any]) -> bool:
    said = {name: value for name, value in parameters.items() if value is not None and name != "flatten"}
    if not {"start_at", "end_at", "duration"} & set(said):
        said |= {"start_at": "2014-01-01T00:00:00Z", "end_at": "2014-02-01T00:00:00Z"}
    pairs = [
        (name, str(item).lower() if isinstance(item, bool) else str(item))
        for name, value in said.items()
        for item in (value if isinstance(value, list) else [value])
        if item is not None
    ]
    return _taken([*pairs, ("flatten", "true")])


def _taken(pairs: list[tuple[str, str]]) -> bool:
    """By the read API, whatever the limit on rows and for a data set that allows all queries."""
    try:
        query = parse(parse_qs(urlencode(pairs), keep_blank_values=True), NOW, 10**18 + 1)
        check(query, ANY_QUERY)
    except InvalidQuery:
        return False
    return True


def test_a_list_is_for_what_may_be_given_several_times() -> None:
    for name, value in (
        ("period", "week"),
        ("limit", 3),
        ("sort_by", "_timestamp:ascending"),
        ("format", "csv"),
    ):
        assert keys({"group_by": "channel", name: []}) == [name]
        assert keys({"group_by": "channel", name: [value]}) == [name]
        assert not Draft202012Validator(QUERY_PARAMETERS).is_valid({name: [value]})


@pytest.mark.parametrize(
    ("parameters", "messages"),
    [
        (
            {"start_at": "2014-02-01T00:00:00Z", "end_at": "2014-01-01T00:00:00Z"},
            ["end_at is before start_at"],
        ),
        ({"duration": 4}, ["duration needs period"]),
        ({"start_at": "2014-02-01T00:00:00Z"}, ["start_at needs end_at or duration"]),
        ({"period": "week", "end_at": "2014-02-01T00:00:00Z"}, ["end_at needs start_at or duration"]),
        ({"period": "week", "duration": 4, "inclusive": True}, ["inclusive needs start_at or end_at"]),
        ({"period": "year", "duration": 5000}, ["period years can't leave the years 1 to 9999"]),
        # once, for what is wrong, and not for what would follow from it
        ({"period": "fortnight", "duration": 4, "collect": "n1"}, ["period must be one of"]),
    ],
)
def test_faults_say_what_to_do(parameters: dict[str, Any], messages: list[str]) -> None:
    found = [f"{fault.key} {fault.message}" for fault in query_parameter_faults(parameters)]
    assert len(found) == len(messages)
    assert all(one.startswith(other) for one, other in zip(found, messages, strict=True)), found
