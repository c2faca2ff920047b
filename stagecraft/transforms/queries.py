"""Finding transforms and their types."""

import re
from typing import TypeVar

from django.db.models import Q, QuerySet

from stagecraft.api.errors import not_found
from stagecraft.datasets.models import DataSet
from stagecraft.transforms.fields import UUID
from stagecraft.transforms.models import Transform, TransformType

# What a transform is shown with: fetched in the same query, however many there are.
TOGETHER = ("type", "input_group", "input_type", "output_group", "output_type")

_UUID = re.compile(UUID)
Identified = TypeVar("Identified", Transform, TransformType)


def transforms() -> "QuerySet[Transform]":
    """All of them, in the order in which they were made."""
    return Transform.objects.select_related(*TOGETHER)


def reading(data_set: DataSet) -> "QuerySet[Transform]":
    """The transforms whose input a data set is."""
    its_group = Q(input_group=data_set.data_group) | Q(input_group=None)
    return transforms().filter(its_group, input_type=data_set.data_type)


def identified(found: "QuerySet[Identified]", what: str, identifier: str) -> Identified:
    """The one of an id. Raises a 404."""
    one = found.filter(pk=identifier).first() if is_identifier(identifier) else None
    if one is None:
        raise not_found(f"There is no {what} of this id")
    return one


def is_identifier(text: str) -> bool:
    """Whether a text is a UUID, in the one spelling that answers have."""
    return _UUID.match(text) is not None and len(text) == 36
