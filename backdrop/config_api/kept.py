"""Kept answers: asked for once by many, used for a while, and for longer while nobody answers."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import Any, TypeAlias

import structlog

from backdrop.config_api.http import ConfigUnavailable
from backdrop.core.errors import BackdropError, Unavailable

log = structlog.get_logger("backdrop.config_api")

UNKNOWN_SECONDS = 2.0
"""How long (at most) an error is kept: one who has just made a data set should not wait for it."""

PAUSE_SECONDS = 2.0
"""How long (at most) nobody asks again after a failure."""

MOST_KEPT = 10_000

_FETCHES = 3
"""Of which one that begins after something was counted, or after somebody came, knows of it; the one that was under
way then may not."""


Error: TypeAlias = tuple[Callable[[str], BackdropError], str]
"""An error as what makes it, anew each time, of its text."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was answered: a value, or an error to raise for it."""

    value: Any = None
    error: Error | None = None
    etag: str | None = None


Fetch = Callable[[str | None], Fetched | None]
"""Asks, given the ETag of what is known; None: that is still right. Raises ConfigUnavailable."""


@dataclass(frozen=True, slots=True)
class Counts:
    """`calls` made, `not_modified` among them, `failures` among them, and `stale_answers` given meanwhile."""

    calls: int = 0
    not_modified: int = 0
    failures: int = 0
    stale_answers: int = 0


@dataclass(frozen=True, slots=True)
class _Kept:
    """`confirmed`: when it was asked for, the last time that it was right; what it says may have changed while the
    answer was on its way. `as_of`: what was counted before it was asked for then, None where nobody counts; `value`:
    what was fetched, with that; `ask_at`: when to ask again; `stale`: the last time we asked nobody answered."""

    fetched: Fetched
    confirmed: float
    as_of: int | None
    ask_at: float
    value: Any = None
    stale: bool = False

    def knows(self, since: int | None) -> bool:
        """Whether it was asked for after so much had been counted."""
        return since is None or (self.as_of is not None and self.as_of >= since)

    def does(self, since: int | None, after: float) -> bool:
        """Whether it was asked for after that, and so much had been counted. While nobody answers, any age does."""
        return self.knows(since) and (self.stale or self.confirmed > after)

    def outcome(self) -> Any:
        """The value. A new exception each time: one raised by many threads would gather all their traces."""
        if self.fetched.error is not None:
            kind, text = self.fetched.error
            raise kind(text)
        return self.value


