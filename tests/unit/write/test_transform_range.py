"""The time range that a sender wants transformed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backdrop.core.errors import InvalidBody
from backdrop.write.transform_range import transform_range

NOW = datetime(2014, 5, 1, tzinfo=UTC)
START = datetime(2013, 1, 1, tzinfo=UTC)


def test_a_range() -> None:
    body = {"_start_at": "2013-01-01", "_end_at": "2013-01-01T01:00:00+01:00"}
    assert transform_range(body, NOW) == (START, START)


@pytest.mark.parametrize("body", [{}, {"_end_at": None}])
def test_the_end_is_now_when_left_out(body: dict[str, object]) -> None:
    assert transform_range({"_start_at": "2013-01-01", **body}, NOW) == (START, NOW)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "You must specify a _start_at timestamp"),
        ({"_start_at": None}, "You must specify a _start_at timestamp"),
        ({"_end_at": "2013-01-01"}, "You must specify a _start_at timestamp"),
        ({"_start_at": "yesterday"}, "_start_at: 'yesterday' is not an ISO 8601 date"),
        ({"_start_at": 2013}, "_start_at must be an ISO 8601 date"),
        ({"_start_at": ""}, "_start_at: '' is not"),
        ({"_start_at": "2013-01-01", "_end_at": []}, "_end_at must be an ISO 8601 date"),
        ({"_start_at": "2013-01-01", "_end_at": "\ud800"}, "_end_at: "),
        ({"_start_at": "2013-01-02", "_end_at": "2013-01-01"}, "_end_at must not be before _start_at"),
        ({"_start_at": "2114-01-02"}, "_end_at must not be before _start_at"),
    ],
)
def test_a_bad_range_is_refused(body: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidBody) as raised:
        transform_range(body, NOW)
    assert message in str(raised.value)
    str(raised.value).encode()
