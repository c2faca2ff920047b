"""Which periods an answer covers, and the rules about spans for data sets without raw queries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.oracle.question import Fault, Question, fault
from tests.oracle.spans import before, ceiling, end_of, start_of

Span = tuple[datetime, datetime]


class TooMany(Exception):
    """More periods than an answer may have rows."""


def periods_asked(question: Question, now: datetime, most: int) -> list[Span]:
    """The periods of the range in time order, before any sliding or appending.

    TooMany past `most`; OverflowError or ValueError where the calendar ends.
    """
    period = question.period
    assert period is not None
    if question.duration is None:
        assert question.start_at is not None and question.end_at is not None
        return _between(period, start_of(period, question.start_at), ceiling(period, question.end_at), most)
    if question.duration > most:
        raise TooMany
    if question.start_at is not None:
        return _forward(period, start_of(period, question.start_at), question.duration)
    if question.end_at is not None:
        return _back(period, ceiling(period, question.end_at), question.duration)
    return _back(period, end_of(period, start_of(period, now)), question.duration)


def slid(question: Question, spans: list[Span], with_data: set[datetime]) -> list[Span]:
    """The periods after duration's one move over a gap. `with_data`: starts of periods that have data."""
    assert question.period is not None
    full = [index for index, (start, _) in enumerate(spans) if start in with_data]
    if question.duration is None or question.flatten or not full:
        return spans
    if question.start_at is not None:
        return _forward(question.period, spans[full[0]][0], len(spans))
    return _back(question.period, spans[full[-1]][1], len(spans))


def with_last_boundary(question: Question, spans: list[Span], instants: list[datetime]) -> list[Span]:
    """One period more where `inclusive` takes in a record that lies exactly on the end of the range."""
    end = question.end_at
    if not question.inclusive or question.duration is not None or end not in instants:
        return spans
    assert question.period is not None and end is not None
    if start_of(question.period, end) != end:
        return spans
    return [*spans, (end, end_of(question.period, end))]


def closed_faults(question: Question, now: datetime, config: dict[str, Any], most: int) -> list[Fault]:
    """What a data set that allows no raw queries refuses."""
    if config.get("raw_queries_allowed", False):
        return []
    if not question.group_by and not question.period:
        return [fault(exactly="querying for raw data is not allowed")]
    if question.period == "hour":
        return []
    faults = []
    for name, instant in (("start_at", question.start_at), ("end_at", question.end_at)):
        if instant is not None and not _allowed_edge(question.period, instant):
            faults.append(fault(name))
    span = _span(question, now, most)
    if span is not None and span < timedelta(days=7):
        faults.append(fault("start_at", "end_at", "duration"))
    return faults


def _allowed_edge(period: str | None, instant: datetime) -> bool:
    if instant != start_of("day", instant):
        return False
    if period == "week":
        return instant.weekday() == 0
    return period != "month" or instant.day == 1


def _span(question: Question, now: datetime, most: int) -> timedelta | None:
    if question.duration is not None:
        spans = periods_asked(question, now, most)
        return spans[-1][1] - spans[0][0]
    if question.start_at is not None and question.end_at is not None:
        return question.end_at - question.start_at
    return None


def _between(period: str, start: datetime, end: datetime, most: int) -> list[Span]:
    spans: list[Span] = []
    while start < end:
        if len(spans) == most:
            raise TooMany
        spans.append((start, end_of(period, start)))
        start = spans[-1][1]
    return spans


def _forward(period: str, start: datetime, count: int) -> list[Span]:
    spans = []
    for _ in range(count):
        spans.append((start, end_of(period, start)))
        start = spans[-1][1]
    return spans


def _back(period: str, end: datetime, count: int) -> list[Span]:
    spans = []
    for _ in range(count):
        start = before(period, end)
        spans.append((start, end))
        end = start
    return spans[::-1]
