"""Reading a transform's `options`: every error names the option and says what it should be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from backdrop.core.names import is_valid_field
from backdrop.transformers.errors import Refused


def options_of(transform: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options of a transform as the config API writes it."""
    options = transform.get("options")
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise Refused("options must be an object")
    return options


def text_option(options: Mapping[str, Any], name: str) -> str:
    """An option that must be there and be a string with something in it."""
    value = options.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(f"option {name} is missing; it must be a string")
    return value


def output_field(name: str, field: str) -> str:
    """What option `name` says that an output record's key is to be."""
    if not is_valid_field(field) or field.startswith("_"):
        raise Refused(f"option {name}: a record can't have the key '{field}'; use letters, digits and _")
    return field


def expression_option(options: Mapping[str, Any], name: str) -> re.Pattern[str]:
    """An option that must be there and be a regular expression."""
    return expression(text_option(options, name), f"option {name}")


def expression(pattern: object, where: str) -> re.Pattern[str]:
    """The regular expression compiled; `where` begins the error's text."""
    if not isinstance(pattern, str):
        raise Refused(f"{where} must be a regular expression, a string")
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise Refused(f"{where}: '{pattern}' is not a regular expression ({error})") from error
