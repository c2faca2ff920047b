"""Legal, reserved and internal names."""

from __future__ import annotations

import re

_FIELD = re.compile(r"[a-z_][a-z0-9_]+")
_DATA_SET = re.compile(r"[a-z][a-z0-9_-]*")

DATE_FIELDS = frozenset({"_timestamp", "_start_at", "_end_at"})
"""Reserved keys whose values are instants."""

RESERVED_FIELDS = DATE_FIELDS | {"_id"}
"""Internal keys that senders may set."""

ADDED_FIELDS = frozenset({"_updated_at"}) | {
    f"_{period}_start_at" for period in ("hour", "day", "week", "month", "quarter", "year")
}
"""Internal keys that Backdrop adds (or added once); accepted in records and ignored."""

INSTANT_FIELDS = DATE_FIELDS | {"_updated_at"}
"""Fields that are instants in a stored record."""


def is_valid_field(name: str) -> bool:
    """Whether a record may have this key and a query may ask for it; upper case is legal and kept."""
    return _FIELD.fullmatch(name.lower()) is not None


def is_internal_field(name: str) -> bool:
    """Whether the name is Backdrop's own: a leading underscore."""
    return name.startswith("_")


def is_valid_data_set_name(name: str) -> bool:
    """Whether a data set may be called so."""
    return _DATA_SET.fullmatch(name) is not None
