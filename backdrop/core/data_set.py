"""DataSet: the typed, frozen config of a data set, with its defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from backdrop.core.errors import InvalidConfig
from backdrop.core.instants import parse_instant_with_offset
from backdrop.core.names import is_valid_data_set_name

DEFAULT_MAX_AGE = 2678400
"""Seconds (31 days) after its last write that a data set counts as out of date."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """What the config API says of one data set. `max_age_expected` is in seconds, None: never stale;
    `capped_size` in bytes, None: no cap.

    `as_of` is what the config API doesn't say: how many drops of data sets (`Storage.drops`) there had been
    when it was asked; None where nobody counts."""

    name: str
    data_group: str
    data_type: str
    bearer_token: str = field(default="", repr=False)
    previous_bearer_token: str = field(default="", repr=False)
    previous_bearer_token_until: datetime | None = None
    auto_ids: tuple[str, ...] = ()
    schema: Mapping[str, Any] = field(default_factory=dict, compare=False)
    raw_queries_allowed: bool = False
    queryable: bool = True
    realtime: bool = False
    published: bool = True
    capped_size: int | None = None
    max_age_expected: int | None = DEFAULT_MAX_AGE
    as_of: int | None = field(default=None, compare=False)

    def tokens(self, now: datetime) -> tuple[str, ...]:
        """The tokens that may write: the one, and until it ends the one before it."""
        until = self.previous_bearer_token_until
        previous = self.previous_bearer_token if until is not None and now < until else ""
        return tuple(token for token in (self.bearer_token, previous) if token)

    def seconds_out_of_date(self, last_write: datetime, now: datetime) -> int | None:
        """Whole seconds by which the data set is older than expected; None while it is not."""
        if self.max_age_expected is None:
            return None
        late = now - last_write - timedelta(seconds=self.max_age_expected)
        return int(late.total_seconds()) if late > timedelta(0) else None


def parse_data_set(config: object) -> DataSet:
    """The config API's JSON of one data set, as a DataSet. Unknown keys are ignored, missing ones and nulls
    take their defaults. Raises InvalidConfig, naming the data set and the key, when it makes no sense."""
    if not isinstance(config, Mapping):
        raise InvalidConfig("the config API answered something other than a data set config")
    name = config.get("name")
    if not isinstance(name, str) or not is_valid_data_set_name(name):
        raise InvalidConfig(f"a data set config has no valid name: {name!r}")
    known = {key: _checked(name, key, value) for key in _EXPECTED if (value := config.get(key)) is not None}
    for key in ("data_group", "data_type"):
        if key not in known:
            raise InvalidConfig(f"the config of data set '{name}' has no {key}")
    if "max_age_expected" in config and config["max_age_expected"] is None:
        known["max_age_expected"] = None
    return DataSet(**known)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_list_of_names(value: object) -> bool:
    # one that no record can have is missing in each of them, which senders are told
    return isinstance(value, list | tuple) and all(isinstance(v, str) and v != "" for v in value)


_EXPECTED: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "name": ("a string", lambda v: isinstance(v, str)),
    "data_group": ("a string", lambda v: isinstance(v, str) and v != ""),
    "data_type": ("a string", lambda v: isinstance(v, str) and v != ""),
    "bearer_token": ("a string", lambda v: isinstance(v, str)),
    "previous_bearer_token": ("a string", lambda v: isinstance(v, str)),
    "previous_bearer_token_until": ("a date like 2013-01-01T00:00:00Z", lambda v: _instant(v) is not None),
    "auto_ids": ("a list of field names", _is_list_of_names),
    "schema": ("an object", lambda v: isinstance(v, Mapping)),
    "capped_size": ("a number of bytes", _is_count),
    "max_age_expected": ("a number of seconds", _is_count),
} | {
    key: ("true or false", lambda v: isinstance(v, bool))
    for key in ("raw_queries_allowed", "queryable", "realtime", "published")
}


def _checked(name: str, key: str, value: object) -> Any:
    if key == "schema" and value == "":
        return {}
    what, fits = _EXPECTED[key]
    if not fits(value):
        # the value itself stays out of the text: it may be a token
        raise InvalidConfig(f"the config of data set '{name}' has {key} that is not {what}")
    if key == "previous_bearer_token_until":
        return _instant(value)
    return tuple(value) if isinstance(value, list) else value


def _instant(value: object) -> datetime | None:
    try:
        return parse_instant_with_offset(value) if isinstance(value, str) else None
    except ValueError:
        return None
