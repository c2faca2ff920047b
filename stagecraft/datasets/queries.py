"""Finding and making data sets, their groups and types."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import QuerySet

from stagecraft.api.errors import not_found
from stagecraft.checked import changing
from stagecraft.datasets.models import DataGroup, DataSet, DataType
from stagecraft.datasets.names import is_legal

Named = TypeVar("Named", DataGroup, DataType)


def data_sets(data_group: str | None = None, data_type: str | None = None) -> "QuerySet[DataSet]":
    """Data sets by name, of one group, one type or both; a single SQL query, however many there are."""
    found = DataSet.objects.select_related("data_group", "data_type").order_by("name")
    for wanted, field in ((data_group, "data_group__name"), (data_type, "data_type__name")):
        if wanted is not None:
            # Nothing is called what can't be a name, and not every database takes every text.
            found = found.filter(**{field: wanted}) if is_legal(wanted) else found.none()
    return found


def data_set_named(name: str) -> DataSet:
    """One data set. Raises a 404."""
    found = data_sets().filter(name=name).first() if is_legal(name) else None
    if found is None:
        raise not_found("There is no data set of this name")
    return found


def named(model: type[Named], name: str) -> Named:
    """One data group or data type. Raises a 404."""
    found = model.objects.filter(name=name).first() if is_legal(name) else None
    if found is None:
        raise not_found(f"There is no {model._meta.verbose_name} of this name")
    return found


def create(values: Mapping[str, Any]) -> DataSet:
    """Save a new data set, and its group and type if they are new; all of it or nothing.

    Raises ValidationError.
    """
    with changing():
        data_group, _ = DataGroup.objects.get_or_create(name=values["data_group"])
        data_type, _ = DataType.objects.get_or_create(name=values["data_type"])
        data_set = DataSet(**{**values, "data_group": data_group, "data_type": data_type})
        data_set.save()
    return data_set
