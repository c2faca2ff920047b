from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.transformers.errors import Refused
from backdrop.transformers.tasks import user_satisfaction
from tests.unit.transformers.tasks.shared import CONFIG, WEEK_1, WEEK_2, Json, readable, transform


def row(week: Json, ratings: list[Any], total: Any) -> Json:
    return {**week, **{f"rating_{n}:sum": count for n, count in enumerate(ratings, 1)}, "total:sum": total}


def compute(rows: list[Json]) -> list[Json]:
    return user_satisfaction.compute(rows, transform(), CONFIG)


def test_a_score_for_each_row() -> None:
    first, second = compute([row(WEEK_2, [0, 0, 0, 0, 4], 4), row(WEEK_1, [1, 0, 1, 0, 2], 4)])
    assert first == {
        "_id": first["_id"],
        "_timestamp": WEEK_1["_start_at"],
        **WEEK_1,
        "rating_1": 1,
        "rating_2": 0,
        "rating_3": 1,
        "rating_4": 0,
        "rating_5": 2,
        "num_responses": 4,
        "score": 0.625,
    }
    assert readable(first["_id"]) == f"{WEEK_1['_start_at']}_{WEEK_1['_end_at']}"
    assert second["score"] == 1.0


@pytest.mark.parametrize(("ratings", "total"), [([0] * 5, 0), ([None] * 5, None)])
def test_nobody_responded(ratings: list[Any], total: Any) -> None:
    (record,) = compute([row(WEEK_1, ratings, total)])
    assert record["score"] is None
    assert record["num_responses"] == total
    assert record["rating_3"] == ratings[2]


@pytest.mark.parametrize("ratings", [[None] * 5, [0] * 5, [None, 0, None, None, 0]])
def test_who_responded_without_a_rating_has_no_score(ratings: list[Any]) -> None:
    (record,) = compute([row(WEEK_1, ratings, 4)])
    assert (record["score"], record["num_responses"]) == (None, 4)


def test_a_rating_that_nobody_gave_may_be_null() -> None:
    (record,) = compute([row(WEEK_1, [None, None, None, None, 2], 2)])
    assert record["score"] == 1.0


def test_what_is_not_collected_is_named() -> None:
    incomplete = row(WEEK_1, [1, 1, 1, 1, 1], 5)
    del incomplete["rating_4:sum"]
    with pytest.raises(Refused, match="add rating_4:sum to the query-parameters' collect"):
        compute([incomplete])


def test_no_rows_give_no_records() -> None:
    assert compute([]) == []


@given(st.lists(st.integers(0, 10**15), min_size=5, max_size=5).filter(any))
def test_the_score_is_a_share(ratings: list[int]) -> None:
    (record,) = compute([row(WEEK_1, ratings, sum(ratings))])
    assert -1e-9 <= record["score"] <= 1 + 1e-9
