"""Reading the body of a POST or PUT of a transform, as far as it can be judged by itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stagecraft.api.errors import Fault
from stagecraft.api.shapes import below, shape_faults
from stagecraft.transforms.fields import END, END_PARTS, TRANSFORM, UUID
from stagecraft.transforms.query_parameters import query_parameter_faults

_UUID = re.compile(UUID)


@dataclass(frozen=True, slots=True)
class End:
    """A side of a transform. No group: as an input every one, as an output the input's."""

    group: str | None
    data_type: str


def faults_of_body(body: Mapping[str, Any]) -> list[Fault]:
    """All that is wrong with a transform by itself; its options are for its type to judge."""
    faults = shape_faults(body, TRANSFORM, what="a transform", required=("input", "output"))
    if ("type" in body) == ("type_id" in body):
        faults.append(
            Fault("type", "is missing" if "type" not in body else "goes without type_id, or that alone")
        )
    for side in ("input", "output"):
        if isinstance(body.get(side), dict):
            faults += below(side, shape_faults(body[side], END_PARTS, what="it", required=("data-type",)))
    parameters = body.get("query-parameters", {})
    if isinstance(parameters, dict):
        faults += below("query-parameters", query_parameter_faults(parameters))
    return faults


def type_named(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the body says of its type: `id` or `name` at least, or None where it says neither as it should."""
    given = body.get("type_id", body.get("type"))
    if isinstance(given, str):
        given = {"id" if _UUID.match(given) else "name": given}
    if not isinstance(given, dict) or not ("id" in given or "name" in given):
        return None
    return given if all(isinstance(given.get(key, ""), str) for key in ("id", "name")) else None


def end(body: Mapping[str, Any], side: str) -> End | None:
    """The `input` or `output`, or None where it isn't right."""
    value = body.get(side)
    return End(value.get("data-group"), value["data-type"]) if END.holds(value) else None
