"""A process that writes: `python -m tests.contract.appending URL TAG`, until its standard input ends.

Appends batch after batch to the data set `shared`, each batch with a trigger of its own, and prints the number
of a batch when it is stored.
"""

from __future__ import annotations

import sys
import threading
import time
from datetime import timedelta

from backdrop.core.triggers import Cause
from backdrop.core.values import Value
from backdrop.storage import open_storage
from tests.contract.making import at, record, write

BATCH = 20
NAME = "shared"
PAUSE_SECONDS = 0.01
"""Between writes, and between looks: the processors are there for those that are killed, too."""


def batch(tag: str, number: int) -> list[dict[str, Value]]:
    """The records of one batch; every tenth brings a key that nobody had before."""
    extra = {f"key_{tag}_{number}": True} if number % 10 == 0 else {}
    start = at("2020-01-01") + timedelta(minutes=number)
    return [record(f"{tag}/{number}/{i}", start, kind=tag, number=number, **extra) for i in range(BATCH)]


def end_of_input() -> threading.Event:
    """Set when standard input ends."""
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    return ended


def main(url: str, tag: str) -> None:
    storage = open_storage(url)
    ended = end_of_input()
    number = 0
    while not ended.is_set():
        storage.append(NAME, batch(tag, number), write(cause=Cause(f"{tag}/{number}", "")))
        print(number, flush=True)
        number += 1
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
