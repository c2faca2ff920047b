"""The demo: the data sets and the transform that a newcomer meets."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import transaction

from stagecraft.datasets import queries
from stagecraft.datasets.due_drops import DueDrop
from stagecraft.datasets.models import DataGroup, DataType
from stagecraft.transforms.models import Transform, TransformType

FIXTURE = Path(__file__).with_name("demo.json")


def read_demo() -> dict[str, Any]:
    """The fixture."""
    fixture: dict[str, Any] = json.loads(FIXTURE.read_text(encoding="utf-8"))
    return fixture


def load_demo() -> int:
    """Make what of the demo isn't there yet, and leave alone what is, however it was changed.

    Answers how many things were made. Raises ValidationError when something else has a name of the demo's.
    """
    demo = read_demo()
    with transaction.atomic():
        return (
            sum(_made_data_type(each) for each in demo["data_types"])
            + sum(_made_data_set(each) for each in demo["data_sets"])
            + sum(_made_transform(each) for each in demo["transforms"])
        )


def _made_data_type(described: Mapping[str, Any]) -> bool:
    _, made = DataType.objects.get_or_create(name=described["name"], defaults=described)
    return made


def _made_data_set(described: Mapping[str, Any]) -> bool:
    if queries.data_sets(described["data_group"], described["data_type"]).exists():
        return False
    if DueDrop.objects.filter(name=described["name"]).exists():
        return False  # what one that was deleted has left in Backdrop has to go first: a later start makes it
    queries.create(described)
    return True


def _made_transform(described: Mapping[str, Any]) -> bool:
    if Transform.objects.filter(id=described["id"]).exists():
        return False
    source, target = described["input"], described["output"]
    made = Transform(
        id=described["id"],
        type=TransformType.objects.get(name=described["type"]),
        input_group=_group(source["data-group"]),
        input_type=DataType.objects.get(name=source["data-type"]),
        query_parameters=described["query-parameters"],
        options=described["options"],
        output_group=_group(target["data-group"]),
        output_type=DataType.objects.get(name=target["data-type"]),
    )
    if made.twin() is not None:
        return False  # somebody has made the same by hand
    made.save()
    return True


def _group(name: str) -> DataGroup:
    group, _ = DataGroup.objects.get_or_create(name=name)
    return group
