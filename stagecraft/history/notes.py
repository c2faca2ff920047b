"""Noting who changed what, in the transaction of the change: neither is there without the other."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models

from stagecraft.history.actors import actor_now
from stagecraft.history.models import LONGEST_NAME, Entry


def note(did: str, things: Iterable[models.Model], fields: str = "", *, sentence: str = "") -> None:
    """One entry for each of these things, which the one who is acting did: which fields changed, or a sentence that
    says what was done. Neither ever quotes a value."""
    actor = actor_now()
    Entry.objects.bulk_create(
        Entry(
            actor=actor.kind,
            who=actor.name,
            account_id=actor.account,
            did=did,
            kind=thing._meta.label_lower,
            key=str(thing.pk),
            name=str(thing)[:LONGEST_NAME],
            details=sentence or fields,
            is_sentence=bool(sentence),
        )
        for thing in things
    )


def entries_of(thing: models.Model) -> "models.QuerySet[Entry]":
    """What was done to a thing, newest first."""
    return Entry.objects.filter(kind=thing._meta.label_lower, key=str(thing.pk))


def changed_fields(
    thing: models.Model, stored: Mapping[str, Any], words: Mapping[str, str] | None = None
) -> list[str]:
    """What of a thing is another than in its stored row, in people's words: those given, by the names of fields, or
    else the model's own. Times that set themselves don't count."""
    return [
        (words or {}).get(field.name, str(field.verbose_name))
        for field in thing._meta.concrete_fields
        if not getattr(field, "auto_now", False)
        and _comparable(field, stored[field.attname]) != _comparable(field, getattr(thing, field.attname))
    ]


def as_stored(thing: models.Model, stored: Mapping[str, Any]) -> frozenset[str]:
    """The names of the fields of a thing that are just as in its stored row."""
    return frozenset(
        field.name
        for field in thing._meta.concrete_fields
        if _plain(field, stored[field.attname]) == _plain(field, getattr(thing, field.attname))
    )


def _comparable(field: Any, value: Any) -> Any:
    # In JSON the order of keys means nothing, and true isn't 1; none is none, however it is written.
    if isinstance(field, models.JSONField):
        return _plain(field, value) if value else None
    return value


def _plain(field: Any, value: Any) -> Any:
    return json.dumps(value, sort_keys=True) if isinstance(field, models.JSONField) else value
