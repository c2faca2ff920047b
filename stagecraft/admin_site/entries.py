"""How entries of the history are shown, in the list of all and on the page of one thing."""

from django.apps import apps
from django.contrib.admin.utils import quote
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html

from stagecraft.history.actors import PROGRAM
from stagecraft.history.models import DELETED, Entry

KINDS = {"auth.user": "account"}


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
    return KINDS.get(entry.kind, str(model._meta.verbose_name))


def page_of(entry: Entry) -> str | None:
    """Where the thing has its page, unless it is known to be gone or its kind has none."""
    if entry.did == DELETED:
        return None
    try:
        return reverse(f"admin:{entry.kind.replace('.', '_')}_change", args=[quote(entry.key)])
    except NoReverseMatch:
        return None


def in_words(entry: Entry) -> str:
    """What was done, as a sentence."""
    did = str(entry.get_did_display())
    if not entry.details:
        return f"{did}."
    return entry.details if entry.is_sentence else f"{did} {entry.details}."
