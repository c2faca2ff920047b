"""Instants: ISO 8601 text to aware UTC datetimes and back."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_SHAPE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[Tt ](?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)


def parse_instant(text: str) -> datetime:
    """The UTC instant of an ISO 8601 date or date-time; no offset means UTC, parts of a millisecond are cut.

    Raises ValueError, with a text that says what would be right, for anything else.
    """
    return _parse(text, _SHAPE.fullmatch(text))


def parse_instant_with_offset(text: str) -> datetime:
    """As `parse_instant`, but the text has to say its offset from UTC."""
    match = _SHAPE.fullmatch(text)
    if match is not None and match["offset"] is None:
        raise ValueError(f"'{text}' has no offset from UTC; write it like 2013-01-01T00:00:00Z")
    return _parse(text, match)


def whole_milliseconds(instant: datetime) -> datetime:
    """The instant without parts of a millisecond, as storage keeps it: not every database has finer ones."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def render_instant(instant: datetime) -> str:
    """The instant as every answer writes it: `2013-01-01T00:00:00+00:00`."""
    return instant.astimezone(UTC).isoformat()


def _parse(text: str, match: re.Match[str] | None) -> datetime:
    if match is None:
        hint = " (in a URL, write + as %2B)" if re.search(r" [0-9]{2}:?[0-9]{2}$", text) else ""
        raise ValueError(f"'{text}' is not an ISO 8601 date like 2013-01-01T00:00:00Z{hint}")
    try:
        instant = whole_milliseconds(datetime.fromisoformat(text.upper()))
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"'{text}' is not a date that exists between the years 1 and 9999") from error
