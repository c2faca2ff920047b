"""Transforms and their types."""

from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from stagecraft.checked import CheckedModel
from stagecraft.datasets import schemas
from stagecraft.datasets.models import DataGroup, DataType
from stagecraft.transforms.circles import Edge, find_circle, in_words
from stagecraft.transforms.options import option_faults

GROUPS_AND_TYPES = ("input_group__name", "input_type__name", "output_group__name", "output_type__name")


class TransformType(CheckedModel):
    """A function that the worker has, and what options it takes."""

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
        """The schema must be a schema."""
        faults = schemas.faults(self.schema)
        if faults:
            raise ValidationError({"schema": faults})


class Transform(CheckedModel):
    """What is computed from which data sets, and where the result goes.

    Input and output are named by group and type, not by data set: the output may not be there yet,
    and an input without a group is that type in every group.
    """

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
        return f"{self.type_id and self.type.name}: {in_words([self._node('input'), self._node('output')])}"

    def clean(self) -> None:
        """Options that fit the type, and no circle of transforms."""
        faults: dict[str, list[str]] = {}
        if not isinstance(self.query_parameters, dict):
            faults["query_parameters"] = ["must be an object"]
        if self.type_id:
            found = option_faults(self.options, self.type.schema)
            if found:
                faults["options"] = found
        if self.input_type_id and self.output_type_id:
            circle = find_circle([*self._other_edges(), self.edge()])
            if circle:
                faults["output_type"] = [f"closes a circle of transforms: {in_words(circle)}"]
        if faults:
            raise ValidationError(faults)

    def edge(self) -> Edge:
        """What this transform joins."""
        return Edge(*self._node("input"), *self._node("output"))

    def _other_edges(self) -> list[Edge]:
        others = Transform.objects.exclude(pk=self.pk).order_by()
        return [Edge(*names) for names in others.values_list(*GROUPS_AND_TYPES).distinct()]

    def _node(self, side: str) -> Any:
        group: DataGroup | None = getattr(self, f"{side}_group")
        data_type: DataType = getattr(self, f"{side}_type")
        return (group.name if group else None, data_type.name)
