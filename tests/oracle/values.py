"""How stored values compare: the one order of mixed types, and instants."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any

INSTANT_FIELDS = frozenset(["_timestamp", "_start_at", "_end_at", "_updated_at"])

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(Z|([+-])(\d\d):(\d\d))?", re.ASCII
)


def order(value: Any) -> tuple[Any, ...]:
    """A sort key: null, then numbers, strings by code point, booleans, and sets element by element.

    Two values are the same value when their keys are equal: 1 and 1.0 are, 1 and true are not.
    """
    if value is None:
        return (0,)
    if isinstance(value, bool):
        return (3, value)
    if isinstance(value, int | float):
        return (1, value)
    if isinstance(value, str):
        return (2, value)
    if isinstance(value, datetime):
        return (4, value)
    return (5, tuple(order(element) for element in value))


@cache
def parse_instant(text: str, *, offset_needed: bool) -> datetime | None:
    """An ISO 8601 date with time in UTC, or None when it is not one. Without offset it is UTC, if allowed.

    What is finer than a millisecond doesn't count."""
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone, sign, hours, minutes = match.groups()
    if zone is None and offset_needed:
        return None
    try:
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        local = datetime(
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            int(second),
            int((fraction or "").ljust(3, "0")[:3]) * 1000,
            tzinfo=timezone(-offset if sign == "-" else offset),
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@cache
def format_instant(instant: datetime) -> str:
    return instant.isoformat()


def field_instant(record: dict[str, Any], field: str) -> datetime | None:
    """The instant in a record's date field, None where it has none."""
    text = record.get(field)
    return parse_instant(text, offset_needed=False) if isinstance(text, str) else None
