"""Transforms and their types."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import RegexValidator
from django.db import models

from stagecraft.api.errors import in_a_line
from stagecraft.checked import CheckedModel
from stagecraft.datasets import schemas
from stagecraft.datasets.models import DataGroup, DataType
from stagecraft.transforms.circles import Edge, find_circle, in_words
from stagecraft.transforms.options import option_faults
from stagecraft.transforms.query_parameters import query_parameter_faults

MOST_MISFITS = 5
SAME_ROWS = ("type_id", "input_group_id", "input_type_id", "output_type_id")
GROUPS_AND_TYPES = ("input_group__name", "input_type__name", "output_group__name", "output_type__name")


class TransformType(CheckedModel):
    """A function that the worker has, and what options it takes."""

    FIXED: ClassVar[Mapping[str, str]] = {"name": "can't be changed: transforms are known by it"}

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(
        max_length=100,
        unique=True,
        validators=[RegexValidator(r"\A[a-z][a-z0-9_-]*\Z", "must be small letters, digits, '_' and '-'")],
        error_messages={"unique": "is the name of another transform type"},
    )
    function = models.CharField(
        max_length=255,
        validators=[
            RegexValidator(
                r"\A[A-Za-z_]\w*(\.[A-Za-z_]\w*)+\Z", "must be a dotted name, as package.module.function"
            )
        ],
    )
    schema = models.JSONField(default=dict, blank=True, help_text="JSON Schema of the options.")

    class Meta:
        verbose_name = "transform type"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """The schema must be a schema, and the options of transforms that there are must fit it."""
        faults = schemas.faults(self.schema) or self.misfits()
        if faults:
            raise ValidationError({"schema": faults})

    def misfits(self) -> list[str]:
        """The transforms of this type whose options its schema would not take."""
        if self._state.adding:
            return []
        found = [
            f"doesn't fit the options of the transform {each.id}: "
            + "; ".join(f"{fault.key or 'options'}: {fault.message}" for fault in faults)
            for each in self.transforms.all()
            if (faults := option_faults(each.options, self.schema))
        ]
        more = len(found) - MOST_MISFITS
        return found[:MOST_MISFITS] + ([f"nor those of {more} more"] if more > 0 else [])


class Transform(CheckedModel):
    """What is computed from which data sets, and where the result goes.

    Input and output are named by group and type, not by data set: the output may not be there yet,
    and an input without a group is that type in every group.
    """

    WORDS: ClassVar[Mapping[str, str]] = {
        "type": "transform type",
        "input_group": "data group that it reads",
        "input_type": "data type that it reads",
        "query_parameters": "query",
        "output_group": "data group that it writes",
        "output_type": "data type that it writes",
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    type = models.ForeignKey(TransformType, on_delete=models.PROTECT, related_name="transforms")
    input_group = models.ForeignKey(
        DataGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: every group.",
    )
    input_type = models.ForeignKey(DataType, on_delete=models.PROTECT, related_name="+")
    query_parameters = models.JSONField(default=dict, blank=True)
    options = models.JSONField(default=dict, blank=True)
    output_group = models.ForeignKey(
        DataGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: the group of the input.",
    )
    output_type = models.ForeignKey(DataType, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        source, (group, data_type) = self._node("input"), self._node("output")
        # Without a group of its own the output is in the input's.
        return f"{self.type_id and self.type.name}: {in_words([source, (group or source[0], data_type)])}"

    def clean(self) -> None:
        """Query parameters that the read API takes, options that fit the type, no circle of transforms."""
        faults: dict[str, list[str]] = {}
        found = {"query_parameters": query_parameter_faults(self.query_parameters)}
        if self.type_id:
            found["options"] = option_faults(self.options, self.type.schema)
        for field, wrong in found.items():
            if wrong:
                faults[field] = [in_a_line([fault]) for fault in wrong]
        if self.input_type_id and self.output_type_id:
            circle = circle_fault(self.edge(), besides=self.pk)
            if circle:
                faults["output_type"] = [circle]
        twin = self.twin()
        if twin is not None:
            faults[NON_FIELD_ERRORS] = [twin_fault(twin)]
        if faults:
            raise ValidationError(faults)

    def twin(self) -> "Transform | None":
        """Another transform that does the same from the same to the same, if there is one."""
        if not (self.type_id and self.input_type_id and self.output_type_id):
            return None
        alike = Transform.objects.exclude(pk=self.pk).filter(**{row: getattr(self, row) for row in SAME_ROWS})
        own = self._what_it_does()
        return next((each for each in alike if each._what_it_does() == own), None)

    def _what_it_does(self) -> tuple[Any, ...]:
        # One value is a list of one, none and an empty list are as good as left out.
        query = {key: value if isinstance(value, list) else [value] for key, value in self._asked().items()}
        # Databases compare JSON each in their own way. In ours the order of keys means nothing, and true isn't 1.
        spelt = [json.dumps(each, sort_keys=True) for each in (query, self.options)]
        return self.output_group_id or self.input_group_id, *spelt

    def _asked(self) -> dict[str, Any]:
        given = self.query_parameters if isinstance(self.query_parameters, dict) else {}
        return {key: value for key, value in given.items() if value not in (None, [])}

    def edge(self) -> Edge:
        """What this transform joins."""
        return Edge(*self._node("input"), *self._node("output"))

    def _node(self, side: str) -> Any:
        group: DataGroup | None = getattr(self, f"{side}_group")
        data_type: DataType = getattr(self, f"{side}_type")
        return (group.name if group else None, data_type.name)


def twin_fault(twin: Transform) -> str:
    """Why a transform that is the same as another one can't be."""
    return f"It is the same as the transform {twin.id} in its type, input, query, options and output"


def circle_fault(edge: Edge, besides: UUID) -> str | None:
    """Why a transform can't join these, given all others than the one of the id; None if it can."""
    others = Transform.objects.exclude(pk=besides).order_by()
    edges = [Edge(*names) for names in others.values_list(*GROUPS_AND_TYPES).distinct()]
    circle = find_circle([*edges, edge])
    return f"closes a circle of transforms: {in_words(circle)}" if circle else None
