"""Filters of lists by what is true or false."""

from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest


class FlagFilter(SimpleListFilter):
    """By a field that is true or false."""

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        """As Django asks for it."""
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """Those of the value chosen."""
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(**{str(self.parameter_name): self.value() == "yes"})
