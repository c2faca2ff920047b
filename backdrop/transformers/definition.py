"""A transform as the config API writes it, checked once as far as every run relies on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backdrop.transformers.errors import Refused

Record = dict[str, Any]
"""An output record, ready for JSON."""

Row = Mapping[str, Any]
"""A row of the read API, as its JSON has it."""


@dataclass(frozen=True, slots=True)
class Transform:
    """`output_group` None: the input's. `config` is the whole of it as the config API wrote it, for functions."""

    id: str
    function: str
    query_parameters: Mapping[str, Any]
    options: Mapping[str, Any]
    output_group: str | None
    output_type: str
    config: Mapping[str, Any]


def parse_transform(config: Mapping[str, Any]) -> Transform:
    """Raises Refused, naming the transform and the key, when it makes no sense."""
    known_as = f"transform {config.get('id')}"
    output = _object(config, "output", known_as)
    group = output.get("data-group")
    if group is not None and not isinstance(group, str):
        raise Refused(f"{known_as}: output.data-group must be a string")
    return Transform(
        id=_text(config, "id", known_as),
        function=_text(_object(config, "type", known_as), "function", f"{known_as}: type"),
        query_parameters=_object(config, "query-parameters", known_as),
        options=_object(config, "options", known_as),
        output_group=group or None,
        output_type=_text(output, "data-type", f"{known_as}: output"),
        config=config,
    )


def _object(config: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    value = config.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Refused(f"{where}: {key} must be an object")
    return value


def _text(config: Mapping[str, Any], key: str, where: str) -> str:
    value = config.get(key)
    if not isinstance(value, str) or not value:
        raise Refused(f"{where}: {key} is missing; it must be a string")
    return value
