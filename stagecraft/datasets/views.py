"""`/data-sets`"""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from stagecraft.api.answers import answer
from stagecraft.api.body import json_object
from stagecraft.api.errors import Fault
from stagecraft.api.parameters import read_parameters
from stagecraft.datasets import queries
from stagecraft.datasets.models import DataSet
from stagecraft.datasets.new_data_set import check_schema, invalid, read_new_data_set
from stagecraft.datasets.serialise import config
from stagecraft.development import is_usable

FILTERS = {
    "data-group": "data_group",
    "data-type": "data_type",
    "data_group": "data_group",
    "data_type": "data_type",
}


def list_data_sets(request: HttpRequest) -> HttpResponse:
    """GET: all configs, or those of a group, a type, both."""
    found = queries.data_sets(**read_parameters(request.GET, FILTERS))
    return answer([_config(data_set) for data_set in found])


def show_data_set(_request: HttpRequest, name: str) -> HttpResponse:
    """GET: one config."""
    return answer(_config(queries.data_set_named(name)))


def create_data_set(request: HttpRequest) -> HttpResponse:
    """POST: a new data set; answers its config."""
    body = json_object(request)
    values = read_new_data_set(body)
    if not is_usable(values.get("bearer_token", ""), production=settings.ENVIRONMENT.is_production):
        raise invalid([Fault("bearer_token", "is public knowledge, so production doesn't take it")])
    with transaction.atomic():
        created = _config(queries.create(values))
        check_schema(body, created["schema"])
    return answer(created, 201, {"Location": f"/data-sets/{created['name']}"})


def _config(data_set: DataSet) -> dict[str, Any]:
    return config(data_set, production=settings.ENVIRONMENT.is_production)
