"""What the values of data sets, data groups and data types must be: tables for the API, its document and the models."""

from collections.abc import Mapping

from stagecraft.api.shapes import BOOLEAN, Rule
from stagecraft.datasets.names import LEGAL, LONGEST, LONGEST_PART, RULE

MAX_INTEGER = 2**63 - 1
LONGEST_TEXT = 255
MOST_FILTERS = 20
DEFAULT_MAX_AGE = 31 * 24 * 60 * 60

_TOKEN = {"type": "string", "pattern": "^[!-~]*$", "maxLength": LONGEST_TEXT}
_DOTTED = {
    "type": "string",
    "pattern": r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$",
    "maxLength": LONGEST_TEXT,
}
_RECORD_KEY = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]+$"}


def _name(longest: int) -> Rule:
    schema = {"type": "string", "pattern": LEGAL, "minLength": 1, "maxLength": longest}
    return Rule(schema, f"{RULE}, at most {longest} in all")


def _whole(least: int, words: str) -> Rule:
    return Rule({"type": ["integer", "null"], "minimum": least, "maximum": MAX_INTEGER}, words)


PART = _name(LONGEST_PART)
DESCRIPTION = Rule({"type": "string", "maxLength": 10_000}, "must be a string of at most 10000 characters")
BEARER_TOKEN = Rule(
    _TOKEN, f"must be a string of printable ASCII characters without white space, at most {LONGEST_TEXT}"
)
UNTIL = Rule(
    {"type": ["string", "null"], "format": "date-time"},
    "must be a date-time with its offset from UTC, like 2014-04-01T12:00:00Z, or null",
)

DATA_SET: Mapping[str, Rule] = {
    "name": _name(LONGEST),
    "data_group": PART,
    "data_type": PART,
    "bearer_token": BEARER_TOKEN,
    "previous_bearer_token": BEARER_TOKEN,
    "previous_bearer_token_until": UNTIL,
    "auto_ids": Rule(
        {"type": "array", "items": _RECORD_KEY, "uniqueItems": True},
        "must be a list of different record keys",
    ),
    "schema": Rule({"type": ["object", "null"]}, "must be an object; it comes from the data type"),
    "upload_format": Rule({"enum": ["", "csv", "excel"]}, "must be csv, excel or empty"),
    "upload_filters": Rule(
        {"type": "array", "items": _DOTTED, "uniqueItems": True, "maxItems": MOST_FILTERS},
        f"must be a list of at most {MOST_FILTERS} different names of functions, dotted as package.module.function",
    ),
    "raw_queries_allowed": BOOLEAN,
    "queryable": BOOLEAN,
    "realtime": BOOLEAN,
    "published": BOOLEAN,
    "capped_size": _whole(1, "must be a whole number of bytes above 0, or null"),
    "max_age_expected": _whole(0, "must be a whole number of seconds from 0 up, or null"),
}
# What is worth knowing besides.
DATA_SET_NOTES: Mapping[str, str] = dict.fromkeys(
    ("upload_format", "upload_filters"),
    "Kept for upload tools of the first Backdrop, and handed on as it is; Backdrop itself makes no use of it.",
)
DATA_SET_IDENTITY = ("data_group", "data_type")

# What stays as it was made, and why.
DATA_SET_FIXED: Mapping[str, str] = {
    "name": "can't be changed: the data is stored under it",
    "data_group": "can't be changed: readers and writers find the data set by it",
    "data_type": "can't be changed: readers and writers find the data set by it",
}


# What a data set is when nobody says otherwise.
DATA_SET_DEFAULTS: Mapping[str, object] = {
    "bearer_token": "",
    "auto_ids": [],
    "upload_format": "",
    "upload_filters": [],
    "raw_queries_allowed": False,
    "queryable": True,
    "realtime": False,
    "published": True,
    "capped_size": None,
    "max_age_expected": DEFAULT_MAX_AGE,
}

DATA_GROUP: Mapping[str, Rule] = {"name": PART, "description": DESCRIPTION}
DATA_TYPE: Mapping[str, Rule] = {
    **DATA_GROUP,
    "schema": Rule({"type": ["object", "null"]}, "must be a JSON Schema of draft 3 or 4, an object, or null"),
}
