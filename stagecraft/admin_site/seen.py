"""Forms that undo nothing of what somebody has saved since they were opened, unless whoever sends them was told so.

A page remembers the stored values that its form was made with, as marks in a hidden box. A form that comes back names
each box whose value is stored otherwise by now and would be changed by what was sent. Its page has new marks, so that
sending it again is meant. All of it is about values that the form has at hand, in the transaction that saves it.
"""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

BOX = "seen"
"""The hidden box of the form that remembers what the page showed."""


def remembering(form: Any) -> Any:
    """The class of a model's form as one that refuses to undo what it hasn't seen."""

    class Remembering(form):  # type: ignore[misc] # forms are made for each page
        def clean(self) -> Any:
            # First, whatever else is wrong: the page that this form comes back with has new marks.
            undone = _undone(self)
            if undone:
                self.add_error(
                    None,
                    f"Not saved. Somebody has changed {_in_words(self, undone)} since you opened this page, and what "
                    "you see here would undo that. Save again to have it as you see it here, or open the page anew.",
                )
            return super().clean()

    return Remembering


def marks_of(form: Any) -> str:
    """What to remember of the stored values that a form was made with, of each box that can be filled in: JSON. Empty
    when there is none. What isn't to be filled in, a password's hash, is left out."""
    marks = {name: _mark(form[name].initial) for name, field in form.fields.items() if not field.disabled}
    return json.dumps(marks) if marks else ""


def _undone(form: Any) -> list[str]:
    """The boxes that would undo what was stored since. What the page doesn't remember isn't looked at: a program that
    sends the form needs no box."""
    marks = _understood(form.data.get(BOX, ""))
    stored_otherwise = [
        name for name in form.fields if name in marks and marks[name] != _mark(form[name].initial)
    ]
    # What was sent is compared too: a second click, or the same change by two, undoes nothing.
    return [name for name in stored_otherwise if name in form.changed_data]


def _in_words(form: Any, names: Sequence[str]) -> str:
    """The boxes as people call them: `published and real time`."""
    words = getattr(form.instance, "WORDS", {})
    *others, last = [words.get(name, str(form[name].label).lower()) for name in names]
    return f"{', '.join(others)} and {last}" if others else last


def _mark(value: Any) -> str:
    # none of what is written otherwise but means the same; and a page needn't hold whole schemas twice
    return sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _understood(remembered: str) -> Mapping[str, Any]:
    try:
        marks = json.loads(remembered)
    except (ValueError, RecursionError):
        return {}
    return marks if isinstance(marks, dict) else {}
