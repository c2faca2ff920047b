"""The list of data sets: filters, and what can be done to many at once."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib import messages
from django.contrib.admin import ModelAdmin, SimpleListFilter, action
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from stagecraft.admin_site import read_app
from stagecraft.admin_site.pages.flag_filter import FlagFilter
from stagecraft.checked import changing
from stagecraft.datasets.models import DataSet
from stagecraft.history.models import CHANGED
from stagecraft.history.notes import note

NOT_KNOWN = "Backdrop's read app doesn't answer, so it isn't known which data sets are stale."

# How the asking went, kept on the request: the list and its filter ask once.
ASKED = "_stagecraft_late_data_sets"


def late_data_sets(request: HttpRequest) -> Mapping[str, datetime] | None:
    """The data sets that are out of date, with their last writes; None where nobody could say."""
    if not hasattr(request, ASKED):
        try:
            found: Mapping[str, datetime] | None = read_app.late_data_sets()
        except read_app.NoAnswer:
            found = None
        setattr(request, ASKED, found)
    return getattr(request, ASKED)  # type: ignore[no-any-return] # set just above


class LateFilter(SimpleListFilter):
    """By whether new records are overdue."""

    title = "stale"
    parameter_name = "stale"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        """As Django asks for it."""
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[DataSet]") -> "QuerySet[DataSet]":
        """Nothing, with a word why, where it isn't known."""
        if self.value() not in ("yes", "no"):
            return queryset
        late = late_data_sets(request)
        if late is None:
            messages.warning(request, NOT_KNOWN)
            return queryset.none()
        return queryset.filter(name__in=late) if self.value() == "yes" else queryset.exclude(name__in=late)


class PublishedFilter(FlagFilter):
    """By whether it is published."""

    title = parameter_name = "published"


class RealtimeFilter(FlagFilter):
    """By whether it is realtime."""

    title = "real time"
    parameter_name = "realtime"


@action(description="Publish", permissions=["change"])
def publish(pages: ModelAdmin, request: HttpRequest, chosen: "QuerySet[DataSet]") -> None:
    """Publish those that aren't."""
    _set_published(pages, request, chosen, published=True)


@action(description="Unpublish", permissions=["change"])
def unpublish(pages: ModelAdmin, request: HttpRequest, chosen: "QuerySet[DataSet]") -> None:
    """Take back those that are."""
    _set_published(pages, request, chosen, published=False)


def _set_published(
    pages: ModelAdmin, request: HttpRequest, chosen: "QuerySet[DataSet]", *, published: bool
) -> None:
    word = "published" if published else "unpublished"
    with changing():
        changed = list(DataSet.objects.filter(pk__in=[each.pk for each in chosen], published=not published))
        # No rule is about this value alone, so nothing is to be checked.
        DataSet.objects.filter(pk__in=[each.pk for each in changed]).update(
            published=published, modified_at=timezone.now()
        )
        if changed:
            note(CHANGED, changed, sentence=f"{word.capitalize()}.")
    already = chosen.count() - len(changed)
    rest = f" {already} {'was' if already == 1 else 'were'} already." if already else ""
    messages.success(request, f"{len(changed)} data set{'' if len(changed) == 1 else 's'} {word}.{rest}")
