"""What a process does that reads the data set `shared` while others write to it."""

from __future__ import annotations

from multiprocessing.connection import Connection

from backdrop.core.query import Collected, Fact, Grouping
from backdrop.storage import open_storage
from tests.contract.appending import BATCH, NAME, SPARSE_SECONDS
from tests.contract.making import EVERYTHING, PLENTY

GROUPING = Grouping(("kind", "number"), None, (Collected("number", frozenset({Fact.DISTINCT, Fact.VALUES})),))


def watch_on(url: str, sees_whole_writes: bool, end: Connection, told: Connection) -> None:
    """Until something is at `end`; then tells how often it looked.

    Whatever is written meanwhile, it must see whole batches only, and never fewer than before; where whole writes are
    not promised, that each of its questions is answered.
    """
    storage = open_storage(url)
    looks = batches = 0
    while not end.poll(SPARSE_SECONDS):
        partials = storage.fold(NAME, EVERYTHING, GROUPING, PLENTY)
        found = storage.find(NAME, EVERYTHING, None, 0)
        if sees_whole_writes:
            for partial in partials:
                known = partial.folds["number"]
                assert (partial.count, known.values, len(known.distinct)) == (BATCH, BATCH, 1), partial
            assert len(partials) >= batches, "batches are gone"
            assert len(found) % BATCH == 0, "part of a batch"
            assert len(found) >= BATCH * len(partials), "records are gone"
        batches, looks = len(partials), looks + 1
    told.send(looks)
