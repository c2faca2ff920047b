"""Data sets made and changed as a body says, or refused with all that is wrong with it."""

from collections.abc import Callable, Mapping
from typing import Any

from stagecraft.api.errors import Fault, invalid
from stagecraft.checked import changing
from stagecraft.datasets import queries
from stagecraft.datasets.data_set_body import (
    OLDER_THAN_RULES,
    changed_values,
    faults_of_change,
    faults_of_new,
    name_of,
    new_values,
    schema_faults,
)
from stagecraft.datasets.fields import DATA_SET, DATA_SET_IDENTITY
from stagecraft.datasets.models import DataSet, DataType


def make(body: Mapping[str, Any], *, production: bool) -> DataSet:
    """The new data set. Raises a 400."""
    faults = faults_of_new(body, production=production)
    with changing():
        faults += _clashes(body)
        faults += schema_faults(body, _schema_of(body.get("data_type")))
        if faults:
            raise invalid(faults)
        return queries.create(new_values(body))


def change(
    name: str, body: Mapping[str, Any], check: Callable[[DataSet], None], *, production: bool
) -> DataSet:
    """The data set as it is now. `check` may refuse the one there was. Raises a 400, a 404."""
    with changing():
        data_set = queries.data_set_named(name)
        check(data_set)
        stored = {
            "name": data_set.name,
            "data_group": data_set.data_group.name,
            "data_type": data_set.data_type.name,
            **{key: getattr(data_set, key) for key in OLDER_THAN_RULES},
        }
        faults = faults_of_change(body, stored, production=production)
        faults += schema_faults(body, data_set.data_type.schema)
        if faults:
            raise invalid(faults)
        for key, value in changed_values(body).items():
            setattr(data_set, key, value)
        data_set.save()
        return data_set


def _clashes(body: Mapping[str, Any]) -> list[Fault]:
    """The pair and the name that another data set has."""
    if not all(key in body and DATA_SET[key].holds(body[key]) for key in DATA_SET_IDENTITY):
        return []
    faults = []
    twin = queries.data_sets(body["data_group"], body["data_type"]).first()
    if twin is not None:
        faults.append(Fault("data_type", f"is taken, with this data group, by the data set {twin.name}"))
    name = name_of(body)
    if DATA_SET["name"].holds(name) and DataSet.objects.filter(name=name).exists():
        left_out = "" if body.get("name") else f"is left out, and its default {name} "
        faults.append(Fault("name", f"{left_out}is the name of another data set"))
    return faults


def _schema_of(data_type: object) -> Any:
    legal = DATA_SET["data_type"].holds(data_type)
    return DataType.objects.filter(name=data_type).values_list("schema", flat=True).first() if legal else None
