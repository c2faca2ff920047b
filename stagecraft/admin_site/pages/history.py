"""Who changed what: a page that is read and never changed."""

from typing import Any

from django.contrib.admin import SimpleListFilter, display
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from stagecraft.admin_site.pages.base import Pages
from stagecraft.admin_site.pages.tokens import LOOKED
from stagecraft.admin_site.site import PLACES

VERBS = {ADDITION: "Made", CHANGE: "Changed", DELETION: "Deleted"}


class DidFilter(SimpleListFilter):
    """By what was done."""

    title = "did"
    parameter_name = "action_flag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """As Django asks for it."""
        return [(str(flag), verb) for flag, verb in VERBS.items()]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[LogEntry]") -> "QuerySet[LogEntry]":
        """Those of the verb chosen."""
        chosen = self.value() or ""
        known = chosen in map(str, VERBS)
        return queryset.filter(action_flag=int(chosen)) if known else queryset


class KindFilter(SimpleListFilter):
    """By the kind of what was changed."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All that can be changed on this site."""
        return [
            (f"{label}.{model.lower()}", place.name)
            for (label, model), place in PLACES.items()
            if label != LogEntry._meta.app_label
        ]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[LogEntry]") -> "QuerySet[LogEntry]":
        """Those of the kind chosen."""
        label, _, model = (self.value() or "").partition(".")
        if not model:
            return queryset
        return queryset.filter(content_type__app_label=label, content_type__model=model)


class HistoryPages(Pages):
    """The log of the admin site. It names fields and never their values, so no token is in it."""

    list_display = ("when", "who", "what", "thing", "details")
    list_display_links = None
    list_filter = (DidFilter, KindFilter)
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "user__username", "change_message")
    search_help_text = "What was changed, or who did it"
    ordering = ("-action_time",)
    date_hierarchy = None

    @display(description="When (UTC)", ordering="action_time")
    def when(self, entry: LogEntry) -> str:
        """To the second."""
        return f"{entry.action_time:%Y-%m-%d %H:%M:%S}"

    @display(description="Who", ordering="user__username")
    def who(self, entry: LogEntry) -> str:
        """Their name."""
        return entry.user.get_username()

    @display(description="Did")
    def what(self, entry: LogEntry) -> str:
        """Made, changed or deleted; to look at a token changes nothing."""
        return "Looked" if entry.change_message == LOOKED else VERBS.get(entry.action_flag, "")

    @display(description="What")
    def thing(self, entry: LogEntry) -> str:
        """What it was, linked as long as it is there."""
        kind = entry.content_type.name if entry.content_type else ""
        url = entry.get_admin_url() if entry.action_flag != DELETION else None
        if url is None:
            return f"{kind} {entry.object_repr}"
        return format_html('{} <a href="{}">{}</a>', kind, url, entry.object_repr)

    @display(description="Details")
    def details(self, entry: LogEntry) -> str:
        """The fields that were changed, or what was done."""
        return "" if entry.action_flag == ADDITION else entry.get_change_message()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False
