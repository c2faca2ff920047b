"""filter_by and filter_by_prefix: `field:value` texts to filters."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

from backdrop.core.errors import InvalidQuery
from backdrop.core.instants import parse_instant
from backdrop.core.names import INSTANT_FIELDS
from backdrop.core.query import Filter, PrefixFilter
from backdrop.core.values import Value

_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<real>(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)")
_BOOLEANS = {"true": True, "false": False}
_INT64 = range(-(2**63), 2**63)

FieldCheck = Callable[[str], str]


def filters(texts: Sequence[str], check: FieldCheck) -> tuple[Filter, ...]:
    """One Filter a field; the same field again adds values to it."""
    values: dict[str, list[Value]] = {}
    for text in texts:
        field, value = _split("filter_by", text, check)
        values.setdefault(field, []).extend(_meanings(field, value))
    return tuple(Filter(field, tuple(meant)) for field, meant in values.items())


def prefix_filters(texts: Sequence[str], check: FieldCheck) -> tuple[PrefixFilter, ...]:
    """One PrefixFilter a field; the same field again adds prefixes to it."""
    prefixes: dict[str, list[str]] = {}
    for text in texts:
        field, prefix = _split("filter_by_prefix", text, check)
        prefixes.setdefault(field, []).append(prefix)
    return tuple(PrefixFilter(field, tuple(wanted)) for field, wanted in prefixes.items())


def _split(parameter: str, text: str, check: FieldCheck) -> tuple[str, str]:
    field, colon, value = text.partition(":")
    if not colon:
        raise InvalidQuery(f"{parameter}: '{text}' has no colon; write {parameter}=field:value")
    if text.startswith("$"):
        raise InvalidQuery(f"{parameter}: '{text}' must not start with a $")
    try:
        return check(field), value
    except ValueError as error:
        raise InvalidQuery(f"{parameter}: {error}") from error


def _meanings(field: str, text: str) -> list[Value]:
    """All values that the text may stand for: the string, and the boolean or number that it reads as."""
    if field in INSTANT_FIELDS:
        try:
            return [parse_instant(text)]
        except ValueError:
            # no record has a text there, so none can match
            return []
    meanings: list[Value] = [text]
    if text in _BOOLEANS:
        meanings.append(_BOOLEANS[text])
    number = _number(text)
    return meanings if number is None else [*meanings, number]


def _number(text: str) -> int | float | None:
    """The number that a record could hold for this JSON number: a 64-bit integer or a finite float."""
    match = _JSON_NUMBER.fullmatch(text)
    if match is None:
        return None
    real = float(text)
    if match["real"] or not math.isfinite(real):
        return real if math.isfinite(real) else None
    whole = int(text)
    return whole if whole in _INT64 else real if whole == real else None
