"""Answers stay the oracle's while records are added, replaced, moved, patched, deleted and swapped out.

Every query is asked before and after each write, so an answer kept too long shows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from tests.apps.asking_the_oracle import GROUP, SETTINGS, TOKEN, Record, check_answers, data_set, raw, without
from tests.oracle.making_records import between, posted
from tests.oracle.nasty_records import licences
from tests.oracle.random_queries import random_queries
from tests.oracle.storing import as_stored
from tests.processes import Backdrop

COLLECTION = licences()
SEEDS = range(3 * int(os.environ.get("ORACLE_ROUNDS", "1")))


@pytest.fixture(scope="module")
def backdrop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backdrop]:
    configs = [data_set(f"changing-{seed}", COLLECTION.config) for seed in SEEDS]
    with Backdrop(tmp_path_factory.mktemp("changing"), configs, environment=SETTINGS) as started:
        yield started


class Changing:
    """The data set as it has to be by now, by id, and the ways to change it."""

    def __init__(self, backdrop: Backdrop, name: str, rng: Random) -> None:
        self._backdrop = backdrop
        self._route = f"/data/{GROUP}/{name}"
        self._rng = rng
        self._fresh = iter([{**record, "_id": f"r{n}"} for n, record in enumerate(COLLECTION.records)])
        self.records: dict[str, Record] = {}

    def post_fresh(self) -> None:
        self._post([record for _, record in zip(range(20), self._fresh, strict=False)])

    def post_again_at_another_time(self) -> None:
        self._post([{**record, "_timestamp": self._sometime()} for record in self._some(5)])

    def post_again_with_fewer_fields(self) -> None:
        self._post([{"_id": record["_id"], "volume": 1000} for record in self._some(3)])

    def post_late(self) -> None:
        early = posted(self._rng, COLLECTION.start - timedelta(days=self._rng.randrange(200)))
        self._post([{"_id": f"late{early}", "_timestamp": early, "volume": 2, "authority": "late"}])

    def patch(self) -> None:
        for record in self._some(3):
            changes: list[Record] = [
                {"volume": None},
                {"authority": "moved"},
                {"_timestamp": self._sometime()},
            ]
            change = self._rng.choice(changes)
            self._send("PATCH", f"{self._route}/{record['_id']}", change)
            self._keep([{**record, **change}])

    def delete(self) -> None:
        for record in self._some(4):
            self._send("DELETE", f"{self._route}/{record['_id']}")
            del self.records[record["_id"]]

    def put_half(self) -> None:
        kept = self._some(len(self.records) // 2)
        self._send("PUT", self._route, kept)
        self.records = {}
        self._keep(kept)

    def _some(self, count: int) -> list[Record]:
        return self._rng.sample(list(self.records.values()), min(count, len(self.records)))

    def _sometime(self) -> str:
        return posted(self._rng, between(self._rng, COLLECTION.start, COLLECTION.end))

    def _post(self, records: list[Record]) -> None:
        self._send("POST", self._route, records)
        self._keep(records)

    def _keep(self, records: list[Record]) -> None:
        for record in as_stored(records):
            self.records[record["_id"]] = record

    def _send(self, method: str, path: str, body: Any = None) -> None:
        reply = self._backdrop.write.call(method, path, json=body, token=TOKEN)
        assert reply.status == 200, (method, path, body, reply.body[:1000])


@pytest.mark.parametrize("seed", SEEDS)
def test_answers_after_each_write(backdrop: Backdrop, seed: int) -> None:
    rng = Random(seed)
    name = f"changing-{seed}"
    changing = Changing(backdrop, name, rng)
    ways = [
        changing.post_again_at_another_time,
        changing.post_again_with_fewer_fields,
        changing.post_late,
        changing.patch,
        changing.delete,
        changing.put_half,
        changing.post_fresh,
        changing.post_fresh,
    ]
    asked = random_queries(COLLECTION, rng, 24)
    changing.post_fresh()
    for change in rng.sample(ways * 2, 2 * len(ways)):
        change()
        read = raw(backdrop, name)
        found = {record["_id"]: record for record in without(read, "_updated_at")}
        assert found == changing.records, change.__name__
        check_answers(backdrop, name, COLLECTION.config, read, asked)
