"""The pages of data groups and data types."""

from typing import Any

from django import forms
from django.contrib.admin import display
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from stagecraft.admin_site.fields import JsonField
from stagecraft.admin_site.pages.base import Pages
from stagecraft.admin_site.pages.shown import SchemaPages
from stagecraft.datasets.models import DataType


class _NamedPages(Pages):
    """What both have in common: a name that never changes, and the data sets that are of it."""

    list_display: tuple[str, ...] = ("name", "data_set_count", "description")
    search_fields = ("name", "description")
    search_help_text = "Name or description"
    ordering = ("name",)

    @display(description="Data sets", ordering="data_set_count")
    def data_set_count(self, thing: Any) -> int:
        """How many are of it."""
        return int(thing.data_set_count)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """With the numbers of data sets, in the same query."""
        return super().get_queryset(request).annotate(data_set_count=Count("data_sets"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The name, once it is there."""
        return ("name",) if obj else ()


class DataGroupPages(_NamedPages):
    """Data groups."""

    fields = ("name", "description")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest | None, **options: Any) -> Any:
        """A description is a few lines."""
        if db_field.name == "description":
            options["widget"] = forms.Textarea(attrs={"rows": 3})
        return super().formfield_for_dbfield(db_field, request, **options)


class DataTypeForm(forms.ModelForm):
    """A data type, with its schema as JSON that is laid out to be read."""

    schema = JsonField(
        rows=18,
        label="Schema",
        help_text="JSON Schema (draft 3 or 4) of a record, beyond the _timestamp that each must have. "
        "Records that don't fit are refused. Empty: any record will do.",
    )

    class Meta:
        model = DataType
        fields = ("name", "description", "schema")
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}  # noqa: RUF012 - as Django's forms have it


class DataTypePages(SchemaPages, _NamedPages):
    """Data types."""

    form = DataTypeForm
    fields = ("name", "description", "schema")
