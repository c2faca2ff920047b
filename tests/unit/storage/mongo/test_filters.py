"""Filters and orders are looked at as such here; what they find is the contract suite's matter."""

from __future__ import annotations

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.query import Filter, PrefixFilter, Selection, Sort
from backdrop.core.values import Value
from backdrop.storage.mongo.filters import condition, order
from tests.contract.making import EVERYTHING, at

START, END = at("2020-01-01"), at("2020-02-01")


def test_everything_has_no_condition() -> None:
    assert condition(EVERYTHING) == {}


def test_a_window_is_a_range_of_the_index() -> None:
    assert condition(Selection(START, END)) == {"_timestamp": {"$gte": START, "$lt": END}}
    assert condition(Selection(START, END, inclusive=True)) == {"_timestamp": {"$gte": START, "$lte": END}}
    assert condition(Selection(end=END)) == {"_timestamp": {"$lt": END}}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("a",), {"kind": {"$eq": "a"}}),
        (("$where",), {"kind": {"$eq": "$where"}}),
        (("1", 1, True, 0.5), {"kind": {"$in": ["1", 1, True, 0.5]}}),
        ((None, False), {"kind": {"$in": [None, False]}}),
        ((10**20,), {"kind": {"$eq": 1e20}}),
        ((10**20 + 1, 10**400, float("nan"), "\ud800"), None),
        ((), None),
    ],
    ids=repr,
)
def test_filters_keep_types(values: tuple[Value, ...], expected: object) -> None:
    assert condition(Selection(filters=(Filter("kind", values),))) == expected


def test_several_filters_are_all_to_match() -> None:
    filters = (Filter("kind", ("a",)), Filter("kind", ("b",)))
    assert condition(Selection(START, filters=filters)) == {
        "$and": [{"_timestamp": {"$gte": START}}, {"kind": {"$eq": "a"}}, {"kind": {"$eq": "b"}}]
    }


@pytest.mark.parametrize("field", ["_day_start_at", "_week_start_at", "a.b", "$where", "", "a\0"])
def test_what_no_record_has_is_missing(field: str) -> None:
    assert condition(Selection(filters=(Filter(field, ("a", 1)),))) is None
    assert condition(Selection(filters=(Filter(field, ("a", None)),))) == {}
    assert condition(Selection(prefixes=(PrefixFilter(field, ("",)),))) is None
    assert order(Sort(field, descending=True)) == order(None)


def test_an_id_is_looked_for_as_text_and_as_object_id() -> None:
    digits = "0123456789abcdef01234567"
    assert condition(Selection(filters=(Filter("_id", (digits,)),))) == {
        "_id": {"$in": [digits, ObjectId(digits)]}
    }
    assert condition(Selection(prefixes=(PrefixFilter("_id", ("0f",)),))) == {
        "$or": [
            {"_id": {"$gte": "0f", "$lt": "0g"}},
            {"_id": {"$gte": ObjectId("0f" + "0" * 22), "$lte": ObjectId("0f" + "f" * 22)}},
        ]
    }


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("ab", {"$gte": "ab", "$lt": "ac"}),
        (".*", {"$gte": ".*", "$lt": ".+"}),
        ("", {"$gte": ""}),
        ("a\U0010ffff", {"$gte": "a\U0010ffff", "$lt": "b"}),
        ("\U0010ffff" * 2, {"$gte": "\U0010ffff" * 2}),
        ("\ud7ff", {"$gte": "\ud7ff", "$lt": "\ue000"}),
    ],
)
def test_a_prefix_is_a_range(prefix: str, expected: object) -> None:
    assert condition(Selection(prefixes=(PrefixFilter("kind", (prefix,)),))) == {"kind": expected}


texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(texts, texts)
def test_the_range_of_a_prefix_holds_just_what_begins_with_it(prefix: str, text: str) -> None:
    found = condition(Selection(prefixes=(PrefixFilter("kind", (prefix,)),)))
    assert found is not None
    bounds = found["kind"]
    for one in (text, prefix + text):
        below = "$lt" not in bounds or one.encode() < bounds["$lt"].encode()
        assert (one.encode() >= bounds["$gte"].encode() and below) == one.startswith(prefix)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (None, [("_timestamp", 1), ("_id", 1)]),
        (Sort("kind", descending=True), [("kind", -1), ("_timestamp", 1), ("_id", 1)]),
        (Sort("_timestamp", descending=True), [("_timestamp", -1), ("_id", 1)]),
        (Sort("_id"), [("_id", 1)]),
    ],
)
def test_ties_go_by_time_and_id(sort: Sort | None, expected: object) -> None:
    assert order(sort) == expected
