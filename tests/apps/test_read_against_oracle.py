"""Real processes against the oracle: every collection posted, every query of the corpus compared whole.

`ORACLE_ROUNDS=20` in the environment asks twenty times as many random queries.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.apps.asking_the_oracle import GROUP, SETTINGS, TOKEN, Record, check_answers, data_set, raw, without
from tests.oracle.comparing import value_difference
from tests.oracle.corpus import collections, queries
from tests.oracle.making_records import Collection
from tests.oracle.storing import as_stored
from tests.processes import Backdrop

ROUNDS = int(os.environ.get("ORACLE_ROUNDS", "1"))
CORPUS = {collection.name: collection for collection in collections(datetime.now(UTC))}
READABLE = [name for name, collection in CORPUS.items() if collection.config["raw_queries_allowed"]]

pytestmark = pytest.mark.timeout(120 * ROUNDS)


@pytest.fixture(scope="module")
def backdrop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backdrop]:
    """Both apps, with every collection posted in two requests, so that the second may replace ids of the first."""
    configs = [data_set(name, collection.config) for name, collection in CORPUS.items()]
    copies = [data_set(f"{name}-copy", CORPUS[name].config) for name in READABLE]
    with Backdrop(tmp_path_factory.mktemp("oracle"), configs + copies, environment=SETTINGS) as started:
        for name, collection in CORPUS.items():
            half = len(collection.records) // 2
            for records in (collection.records[:half], collection.records[half:]):
                reply = started.write.call("POST", f"/data/{GROUP}/{name}", json=records, token=TOKEN)
                assert (reply.status, reply.json()["status"]) == (200, "ok"), (name, reply.body[:2000])
        yield started


def stored(backdrop: Backdrop, collection: Collection) -> list[Record]:
    """As read; where that is not allowed as it has to be, with ids that no answer shows."""
    if collection.name in READABLE:
        return raw(backdrop, collection.name)
    return [{"_id": f"n{number}", **record} for number, record in enumerate(as_stored(collection.records))]


def in_any_order(records: list[Record]) -> list[Record]:
    return sorted(records, key=lambda record: repr(sorted(record.items())))


@pytest.mark.parametrize("name", READABLE)
def test_records_come_back_as_posted(backdrop: Backdrop, name: str) -> None:
    """Exactly: 1 is not true, 2**53 + 1 not 2**53, and keys keep their case."""
    read = raw(backdrop, name)
    ids = [record["_id"] for record in read]
    assert len(set(ids)) == len(ids)
    assert all(isinstance(made, str) and made for made in ids)
    assert all(record["_updated_at"].endswith("+00:00") for record in read)
    posted = as_stored(CORPUS[name].records)
    given_ids = {record["_id"] for record in posted if "_id" in record}
    for given, hidden in ((True, ("_updated_at",)), (False, ("_updated_at", "_id"))):
        expected = [record for record in posted if ("_id" in record) == given]
        actual = [record for record in read if (record["_id"] in given_ids) == given]
        found = in_any_order(without(actual, *hidden))
        assert value_difference(in_any_order(expected), found) is None


@pytest.mark.parametrize("name", READABLE)
def test_what_was_read_can_be_posted_back(backdrop: Backdrop, name: str) -> None:
    read = raw(backdrop, name)
    reply = backdrop.write.call("PUT", f"/data/{GROUP}/{name}-copy", json=read, token=TOKEN)
    assert reply.status == 200, reply.body[:2000]
    assert without(raw(backdrop, f"{name}-copy"), "_updated_at") == without(read, "_updated_at")


@pytest.mark.parametrize("name", CORPUS)
def test_every_answer_is_the_oracles(backdrop: Backdrop, name: str) -> None:
    collection = CORPUS[name]
    asked = queries(collection, ROUNDS)
    check_answers(backdrop, name, collection.config, stored(backdrop, collection), asked)
