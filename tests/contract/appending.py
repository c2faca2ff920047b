"""What a process does that writes to the data set `shared` beside others."""

from __future__ import annotations

from datetime import timedelta
from multiprocessing.connection import Connection

from backdrop.core.triggers import Cause
from backdrop.core.values import Value
from backdrop.storage import open_storage
from tests.contract.making import at, record, write

BATCH = 20
NAME = "shared"
DENSE_SECONDS, SPARSE_SECONDS = 0.01, 0.05
"""Between two writes: dense are those of who is killed a moment after its first one. Those beside it and the looks of
readers go on for the whole test, and every look costs what all writes before have left."""


def batch(tag: str, number: int) -> list[dict[str, Value]]:
    """The records of one batch; every tenth brings a key that nobody had before."""
    extra = {f"key_{tag}_{number}": True} if number % 10 == 0 else {}
    start = at("2020-01-01") + timedelta(minutes=number)
    return [record(f"{tag}/{number}/{i}", start, kind=tag, number=number, **extra) for i in range(BATCH)]


def append_on(url: str, tag: str, pause: float, end: Connection, told: Connection) -> None:
    """Batch after batch, each with a trigger of its own, until something is at `end`. Tells the number of a batch when
    it is stored."""
    storage = open_storage(url)
    number = 0
    while not end.poll(pause):
        storage.append(NAME, batch(tag, number), write(cause=Cause(f"{tag}/{number}", "")))
        told.send(number)
        number += 1
