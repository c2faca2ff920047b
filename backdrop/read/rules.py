"""What a data set without raw queries refuses, so that nobody singles out a record by narrowing a query."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from backdrop.core.data_set import DataSet
from backdrop.core.errors import InvalidQuery
from backdrop.core.periods import Period
from backdrop.core.query import Query

MINIMUM_SPAN = timedelta(days=7)


def check(query: Query, data_set: DataSet) -> None:
    """Raises InvalidQuery when the data set doesn't allow the query."""
    if data_set.raw_queries_allowed:
        return
    if query.is_raw:
        raise InvalidQuery("querying for raw data is not allowed")
    if query.window is not None and query.window.period is Period.HOUR:
        return
    _check_span(query)
    for name, date in (("start_at", query.start_at), ("end_at", query.end_at)):
        if date is not None:
            _check_boundary(name, date.astimezone(UTC), query.window.period if query.window else None)


def _check_span(query: Query) -> None:
    start, end = query.start_at, query.end_at
    if query.window is not None and (start is None or end is None):
        start, end = (query.window.period.start(i) for i in (query.window.first, query.window.last))
    if start is not None and end is not None and end - start < MINIMUM_SPAN:
        raise InvalidQuery("start_at and end_at, or duration, must span at least 7 days")


def _check_boundary(name: str, date: datetime, period: Period | None) -> None:
    if date.time() != time(0):
        raise InvalidQuery(f"{name} must be midnight UTC")
    if period is Period.WEEK and date.weekday() != 0:
        raise InvalidQuery(f"{name} must be a Monday when period is week")
    if period is Period.MONTH and date.day != 1:
        raise InvalidQuery(f"{name} must be the first day of a month when period is month")
