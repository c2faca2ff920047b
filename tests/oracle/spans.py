"""The six periods in UTC, one step at a time.

Steps past the years that Python has raise OverflowError or ValueError.
"""

from __future__ import annotations

from datetime import datetime, timedelta

PERIODS = ("hour", "day", "week", "month", "quarter", "year")
MONTHS = {"month": 1, "quarter": 3, "year": 12}
FIXED = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}


def start_of(period: str, instant: datetime) -> datetime:
    """The start of the period that the instant is in."""
    hour = instant.replace(minute=0, second=0, microsecond=0)
    if period == "hour":
        return hour
    day = hour.replace(hour=0)
    if period == "day":
        return day
    if period == "week":
        return day - timedelta(days=day.weekday())
    first_month = {"month": day.month, "quarter": day.month - (day.month - 1) % 3, "year": 1}[period]
    return day.replace(month=first_month, day=1)


def end_of(period: str, start: datetime) -> datetime:
    """The end of the period that begins at `start`."""
    return _moved(period, start, +1)


def before(period: str, start: datetime) -> datetime:
    """The start of the period before the one that begins at `start`."""
    return _moved(period, start, -1)


def ceiling(period: str, instant: datetime) -> datetime:
    """The instant itself when a period starts there, else the end of the period it is in."""
    start = start_of(period, instant)
    return start if start == instant else end_of(period, start)


def _moved(period: str, start: datetime, steps: int) -> datetime:
    if period in FIXED:
        return start + steps * FIXED[period]
    months = start.year * 12 + (start.month - 1) + steps * MONTHS[period]
    return start.replace(year=months // 12, month=months % 12 + 1)
