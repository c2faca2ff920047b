"""A thread that calls something again and again until it is stopped, or until nobody has its owner any more."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable


class Heartbeat:
    """Calls a bound method every `seconds`, from a thread of its own, without keeping its object alive."""

    def __init__(self, beat: Callable[[], None], seconds: float) -> None:
        self._stopping = threading.Event()
        thread = threading.Thread(
            target=_run,
            args=(weakref.WeakMethod(beat), self._stopping, seconds),
            name="broker-heartbeat",
            daemon=True,
        )
        thread.start()

    def stop(self) -> None:
        """No beat begins after this."""
        self._stopping.set()


def _run(beat: weakref.WeakMethod[Callable[[], None]], stopping: threading.Event, seconds: float) -> None:
    while not stopping.wait(seconds):
        method = beat()
        if method is None:
            return
        method()
        del method
