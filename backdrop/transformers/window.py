"""Which part of its input a run asks for: the transform's query with the range of what triggered it.

With a period, whole periods, and only those that are over. Without one, from the earliest to the latest record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from backdrop.core.instants import render_instant
from backdrop.core.periods import EPOCH, Period
from backdrop.transformers.definition import Row
from backdrop.transformers.errors import Refused

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
"""No record is expected after this; as a range's end it means all there is."""

LEAST_SPAN = timedelta(days=7)
"""What data sets without raw queries want a range to be at least."""

_OURS = frozenset({"start_at", "end_at", "inclusive", "duration", "flatten", "format"})


@dataclass(frozen=True, slots=True)
class Stretch:
    """Periods that follow each other, by index: `first <= index < end`."""

    period: Period
    first: int
    end: int

    def start(self, index: int) -> datetime:
        """The first instant of a period."""
        return self.period.start(index)


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask the read API: names and values of parameters. `stretch`: the periods that it is about (None: it is
    about records); `grouped`: a period has a row for each group."""

    parameters: tuple[tuple[str, str], ...]
    stretch: Stretch | None = None
    grouped: bool = False

    def rows(self, answer: Sequence[Row]) -> list[Row]:
        """The rows that count: for each period those that it would have if it were asked for alone, without the
        groups that only other periods have. So what is made of a period never depends on what was asked with it."""
        if self.stretch is None:
            return list(answer)
        # as text: all are written in the same way, and there may be very many
        start = render_instant(self.stretch.start(self.stretch.first))
        end = render_instant(self.stretch.start(self.stretch.end))
        return [
            row for row in answer if (row["_count"] or not self.grouped) and start <= row["_start_at"] < end
        ]


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
    stretch = Stretch(period, first, end)
    start, finish = period.start(first), period.start(end)
    if period is Period.DAY and not raw_queries_allowed and finish - start < LEAST_SPAN:
        range_ = _widened(asked, finish)
    elif earliest == latest:
        range_ = {"start_at": render_instant(start), "duration": "1"}
    else:
        range_ = {"start_at": render_instant(start), "end_at": render_instant(finish)}
    return _ask(asked, range_, stretch)


def _ask(
    asked: tuple[tuple[str, str], ...], range_: Mapping[str, str], stretch: Stretch | None = None
) -> Question:
    grouped = any(name == "group_by" for name, _ in asked)
    return Question((*asked, *range_.items(), ("flatten", "true")), stretch, grouped)


def _records(asked: tuple[tuple[str, str], ...], earliest: datetime, latest: datetime) -> Question:
    start, end = render_instant(earliest), render_instant(latest)
    return _ask(asked, {"start_at": start, "end_at": end, "inclusive": "true"})


def _widened(asked: tuple[tuple[str, str], ...], end: datetime) -> dict[str, str]:
    """A week of days that ends where the wanted ones do: less than a week is refused. (No days are before year 1.)"""
    if any(name == "limit" and text.strip("0") for name, text in asked):
        raise Refused(
            "limit in query-parameters picks groups over the whole range, and the input data set, without raw"
            " queries, allows no range of less than a week of days: leave limit out, or allow raw queries"
        )
    wide_end = max(end, EPOCH + LEAST_SPAN)
    return {"start_at": render_instant(wide_end - LEAST_SPAN), "end_at": render_instant(wide_end)}


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
