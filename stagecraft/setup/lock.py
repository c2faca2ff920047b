"""One process at a time."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StillLocked(Exception):
    """Another process held the lock all the while."""


@contextmanager
def held(path: Path, seconds: float, poll: float = 0.05) -> Iterator[None]:
    """Hold the lock of a file; it is let go however this process ends. Raises StillLocked."""
    deadline = time.monotonic() + seconds
    with path.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise StillLocked(f"another process has held {path} for {seconds:g} seconds") from None
                time.sleep(poll)
        yield
