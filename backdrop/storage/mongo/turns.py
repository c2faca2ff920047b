"""One write to a data set at a time within a process, so that its threads wait for one another in peace instead of
taking each other's transactions away."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from backdrop.storage.protocol import StorageUnavailable


class Deadline:
    """When something has taken long enough."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds, 0 when it is over."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Raises StorageUnavailable when it is over."""
        if self.left == 0:
            raise busy()


def busy() -> StorageUnavailable:
    """What to tell who has waited too long for others."""
    return StorageUnavailable("others are writing to this data set; try again")


@contextmanager
def turn(turns: dict[str, threading.Lock], data_set: str, deadline: Deadline) -> Iterator[None]:
    """The calling thread's turn to write to the data set. Raises StorageUnavailable when it doesn't come in time."""
    lock = turns.setdefault(data_set, threading.Lock())
    if not lock.acquire(timeout=deadline.left):
        raise busy()
    try:
        yield
    finally:
        lock.release()
