"""Many values of some keys gathered under a few names, and summed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backdrop.transformers.definition import Record, Row
from backdrop.transformers.errors import Refused
from backdrop.transformers.ids import encode_id
from backdrop.transformers.options import expression, options_of, output_field, text_option
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


def compute(
    rows: Sequence[Row], transform: Mapping[str, Any], data_set_config: Mapping[str, Any]
) -> list[Record]:
    """One record per period and name that any of its rows goes to: the sum of `value-attribute`, null when none
    of them has a value. A row goes to the first of `mappings` that takes it, else to `other-mapping`, if there is
    one."""
    options = options_of(transform)
    keys = _keys(options)
    mappings = _mappings(options, len(keys))
    other = text_option(options, "other-mapping") if options.get("other-mapping") is not None else None
    attribute = output_field("mapped-attribute", text_option(options, "mapped-attribute"))
    source = text_option(options, "value-attribute")
    value = output_field("value-attribute", source.removesuffix(":sum"))
    records = []
    for (start, end), within in by_period(rows).items():
        for name, numbers in _gathered(within, keys, mappings, other, source).items():
            identity = {"_id": encode_id(start, end, name), "_timestamp": start}
            span = {"_start_at": start, "_end_at": end}
            records.append({**identity, **span, attribute: name, value: total(numbers)})
    return records


def _gathered(
    rows: Sequence[Row], keys: Sequence[str], mappings: Sequence[_Named], other: str | None, source: str
) -> dict[str, list[Number]]:
    found: dict[str, list[Number]] = {}
    for row in rows:
        values = [text(row, key) for key in keys]
        name = next((mapping.name for mapping in mappings if mapping.takes(values)), other)
        if name is not None:
            numbers = found.setdefault(name, [])
            if (value := number(row, source)) is not None:
                numbers.append(value)
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
