"""Whether somebody has changed a thing since the page with its form was opened."""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from django.db.models import Model

BOX = "seen"
"""The hidden box of the form that remembers what the page showed."""


def marks_of(thing: Model, fields: Iterable[str]) -> str:
    """What to remember of these fields as they are stored, whatever a form has made of the thing: JSON. Empty when it
    is gone, or has none."""
    stored = _stored(thing, fields)
    return json.dumps({name: _mark(value) for name, value in stored.items()}) if stored else ""


def changed_since(remembered: str, thing: Model, fields: Iterable[str]) -> list[str]:
    """Those of the fields that are stored otherwise than a page remembers. What it doesn't remember isn't looked at:
    a program that sends the form needs no box."""
    marks = _understood(remembered)
    stored = _stored(thing, fields)
    return [name for name, value in stored.items() if name in marks and marks[name] != _mark(value)]


def _stored(thing: Model, fields: Iterable[str]) -> Mapping[str, Any]:
    found = type(thing)._default_manager.filter(pk=thing.pk).values(*fields).first() if fields else None
    return found or {}


def _mark(value: Any) -> str:
    # none of what is written otherwise but means the same; and a page needn't hold whole schemas twice
    return sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _understood(remembered: str) -> Mapping[str, Any]:
    try:
        marks = json.loads(remembered)
    except (ValueError, RecursionError):
        return {}
    return marks if isinstance(marks, dict) else {}
