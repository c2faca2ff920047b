"""The pages of transforms."""

import json
from typing import Any

from django.conf import settings
from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html

from stagecraft.admin_site.pages.base import Pages
from stagecraft.admin_site.pages.transform_forms import TransformForm
from stagecraft.admin_site.transform_words import options_in_short, query_in_short
from stagecraft.api.errors import Fault
from stagecraft.datasets.models import DataSet
from stagecraft.transforms.models import Transform, TransformType
from stagecraft.transforms.queries import TOGETHER


class TransformPages(Pages):
    """Transforms: what is computed from what."""

    form = TransformForm
    list_display = ("reads", "asks", "computes", "writes")
    list_display_links = ("reads",)
    list_filter = ("type",)
    list_select_related = TOGETHER
    search_fields = (
        "input_group__name",
        "input_type__name",
        "output_group__name",
        "output_type__name",
        "type__name",
    )
    search_help_text = "Group or type that it reads or writes, or the transform's own type"
    ordering = ("input_type__name", "input_group__name", "created_at")
    fieldsets = (
        ("Reads from", {"fields": ("input_group", "input_type")}),
        ("The query it asks", {"fields": ("period", "group_by", "collect", "filter_by", "more")}),
        ("Computes", {"fields": ("type", "options")}),
        ("Writes to", {"fields": ("output_group", "output_type")}),
    )

    class Media:
        js = ("admin_site/transform.js",)

    @display(description="Reads", ordering="input_type__name")
    def reads(self, transform: Transform) -> str:
        """Group and type."""
        group = transform.input_group
        return f"{group.name if group else 'every group'} / {transform.input_type.name}"

    @display(description="Asks for")
    def asks(self, transform: Transform) -> str:
        """The query in short, which tells transforms of the same data set apart."""
        return query_in_short(transform.query_parameters)

    @display(description="Computes", ordering="type__name")
    def computes(self, transform: Transform) -> str:
        """Its type, and its options in short below."""
        options = options_in_short(transform.options)
        below = format_html(' <span class="quiet below">{}</span>', options) if options else ""
        return format_html("{}{}", transform.type.name, below)

    @display(description="Writes", ordering="output_type__name")
    def writes(self, transform: Transform) -> str:
        """Group and type."""
        group = transform.output_group
        return f"{group.name if group else 'the same group'} / {transform.output_type.name}"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Transform]":
        """With all that they are shown with."""
        return super().get_queryset(request).select_related(*TOGETHER)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """From a data set's page: what it reads is known already."""
        given = super().get_changeform_initial_data(request)
        return {
            key: int(value)
            for key, value in given.items()
            if key in ("input_group", "input_type") and value.isdecimal()
        }

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With the schemas of all types, for the page to say which options the chosen one takes."""
        context["schemas"] = {str(each.pk): each.schema for each in TransformType.objects.all()}
        transform: Transform | None = context.get("original")
        if transform is not None:
            context["run"] = _run_line(transform)
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(
        self, request: HttpRequest, obj: Transform, post_url_continue: Any = None
    ) -> HttpResponse:
        """To the page of the data set that it reads, which draws it."""
        self.message_user(
            request,
            f"The transform {obj} is made. It runs within seconds of the next records that are written, "
            "over what they touch. A period that is not over yet is left out until records come after its end.",
        )
        return _to_input(obj)

    def response_change(self, request: HttpRequest, obj: Transform) -> HttpResponse:
        """The same."""
        self.message_user(
            request, f"The transform {obj} is saved. It runs as it is now from the next records on."
        )
        return _to_input(obj)

    def uses(self, thing: Transform) -> list[Fault]:
        """Nothing uses a transform; what it has written stays."""
        return []

    def losses(self, thing: Transform) -> list[str]:
        """Less than one may fear."""
        return ["Its settings. What it has written so far stays, and is not brought up to date any more."]

    def remove(self, thing: Transform) -> None:
        """Nothing is in the way."""
        thing.delete()


def _to_input(transform: Transform) -> HttpResponse:
    found = DataSet.objects.filter(
        data_group=transform.input_group_id, data_type=transform.input_type_id
    ).first()
    if found is None:
        return redirect("admin:transforms_transform_changelist")
    return redirect("admin:datasets_dataset_change", found.pk)


def _run_line(transform: Transform) -> str:
    group = transform.input_group.name if transform.input_group else "GROUP"
    url = f"{settings.ENVIRONMENT.public_write_url}/{group}/{transform.input_type.name}/transform"
    body = json.dumps({"_start_at": "2014-01-01T00:00:00Z", "_end_at": "2014-04-01T00:00:00Z"})
    return (
        f"curl '{url}' \\\n  -H 'Authorization: Bearer TOKEN' \\\n"
        f"  -H 'Content-Type: application/json' \\\n  -d '{body}'"
    )
