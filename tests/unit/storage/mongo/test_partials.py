"""Rows as a server gives them, to partials."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId
from bson.decimal128 import Decimal128
from bson.int64 import Int64

from backdrop.core.partials import Fold, Partial
from backdrop.core.periods import Period
from backdrop.core.query import Collected, Fact, Grouping
from backdrop.storage.mongo.partials import assemble, by_group, care_needed
from backdrop.storage.mongo.pipelines import Care

VOLUME = Grouping(("channel",), None, (Collected("volume", frozenset({Fact.SUM})),))
HEX = "0123456789abcdef01234567"


def row(key: object = "web", n: int = 2, **parts: Any) -> dict[str, Any]:
    return {"_id": {"k0": key}, "n": n, **parts}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"h0": 5, "w0": Int64(7)}, Care()),
        ({"h0": None, "w0": 0}, Care()),
        ({"h0": 5.0, "w0": 7.5}, Care(mixed=frozenset({"volume"}))),
        ({"h0": 5, "w0": 2.0**63}, Care(mixed=frozenset({"volume"}))),
        ({"h0": Decimal128("5"), "w0": Decimal128("7")}, Care(mixed=frozenset({"volume"}))),
        ({"h0": True, "w0": 7}, Care(mixed=frozenset({"volume"}))),
        ({"h0": "text", "w0": 7}, Care(mixed=frozenset({"volume"}))),
        ({"x0": 1, "w0": 7, "f0": 0.5}, Care()),
        ({"x0": 0, "w0": 2.0**63, "f0": 0}, Care(exact=frozenset({"volume"}))),
        ({"x0": 0, "w0": Decimal128("9223372036854775808"), "f0": 0}, Care()),
    ],
    ids=repr,
)
def test_rows_show_which_care_is_needed(parts: dict[str, Any], expected: Care) -> None:
    assert care_needed([row(h0=1, w0=1) | parts], VOLUME, Care()) == expected


def test_a_period_without_an_index_shows_that_stored_days_are_lacking() -> None:
    rows: list[dict[str, Any]] = [{"_id": {"p": Int64(5)}, "n": 1}, {"_id": {"p": None}, "n": 1}]
    grouping = Grouping(period=Period.WEEK)
    assert care_needed(rows, grouping, Care()) == Care(days=True)
    assert care_needed(rows[:1], grouping, Care()) == Care()


def test_a_row_is_a_partial() -> None:
    facts = frozenset({Fact.SUM, Fact.VALUES, Fact.EXTREMES})
    grouping = Grouping(("channel",), Period.DAY, (Collected("volume", facts),))
    parts = {"v0": 3, "x0": 0, "w0": Int64(3), "f0": 0.5, "l0": 0.5, "h0": Int64(2)}
    [partial] = assemble([{"_id": {"k0": "web", "p": Int64(700_000)}, "n": 4, **parts}], {}, grouping)
    assert partial == Partial(700_000, ("web",), 4, {"volume": Fold(3, 0, 3, 0.5, 0.5, 2)})
    assert type(partial.period) is type(partial.folds["volume"].whole) is int


def test_sums_past_64_bits_are_whole_numbers() -> None:
    [partial] = assemble([row(x0=0, w0=Decimal128("18446744073709551615"), f0=0)], {}, VOLUME)
    assert partial.folds["volume"] == Fold(whole=2**64 - 1)


def test_groups_that_look_the_same_are_one() -> None:
    rows = [row(HEX, 1, h0=1, w0=1), row(ObjectId(HEX), 2, h0=2, w0=3)]
    assert assemble(rows, {}, VOLUME) == [Partial(None, (HEX,), 3, {"volume": Fold(whole=4)})]


def test_distinct_values_go_to_their_group() -> None:
    grouping = Grouping(("channel",), None, (Collected("kind", frozenset({Fact.DISTINCT})),))
    values = [("web", "a"), ("web", HEX), ("web", ObjectId(HEX)), ("paper", 1)]
    different = {"kind": by_group([{"_id": {"k0": key, "v": value}} for key, value in values], grouping)}
    partials = assemble([row("web"), row("paper"), row("none")], different, grouping)
    assert [partial.folds["kind"].distinct for partial in partials] == [("a", HEX), (1,), ()]
