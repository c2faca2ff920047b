"""The six periods, all in UTC.

A period of time is known by its index: how many of its kind began between 0001-01-01 (a Monday, and the
start of a year) and its own start. So ranges, gaps and slides are arithmetic on integers.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum

EPOCH = datetime(1, 1, 1, tzinfo=UTC)

_SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Period(Enum):
    """A kind of period; weeks begin on Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def span(self) -> timedelta | None:
        """The length, where all periods of the kind have the same."""
        return _SPANS.get(self.value)

    @property
    def months(self) -> int:
        """How many calendar months one has; 0 for the kinds with a fixed span."""
        return _MONTHS.get(self.value, 0)

    def index(self, instant: datetime) -> int:
        """The index of the period that the instant is in."""
        if (span := self.span) is not None:
            return (instant - EPOCH) // span
        utc = instant.astimezone(UTC)
        return ((utc.year - 1) * 12 + utc.month - 1) // self.months

    def start(self, index: int) -> datetime:
        """The first instant of a period. Raises OverflowError outside the years 1 to 9999."""
        if (span := self.span) is not None:
            return EPOCH + span * index
        year, month = divmod(index * self.months, 12)
        if not 0 <= year < 9999:
            raise OverflowError("outside the years 1 to 9999")
        return datetime(year + 1, month + 1, 1, tzinfo=UTC)

    def index_of_end(self, instant: datetime) -> int:
        """The index of the first period that does not begin before the instant."""
        index = self.index(instant)
        return index if self.start(index) == instant else index + 1
