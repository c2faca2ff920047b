"""Instants: date-times that say their offset, to aware UTC datetimes and back."""

import re
from datetime import UTC, datetime

# As Backdrop reads them.
_SHAPE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r"([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)"
)


def read_instant(text: str) -> datetime:
    """The instant, in UTC. Raises ValueError."""
    if _SHAPE.fullmatch(text) is None:
        raise ValueError("is not a date-time like 2014-04-01T12:00:00Z")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is not a date that exists between the years 1 and 9999") from None


def write_instant(instant: datetime) -> str:
    """As every answer has it: `2014-04-01T12:00:00+00:00`."""
    return instant.astimezone(UTC).isoformat()


def is_instant(value: object) -> bool:
    """Whether a text is one; what isn't text is not for us to judge, as JSON Schema's formats have it."""
    if not isinstance(value, str):
        return True
    try:
        read_instant(value)
    except ValueError:
        return False
    return True
