"""The whole corpus: collections of records, and for each the questions to ask of it."""

from __future__ import annotations

from datetime import datetime
from random import Random

from tests.oracle import nasty_records as nasty
from tests.oracle.bad_queries import bad_queries
from tests.oracle.chosen_queries import chosen_queries, closed_queries
from tests.oracle.making_records import Collection
from tests.oracle.question import Params
from tests.oracle.random_queries import random_queries

# Small, so that little data is enough for an answer to be refused.
MAX_RESULT_ROWS = 20_000


def collections(now: datetime) -> list[Collection]:
    """All of them. Only `recent` depends on `now`."""
    made = (
        nasty.licences,
        nasty.closed,
        nasty.empty,
        nasty.mixed,
        nasty.numbers,
        nasty.calendar,
        nasty.text,
        nasty.cases,
        nasty.letters,
        nasty.undated,
        nasty.sparse,
        nasty.wide,
        nasty.crowded,
    )
    return [*(make() for make in made), nasty.recent(now)]


def queries(collection: Collection, rounds: int = 1) -> list[Params]:
    """Everything to ask of a collection: chosen, random (`rounds` times as many), and bad ones."""
    rng = Random(f"queries of {collection.name}")
    asked = chosen_queries(collection)
    # Seventy groups make slow answers, and have nothing else of interest.
    asked += random_queries(collection, rng, (12 if collection.name == "crowded" else 60) * rounds)
    if collection.name == "closed":
        asked += closed_queries()
    if collection.name == "licences":
        asked += bad_queries(rounds)
    return asked
