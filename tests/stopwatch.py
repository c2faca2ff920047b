"""How long something takes on a machine that runs: while it stands still for seconds, a stopwatch stands still too."""

from __future__ import annotations

import time
from threading import Event, Thread
from types import TracebackType

_TICK, _LONGEST = 0.01, 0.1


class Stopwatch:
    """Counts from `__enter__` to `__exit__`, in ticks of a thread; a gap between two counts as a tenth of a second.

    What is measured waits for sockets, files or other processes: Python that computes would hold up the ticks.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._last = 0.0
        self._over = Event()
        self._ticking = Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Stopwatch:
        self._last = time.monotonic()
        self._ticking.start()
        return self

    def __exit__(self, *_: BaseException | type[BaseException] | TracebackType | None) -> None:
        self._over.set()
        self._ticking.join()

    def _tick(self) -> None:
        is_over = False
        while not is_over:
            is_over = self._over.wait(_TICK)
            now = time.monotonic()
            self.seconds += min(now - self._last, _LONGEST)
            self._last = now
