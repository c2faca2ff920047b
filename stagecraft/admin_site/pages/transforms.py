"""The pages of transforms."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.admin import display
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, Concat
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html

from stagecraft.admin_site.examples import MASK, run_line
from stagecraft.admin_site.instants_in_words import what_waits
from stagecraft.admin_site.options_in_words import described
from stagecraft.admin_site.pages.base import Pages
from stagecraft.admin_site.pages.tokens import state_of
from stagecraft.admin_site.pages.transform_ends import ends_of
from stagecraft.admin_site.pages.transform_forms import TransformForm
from stagecraft.admin_site.settings_in_words import Settings, of_transform
from stagecraft.admin_site.transform_words import options_in_short, query_in_short
from stagecraft.api.errors import Fault
from stagecraft.datasets.models import DataSet
from stagecraft.transforms.models import Transform, TransformType
from stagecraft.transforms.queries import TOGETHER


def _by_name(side: str) -> Concat:
    """Group, then type; a space comes before all that a name has, so that no group gets between two of another."""
    group = Coalesce(F(f"{side}_group__name"), Value(""))
    return Concat(group, Value(" "), F(f"{side}_type__name"))


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
    # By what they read, those that read every group first, on any database.
    ordering = (
        F("input_group__name").asc(nulls_first=True),
        "input_type__name",
        "output_type__name",
        "created_at",
    )
    fieldsets = (
        ("Reads from", {"fields": ("input_group", "input_type")}),
        ("The query it asks", {"fields": ("period", "group_by", "collect", "filter_by", "more")}),
        ("Computes", {"fields": ("type", "options")}),
        ("Writes to", {"fields": ("output_group", "output_type")}),
    )

    class Media:
        js = ("admin_site/transform.js",)

    @display(description="Reads", ordering=_by_name("input"))
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

    @display(description="Writes", ordering=_by_name("output"))
    def writes(self, transform: Transform) -> str:
        """Group and type."""
        group = transform.output_group
        return f"{group.name if group else 'the same group'} / {transform.output_type.name}"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """None where nothing can be changed: then it is said in words."""
        if obj and not self.has_change_permission(request, obj):
            return ()
        return super().get_fieldsets(request, obj)

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
        """With the options that each type takes, for the page to say so of the one that is chosen."""
        context["options"] = {str(each.pk): described(each.schema) for each in TransformType.objects.all()}
        transform: Transform | None = context.get("original")
        if transform is not None:
            # One sign, which is never broken over two lines.
            context["name"] = str(transform).replace("->", "\N{RIGHTWARDS ARROW}")
            context.update(_about(transform))
            if not self.has_change_permission(request, transform):
                context["settings_in_words"] = _in_words(transform)
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(
        self, request: HttpRequest, obj: Transform, post_url_continue: Any = None
    ) -> HttpResponse:
        """To the page of the data set that it reads, which draws it."""
        self.message_user(
            request,
            f"The transform {obj} is made. It runs within seconds of the next records that are written, "
            f"over what they touch. {what_waits(_period(obj), timezone.now())}",
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


def _period(transform: Transform) -> str:
    return str(transform.query_parameters.get("period") or "")


def _about(transform: Transform) -> dict[str, Any]:
    found = ends_of(transform)
    now = timezone.now()
    # In each group there is another token, so it can be run over one data set at a time.
    source = next((each.data_set for each in found.reads if each.data_set is not None), None)
    return {
        "ends": found,
        "waits": what_waits(_period(transform), now),
        "run": source and _run(source, now),
    }


def _run(source: DataSet, now: datetime) -> dict[str, Any]:
    write_url = settings.ENVIRONMENT.public_write_url
    return {
        "data_set": source,
        "mask": MASK,
        "token_state": state_of(source),
        "line": run_line(write_url, source.data_group.name, source.data_type.name, now),
    }


def _in_words(transform: Transform) -> tuple[Settings, ...]:
    labels = {name: str(field.label) for name, field in TransformForm.base_fields.items()}
    return of_transform(labels, transform.query_parameters, transform.options, transform.type.name)
