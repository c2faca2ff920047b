"""Records to documents and back, through BSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import bson
import pytest
from bson import ObjectId
from bson.codec_options import CodecOptions
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from bson.max_key import MaxKey
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.values import Value
from backdrop.storage.mongo.documents import (
    CODEC,
    DAY,
    FAST_CODEC,
    HIDDEN,
    document_of,
    ids_of,
    record_of,
    value_of,
)
from tests.contract.generating import INSTANTS, records
from tests.contract.making import at, exactly, record


def through_bson(document: dict[str, Any], codec: CodecOptions[dict[str, Any]] = CODEC) -> dict[str, Any]:
    return bson.decode(bson.encode(document), codec)


@given(records())
def test_a_record_comes_back_as_it_was(given_records: list[dict[str, Value]]) -> None:
    expected = exactly({**one, "_updated_at": at("2020-01-01")} for one in given_records)
    stored = [document_of({**one, "_updated_at": at("2020-01-01")}) for one in given_records]
    for codec in (CODEC, FAST_CODEC):
        assert exactly(record_of(through_bson(document, codec)) for document in stored) == expected


@given(INSTANTS)
def test_the_day_is_stored_beside_a_timestamp(instant: datetime) -> None:
    day = document_of(record("a", instant))[DAY]
    assert (day.date(), day.timetz()) == (instant.date(), at("2020-01-01").timetz())


def test_no_day_without_a_timestamp_and_the_record_stays_as_it_is() -> None:
    given_record = record("a", at("2020-01-01T12:00:00"))
    document_of(given_record)
    assert DAY not in given_record
    assert DAY not in document_of(record("a"))


def test_whole_numbers_are_plain_ones() -> None:
    [large, small] = record_of(through_bson({"large": 2**63 - 1, "small": 1})).values()
    assert (type(large), large, type(small)) == (int, 2**63 - 1, int)


def test_stored_starts_of_periods_are_not_shown() -> None:
    document = {"_id": "a", **dict.fromkeys(HIDDEN, at("2020-01-01")), "kind": "x"}
    assert record_of(through_bson(document)) == {"_id": "a", "kind": "x"}


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (ObjectId("0123456789abcdef01234567"), "0123456789abcdef01234567"),
        (at("2020-01-01"), at("2020-01-01")),
        (Int64(5), 5),
        (Decimal128("12"), 12),
        (Decimal128("0.5"), 0.5),
        (Decimal128("1E+30"), 1e30),
        ({"a": [1, at("2020-01-01")]}, '{"a": [1, "2020-01-01T00:00:00+00:00"]}'),
        ([], "[]"),
        (MaxKey(), "MaxKey()"),
    ],
    ids=repr,
)
def test_what_a_record_cannot_hold_is_shown_as_what_comes_nearest(stored: object, shown: Value) -> None:
    for codec in (CODEC, FAST_CODEC):
        assert record_of(through_bson({"kind": stored}, codec)) == {"kind": shown}
    assert type(value_of(stored)) is type(shown)


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_decimals_that_are_no_numbers_are_floats(number: str) -> None:
    assert isinstance(value_of(Decimal128(number)), float)


def test_instants_beyond_the_calendar_are_its_ends() -> None:
    beyond = bson.encode({"_timestamp": bson.datetime_ms.DatetimeMS(10**15)})
    shown = record_of(bson.decode(beyond, CODEC))["_timestamp"]
    assert isinstance(shown, datetime)
    assert (shown.year, shown.tzinfo) == (9999, at("2020-01-01").tzinfo)


def test_an_id_may_be_an_object_ids() -> None:
    assert ids_of("0123456789abcdef01234567") == [
        "0123456789abcdef01234567",
        ObjectId("0123456789abcdef01234567"),
    ]


@given(st.one_of(st.text(), st.from_regex("[0-9A-F]{24}"), st.just("0123456789ABCDEF01234567")))
def test_other_ids_are_texts(record_id: str) -> None:
    if not (len(record_id) == 24 and set(record_id) <= set("0123456789abcdef")):
        assert ids_of(record_id) == [record_id]
