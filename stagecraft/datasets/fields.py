"""What the values of a data set's config must be: one table for the API and the models."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stagecraft.api.errors import Fault
from stagecraft.datasets.names import LONGEST, LONGEST_PART, RULE, is_legal

MAX_INTEGER = 2**63 - 1
LONGEST_TEXT = 255
DEFAULT_MAX_AGE = 31 * 24 * 60 * 60

_TOKEN = re.compile(rf"[!-~]{{0,{LONGEST_TEXT}}}")
_PLAIN = re.compile(rf"[ -~]{{0,{LONGEST_TEXT}}}")
_RECORD_KEY = re.compile(r"[a-z_][a-z0-9_]+", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Rule:
    """Which values are right, and the same in words. Words never quote the value: it may be a token."""

    holds: Callable[[Any], bool]
    words: str


def _is_text(form: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


def _is_name(longest: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and len(value) <= longest and is_legal(value)


def _is_list_of(form: re.Pattern[str]) -> Callable[[Any], bool]:
    is_text = _is_text(form)
    return lambda value: (
        isinstance(value, list) and all(map(is_text, value)) and len(set(value)) == len(value)
    )


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _is_integer_from(least: int) -> Callable[[Any], bool]:
    def check(value: Any) -> bool:
        return value is None or (
            isinstance(value, int) and not isinstance(value, bool) and least <= value <= MAX_INTEGER
        )

    return check


PART = Rule(_is_name(LONGEST_PART), f"{RULE}, at most {LONGEST_PART} in all")
BOOLEAN = Rule(_is_boolean, "must be true or false")

RULES: Mapping[str, Rule] = {
    "name": Rule(_is_name(LONGEST), f"{RULE}, at most {LONGEST} in all"),
    "data_group": PART,
    "data_type": PART,
    "bearer_token": Rule(
        _is_text(_TOKEN),
        f"must be a string of printable ASCII characters without white space, at most {LONGEST_TEXT}",
    ),
    "auto_ids": Rule(_is_list_of(_RECORD_KEY), "must be a list of different record keys"),
    "upload_format": Rule(
        _is_text(_PLAIN), f"must be a string of printable ASCII characters, at most {LONGEST_TEXT}"
    ),
    "upload_filters": Rule(
        _is_list_of(_PLAIN), f"must be a list of different ASCII strings, each at most {LONGEST_TEXT}"
    ),
    "raw_queries_allowed": BOOLEAN,
    "queryable": BOOLEAN,
    "realtime": BOOLEAN,
    "published": BOOLEAN,
    "capped_size": Rule(_is_integer_from(1), "must be a whole number of bytes above 0, or null"),
    "max_age_expected": Rule(_is_integer_from(0), "must be a whole number of seconds from 0 up, or null"),
}
REQUIRED = ("data_group", "data_type")


def faults_in(values: Mapping[str, Any]) -> list[Fault]:
    """The values that break their rule. Keys without a rule are passed over."""
    return [
        Fault(key, RULES[key].words)
        for key, value in values.items()
        if key in RULES and not RULES[key].holds(value)
    ]
