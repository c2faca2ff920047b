"""`/transform-type`"""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from stagecraft import removal
from stagecraft.api.answers import answer, nothing
from stagecraft.api.body import json_object
from stagecraft.api.conditions import check_unchanged
from stagecraft.api.errors import Fault, conflict, invalid
from stagecraft.api.parameters import read_parameters
from stagecraft.api.shapes import shape_faults
from stagecraft.checked import changing
from stagecraft.datasets import schemas
from stagecraft.datasets.names import is_legal
from stagecraft.transforms.built_in import is_built_in
from stagecraft.transforms.fields import TRANSFORM_TYPE
from stagecraft.transforms.models import TransformType
from stagecraft.transforms.queries import identified
from stagecraft.transforms.serialise import transform_type


def list_types(request: HttpRequest) -> HttpResponse:
    """GET: all of them by name, or the one of a name."""
    wanted = read_parameters(request.GET, {"name": "name"})
    found = TransformType.objects.filter(**wanted) if all(map(is_legal, wanted.values())) else ()
    return answer([transform_type(each) for each in sorted(found, key=lambda each: each.name)])


def show_type(_request: HttpRequest, identifier: str) -> HttpResponse:
    """GET: one."""
    return _shown(_identified(identifier))


def create_type(request: HttpRequest) -> HttpResponse:
    """POST: a new one, for a function that the worker has from an installed package."""
    body = json_object(request)
    faults = _faults(body, required=("name", "function"))
    with changing():
        for key in ("id", "name"):
            legal = TRANSFORM_TYPE[key].holds(body.get(key))
            if legal and TransformType.objects.filter(**{key: body[key]}).exists():
                faults.append(Fault(key, f"is the {key} of another transform type"))
        if faults:
            raise invalid(faults)
        made = TransformType(**body)
        made.save()
    return answer(transform_type(made), 201, {"Location": f"/transform-type/{made.id}"})


def change_type(request: HttpRequest, identifier: str) -> HttpResponse:
    """PUT: as the body says; a schema that it leaves out is gone."""
    body = json_object(request)
    with changing():
        found = _identified(identifier)
        check_unchanged(request, _shown(found))
        if is_built_in(found.id):
            raise conflict(f"{found} can't be changed: it is built in, and comes with the worker")
        fixed = {"id": (identifier, "can't be changed"), "name": (found.name, TransformType.FIXED["name"])}
        moved = [Fault(key, why) for key, (stored, why) in fixed.items() if body.get(key, stored) != stored]
        rest = {key: value for key, value in body.items() if key not in fixed}
        found.function, found.schema = rest.get("function"), rest.get("schema", {})
        faults = [*moved, *_faults(rest, required=("function",))]
        if not any(fault.key == "schema" for fault in faults):
            faults += [Fault("schema", misfit) for misfit in found.misfits()]
        if faults:
            raise invalid(faults)
        found.save()
    return _shown(found)


def delete_type(request: HttpRequest, identifier: str) -> HttpResponse:
    """DELETE: refused for a built-in one, and while a transform is of it."""
    with changing():
        found = _identified(identifier)
        check_unchanged(request, _shown(found))
        removal.delete_unused(found)
    return nothing()


def _faults(body: Mapping[str, Any], required: tuple[str, ...]) -> list[Fault]:
    faults = shape_faults(body, TRANSFORM_TYPE, what="a transform type", required=required)
    if isinstance(body.get("schema"), dict):
        faults += [Fault("schema", fault) for fault in schemas.faults(body["schema"])]
    return faults


def _identified(identifier: str) -> TransformType:
    return identified(TransformType.objects.all(), "transform type", identifier)


def _shown(found: TransformType) -> HttpResponse:
    return answer(transform_type(found))
