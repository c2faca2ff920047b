"""The pages of data sets."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html_join
from django.utils.timesince import timesince

from stagecraft import removal
from stagecraft.admin_site import read_app
from stagecraft.admin_site.examples import MASK, Examples, examples
from stagecraft.admin_site.pages.base import Pages
from stagecraft.admin_site.pages.data_set_forms import DataSetForm, NewDataSetForm
from stagecraft.admin_site.pages.data_set_list import (
    LateFilter,
    PublishedFilter,
    RealtimeFilter,
    late_data_sets,
    publish,
    unpublish,
)
from stagecraft.admin_site.pages.neighbours import neighbours
from stagecraft.admin_site.pages.tokens import (
    DEFAULT_OVERLAP,
    OVERLAPS,
    state_of,
    token_urls,
    words_of_previous,
)
from stagecraft.admin_site.settings_in_words import Settings, of_data_set
from stagecraft.api.errors import not_found
from stagecraft.api_users.tokens import new_token
from stagecraft.datasets.models import DataSet
from stagecraft.datasets.schemas import combined
from stagecraft.transforms.queries import reading

OF_UPLOADS = ("upload_format", "upload_filters")
READING = ("published", "queryable", "raw_queries_allowed", "realtime")
KEEPING = ("max_age_expected", "capped_size", "auto_ids")


class DataSetPages(Pages):
    """List, page, form and deletion of data sets."""

    list_display = ("name", "data_group", "data_type", "status")
    list_filter = (PublishedFilter, RealtimeFilter, LateFilter)
    list_select_related = ("data_group", "data_type")
    search_fields = ("name", "data_group__name", "data_type__name")
    search_help_text = "Name, group or type"
    ordering = ("name",)
    actions = (publish, unpublish)

    # The list.

    @display(description="Status")
    def status(self, data_set: DataSet) -> str:
        """Published or not, realtime, not readable, and stale where the read app says so."""
        late_since = getattr(data_set, "late_since", None)
        badges = [
            ("on", "Published") if data_set.published else ("off", "Not published"),
            *([("", "Real time")] if data_set.realtime else []),
            *([("off", "Not readable")] if not data_set.queryable else []),
            *([("late", f"Stale: {age(late_since)} old")] if late_since else []),
        ]
        return format_html_join(" ", '<span class="badge {}">{}</span>', badges)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, with what the read app says of its data sets at hand."""
        found = super().get_changelist_instance(request)
        late = late_data_sets(request)
        if late is None and LateFilter.parameter_name in found.get_filters_params():
            found.not_known = (
                "As soon as Backdrop's read app answers, this list says which data sets are stale."
            )
        for data_set in found.result_list:
            data_set.late_since = (late or {}).get(data_set.name)
        return found

    # The form.

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """Another form for what is new: what a data set is about never changes."""
        return super().get_form(
            request, obj, change, **{"form": DataSetForm if obj else NewDataSetForm, **options}
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """In the order in which people think of it."""
        if obj and not self.has_change_permission(request, obj):
            return ()  # in words, above
        about = [] if obj else [("What it is", {"fields": ("data_group", "data_type", "name")})]
        return [
            *about,
            ("Who may read what", {"fields": READING}),
            ("How it is kept", {"fields": KEEPING}),
            ("Uploads", {"fields": OF_UPLOADS, "classes": ("collapse",)}),
        ]

    def save_model(self, request: HttpRequest, obj: DataSet, form: Any, change: bool) -> None:
        """A new data set gets a token, so that its first record can be sent at once."""
        if not change:
            obj.bearer_token = new_token()
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: DataSet, post_url_continue: Any = None) -> HttpResponse:
        """From the form to the page of what was made."""
        self.message_user(
            request, f"The data set {obj.name} is made. Its token and a line to post with are below."
        )
        return redirect("admin:datasets_dataset_change", obj.pk)

    def response_change(self, request: HttpRequest, obj: DataSet) -> HttpResponse:
        """Back to the page."""
        self.message_user(request, "Saved. Backdrop takes it up within seconds.")
        return redirect("admin:datasets_dataset_change", obj.pk)

    # The page.

    def get_queryset(self, request: HttpRequest) -> "QuerySet[DataSet]":
        """With group and type: they are on every page."""
        return super().get_queryset(request).select_related("data_group", "data_type")

    def get_urls(self) -> list[URLPattern]:
        """With those of tokens."""
        return [*token_urls(self), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With all that there is to know of a data set that is there."""
        data_set: DataSet | None = kwargs.get("obj") or context.get("original")
        if data_set is not None and data_set.pk:
            context.update(_about(data_set))
            if not self.has_change_permission(request, data_set):
                context["settings_in_words"] = _in_words(data_set)
        return super().render_change_form(request, context, *args, **kwargs)

    # Deleting.

    def losses(self, thing: DataSet) -> list[str]:
        """The data first."""
        return [
            _records_lost(thing),
            "Its token: programs that go on posting are told that there is no such data set.",
            "Its address: dashboards that read it are told the same.",
            *_fewer_inputs(thing),
        ]

    def remove(self, thing: DataSet) -> None:
        """Here and in Backdrop."""

        def is_the_same(found: DataSet) -> None:
            if found.pk != thing.pk:
                raise not_found("It is gone already, and there is a new one of its name")

        removal.delete_data_set(thing.name, is_the_same)

    def has_to_be_named(self, thing: DataSet) -> bool:
        """Data doesn't come back."""
        return True


def _about(data_set: DataSet) -> dict[str, Any]:
    return {
        "data_set": data_set,
        "mask": MASK,
        "token_state": state_of(data_set),
        "previous_token": words_of_previous(data_set, timezone.now()),
        "overlaps": [(key, words) for key, (words, _) in OVERLAPS.items()],
        "default_overlap": DEFAULT_OVERLAP,
        "examples": _examples(data_set),
        "schema": json.dumps(combined(data_set.data_type.schema), indent=2, ensure_ascii=False),
        # Asked when the page is written: a form that is wrong comes back from where nobody else changes anything.
        "last_write": SimpleLazyObject(lambda: _last_write(data_set)),
        "neighbours": neighbours(data_set, timezone.now()),
        "new_transform": (
            f"{reverse('admin:transforms_transform_add')}"
            f"?input_group={data_set.data_group_id}&input_type={data_set.data_type_id}"
        ),
    }


def _in_words(data_set: DataSet) -> tuple[Settings, ...]:
    labels = {name: str(field.label) for name, field in DataSetForm.base_fields.items()}
    return of_data_set(labels, {name: getattr(data_set, name) for name in labels})


def _examples(data_set: DataSet) -> Examples:
    environment = settings.ENVIRONMENT
    return examples(
        read_url=environment.public_read_url,
        write_url=environment.public_write_url,
        group=data_set.data_group.name,
        data_type=data_set.data_type.name,
        raw_queries_allowed=data_set.raw_queries_allowed,
        auto_ids=data_set.auto_ids,
        schema=data_set.data_type.schema,
        at=timezone.now(),
    )


def _last_write(data_set: DataSet) -> dict[str, Any] | None:
    """When, in words and exactly, and whether that is too long ago; None where nobody says."""
    try:
        found = read_app.last_write(data_set.name)
    except read_app.NoAnswer:
        return None
    if found.at is None:
        return {"words": "never", "at": None, "late": False}
    return {"words": f"{age(found.at)} ago", "at": found.at, "late": found.seconds_late is not None}


def age(at: datetime) -> str:
    """How long ago that was, roughly, as words."""
    return timesince(at, depth=1) if timezone.now() - at >= timedelta(minutes=1) else "a moment"


def _records_lost(data_set: DataSet) -> str:
    try:
        count = read_app.count_records(data_set.data_group.name, data_set.data_type.name)
    except read_app.NoAnswer:
        return "All of its records. How many there are isn't known: the read app doesn't say."
    if count == 0:
        return "Its records: there are none."
    return "Its one record." if count == 1 else f"All of its {count:,} records."


def _fewer_inputs(data_set: DataSet) -> list[str]:
    # Those that name its group are in the way of deleting it; these only lose one of many groups.
    count = reading(data_set).filter(input_group=None).count()
    if not count:
        return []
    return [f"An input of {count} transform{'' if count == 1 else 's'} that read this type in every group."]
