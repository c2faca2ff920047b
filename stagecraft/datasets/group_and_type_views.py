"""`/data-groups` and `/data-types`: alike but for the schema that a type may have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.http import HttpRequest, HttpResponse

from stagecraft import removal
from stagecraft.api.answers import answer, nothing
from stagecraft.api.body import json_object
from stagecraft.api.conditions import check_unchanged
from stagecraft.api.errors import Fault, invalid
from stagecraft.api.parameters import read_parameters
from stagecraft.api.shapes import Rule, shape_faults
from stagecraft.checked import changing
from stagecraft.datasets import schemas, serialise
from stagecraft.datasets.fields import DATA_GROUP, DATA_TYPE
from stagecraft.datasets.models import DataGroup, DataType
from stagecraft.datasets.names import is_legal
from stagecraft.datasets.queries import named


@dataclass(frozen=True, slots=True)
class NamedThings:
    """The resource at `path` of a model whose rows are known by a name. `defaults` are of what a body may leave out."""

    path: str
    model: type[DataGroup] | type[DataType]
    what: str
    rules: Mapping[str, Rule]
    defaults: Mapping[str, Any]
    shown: Callable[[Any], dict[str, Any]]

    def show_all(self, request: HttpRequest) -> HttpResponse:
        """GET: all of them by name, or the one of a name."""
        wanted = read_parameters(request.GET, {"name": "name"}).get("name")
        found = self.model.objects.all()
        if wanted is not None:
            found = found.filter(name=wanted) if is_legal(wanted) else found.none()
        return answer([self.shown(each) for each in sorted(found, key=attrgetter("name"))])

    def show(self, _request: HttpRequest, name: str) -> HttpResponse:
        """GET: one."""
        return answer(self.shown(named(self.model, name)))

    def create(self, request: HttpRequest) -> HttpResponse:
        """POST: a new one."""
        body = json_object(request)
        faults = self._faults(body, required=("name",))
        with changing():
            if self.rules["name"].holds(body.get("name")) and self.model.objects.filter(name=body["name"]):
                faults.append(Fault("name", f"is the name of another {self.model._meta.verbose_name}"))
            if faults:
                raise invalid(faults)
            made = self.model(**{**self.defaults, **body})
            made.save()
        return answer(self.shown(made), 201, {"Location": f"/{self.path}/{made.name}"})

    def change(self, request: HttpRequest, name: str) -> HttpResponse:
        """PUT: as the body says; what it leaves out takes its default again."""
        body = json_object(request)
        with changing():
            found = named(self.model, name)
            check_unchanged(request, answer(self.shown(found)))
            faults = self._faults({key: value for key, value in body.items() if key != "name"})
            if body.get("name", name) != name:
                faults.insert(0, Fault("name", self.model.FIXED["name"]))
            if faults:
                raise invalid(faults)
            for key, value in {**self.defaults, **body}.items():
                setattr(found, key, value)
            found.save()
        return answer(self.shown(found))

    def delete(self, request: HttpRequest, name: str) -> HttpResponse:
        """DELETE: refused while something uses it."""
        with changing():
            found = named(self.model, name)
            check_unchanged(request, answer(self.shown(found)))
            removal.delete_unused(found)
        return nothing()

    def _faults(self, body: Mapping[str, Any], required: tuple[str, ...] = ()) -> list[Fault]:
        faults = shape_faults(body, self.rules, what=self.what, required=required)
        if isinstance(body.get("schema"), dict) and body["schema"]:
            faults += [Fault("schema", fault) for fault in schemas.faults(body["schema"])]
        return faults


GROUPS = NamedThings(
    "data-groups", DataGroup, "a data group", DATA_GROUP, {"description": ""}, serialise.data_group
)
TYPES = NamedThings(
    "data-types", DataType, "a data type", DATA_TYPE, {"description": "", "schema": None}, serialise.data_type
)
