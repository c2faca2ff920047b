"""Values of records, and the one order and equality that every engine and every answer follows.

Numbers come before strings before booleans; null and missing before all. 1 and 1.0 are the same value,
1 and true are not (in Python they would be).
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias, TypeVar

Scalar: TypeAlias = str | int | float | bool | None
"""What a sender may put under a key."""

Value: TypeAlias = Scalar | datetime
"""What a stored record may hold under a key: `_timestamp` and its like are instants."""

AnyValue = TypeVar("AnyValue", Scalar, Value)

SortKey: TypeAlias = tuple[int, float | int | str | datetime | bool]

_NOTHING: SortKey = (0, 0)


def sort_key(value: Value) -> SortKey:
    """A key that sorts values as answers do, and is equal exactly for values that are the same."""
    if value is None:
        return _NOTHING
    if isinstance(value, bool):
        return (3, value)
    if isinstance(value, str):
        return (2, value)
    if isinstance(value, datetime):
        return (4, value)
    return (1, value)


def plain(value: AnyValue) -> AnyValue:
    """The value in the spelling that answers show for all that are equal to it: 1.0 as 1, -0.0 as 0. Which of them an
    engine has met first must not be seen."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value)
    return value


def as_number(value: Scalar) -> int | float | None:
    """The value as sums and means see it: a boolean is 1 or 0; None for what is not a number."""
    if value is None or isinstance(value, str):
        return None
    return int(value) if isinstance(value, bool) else value
