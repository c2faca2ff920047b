"""Many values of some keys gathered under a few names, and summed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backdrop.transformers.definition import Record, Row
from backdrop.transformers.errors import Refused
from backdrop.transformers.options import expression, options_of, output_field, text_option
from backdrop.transformers.per_period import PerPeriod, identity
from backdrop.transformers.rows import Number, by_period, number, text, total


@dataclass(frozen=True, slots=True)
class _Named:
    """The rows in whose keys' values every expression is found."""

    name: str
    expressions: tuple[re.Pattern[str], ...]

    def takes(self, values: Sequence[str | None]) -> bool:
        return all(
            value is not None and expression.search(value)
            for expression, value in zip(self.expressions, values, strict=True)
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """The options, read. `source` is the key of the rows whose values are summed, `value` that of the records."""

    keys: Sequence[str]
    mappings: Sequence[_Named]
    other: str | None
    attribute: str
    source: str
    value: str


def compute(
    rows: Sequence[Row], transform: Mapping[str, Any], data_set_config: Mapping[str, Any]
) -> list[Record]:
    """One record per period and name that any of its rows goes to: the sum of `value-attribute`. A row goes to the
    first of `mappings` that takes it, else to `other-mapping`, if there is one; rows without a value don't count,
    so that a name has a record or not whatever other periods are asked for with its own."""
    asked = _read(options_of(transform))
    return [
        {**identity(start, end, name), asked.attribute: name, asked.value: total(numbers)}
        for (start, end), within in by_period(rows).items()
        for name, numbers in _gathered(within, asked).items()
    ]


def per_period(transform: Mapping[str, Any]) -> PerPeriod:
    """At most one record for each of the `mappings` and the `other-mapping`."""
    asked = _read(options_of(transform))
    names = [mapping.name for mapping in asked.mappings] + ([] if asked.other is None else [asked.other])
    return PerPeriod(frozenset({asked.attribute, asked.value}), asked.attribute, tuple(dict.fromkeys(names)))


def _read(options: Mapping[str, Any]) -> _Asked:
    keys = _keys(options)
    source = text_option(options, "value-attribute")
    return _Asked(
        keys=keys,
        mappings=_mappings(options, len(keys)),
        other=text_option(options, "other-mapping") if options.get("other-mapping") is not None else None,
        attribute=output_field("mapped-attribute", text_option(options, "mapped-attribute")),
        source=source,
        value=output_field("value-attribute", source.removesuffix(":sum")),
    )


def _gathered(rows: Sequence[Row], asked: _Asked) -> dict[str, list[Number]]:
    found: dict[str, list[Number]] = {}
    for row in rows:
        values = [text(row, key) for key in asked.keys]
        name = next((mapping.name for mapping in asked.mappings if mapping.takes(values)), asked.other)
        value = number(row, asked.source)
        if name is not None and value is not None:
            found.setdefault(name, []).append(value)
    return dict(sorted(found.items()))


def _keys(options: Mapping[str, Any]) -> list[str]:
    keys = options.get("mapping-keys")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
        raise Refused("option mapping-keys is missing; it must be a list of field names")
    return keys


def _mappings(options: Mapping[str, Any], keys: int) -> list[_Named]:
    mappings = options.get("mappings")
    if not isinstance(mappings, Mapping):
        raise Refused("option mappings is missing; it must be an object of names and lists of expressions")
    named = []
    for name, patterns in mappings.items():
        if not isinstance(patterns, list) or len(patterns) != keys:
            raise Refused(
                f"option mappings: '{name}' needs a list of {keys} expressions, one for each mapping key"
            )
        where = f"option mappings, '{name}'"
        named.append(_Named(name, tuple(expression(pattern, where) for pattern in patterns)))
    return named
