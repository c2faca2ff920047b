"""A transform as Backdrop's worker reads it."""

from typing import Any

from stagecraft.datasets.models import DataGroup, DataType
from stagecraft.transforms.models import Transform, TransformType


def transform(found: Transform) -> dict[str, Any]:
    """A transform whose type, groups and data types have been fetched with it."""
    return {
        "id": str(found.id),
        "type": transform_type(found.type),
        "input": _end(found.input_group, found.input_type),
        "query-parameters": found.query_parameters,
        "options": found.options,
        "output": _end(found.output_group, found.output_type),
    }


def transform_type(found: TransformType) -> dict[str, Any]:
    """A transform type."""
    return {"id": str(found.id), "name": found.name, "function": found.function, "schema": found.schema}


def _end(group: DataGroup | None, data_type: DataType) -> dict[str, str]:
    # A group that isn't named is left out, so that whoever reads it takes its default.
    named = {"data-group": group.name} if group else {}
    return {**named, "data-type": data_type.name}
