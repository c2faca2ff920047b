"""Transforms made and changed as a body says, or refused with all that is wrong with it."""

from collections.abc import Callable, Mapping
from typing import Any

from stagecraft.api.errors import Fault, invalid
from stagecraft.api.shapes import below
from stagecraft.checked import changing
from stagecraft.datasets.models import DataGroup, DataType
from stagecraft.transforms.circles import Edge
from stagecraft.transforms.fields import ID
from stagecraft.transforms.models import Transform, TransformType, circle_fault
from stagecraft.transforms.options import option_faults
from stagecraft.transforms.queries import identified, is_identifier, transforms
from stagecraft.transforms.serialise import transform_type
from stagecraft.transforms.transform_body import End, end, faults_of_body, type_named


def make(body: Mapping[str, Any]) -> Transform:
    """The new transform, and the groups and types that are new with it. Raises a 400."""
    with changing():
        identifier = body.get("id")
        taken = ID.holds(identifier) and Transform.objects.filter(pk=identifier).exists()
        found = Transform(**({"id": identifier} if ID.holds(identifier) else {}))
        return _put(found, body, [Fault("id", "is the id of another transform")] if taken else [])


def change(identifier: str, body: Mapping[str, Any], check: Callable[[Transform], None]) -> Transform:
    """The transform as it is now; what the body leaves out of options and query parameters is gone.

    `check` may refuse the one there was. Raises a 400, a 404.
    """
    with changing():
        found = identified(transforms(), "transform", identifier)
        check(found)
        moved = body.get("id", identifier) != identifier
        return _put(found, body, [Fault("id", "can't be changed")] if moved else [])


def _put(found: Transform, body: Mapping[str, Any], faults: list[Fault]) -> Transform:
    source, target = end(body, "input"), end(body, "output")
    kind, kind_faults = _type(body)
    faults = [*faults, *faults_of_body(body), *kind_faults]
    options = body.get("options", {})
    if kind is not None and isinstance(options, dict):
        faults += below("options", option_faults(options, kind.schema))
    if source and target:
        faults += _circle(found, source, target)
    if faults:
        raise invalid(faults)
    assert kind and source and target  # or there would be faults
    found.type = kind
    found.input_group, found.input_type = _rows(source)
    found.output_group, found.output_type = _rows(target)
    found.query_parameters, found.options = body.get("query-parameters", {}), options
    found.save()
    return found


def _type(body: Mapping[str, Any]) -> tuple[TransformType | None, list[Fault]]:
    """The type that the body names, and what is wrong with what it says of it."""
    given = type_named(body)
    if given is None:
        is_object = isinstance(body.get("type"), dict)
        return None, [Fault("type", "needs an id or a name, a string")] if is_object else []
    types = TransformType.objects.all()
    if "id" in given:
        kind = types.filter(pk=given["id"]).first() if is_identifier(given["id"]) else None
    else:
        kind = types.filter(name=given["name"]).first()
    if kind is None:
        known = ", ".join(types.values_list("name", flat=True)[:20])
        return None, [Fault("type", f"is no transform type that there is; known are {known}")]
    shown = transform_type(kind)
    return kind, [
        Fault(
            f"type.{key}", f"is not what the transform type {kind.name} has: change it there, or leave it out"
        )
        for key, value in given.items()
        if key not in shown or shown[key] != value
    ]


def _circle(found: Transform, source: End, target: End) -> list[Fault]:
    edge = Edge(source.group, source.data_type, target.group, target.data_type)
    fault = circle_fault(edge, besides=found.pk)
    return [Fault("output", fault)] if fault else []


def _rows(side: End) -> tuple[DataGroup | None, DataType]:
    group = DataGroup.objects.get_or_create(name=side.group)[0] if side.group is not None else None
    return group, DataType.objects.get_or_create(name=side.data_type)[0]
