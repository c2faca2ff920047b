"""Who changed what, people and programs: a page that is read and never changed."""

from typing import Any

from django.contrib.admin import SimpleListFilter, display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from stagecraft.admin_site.entries import DID, did, kind_of, page_of, who
from stagecraft.admin_site.pages.base import Pages
from stagecraft.admin_site.places import PLACES
from stagecraft.history.models import Entry


class ChoiceFilter(SimpleListFilter):
    """By one of a field's choices."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """As Django asks for it."""
        return list(Entry._meta.get_field(str(self.parameter_name)).choices)

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Entry]") -> "QuerySet[Entry]":
        """Those of the one chosen."""
        chosen = self.value()
        known = chosen in dict(self.lookup_choices)
        return queryset.filter(**{str(self.parameter_name): chosen}) if known else queryset


class ActorFilter(ChoiceFilter):
    """By who did it: people, programs, commands."""

    title, parameter_name = "by", "actor"


class DidFilter(ChoiceFilter):
    """By what was done."""

    title = parameter_name = "did"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """In the words of the list."""
        return [(key, DID.get(key, word)) for key, word in super().lookups(request, model_admin)]


class KindFilter(ChoiceFilter):
    """By the kind of what was changed."""

    title = parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All that can be changed on this site."""
        return [
            (f"{label}.{model.lower()}", place.name)
            for (label, model), place in PLACES.items()
            if label != Entry._meta.app_label
        ]


class HistoryPages(Pages):
    """The log of changes. It names fields and never their values, so no token is in it."""

    list_display = ("when", "by", "what", "thing", "more")
    list_display_links = None
    list_filter = (ActorFilter, DidFilter, KindFilter)
    search_fields = ("name", "who", "details")
    search_help_text = "What was changed, who did it, or which field"
    ordering = ("-at", "-id")

    @display(description="When (UTC)", ordering="at")
    def when(self, entry: Entry) -> str:
        """To the second."""
        return f"{entry.at:%Y-%m-%d %H:%M:%S}"

    @display(description="Who", ordering="who")
    def by(self, entry: Entry) -> str:
        """Their name."""
        return who(entry)

    @display(description="Did", ordering="did")
    def what(self, entry: Entry) -> str:
        """Made, changed or deleted; to look at a token changes nothing."""
        return did(entry)

    @display(description="What", ordering="name")
    def thing(self, entry: Entry) -> str:
        """What it was, linked as long as it may be there."""
        url = page_of(entry)
        if url is None:
            return f"{kind_of(entry)} {entry.name}"
        return format_html('{} <a href="{}">{}</a>', kind_of(entry), url, entry.name)

    @display(description="Details", empty_value="")
    def more(self, entry: Entry) -> str:
        """The fields that were changed, or what was done."""
        return entry.details

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def why_it_stays(self, request: HttpRequest, thing: Entry) -> str:
        """It is what was done."""
        return "Entries of the history stay for good."
