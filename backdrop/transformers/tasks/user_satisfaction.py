"""Ratings from 1 to 5 as one score between 0 and 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backdrop.transformers.definition import Record, Row
from backdrop.transformers.errors import Refused
from backdrop.transformers.per_period import PerPeriod, identity
from backdrop.transformers.rows import Number, number, period_of

RATINGS = (1, 2, 3, 4, 5)


def compute(
    rows: Sequence[Row], transform: Mapping[str, Any], data_set_config: Mapping[str, Any]
) -> list[Record]:
    """One record per row, from its `rating_1:sum` ... `rating_5:sum` and `total:sum`: the ratings,
    `num_responses`, and as `score` (mean rating - 1) / 4, null where nobody responded or
    none of them rated."""
    return [_record(row) for row in sorted(rows, key=period_of)]


def per_period(_transform: Mapping[str, Any]) -> PerPeriod:
    """One record."""
    return PerPeriod(frozenset({"num_responses", "score", *(f"rating_{rating}" for rating in RATINGS)}))


def _record(row: Row) -> Record:
    start, end = period_of(row)
    ratings = {rating: _collected(row, f"rating_{rating}") for rating in RATINGS}
    responses = _collected(row, "total")
    return {
        **identity(start, end),
        **{f"rating_{rating}": count for rating, count in ratings.items()},
        "num_responses": responses,
        "score": _score(ratings, responses),
    }


def _collected(row: Row, field: str) -> Number | None:
    if f"{field}:sum" not in row:
        raise Refused(f"the rows have no '{field}:sum': add {field}:sum to the query-parameters' collect")
    return number(row, f"{field}:sum")


def _score(ratings: Mapping[int, Number | None], responses: Number | None) -> float | None:
    # no rating at all would make the mean 0, below the lowest that one can give
    if not responses or not any(ratings.values()):
        return None
    mean = sum(rating * (count or 0) for rating, count in ratings.items()) / responses
    return (mean - 1) / 4
