"""How often, and after which waits, a failed task is tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from backdrop.core.errors import DataSetNotFound, Unavailable
from backdrop.transformers.errors import Delayed, NotSettled, Unsteady

LONGEST_WAIT_SECONDS = 600.0

ENDLESS = 1_000_000_000
"""More retries than anybody will see."""

MOST_TRIES_TO_SETTLE = 8
"""From one second on, doubled each time, that is two minutes at least: every process has asked for configs anew."""


@dataclass(frozen=True, slots=True)
class Patience:
    """`max_retries` for what is away; `first_wait` in seconds, doubled with every try up to ten minutes."""

    max_retries: int
    first_wait: float

    def retries(self, error: Exception) -> int:
        """How many retries the error is worth; 0: another try would change nothing."""
        if isinstance(error, Unsteady):
            return ENDLESS
        if isinstance(error, NotSettled | DataSetNotFound):
            return min(MOST_TRIES_TO_SETTLE, self.max_retries)
        if isinstance(error, Delayed | Unavailable):
            return self.max_retries
        return 0

    def wait(self, retries: int, random: Callable[[], float]) -> float:
        """Seconds before the next try, after so many: between half and all of the doubled wait, so that tasks that
        failed together don't come back together. `random` answers between 0 and 1."""
        # 2 to the 2000th is no float, and long before that the longest wait holds
        doubled = min(self.first_wait * 2.0 ** min(retries, 30), LONGEST_WAIT_SECONDS)
        return doubled * (0.5 + random() / 2)
