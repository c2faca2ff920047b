"""Which part of its input a run asks for: the transform's query with the range of what triggered it.

With a period, whole periods, and only those that are over. Without one, from the earliest to the latest record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from backdrop.core.instants import parse_instant, render_instant
from backdrop.core.periods import EPOCH, Period
from backdrop.transformers.definition import Row
from backdrop.transformers.errors import Refused

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
"""No record is expected after this; as a range's end it means all there is."""

LEAST_SPAN = timedelta(days=7)
"""What data sets without raw queries want a range to be at least."""

_OURS = frozenset({"start_at", "end_at", "inclusive", "duration", "flatten", "format"})


@dataclass(frozen=True, slots=True)
class Part:
    """The rows that were wanted, of an answer to a wider question: those that start in `start <= _start_at < end`."""

    start: datetime
    end: datetime
    group_by: tuple[str, ...]

    def of(self, rows: Sequence[Row]) -> list[Row]:
        """As the answer to the narrower question would be: without the groups that only the wider one has."""
        inside = [row for row in rows if self.start <= parse_instant(row["_start_at"]) < self.end]
        if not self.group_by:
            return inside
        known = {self._group(row) for row in inside if row["_count"]}
        return [row for row in inside if self._group(row) in known]

    def _group(self, row: Row) -> tuple[str, ...]:
        # repr keeps 1 and true apart
        return tuple(repr(row.get(key)) for key in self.group_by)


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask the read API: names and values of parameters; `part`: which rows of the answer count (None: all)."""

    parameters: tuple[tuple[str, str], ...]
    part: Part | None = None

    def rows(self, answer: Sequence[Row]) -> list[Row]:
        """The rows that count."""
        return list(answer) if self.part is None else self.part.of(answer)


def question(
    query_parameters: Mapping[str, Any],
    earliest: datetime,
    latest: datetime,
    now: datetime,
    *,
    raw_queries_allowed: bool,
) -> Question | None:
    """The query for `earliest <= _timestamp <= latest`; None where nothing in it is over.

    Raises Refused for query parameters that make no sense, or that the input data set never allows.
    """
    asked = tuple(
        (name, text)
        for name, value in query_parameters.items()
        if name not in _OURS
        for text in _texts(name, value)
    )
    period = _period(query_parameters)
    if period is None:
        if not raw_queries_allowed and not query_parameters.get("group_by"):
            raise Refused(
                "the input data set doesn't allow raw queries: give the transform's query-parameters a period,"
                " or allow raw queries for the data set"
            )
        return _records(asked, earliest, latest)
    first, end = period.index(earliest), min(period.index(latest) + 1, period.index(now))
    if first >= end:
        return None
    span = period.start(first), period.start(end)
    if period is Period.DAY and not raw_queries_allowed and span[1] - span[0] < LEAST_SPAN:
        return _widened(asked, query_parameters, *span)
    if earliest == latest:
        return _ask(asked, start_at=render_instant(span[0]), duration="1")
    return _ask(asked, start_at=render_instant(span[0]), end_at=render_instant(span[1]))


def _ask(asked: tuple[tuple[str, str], ...], part: Part | None = None, **range_: str) -> Question:
    return Question((*asked, *range_.items(), ("flatten", "true")), part)


def _records(asked: tuple[tuple[str, str], ...], earliest: datetime, latest: datetime) -> Question:
    start, end = render_instant(earliest), render_instant(latest)
    return _ask(asked, start_at=start, end_at=end, inclusive="true")


def _widened(
    asked: tuple[tuple[str, str], ...], query_parameters: Mapping[str, Any], start: datetime, end: datetime
) -> Question:
    """A week of days that ends where the wanted ones do: less than a week is refused. (No days are before year 1.)"""
    if query_parameters.get("limit"):
        raise Refused(
            "limit in query-parameters picks groups over the whole range, and the input data set, without raw"
            " queries, allows no range of less than a week of days: leave limit out, or allow raw queries"
        )
    wide_end = max(end, EPOCH + LEAST_SPAN)
    group_by = tuple(_texts("group_by", query_parameters.get("group_by")))
    part = Part(start, end, group_by)
    return _ask(asked, part, start_at=render_instant(wide_end - LEAST_SPAN), end_at=render_instant(wide_end))


def _period(query_parameters: Mapping[str, Any]) -> Period | None:
    name = query_parameters.get("period")
    if name is None:
        return None
    try:
        return Period(name)
    except ValueError as error:
        kinds = ", ".join(kind.value for kind in Period)
        raise Refused(f"query-parameters: period must be one of {kinds}, not {name!r}") from error


def _texts(name: str, value: object) -> Iterator[str]:
    for item in value if isinstance(value, list | tuple) else [value]:
        if isinstance(item, bool):
            yield "true" if item else "false"
        elif isinstance(item, str | int | float):
            yield str(item)
        elif item is not None:
            raise Refused(
                f"query-parameters: {name} must be a string, a number, true or false, or a list of these"
            )
