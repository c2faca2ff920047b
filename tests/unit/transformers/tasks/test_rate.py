from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.transformers.errors import Refused
from backdrop.transformers.tasks import rate
from tests.unit.transformers.tasks.shared import CONFIG, WEEK_1, WEEK_2, Json, readable, transform

OPTIONS = {
    "matchingAttribute": "stage",
    "valueAttribute": "count:sum",
    "numeratorMatcher": "^done$",
    "denominatorMatcher": "^begun$",
}


def row(week: Json, stage: Any, count: Any) -> Json:
    return {**week, "stage": stage, "count:sum": count}


def rates(rows: list[Json], **changed: Any) -> list[Any]:
    return [record["rate"] for record in rate.compute(rows, transform(**{**OPTIONS, **changed}), CONFIG)]


def test_a_rate_for_each_period() -> None:
    rows = [row(WEEK_2, "done", 1), row(WEEK_1, "done", 3), row(WEEK_2, "begun", 5), row(WEEK_1, "begun", 4)]
    first, second = rate.compute(rows, transform(**OPTIONS), CONFIG)
    assert first == {"_id": first["_id"], "_timestamp": WEEK_1["_start_at"], **WEEK_1, "rate": 0.75}
    assert readable(first["_id"]) == f"{WEEK_1['_start_at']}_{WEEK_1['_end_at']}"
    assert second["rate"] == 0.2


def test_expressions_are_searched_not_matched_whole() -> None:
    rows = [row(WEEK_1, "a:done", 1), row(WEEK_1, "b:done", 2), row(WEEK_1, "b:begun", 9)]
    assert rates(rows, numeratorMatcher="done", denominatorMatcher="^[ab]:") == [0.25]


@pytest.mark.parametrize(
    "rows",
    [
        [row(WEEK_1, "done", 1)],
        [row(WEEK_1, "begun", 1)],
        [row(WEEK_1, "other", 1)],
        [row(WEEK_1, "done", 1), row(WEEK_1, "begun", 0)],
        [row(WEEK_1, "done", None), row(WEEK_1, "begun", 2)],
        [row(WEEK_1, "done", 1), row(WEEK_1, "begun", None)],
        [row(WEEK_1, None, 1), row(WEEK_1, "begun", 2)],
        [row(WEEK_1, "done", 1e300), row(WEEK_1, "begun", 1e-300)],
        [{**WEEK_1, "_count": 0}],
    ],
)
def test_no_share_is_null(rows: list[Json]) -> None:
    assert rates(rows) == [None]


def test_rows_without_value_or_attribute_do_not_count() -> None:
    rows = [row(WEEK_1, "done", 1), row(WEEK_1, "begun", 2)]
    assert rates(
        [*rows, row(WEEK_1, "done", None), {**WEEK_1, "count:sum": 7}, {**WEEK_1, "stage": "done"}]
    ) == [0.5]


def test_no_numerator_at_all_is_zero_when_it_was_counted() -> None:
    assert rates([row(WEEK_1, "done", 0), row(WEEK_1, "begun", 2)]) == [0.0]


def test_booleans_count_as_in_sums_and_attributes_need_not_be_text() -> None:
    assert rates(
        [row(WEEK_1, True, True), row(WEEK_1, 10, 4)], numeratorMatcher="^true$", denominatorMatcher="^10$"
    ) == [0.25]


def test_integers_are_exact() -> None:
    large = 2**62
    assert rates([row(WEEK_1, "done", large), row(WEEK_1, "done", large), row(WEEK_1, "begun", 2**63)]) == [
        1.0
    ]
    rows = [row(WEEK_1, "done", 2**53), row(WEEK_1, "done", 1), row(WEEK_1, "begun", 2**53 + 1)]
    assert rates(rows) == [1.0]


def test_no_rows_give_no_records() -> None:
    assert rates([]) == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"numeratorMatcher": "("}, "option numeratorMatcher: '\\(' is not a regular expression"),
        ({"denominatorMatcher": 3}, "option denominatorMatcher is missing; it must be a string"),
        ({"valueAttribute": None}, "option valueAttribute is missing"),
        ({"matchingAttribute": ""}, "option matchingAttribute is missing"),
    ],
)
def test_a_bad_option_is_named(changed: Json, message: str) -> None:
    with pytest.raises(Refused, match=message):
        rates([], **changed)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (row(WEEK_1, "done", "7"), "'count:sum' is not a number in every row"),
        (row(WEEK_1, "done", [7]), "collect=volume:sum"),
        ({"stage": "done", "count:sum": 1}, "give the transform's query-parameters a period"),
    ],
)
def test_rows_that_can_not_be_summed(bad: Json, message: str) -> None:
    with pytest.raises(Refused, match=message):
        rates([bad])


ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from([WEEK_1, WEEK_2]),
        st.sampled_from(["done", "begun", "other", None]),
        st.none() | st.integers(-(10**18), 10**18) | st.floats(-1e9, 1e9),
    )
)


@given(ROWS, st.randoms())
def test_the_order_of_rows_changes_nothing(rows: list[Json], random: Any) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert rate.compute(shuffled, transform(**OPTIONS), CONFIG) == rate.compute(
        rows, transform(**OPTIONS), CONFIG
    )


@given(ROWS)
def test_periods_are_computed_apart(rows: list[Json]) -> None:
    """So a run over some periods writes what a run over more would write of them."""
    by_week = sorted(rows, key=lambda each: str(each["_start_at"]))
    apart = [
        record
        for _, week in groupby(by_week, key=lambda each: each["_start_at"])
        for record in rate.compute(list(week), transform(**OPTIONS), CONFIG)
    ]
    assert rate.compute(rows, transform(**OPTIONS), CONFIG) == apart


@given(st.lists(st.integers(0, 10**18), min_size=1), st.lists(st.integers(1, 10**18), min_size=1))
def test_a_rate_of_many_rows_is_that_of_their_sums(above: list[int], below: list[int]) -> None:
    many = [row(WEEK_1, "done", n) for n in above] + [row(WEEK_1, "begun", n) for n in below]
    assert rates(many) == rates([row(WEEK_1, "done", sum(above)), row(WEEK_1, "begun", sum(below))])
