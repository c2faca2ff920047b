"""The pipelines are looked at as such here; what they fold is the contract suite's matter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.names import is_valid_field
from backdrop.core.periods import EPOCH, Period
from backdrop.core.query import Collected, Fact, Filter, Grouping, PrefixFilter, Selection, Sort
from backdrop.core.values import Value
from backdrop.storage.mongo.filters import condition, order
from backdrop.storage.mongo.pipelines import Care, Pipeline, distinct, fold
from tests.contract.making import EVERYTHING, at

SUM = frozenset({Fact.SUM})


def folded(grouping: Grouping, selection: Selection = EVERYTHING, care: Care | None = None) -> Pipeline:
    pipeline = fold(selection, grouping, 10, care or Care())
    assert pipeline is not None
    return pipeline


def test_groups_are_one_group_stage() -> None:
    assert folded(Grouping(("channel",), None, (Collected("volume", SUM),))) == [
        {"$group": {"_id": {"k0": "$channel"}, "n": {"$sum": 1}, "h0": {"$max": "$volume"}, "w0": {"$sum": "$volume"}}},
        {"$match": {"_id.k0": {"$ne": None}}},
        {"$limit": 10},
    ]  # fmt: skip


def test_periods_are_folded_from_stored_days() -> None:
    selection = Selection(at("2020-01-01"), at("2020-03-01"), filters=(Filter("channel", ("web",)),))
    day_is_date = {"$eq": [{"$type": "$_id.d"}, "date"]}
    index = {"$dateDiff": {"startDate": EPOCH, "endDate": "$_id.d", "unit": "week", "startOfWeek": "monday"}}
    assert folded(Grouping(("service",), Period.WEEK), selection) == [
        {
            "$match": {
                "$and": [
                    {"_timestamp": {"$gte": at("2020-01-01"), "$lt": at("2020-03-01")}},
                    {"channel": {"$eq": "web"}},
                ]
            }
        },
        {"$group": {"_id": {"k0": "$service", "d": "$_day_start_at"}, "n": {"$sum": 1}}},
        {"$match": {"_id.k0": {"$ne": None}}},
        {
            "$group": {
                "_id": {"k0": "$_id.k0", "p": {"$cond": [day_is_date, index, None]}},
                "n": {"$sum": "$n"},
            }
        },
        {"$limit": 10},
    ]


def test_records_without_a_stored_day_are_grouped_by_their_time() -> None:
    pipeline = folded(Grouping(period=Period.DAY), care=Care(days=True))
    assert pipeline[0]["$group"]["_id"]["d"] == {"$ifNull": ["$_day_start_at", "$_timestamp"]}
    assert pipeline[1] == {"$match": {"_id.d": {"$type": "date"}}}


def test_hours_are_those_of_dates_only() -> None:
    pipeline = folded(Grouping(period=Period.HOUR))
    assert pipeline[0] == {"$match": {"$and": [{}, {"_timestamp": {"$type": "date"}}]}}
    bounded = folded(Grouping(period=Period.HOUR), Selection(start=at("2020-01-01")))
    assert bounded[0] == {"$match": {"_timestamp": {"$gte": at("2020-01-01")}}}


def operators(given: object) -> Iterator[str]:
    """The keys in a pipeline that begin with $."""
    if isinstance(given, dict):
        for key, value in given.items():
            if key.startswith("$"):
                yield key
            yield from operators(value)
    elif isinstance(given, list | tuple):
        for value in given:
            yield from operators(value)


def test_kinds_of_values_are_told_apart_only_where_it_is_needed() -> None:
    collected = (Collected("volume", frozenset({Fact.SUM, Fact.VALUES, Fact.EXTREMES})),)
    grouping = Grouping(("channel",), None, collected)
    cheap, mixed, exact = (
        set(operators(folded(grouping, care=care)))
        for care in (
            Care(),
            Care(mixed=frozenset({"volume"})),
            Care(mixed=frozenset({"volume"}), exact=frozenset({"volume"})),
        )
    )
    assert "$type" not in cheap
    assert "$type" in mixed
    assert exact - mixed == {"$toDecimal"}


def test_many_fields_are_kept_from_the_fast_engine() -> None:
    few, many = (tuple(Collected(f"field_{i}", SUM) for i in range(n)) for n in (20, 21))
    assert "$type" not in set(operators(folded(Grouping(collected=few))))
    assert "$type" in set(operators(folded(Grouping(collected=many))))


def test_what_is_not_wanted_is_not_folded() -> None:
    collected = tuple(Collected(name, frozenset({Fact.DISTINCT})) for name in ("kind", "size"))
    assert folded(Grouping(collected=(*collected, Collected("_day_start_at", frozenset(Fact))))) == [
        {"$group": {"_id": {}, "n": {"$sum": 1}}},
        {"$limit": 10},
    ]


def test_distinct_values_are_groups() -> None:
    assert distinct(EVERYTHING, Grouping(("channel",)), "service", 5, Care()) == [
        {"$group": {"_id": {"k0": "$channel", "v": "$service"}}},
        {"$match": {"_id.k0": {"$ne": None}, "_id.v": {"$ne": None}}},
        {"$limit": 5},
    ]


def test_nothing_is_asked_where_nothing_can_be() -> None:
    nothing = Selection(filters=(Filter("kind", ()),))
    assert fold(nothing, Grouping(), 5, Care()) is None
    assert distinct(nothing, Grouping(), "kind", 5, Care()) is None
    assert distinct(EVERYTHING, Grouping(), "$where", 5, Care()) is None


OPERATORS = {
    "$sum",
    "$min",
    "$max",
    "$cond",
    "$eq",
    "$gt",
    "$in",
    "$type",
    "$isNumber",
    "$ifNull",
    "$toDecimal",
} | {
    "$group",
    "$dateTrunc",
    "$dateDiff",
}
OWN_PATH = re.compile(r"n|_id\.[dkptv][0-9]*")
hostile = st.one_of(
    st.sampled_from(
        ["$where", "$$ROOT", "$kind", "a.$b", "a.b", "kind\0", "\0", "__proto__", "_id", "_week_start_at"]
    ),
    st.sampled_from(["kind", "size", "_timestamp"]),
    st.text(max_size=8),
)
hostile_values: st.SearchStrategy[Value] = st.one_of(
    hostile, st.none(), st.booleans(), st.integers(), st.floats()
)
selections = st.builds(
    Selection,
    filters=st.lists(
        st.builds(Filter, hostile, st.lists(hostile_values, max_size=3).map(tuple)), max_size=2
    ).map(tuple),
    prefixes=st.lists(
        st.builds(PrefixFilter, hostile, st.lists(hostile, max_size=2).map(tuple)), max_size=2
    ).map(tuple),
)
groupings = st.builds(
    Grouping,
    st.lists(hostile, max_size=2).map(tuple),
    st.one_of(st.none(), st.sampled_from(Period)),
    st.lists(
        st.builds(Collected, hostile, st.frozensets(st.sampled_from(Fact))),
        max_size=3,
        unique_by=lambda one: one.field,
    ).map(tuple),
)


def check_condition(given: dict[str, Any]) -> None:
    """Operators are ours, fields valid, operands values."""
    for key, value in given.items():
        if key in ("$and", "$or"):
            for one in value:
                check_condition(one)
        else:
            assert is_valid_field(key)
            assert set(value) <= {"$eq", "$in", "$gte", "$lt", "$lte", "$type"}
            assert not any(isinstance(operand, dict) for operand in value.values())


def strings(given: object) -> Iterator[str]:
    """The texts in an expression that are no keys."""
    if isinstance(given, dict):
        for value in given.values():
            yield from strings(value)
    elif isinstance(given, list | tuple):
        for value in given:
            yield from strings(value)
    elif isinstance(given, str):
        yield given


@given(selections, groupings, hostile, st.booleans())
def test_nothing_that_a_user_wrote_becomes_an_operator(
    selection: Selection, grouping: Grouping, name: str, flag: bool
) -> None:
    if (found := condition(selection)) is not None:
        check_condition(found)
    assert all(is_valid_field(key) and way in (1, -1) for key, way in order(Sort(name, flag)))
    fields = frozenset(collected.field for collected in grouping.collected) if flag else frozenset()
    care = Care(flag, fields, fields)
    for pipeline in (fold(selection, grouping, 5, care), distinct(selection, grouping, name, 5, care)):
        for stage in pipeline or ():
            assert set(stage) <= {"$match", "$group", "$limit"}
            if "$group" in stage:
                assert set(operators(stage)) <= OPERATORS
                paths = [text.removeprefix("$") for text in strings(stage) if "$" in text]
                assert all(OWN_PATH.fullmatch(path) or is_valid_field(path) for path in paths)


@pytest.mark.parametrize("period", Period)
def test_a_pipeline_ends_with_its_limit(period: Period) -> None:
    assert folded(Grouping(("kind",), period))[-1] == {"$limit": 10}
