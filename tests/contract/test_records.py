"""What is stored comes back exactly as it was given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.query import Filter, Selection
from backdrop.core.values import Value
from backdrop.storage.protocol import Storage
from tests.contract.generating import records, with_storage
from tests.contract.making import EVERYTHING, at, exactly, in_order, new_name, record, write

ANY_VALUE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)
FINE = ["kind", "Kind", "KIND"]


@given(given_records=records(ANY_VALUE))
@with_storage
def test_records_come_back_as_they_were(storage: Storage, given_records: list[dict[str, Value]]) -> None:
    name = new_name()
    storage.append(name, given_records, write())
    found = storage.find(name, EVERYTHING, None, 0)
    assert exactly(found) == exactly(in_order(given_records, None))


@pytest.mark.parametrize(
    "value",
    [
        *(0, 1, -1, 2**53 + 1, 2**63 - 1, -(2**63)),
        *(0.0, -0.0, 1.0, 0.1, 5e-324, -5e-324, 1.7976931348623157e308, 2.0**63, 1e22, 9007199254740993.0),
        *(True, False, None),
        *(
            "",
            "1",
            "1.0",
            "true",
            "null",
            "a\0b",
            "\0",
            "\ud7ff\ue000",
            "\U0001f600\U0010ffff",
            "é",
            "e\u0301",
        ),
        *("'; DROP TABLE data_sets; --", '"', "\\u0000", "$set", "NaN", "x" * 1_000_000),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_value_comes_back_exactly_and_is_found_by_itself(storage: Storage, value: Value) -> None:
    one = record("one", at("2020-01-01"), size=value)
    storage.append("things", [one, record("other", size="another")], write())
    assert exactly(storage.find("things", Selection(start=at("0001-01-01")), None, 0)) == exactly([one])
    found = storage.find("things", Selection(filters=(Filter("size", (value,)),)), None, 0)
    assert exactly(found) == exactly([one])


def test_null_is_not_missing(storage: Storage) -> None:
    given_records = [
        record("a", size=None),
        record("b"),
        record("c", size=0),
        record("d", kind=None, size=None),
    ]
    storage.append("things", given_records, write())
    assert storage.find("things", EVERYTHING, None, 0) == given_records


def test_dates_may_be_null(storage: Storage) -> None:
    given_records: list[dict[str, Value]] = [
        {**record("a"), "_timestamp": None, "_start_at": None, "_end_at": None},
        {**record("b"), "_start_at": at("2020-01-01"), "_end_at": at("2020-02-01")},
    ]
    storage.append("things", given_records, write())
    assert storage.find("things", EVERYTHING, None, 0) == given_records


@pytest.mark.parametrize(
    "instant",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
        datetime(2016, 12, 31, 23, 59, 59, 1000, tzinfo=UTC),
    ],
)
def test_instants_keep_their_milliseconds(storage: Storage, instant: datetime) -> None:
    one = {**record("a", instant), "_start_at": instant, "_end_at": instant, "_updated_at": instant}
    storage.append("things", [one], write())
    assert storage.find("things", EVERYTHING, None, 0) == [one]


def test_instants_of_other_zones_are_the_same_in_utc(storage: Storage) -> None:
    elsewhere = datetime(2020, 1, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    storage.append("things", [record("a", elsewhere)], write())
    [found] = storage.find("things", Selection(start=elsewhere, end=elsewhere, inclusive=True), None, 0)
    assert found["_timestamp"] == elsewhere
    assert isinstance(found["_timestamp"], datetime)
    assert found["_timestamp"].utcoffset() == timedelta(0)


def test_keys_that_differ_in_case_are_different(storage: Storage) -> None:
    given_records = [
        record("a", kind="one", Kind="two", KIND="three"),
        record("b", Kind="one"),
        record("c", kInD="one"),
    ]
    storage.append("things", given_records, write())
    assert storage.find("things", EVERYTHING, None, 0) == given_records
    found = storage.find("things", Selection(filters=(Filter("Kind", ("one",)),)), None, 0)
    assert found == given_records[1:2]


def test_words_of_databases_are_keys_like_others(storage: Storage) -> None:
    words = (
        "select",
        "rowid",
        "id",
        "at",
        "rest",
        "updated_at",
        "c0",
        "c1",
        "k0",
        "oid",
        "group",
        "null",
        "true",
    )
    one = record("a", **{word: word.upper() for word in (*words, "k" * 1000)})
    storage.append("order", [one], write())
    assert storage.find("order", EVERYTHING, None, 0) == [one]
    for word in words:
        assert storage.find("order", Selection(filters=(Filter(word, (word.upper(),)),)), None, 0) == [one]


def test_thousands_of_different_keys(storage: Storage) -> None:
    given_records = [record(f"{i:04}", **{f"key_{i}": i, f"key_{i + 1}": None}) for i in range(3000)]
    storage.append("wide", given_records[:1000], write())
    storage.append("wide", given_records[1000:], write())
    assert storage.find("wide", EVERYTHING, None, 0) == given_records
    everything = record("all", **{f"key_{i}": True for i in range(3000)})
    storage.append("wide", [everything], write())
    assert storage.find("wide", Selection(filters=(Filter("_id", ("all",)),)), None, 0) == [everything]


@pytest.mark.parametrize("key", [*FINE, "late_key_2999"])
def test_a_record_with_a_known_id_takes_the_place_of_the_old_one(storage: Storage, key: str) -> None:
    filler = record("filler", **{f"late_key_{i}": i for i in range(3000)})
    storage.append("things", [filler, record("a", at("2020-01-01"), **{key: 1})], write())
    moved = record("a", at("1990-01-01"), other=2)
    storage.append("things", [moved], write())
    assert storage.find("things", Selection(filters=(Filter("_id", ("a",)),)), None, 0) == [moved]
    assert len(storage.find("things", EVERYTHING, None, 0)) == 2


def test_data_sets_whose_names_look_alike_are_apart(storage: Storage) -> None:
    names = ["a_b", "a-b", "a", "data_sets", "columns", "t1", "sqlite_master", "x" * 500]
    for name in names:
        storage.append(name, [record(name)], write())
    for name in names:
        assert storage.find(name, EVERYTHING, None, 0) == [record(name)]
