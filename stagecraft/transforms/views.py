"""`/transform` and `/data-sets/<name>/transform`"""

from django.http import HttpRequest, HttpResponse

from stagecraft.api.answers import answer, nothing
from stagecraft.api.body import json_object
from stagecraft.api.conditions import check_unchanged
from stagecraft.api.parameters import read_parameters
from stagecraft.checked import changing
from stagecraft.datasets.names import is_legal
from stagecraft.datasets.queries import data_set_named
from stagecraft.transforms import changes
from stagecraft.transforms.models import Transform
from stagecraft.transforms.queries import identified, reading, transforms
from stagecraft.transforms.serialise import transform

# Parameters, and the columns that they are about.
FILTERS = {
    "type": "type__name",
    "data-group": "input_group__name",
    "data-type": "input_type__name",
    "output-data-group": "output_group__name",
    "output-data-type": "output_type__name",
    "data_group": "input_group__name",
    "data_type": "input_type__name",
    "output_data_group": "output_group__name",
    "output_data_type": "output_type__name",
}


def of_data_set(_request: HttpRequest, name: str) -> HttpResponse:
    """GET: the transforms whose input the data set is."""
    return answer([transform(each) for each in reading(data_set_named(name))])


def list_transforms(request: HttpRequest) -> HttpResponse:
    """GET: all of them, or those of a type, of an input, of an output."""
    wanted = read_parameters(request.GET, FILTERS)
    found = transforms().filter(**wanted) if all(map(is_legal, wanted.values())) else ()
    return answer([transform(each) for each in found])


def show_transform(_request: HttpRequest, identifier: str) -> HttpResponse:
    """GET: one."""
    return _shown(identified(transforms(), "transform", identifier))


def create_transform(request: HttpRequest) -> HttpResponse:
    """POST: a new one."""
    made = changes.make(json_object(request))
    return answer(transform(made), 201, {"Location": f"/transform/{made.id}"})


def change_transform(request: HttpRequest, identifier: str) -> HttpResponse:
    """PUT: as the body says."""
    body = json_object(request)
    return _shown(changes.change(identifier, body, lambda found: check_unchanged(request, _shown(found))))


def delete_transform(request: HttpRequest, identifier: str) -> HttpResponse:
    """DELETE: what it has written stays."""
    with changing():
        found = identified(transforms(), "transform", identifier)
        check_unchanged(request, _shown(found))
        found.delete()
    return nothing()


def _shown(found: Transform) -> HttpResponse:
    return answer(transform(found))
