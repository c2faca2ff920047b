"""The history of one thing."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator

from stagecraft.admin_site.entries import in_words, who
from stagecraft.history.models import Entry
from stagecraft.history.notes import entries_of

ON_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as the page of its thing says it: who, and what in words."""

    entry: Entry
    who: str
    words: str


def history_of(thing: Any, page: str) -> "Page[Line]":
    """A page of what was done to it, newest first; one that isn't there is the nearest that is."""
    found = Paginator(entries_of(thing), ON_A_PAGE).get_page(page)
    found.object_list = [Line(each, who(each), in_words(each)) for each in found.object_list]
    return found
