"""`/data-sets`"""

from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from stagecraft import removal
from stagecraft.api.answers import answer, nothing
from stagecraft.api.body import json_object
from stagecraft.api.conditions import check_unchanged
from stagecraft.api.parameters import read_parameters
from stagecraft.datasets import changes, queries
from stagecraft.datasets.models import DataSet
from stagecraft.datasets.serialise import config

FILTERS = {
    "data-group": "data_group",
    "data-type": "data_type",
    "data_group": "data_group",
    "data_type": "data_type",
}


def list_data_sets(request: HttpRequest) -> HttpResponse:
    """GET: all configs, or those of a group, a type, both."""
    found = queries.data_sets(**read_parameters(request.GET, FILTERS))
    # Databases sort text each in their own way.
    return answer([_config(data_set) for data_set in sorted(found, key=attrgetter("name"))])


def show_data_set(_request: HttpRequest, name: str) -> HttpResponse:
    """GET: one config."""
    return _shown(queries.data_set_named(name))


def create_data_set(request: HttpRequest) -> HttpResponse:
    """POST: a new data set; answers its config."""
    made = changes.make(json_object(request), production=_production())
    return answer(_config(made), 201, {"Location": f"/data-sets/{made.name}"})


def change_data_set(request: HttpRequest, name: str) -> HttpResponse:
    """PUT: the data set as the body says; answers its config."""
    body = json_object(request)
    changed = changes.change(
        name, body, lambda found: check_unchanged(request, _shown(found)), production=_production()
    )
    return _shown(changed)


def delete_data_set(request: HttpRequest, name: str) -> HttpResponse:
    """DELETE: the data set and its data; refused while something uses it."""
    removal.delete_data_set(name, lambda found: check_unchanged(request, _shown(found)))
    return nothing()


def _shown(data_set: DataSet) -> HttpResponse:
    return answer(_config(data_set))


def _config(data_set: DataSet) -> dict[str, Any]:
    return config(data_set, production=_production(), now=datetime.now(UTC))


def _production() -> bool:
    return bool(settings.ENVIRONMENT.is_production)
