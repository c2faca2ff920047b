"""The clock of both apps."""

from __future__ import annotations

from datetime import UTC, datetime

from backdrop.core.instants import whole_milliseconds


def now() -> datetime:
    """The time, UTC, in whole milliseconds."""
    return whole_milliseconds(datetime.now(UTC))
