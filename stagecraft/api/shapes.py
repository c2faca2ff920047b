"""What a value must be: as JSON Schema, which checks bodies and which the document of the API shows; and in words."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from stagecraft.api.errors import Fault
from stagecraft.instants import is_instant


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    # In JSON Schema a $ is the end; in Python it also stands before a last line break.
    if isinstance(instance, str) and re.search(pattern.replace("$", r"\Z"), instance) is None:
        yield ValidationError("does not match")


def _is_integer(_checker: Any, instance: Any) -> bool:
    return isinstance(instance, int) and not isinstance(instance, bool)


# 3.0 is an integer to JSON Schema but not to a database's column.
_Strict: Any = extend(
    Draft202012Validator,
    {"pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)


@cache
def _formats() -> FormatChecker:
    checker = FormatChecker(formats=())
    checker.checks("date-time")(is_instant)
    return checker


@dataclass(frozen=True, slots=True)
class Rule:
    """Which values are right: `schema` is JSON Schema (2020-12), whose patterns have a $ at their end alone.

    `words` are the same, to follow the key. They never quote the value: it may be a token.
    """

    schema: Mapping[str, Any]
    words: str

    def holds(self, value: Any) -> bool:
        """Whether the value is right."""
        return bool(_Strict(self.schema, format_checker=_formats()).is_valid(value))


TEXT = Rule({"type": "string"}, "must be a string")
BOOLEAN = Rule({"type": "boolean"}, "must be true or false")
OBJECT = Rule({"type": "object"}, "must be an object")


def faults_in(values: Mapping[str, Any], rules: Mapping[str, Rule]) -> list[Fault]:
    """The values that break their rule. Keys without a rule are passed over."""
    return [
        Fault(key, rules[key].words)
        for key, value in values.items()
        if key in rules and not rules[key].holds(value)
    ]


def shape_faults(
    body: Mapping[str, Any],
    rules: Mapping[str, Rule],
    *,
    what: str,
    required: Collection[str] = (),
) -> list[Fault]:
    """All that is wrong with a body by itself: what is missing, what breaks its rule, what isn't known.

    `what` is what the body describes, with its article.
    """
    missing = [Fault(key, "is missing") for key in required if key not in body]
    unknown = [
        Fault(key, f"is not part of {what}; known are {', '.join(rules)}") for key in body if key not in rules
    ]
    return [*missing, *faults_in(body, rules), *unknown]


def below(key: str, faults: Collection[Fault]) -> list[Fault]:
    """The faults of a part as those of the whole: `period` of `query-parameters` is `query-parameters.period`."""
    return [Fault(key if fault.key is None else f"{key}.{fault.key}", fault.message) for fault in faults]
