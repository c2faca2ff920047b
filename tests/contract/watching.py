"""A process that reads: `python -m tests.contract.watching URL whole|parts`, until its standard input ends.

Whatever is written meanwhile, it must see whole batches only, and never fewer than before; with `parts`, that each
of its questions is answered. Prints how often it looked.
"""

from __future__ import annotations

import sys
import time

from backdrop.core.query import Collected, Fact, Grouping
from backdrop.storage import open_storage
from tests.contract.appending import BATCH, NAME, PAUSE_SECONDS, end_of_input
from tests.contract.making import EVERYTHING, PLENTY

GROUPING = Grouping(("kind", "number"), None, (Collected("number", frozenset({Fact.DISTINCT, Fact.VALUES})),))


def main(url: str, sees: str) -> None:
    storage = open_storage(url)
    ended = end_of_input()
    looks = batches = 0
    while not ended.is_set():
        partials = storage.fold(NAME, EVERYTHING, GROUPING, PLENTY)
        found = storage.find(NAME, EVERYTHING, None, 0)
        if sees == "whole":
            for partial in partials:
                known = partial.folds["number"]
                assert (partial.count, known.values, len(known.distinct)) == (BATCH, BATCH, 1), partial
            assert len(partials) >= batches, "batches are gone"
            assert len(found) % BATCH == 0, "part of a batch"
            assert len(found) >= BATCH * len(partials), "records are gone"
        time.sleep(PAUSE_SECONDS)
        batches, looks = len(partials), looks + 1
    print(looks, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
