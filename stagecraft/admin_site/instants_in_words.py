"""Instants and periods as people say them, in UTC: pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

SPANS: Mapping[str, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
MONTHS: Mapping[str, int] = {"month": 1, "quarter": 3, "year": 12}


def in_utc(at: datetime) -> str:
    """`22 November 2026, 10:31 UTC`"""
    return f"{_day(at)}, {at:%H:%M} UTC"


def present_period(period: str, now: datetime) -> tuple[datetime, datetime]:
    """When the hour, day, week (from Monday), month, quarter or year that it is began, and when it will be over."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if period in SPANS:
        start = midnight.replace(hour=now.hour) if period == "hour" else midnight
        if period == "week":
            start -= timedelta(days=now.weekday())
        return start, start + SPANS[period]
    months = MONTHS[period]
    start = midnight.replace(month=(now.month - 1) // months * months + 1, day=1)
    years, month = divmod(start.month - 1 + months, 12)
    return start, start.replace(year=start.year + years, month=month + 1)


def what_waits(period: str, now: datetime) -> str:
    """What a transform over such periods leaves out yet, and until when; empty without a period."""
    if period not in SPANS and period not in MONTHS:
        return ""
    start, end = present_period(period, now)
    over = f"at {end:%H:%M} UTC" if period == "hour" else f"on {_day(end)}"
    return (
        f"Only {period}s that are over are computed. {_named(period, start)} is over {over}: from then on it comes "
        f"with the next records of that {period}, or with a run over it."
    )


def _named(period: str, start: datetime) -> str:
    return {
        "hour": f"The hour from {start:%H:%M} UTC",
        "day": _day(start),
        "week": f"The week of {_day(start)}",
        "month": f"{start:%B %Y}",
        "quarter": f"The quarter from {_day(start)}",
        "year": f"The year {start.year}",
    }[period]


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"
