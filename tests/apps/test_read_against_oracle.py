"""Real processes against the oracle: every collection posted, every query of the corpus compared whole.

`ORACLE_ROUNDS=20` in the environment asks twenty times as many random queries.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.oracle.answers import answer
from tests.oracle.comparing import csv_difference, difference, value_difference
from tests.oracle.corpus import MAX_RESULT_ROWS, collections, queries
from tests.oracle.making_records import Collection
from tests.oracle.question import Params
from tests.oracle.storing import as_stored
from tests.processes import Backdrop, Reply

TOKEN = "oracle-bearer-token"
ROUNDS = int(os.environ.get("ORACLE_ROUNDS", "1"))
CORPUS = {collection.name: collection for collection in collections(datetime.now(UTC))}
READABLE = [name for name, collection in CORPUS.items() if collection.config["raw_queries_allowed"]]

pytestmark = pytest.mark.timeout(120 * ROUNDS)


def data_sets() -> Iterator[dict[str, Any]]:
    for name, collection in CORPUS.items():
        for data_type in (name, f"{name}-copy"):
            config = {"data_group": "oracle", "data_type": data_type, "bearer_token": TOKEN}
            yield {**config, **collection.config}


@pytest.fixture(scope="module")
def backdrop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backdrop]:
    """Both apps, with every collection posted in two requests, so that the second may replace ids of the first."""
    settings = {"MAX_RESULT_ROWS": str(MAX_RESULT_ROWS), "LOG_LEVEL": "WARNING"}
    with Backdrop(tmp_path_factory.mktemp("oracle"), data_sets(), environment=settings) as started:
        for name, collection in CORPUS.items():
            half = len(collection.records) // 2
            for records in (collection.records[:half], collection.records[half:]):
                reply = started.write.call("POST", f"/data/oracle/{name}", json=records, token=TOKEN)
                assert (reply.status, reply.json()["status"]) == (200, "ok"), (name, reply.body[:2000])
        yield started


def get(backdrop: Backdrop, name: str, params: Params) -> Reply:
    query = urlencode(params, quote_via=quote)
    # Both routes to a data set, now one and now the other.
    path = f"/data/oracle/{name}" if len(query) % 2 else f"/oracle_{name.replace('-', '_')}"
    return backdrop.read.call("GET", f"{path}?{query}")


def raw(backdrop: Backdrop, name: str) -> list[dict[str, Any]]:
    reply = get(backdrop, name, [("limit", "0")])
    assert reply.status == 200, reply.body[:2000]
    rows: list[dict[str, Any]] = reply.json()["data"]
    return rows


def stored(backdrop: Backdrop, collection: Collection) -> list[dict[str, Any]]:
    """As read; where that is not allowed as it has to be, with ids that no answer shows."""
    if collection.name in READABLE:
        return raw(backdrop, collection.name)
    return [{"_id": f"n{number}", **record} for number, record in enumerate(as_stored(collection.records))]


def in_any_order(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(records, key=lambda record: repr(sorted(record.items())))


def without(records: list[dict[str, Any]], *keys: str) -> list[dict[str, Any]]:
    return [{key: value for key, value in record.items() if key not in keys} for record in records]


@pytest.mark.parametrize("name", READABLE)
def test_records_come_back_as_posted(backdrop: Backdrop, name: str) -> None:
    """Exactly: 1 is not true, 2**53 + 1 not 2**53, and keys keep their case."""
    read = raw(backdrop, name)
    ids = [record["_id"] for record in read]
    assert len(set(ids)) == len(ids)
    assert all(isinstance(made, str) and made for made in ids)
    assert all(record["_updated_at"].endswith("+00:00") for record in read)
    posted = as_stored(CORPUS[name].records)
    for given in (True, False):
        expected = [record for record in posted if ("_id" in record) == given]
        given_ids = {record["_id"] for record in posted if "_id" in record}
        actual = [record for record in read if (record["_id"] in given_ids) == given]
        hidden = ("_updated_at",) if given else ("_updated_at", "_id")
        found = in_any_order(without(actual, *hidden))
        assert value_difference(in_any_order(expected), found) is None


@pytest.mark.parametrize("name", READABLE)
def test_what_was_read_can_be_posted_back(backdrop: Backdrop, name: str) -> None:
    read = raw(backdrop, name)
    reply = backdrop.write.call("PUT", f"/data/oracle/{name}-copy", json=read, token=TOKEN)
    assert reply.status == 200, reply.body[:2000]
    assert without(raw(backdrop, f"{name}-copy"), "_updated_at") == without(read, "_updated_at")


@pytest.mark.parametrize("name", CORPUS)
def test_every_answer_is_the_oracles(backdrop: Backdrop, name: str) -> None:
    collection = CORPUS[name]
    records = stored(backdrop, collection)
    asked = queries(collection, ROUNDS)
    wrong = [
        f"?{urlencode(params, quote_via=quote)}\n      {params}\n      {found}"
        for params in asked
        if (found := fault_of(backdrop, collection, records, params))
    ]
    if wrong:
        shown = "\n  ".join(wrong[:10])
        pytest.fail(
            f"{len(wrong)} of {len(asked)} answers differ, the first of them:\n  {shown}", pytrace=False
        )


def fault_of(
    backdrop: Backdrop, collection: Collection, records: list[dict[str, Any]], params: Params
) -> str | None:
    """What is wrong with the answer to one query, or None."""
    config = {**collection.config, "max_result_rows": MAX_RESULT_ROWS}
    before = datetime.now(UTC)
    reply = get(backdrop, collection.name, params)
    found = None
    # A period may end between the two clocks; either is right then.
    for now in (before, datetime.now(UTC)):
        expected = answer(records, params, config, now)
        if expected.status == reply.status == 200 and ("format", "csv") in params:
            found = csv_difference(expected, reply.body.decode("utf-8"))
        else:
            found = difference(expected, reply.status, parsed(reply))
        if found is None:
            break
    if found is None and reply.headers.get("Access-Control-Allow-Origin") != "*":
        return "no Access-Control-Allow-Origin"
    return found


def parsed(reply: Reply) -> Any:
    try:
        return reply.json()
    except ValueError:
        return reply.body
