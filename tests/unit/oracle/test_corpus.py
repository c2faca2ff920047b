"""The corpus is the same every time, and the oracle keeps the protocol's laws over it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.oracle.answers import answer
from tests.oracle.bad_queries import bad_queries
from tests.oracle.corpus import MAX_RESULT_ROWS, collections, queries
from tests.oracle.making_records import Collection
from tests.oracle.question import Params
from tests.oracle.storing import as_stored

NOW = datetime(2014, 1, 15, 12, 30, tzinfo=UTC)
ALL = {collection.name: collection for collection in collections(NOW)}


def stored(collection: Collection) -> list[dict[str, Any]]:
    return [{"_id": f"n{number}", **record} for number, record in enumerate(as_stored(collection.records))]


def ask(collection: Collection, params: Params) -> list[dict[str, Any]] | None:
    config = {"raw_queries_allowed": True, "max_result_rows": MAX_RESULT_ROWS}
    given = answer(stored(collection), params, config, NOW)
    return given.body["data"] if given.status == 200 else None


def test_the_corpus_is_the_same_every_time() -> None:
    for again in collections(NOW):
        assert again == ALL[again.name]
        assert queries(again) == queries(ALL[again.name])


def test_every_kind_of_answer_is_asked_for() -> None:
    assert sum(len(queries(collection)) for collection in ALL.values()) > 2000
    for collection in ALL.values():
        shapes = {frozenset(name for name, _ in params) & SHAPES for params in queries(collection)}
        assert shapes >= EVERY_SHAPE, collection.name


SHAPES = {"period", "group_by", "duration"}
EVERY_SHAPE = {
    frozenset[str](),
    frozenset({"group_by"}),
    frozenset({"period"}),
    frozenset({"period", "duration"}),
    frozenset({"period", "group_by"}),
    frozenset({"period", "group_by", "duration"}),
}


def test_every_bad_query_is_refused() -> None:
    accepted = [params for params in bad_queries() if ask(ALL["licences"], params) is not None]
    assert accepted == []


@pytest.mark.parametrize("name", ["licences", "mixed", "sparse", "cases"])
def test_a_nested_answer_flattened_is_the_flat_one(name: str) -> None:
    """But for a duration, which doesn't slide when it is asked for flat."""
    compared = 0
    for params in queries(ALL[name]):
        names = {key for key, _ in params}
        nested_only = [pair for pair in params if pair[0] not in ("flatten", "format")]
        if not {"period", "group_by"} <= names or "duration" in names:
            continue
        nested = ask(ALL[name], nested_only)
        flat = ask(ALL[name], [*nested_only, ("flatten", "true")])
        if nested is not None and flat is not None:
            assert flattened(nested) == flat
            compared += bool(flat)
    assert compared > 5


def flattened(nested: list[dict[str, Any]]) -> list[dict[str, Any]]:
    totals = {"_count", "_group_count", "values"}
    rows = []
    for group in nested:
        keys = {key: value for key, value in group.items() if key not in totals and ":" not in key}
        rows += [{**keys, **row} for row in group["values"]]
    return sorted(rows, key=lambda row: str(row["_start_at"]))


@pytest.mark.parametrize("name", ["licences", "mixed", "undated"])
def test_groups_hold_every_record_that_has_the_key_once(name: str) -> None:
    collection = ALL[name]
    for field in collection.groups:
        rows = ask(collection, [("group_by", field)])
        assert rows is not None
        having = [record for record in stored(collection) if record.get(field) is not None]
        assert sum(row["_count"] for row in rows) == len(having)
