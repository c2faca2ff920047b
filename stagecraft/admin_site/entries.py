"""How entries of the history are shown, in the list of all and on the page of one thing."""

from django.apps import apps
from django.contrib.admin.utils import quote
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html

from stagecraft.admin_site.places import PLACES_BY_KIND
from stagecraft.history.actors import PROGRAM
from stagecraft.history.models import DELETED, LOOKED, Entry

DID = {LOOKED: "Looked at"}


def who(entry: Entry) -> str:
    """A name, marked where it is a program's: people and programs may be called the same."""
    if entry.actor != PROGRAM:
        return entry.who
    return format_html('{} <span class="badge">program</span>', entry.who)


def kind_of(entry: Entry) -> str:
    """What kind of thing it is about, in a word or two; empty for a kind that there is no more."""
    try:
        model = apps.get_model(entry.kind)
    except (LookupError, ValueError):
        return ""
    place = PLACES_BY_KIND.get(entry.kind)
    return place.one if place else str(model._meta.verbose_name)


def did(entry: Entry) -> str:
    """What was done, as a word that goes before what it was done to."""
    return DID.get(entry.did, str(entry.get_did_display()))


def page_of(entry: Entry) -> str | None:
    """Where the thing has its page, unless it is known to be gone or its kind has none."""
    if entry.did == DELETED:
        return None
    return _page(entry.kind, entry.key)


def page_of_thing(thing: models.Model) -> str | None:
    """Where a thing has its page, if its kind has one."""
    return _page(thing._meta.label_lower, str(thing.pk))


def _page(kind: str, key: str) -> str | None:
    try:
        return reverse(f"admin:{kind.replace('.', '_')}_change", args=[quote(key)])
    except NoReverseMatch:
        return None


def in_words(entry: Entry) -> str:
    """What was done, as a sentence."""
    if not entry.details:
        return f"{did(entry)}."
    return entry.details if entry.is_sentence else f"{did(entry)} {entry.details}."
