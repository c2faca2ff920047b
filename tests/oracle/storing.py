"""What a raw query has to return after a POST."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.oracle.values import format_instant, parse_instant

ADDED = frozenset(
    ["_updated_at", *(f"_{name}_start_at" for name in ("hour", "day", "week", "month", "quarter", "year"))]
)


def as_stored(posted: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records without `_updated_at`, and without `_id` where Backdrop has to make one.

    Dates in UTC, the keys that Backdrop itself adds left out, the last of an id given twice.
    """
    stored: dict[Any, dict[str, Any]] = {}
    for number, record in enumerate(posted):
        kept = {key: value for key, value in record.items() if key not in ADDED}
        for key in ("_timestamp", "_start_at", "_end_at"):
            if key in kept:
                instant = parse_instant(kept[key], offset_needed=False)
                assert instant is not None
                kept[key] = format_instant(instant)
        stored[kept.get("_id", number)] = kept
    return list(stored.values())
