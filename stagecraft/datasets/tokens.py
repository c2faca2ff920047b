"""The tokens that open a data set for writing: one, and for a while after it was made anew the one before."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stagecraft.api.errors import Fault

TOKEN, PREVIOUS, UNTIL = "bearer_token", "previous_bearer_token", "previous_bearer_token_until"
TOKEN_KEYS = (TOKEN, PREVIOUS, UNTIL)


def previous_is_good(token: str, until: datetime | None, now: datetime) -> bool:
    """Whether the token before still opens the data set."""
    return bool(token) and until is not None and now < until


def pair_faults(values: Mapping[str, Any]) -> list[Fault]:
    """A token before is good until a time, so neither goes without the other: empty and null, or both."""
    if not (PREVIOUS in values or UNTIL in values):
        return []
    previous, until = values.get(PREVIOUS), values.get(UNTIL)
    if bool(previous) == (until is not None):
        return []
    return [
        Fault(UNTIL if previous else PREVIOUS, "is needed as well: a previous token is good until a time")
    ]
