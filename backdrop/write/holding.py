"""Triggers that are held for a moment, so that those of a busy data set go out together."""

from __future__ import annotations

from math import inf

from backdrop.core.triggers import Trigger

HOLD_SECONDS = 5.0
"""How long a data set rests after its triggers were taken."""

MOST_HELD = 10_000


class Holding:
    """What is held, and until when; times are those of a monotonic clock, in seconds. At once due is the first
    trigger of a data set that doesn't rest."""

    def __init__(self) -> None:
        self._held: dict[str, list[Trigger]] = {}
        self._rests_until: dict[str, float] = {}  # in order of time, as all rest equally long
        self._count = 0

    def add(self, trigger: Trigger) -> bool:
        """Holds the trigger; False where there is no more room."""
        if self._count >= MOST_HELD:
            return False
        self._held.setdefault(trigger.data_set, []).append(trigger)
        self._count += 1
        return True

    def next_due(self) -> float:
        """When there will be something to take; infinite while nothing is held."""
        if any(name not in self._rests_until for name in self._held):
            return 0.0
        return next((until for name, until in self._rests_until.items() if name in self._held), inf)

    def take(self, now: float) -> list[Trigger]:
        """Takes out what is due; its data sets rest from now on."""
        for name in [name for name, until in self._rests_until.items() if until <= now]:
            del self._rests_until[name]
        due = [name for name in self._held if name not in self._rests_until]
        taken = [trigger for name in due for trigger in self._held.pop(name)]
        self._rests_until.update(dict.fromkeys(due, now + HOLD_SECONDS))
        self._count -= len(taken)
        return taken

    def take_all(self) -> list[Trigger]:
        """Takes out everything; nobody rests."""
        taken = [trigger for held in self._held.values() for trigger in held]
        self._held, self._rests_until, self._count = {}, {}, 0
        return taken