class KeptAnswers:
    """A cache for one process, safe for its threads. Times are in seconds of `clock`. `count` tells how much has
    happened that may make an answer wrong; it is asked before each fetch, and `with_count` puts it into the value.
    When it raises Unavailable, that is as if nobody answered the fetch."""

    def __init__(
        self,
        keep_seconds: float,
        stale_seconds: float,
        clock: Callable[[], float],
        count: Callable[[], int] | None = None,
        with_count: Callable[[Any, int | None], Any] = lambda value, _: value,
    ) -> None:
        self._keep_seconds = keep_seconds
        self._stale_seconds = stale_seconds
        self._clock = clock
        self._count_now: Callable[[], int | None] = (lambda: None) if count is None else count
        self._with_count = with_count
        self._lock = Lock()
        self._kept: dict[str, _Kept] = {}
        self._flights: dict[str, Future[_Kept]] = {}
        self._unreachable = False
        self._spared_until = 0.0
        self._counts = Counts()

    @property
    def counts(self) -> Counts:
        """What happened since the start."""
        return self._counts

    def get(self, key: str, fetch: Fetch, since: int | None = None, within: float = math.inf) -> Any:
        """The value under the key, kept or fetched; many who want it at once cause one fetch. What was fetched before
        `since` had been counted is no answer, nor what was asked for longer than `within` seconds ago, unless nobody
        answers.

        Raises the error that was fetched, or ConfigUnavailable; Unavailable where `count` does.
        """
        after = self._clock() - within
        for _ in range(_FETCHES):
            kept = self._latest(key, fetch, since, after)
            if kept.does(since, after):
                if kept.stale:
                    self._count(stale_answers=1)
                return kept.outcome()
            if kept.stale:
                break
        raise ConfigUnavailable("this config can't be asked anew just now; try again later")

    def _latest(self, key: str, fetch: Fetch, since: int | None, after: float) -> _Kept:
        """What is kept, or comes of the fetch that is under way, which may be too old, or of one's own."""
        with self._lock:
            kept = self._usable_now(key, since, after)
            if kept is not None:
                return kept
            flight, is_mine = self._boarded(key)
        return self._lead(key, fetch, flight) if is_mine else flight.result()

    def ask(self, key: str, fetch: Fetch) -> Any:
        """The value as it is now: of a fetch that begins after this call, also where nobody answered a moment ago. What
        was known last only if that fetch isn't answered. Raises as `get` does."""
        with self._lock:
            begun_before = self._flights.get(key)
        if begun_before is not None:
            begun_before.result()
        with self._lock:
            flight, is_mine = self._boarded(key)
        kept = self._lead(key, fetch, flight) if is_mine else flight.result()
        if kept.stale:
            self._count(stale_answers=1)
        return kept.outcome()

    def _boarded(self, key: str) -> tuple[Future[_Kept], bool]:
        """The fetch that is under way; or one that is the caller's to lead. For who has the lock."""
        flight = self._flights.get(key)
        if flight is not None:
            return flight, False
        flight = self._flights[key] = Future()
        self._spare_others()
        return flight, True

    def forget(self, *keys: str) -> None:
        """Ask anew for these the next time."""
        with self._lock:
            for key in keys:
                self._kept.pop(key, None)

    def _usable_now(self, key: str, since: int | None, after: float) -> _Kept | None:
        kept, now = self._kept.get(key), self._clock()
        if kept is None:
            return None
        # while nobody answers, asking for a newer one helps as little as asking at all
        if now < kept.ask_at and (kept.does(since, after) or kept.stale):
            return kept
        # Where nobody answers, one thread at a time finds that out; the others use what is known.
        if now < self._spared_until and self._may_be_stale(kept, now):
            return replace(kept, stale=True)
        return None

    def _may_be_stale(self, kept: _Kept, now: float) -> bool:
        return kept.fetched.error is None and now - kept.confirmed <= self._stale_seconds

    def _spare_others(self) -> None:
        if self._unreachable:
            self._spared_until = self._clock() + self._pause

    @property
    def _pause(self) -> float:
        return min(PAUSE_SECONDS, self._keep_seconds)

    def _lead(self, key: str, fetch: Fetch, flight: Future[_Kept]) -> _Kept:
        try:
            kept = self._ask(key, fetch)
        except BaseException:
            with self._lock:
                self._flights.pop(key, None)
            # the error itself is for the one whose trace it has
            broken_off = (ConfigUnavailable, "asking for this config broke off; try again later")
            flight.set_result(_failed(broken_off, self._clock(), pause=0))
            raise
        with self._lock:
            self._keep(key, kept)
            self._flights.pop(key, None)
        flight.set_result(kept)
        return kept

    def _ask(self, key: str, fetch: Fetch) -> _Kept:
        before = self._kept.get(key)
        known = before if before and before.fetched.error is None else None
        asked = self._clock()
        try:
            as_of = self._count_now()
        except Unavailable as error:
            log.warning("drops of data sets can't be counted", config=key, error=error.trouble)
            self._note_absence()
            return self._after_failure(key, known, (partial(Unavailable, trouble=error.trouble), str(error)))
        self._count(calls=1)
        try:
            fetched = fetch(known.fetched.etag if known else None)
        except ConfigUnavailable as error:
            self._count(failures=1)
            if not error.answered:
                self._note_absence()
            return self._after_failure(key, known, (ConfigUnavailable, str(error)))
        self._unreachable, self._spared_until = False, 0.0
        now = self._clock()
        if fetched is None:
            assert known is not None, "a 304 without an ETag"
            self._count(not_modified=1)
            fetched = known.fetched
        keep = self._keep_seconds if fetched.error is None else min(UNKNOWN_SECONDS, self._keep_seconds)
        value = self._with_count(fetched.value, as_of)
        return _Kept(fetched, confirmed=asked, as_of=as_of, ask_at=now + keep, value=value)

    def _note_absence(self) -> None:
        self._unreachable, self._spared_until = True, self._clock() + self._pause

    def _after_failure(self, key: str, known: _Kept | None, error: Error) -> _Kept:
        now = self._clock()
        if known is None or not self._may_be_stale(known, now):
            # the age goes with it: an old value must not come back
            return _failed(error, now, self._pause)
        log.warning(
            "using the last known config",
            config=key,
            age_seconds=round(now - known.confirmed),
            stale_answers=self._counts.stale_answers + 1,
        )
        return replace(known, ask_at=now + self._pause, stale=True)

    def _keep(self, key: str, kept: _Kept) -> None:
        self._kept[key] = kept
        if len(self._kept) <= MOST_KEPT:
            return
        # A flood of made-up names must cost neither memory nor the configs that are known.
        errors = [k for k, v in self._kept.items() if v.fetched.error is not None]
        for gone in errors or list(self._kept)[: MOST_KEPT // 10]:
            del self._kept[gone]

    def _count(self, **more: int) -> None:
        with self._lock:
            counts = {name: getattr(self._counts, name) + n for name, n in more.items()}
            self._counts = replace(self._counts, **counts)


def _failed(error: Error, now: float, pause: float) -> _Kept:
    """What to keep where there is no answer. Nobody is helped by asking anew, whatever was counted meanwhile and
    however fresh it should be."""
    return _Kept(Fetched(error=error), confirmed=math.inf, as_of=sys.maxsize, ask_at=now + pause)
