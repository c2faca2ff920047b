"""The time range that a sender wants transformed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from backdrop.core.errors import InvalidBody
from backdrop.core.instants import parse_instant
from backdrop.core.quoting import shown


def transform_range(body: Mapping[str, object], now: datetime) -> tuple[datetime, datetime]:
    """`_start_at` and `_end_at`, which defaults to now. Raises InvalidBody, naming the key that is wrong."""
    if body.get("_start_at") is None:
        raise InvalidBody("You must specify a _start_at timestamp")
    start = _instant(body, "_start_at")
    end = now if body.get("_end_at") is None else _instant(body, "_end_at")
    if end < start:
        raise InvalidBody("_end_at must not be before _start_at; it is now when left out")
    return start, end


def _instant(body: Mapping[str, object], key: str) -> datetime:
    text = body[key]
    if not isinstance(text, str):
        raise InvalidBody(f"{key} must be an ISO 8601 date like 2013-01-01T00:00:00Z")
    try:
        return parse_instant(text)
    except ValueError as error:
        raise InvalidBody(shown(f"{key}: {error}", 300)) from error
