"""The range that query parameters give: whether the read API would take it, were it asked so.

A run asks for a range of its own. But one that nobody could ask for is a mistake, of which its author had better hear.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stagecraft.api.errors import Fault
from stagecraft.instants import read_instant

SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
PERIODS = (*SPANS, *MONTHS)

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
# What a duration without a date is counted back from is now, whenever that is; this is before it.
BEFORE_NOW = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Range:
    """What parameters say of it, each of which is right by itself."""

    start_at: datetime | None
    end_at: datetime | None
    duration: int | None
    inclusive: bool | None
    period: str | None

    @property
    def is_open(self) -> bool:
        """Whether nothing is said of it, so that it is a run's alone."""
        return self.start_at is None and self.end_at is None and self.duration is None


def range_faults(texts: Mapping[str, tuple[str, ...]]) -> Iterator[Fault]:
    """What is wrong with the range of parameters that are right each by itself."""
    found = _read({name: values[0] for name, values in texts.items()})
    if found.is_open:
        return
    faults = [*_duration_faults(found), *_date_faults(found)]
    yield from faults
    if not faults and found.period and _leaves_the_years(found, found.period):
        yield Fault("period", f"{found.period}s can't leave the years 1 to 9999")


def _read(texts: Mapping[str, str]) -> Range:
    start, end = (read_instant(texts[name]) if name in texts else None for name in ("start_at", "end_at"))
    return Range(
        start_at=_milliseconds(start),
        end_at=_milliseconds(end),
        duration=_duration(texts.get("duration")),
        inclusive=texts["inclusive"] == "true" if "inclusive" in texts else None,
        period=texts.get("period"),
    )


def _milliseconds(instant: datetime | None) -> datetime | None:
    # Backdrop's instants have no finer parts.
    return instant and instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def _duration(text: str | None) -> int | None:
    # More than twenty digits is more than there are periods of any kind; int() refuses thousands of them.
    return None if text is None else int(text.lstrip("0")[:20])


def _duration_faults(found: Range) -> Iterator[Fault]:
    if found.duration is None:
        return
    if found.period is None:
        yield Fault("duration", "needs period")
    if found.start_at and found.end_at:
        yield Fault("duration", "can't go together with both start_at and end_at; leave one of the three out")
    if found.inclusive is not None and not (found.start_at or found.end_at):
        yield Fault("inclusive", "needs start_at or end_at")


def _date_faults(found: Range) -> Iterator[Fault]:
    if found.start_at and found.end_at and found.end_at < found.start_at:
        yield Fault("end_at", "is before start_at")
    if found.duration is None and not (found.start_at and found.end_at):
        given, missing = ("start_at", "end_at") if found.start_at else ("end_at", "start_at")
        yield Fault(given, f"needs {missing} or duration")


def _leaves_the_years(found: Range, period: str) -> bool:
    """Whether one of its periods, or the one after an inclusive end, begins where there is no date."""
    duration = found.duration or 0
    if found.start_at:
        first = _index(period, found.start_at)
        last = _index_of_end(period, found.end_at) if found.end_at else first + duration
    else:
        last = _index_of_end(period, found.end_at) if found.end_at else _index(period, BEFORE_NOW) + 1
        first = last - duration
    return first < 0 or last + bool(found.inclusive) > _index(period, LAST)


def _index(period: str, instant: datetime) -> int:
    """How many periods of the kind began before the one that the instant is in."""
    if period in SPANS:
        return (instant - FIRST) // SPANS[period]
    return _months(instant) // MONTHS[period]


def _index_of_end(period: str, instant: datetime) -> int:
    """The index of the first period that doesn't begin before the instant."""
    return 0 if instant == FIRST else _index(period, instant - timedelta(microseconds=1)) + 1


def _months(instant: datetime) -> int:
    return (instant.year - 1) * 12 + instant.month - 1
