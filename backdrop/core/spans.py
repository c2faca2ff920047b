"""Spans of time: from a first to a last instant, both inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

from backdrop.core.values import Value

Span: TypeAlias = tuple[datetime, datetime]
"""`first <= instant <= last`, aware UTC datetimes."""


def span_of(records: Iterable[Mapping[str, Value]]) -> Span | None:
    """From the first to the last `_timestamp` of the records; None where none has one."""
    timestamps = [at for record in records if isinstance(at := record.get("_timestamp"), datetime)]
    return (min(timestamps), max(timestamps)) if timestamps else None


def hull(*spans: Span | None) -> Span | None:
    """The least span with all of them in it; None where there are none."""
    known = [span for span in spans if span is not None]
    return (min(first for first, _ in known), max(last for _, last in known)) if known else None
