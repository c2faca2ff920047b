"""Triggers merged: many writes to the same stretch of time are a reason to compute it once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b

from backdrop.core.spans import Span, hull
from backdrop.core.triggers import Trigger

FAR = timedelta(days=31)
"""Spans further apart stay apart: what lies between would be computed for nothing."""

LONG = timedelta(days=366)
"""Spans don't grow longer by merging, so that one task doesn't take ever longer."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A trigger whose span has those of its parts in it; of one part, it is that one."""

    trigger: Trigger
    parts: tuple[Trigger, ...]


def merge(triggers: Iterable[Trigger]) -> list[Merged]:
    """As few triggers as will do; by data set, in the order of their first triggers, and by time."""
    by_data_set: dict[str, list[Trigger]] = {}
    for trigger in triggers:
        by_data_set.setdefault(trigger.data_set, []).append(trigger)
    return [merged for given in by_data_set.values() for merged in _merge(given)]


def _merge(triggers: Sequence[Trigger]) -> list[Merged]:
    """The same for one data set."""
    by_time = sorted(triggers, key=_span)
    merged: list[Merged] = []
    span, parts = _span(by_time[0]), by_time[:1]
    for trigger in by_time[1:]:
        longer = _joined(span, _span(trigger))
        if longer is None:
            merged.append(_one(span, parts))
            span, parts = _span(trigger), [trigger]
        else:
            span = longer
            parts.append(trigger)
    return [*merged, _one(span, parts)]


def _joined(span: Span, later: Span) -> Span | None:
    """Both in one, None where they are better apart; `later` doesn't begin before the other."""
    if later[0] - span[1] > FAR:
        return None
    whole = hull(span, later)
    assert whole is not None
    return whole if whole in (span, later) or whole[1] - whole[0] <= LONG else None


def _one(span: Span, parts: Sequence[Trigger]) -> Merged:
    first = parts[0]
    if len(parts) == 1:
        return Merged(first, (first,))
    # an id of its own: the same parts again are the same message, others another
    named = blake2b("\n".join(part.id for part in parts).encode(), digest_size=16).hexdigest()
    return Merged(Trigger(named, first.data_set, *span, first.request_id), tuple(parts))


def _span(trigger: Trigger) -> Span:
    return trigger.earliest, trigger.latest
