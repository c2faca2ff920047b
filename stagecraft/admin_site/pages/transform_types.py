"""The pages of transform types."""

from typing import Any

from django import forms
from django.contrib.admin import display
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from stagecraft.admin_site.fields import JsonField
from stagecraft.admin_site.pages.shown import SchemaPages
from stagecraft.transforms.built_in import is_built_in
from stagecraft.transforms.models import TransformType


class TransformTypeForm(forms.ModelForm):
    """A function of the worker's, and the options that it takes."""

    schema = JsonField(
        rows=18,
        label="Schema",
        help_text="JSON Schema (draft 3 or 4) of the options. Empty: any options will do.",
    )

    class Meta:
        model = TransformType
        fields = ("name", "function", "schema")
        help_texts = {  # noqa: RUF012 - as Django's forms have it
            "name": "Never changes.",
            "function": "A function that the worker can import, as package.module.function.",
        }

    def clean_schema(self) -> Any:
        """Left empty, any options will do."""
        return self.cleaned_data["schema"] or {}


class TransformTypePages(SchemaPages):
    """Transform types. Those that come with the worker stay as they are."""

    form = TransformTypeForm
    fields = ("name", "function", "schema")
    list_display = ("name", "function", "transform_count")
    search_fields = ("name", "function")
    search_help_text = "Name or function"
    ordering = ("name",)

    @display(description="Transforms", ordering="transform_count")
    def transform_count(self, thing: Any) -> int:
        """How many are of it."""
        return int(thing.transform_count)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[TransformType]":
        """With the numbers of transforms, in the same query."""
        return super().get_queryset(request).annotate(transform_count=Count("transforms"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not of those that come with the worker."""
        return super().has_change_permission(request, obj) and (obj is None or not is_built_in(obj.pk))

    def why_it_stays(self, request: HttpRequest, thing: TransformType) -> str:
        """It comes with the worker."""
        if not is_built_in(thing.pk):
            return ""
        return f"The transform type {thing} is built in, and comes with the worker."
