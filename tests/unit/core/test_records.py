"""What becomes of posted records, and what is said about those that can't be stored."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.data_set import DataSet
from backdrop.core.errors import InvalidRecords
from backdrop.core.instants import render_instant
from backdrop.core.names import ADDED_FIELDS, is_valid_field
from backdrop.core.records import Record, merge, prepare

NOW = datetime(2014, 5, 1, 12, tzinfo=UTC)


def data_set(**config: Any) -> DataSet:
    return DataSet("g_t", "g", "t", **config)


def fresh() -> Callable[[int], str]:
    numbers = count(1)
    return lambda _: f"fresh-{next(numbers)}"


def prepared(*items: object, **config: Any) -> list[Record]:
    return prepare(items, data_set(**config), NOW, fresh())


def faults(*items: object, **config: Any) -> InvalidRecords:
    with pytest.raises(InvalidRecords) as raised:
        prepared(*items, **config)
    return raised.value


def fault(item: object, **config: Any) -> str:
    error = faults(item, **config)
    assert len(error.faults) == 1
    return error.faults[0].message


def test_a_record_is_stored_as_posted_with_id_dates_and_time_of_writing() -> None:
    posted = {
        "_timestamp": "2013-01-01T01:00:00+01:00",
        "_start_at": "2013-01-01",
        "Supplier": "Ünïcode",
        "whole": 2**63 - 1,
        "negative": -(2**63),
        "fraction": 0.1,
        "sme": True,
        "lot": None,
    }
    midnight = datetime(2013, 1, 1, tzinfo=UTC)
    stored = {**posted, "_id": "fresh-1", "_timestamp": midnight, "_start_at": midnight, "_updated_at": NOW}
    assert prepared(posted) == [stored]


def test_order_is_kept_and_the_last_of_equal_ids_wins() -> None:
    records = prepared({"_id": "a", "nn": 1}, {"nn": 2}, {"_id": "b", "nn": 3}, {"_id": "a", "nn": 4})
    assert [(r["_id"], r["nn"]) for r in records] == [("a", 4), ("fresh-1", 2), ("b", 3)]


@pytest.mark.parametrize("key", sorted(ADDED_FIELDS))
@pytest.mark.parametrize("value", ["2013-01-01T00:00:00Z", {"$date": 1}, None])
def test_what_backdrop_adds_is_ignored(key: str, value: object) -> None:
    assert prepared({"nn": 1, key: value}) == [{"_id": "fresh-1", "nn": 1, "_updated_at": NOW}]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ([], "a record must be a JSON object, not a list"),
        ("x", "a record must be a JSON object, not a string"),
        (1, "a record must be a JSON object, not a number"),
        (None, "a record must be a JSON object, not null"),
        ({"_foo": 1}, "_foo is not a recognised internal field"),
        ({"_ID": "x"}, "_ID is not a recognised internal field"),
        ({"_foo-bar": 1}, "_foo-bar is not a recognised internal field"),
        ({"foo-bar": 1}, "'foo-bar' is not a valid key"),
        ({"a": 1}, "'a' is not a valid key"),
        ({"": 1}, "'' is not a valid key"),
        ({"1a": 1}, "'1a' is not a valid key"),
        ({"é1": 1}, "'é1' is not a valid key"),
        ({"ab\n": 1}, "'ab\n' is not a valid key"),
        ({"\ud800a": 1}, r"'\ud800a' is not a valid key"),
        ({"nn": []}, "nn must be a string, number, boolean or null, not a list"),
        ({"nn": {}}, "nn must be a string, number, boolean or null, not an object"),
        ({"nn": 2**63}, "nn is an integer that does not fit in 64 bits"),
        ({"nn": -(2**63) - 1}, "nn is an integer that does not fit in 64 bits"),
        ({"nn": float("inf")}, "nn is a number that is too large"),
        ({"nn": float("nan")}, "nn is a number that is too large"),
        ({"nn": "half \ud83d"}, "nn holds half of a surrogate pair"),
        ({"_id": ""}, "_id must not be empty"),
        ({"_id": 7}, "_id must be a string, not a number"),
        ({"_id": None}, "_id must be a string, not null"),
        ({"_id": "a b"}, "_id must not contain white space"),
        ({"_id": "a\u2003"}, "_id must not contain white space"),
        ({"_id": "\udc00"}, "_id holds half of a surrogate pair"),
        ({"_timestamp": 1356998400}, "_timestamp must be an ISO 8601 date like"),
        ({"_timestamp": None}, "_timestamp must be an ISO 8601 date like"),
        ({"_timestamp": True}, "not a boolean"),
        ({"_timestamp": "01/02/2013"}, "_timestamp: '01/02/2013' is not an ISO 8601 date"),
        ({"_start_at": "2013-02-30"}, "_start_at: '2013-02-30' is not a date that exists"),
        ({"_end_at": ""}, "_end_at: '' is not an ISO 8601 date"),
        ({"_timestamp": "2013-01-01\ud800"}, r"_timestamp: '2013-01-01\ud800'"),
    ],
)
def test_a_fault_names_what_is_wrong(item: object, message: str) -> None:
    text = fault(item)
    assert message in text
    text.encode()


def test_every_fault_of_every_record_is_reported() -> None:
    error = faults(
        {"_timestamp": "x", "_foo": 1}, {"nn": 1}, {"n-n": [], "mm": {}}, 5, {"_timestamp": "2013-01-01"}
    )
    assert str(error) == "3 of 5 records were not valid"
    assert [(f.index, f.key) for f in error.faults] == [
        (0, "_timestamp"),
        (0, "_foo"),
        (2, "n-n"),
        (2, "mm"),
        (3, None),
    ]


def test_at_most_a_hundred_faults_are_listed_and_all_are_counted() -> None:
    error = faults(*({"_foo": n, "_bar": n} for n in range(5000)), {"nn": 1})
    assert (len(error.faults), error.found, error.invalid, error.total) == (100, 10_000, 5000, 5001)


def test_long_names_and_values_are_cut_in_messages() -> None:
    error = faults({"x-" * 100_000: 1, "_timestamp": "y" * 100_000})
    assert all(len(f.message) < 500 and len(f.key or "") < 200 for f in error.faults)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"aa": "x", "bb": "y"}, "x.y"),
        ({"aa": 1, "bb": 1.5}, "1.1.5"),
        ({"aa": True, "bb": False}, "true.false"),
        ({"aa": "é", "bb": ""}, "é."),
        ({"aa": 1.0, "bb": 1e300}, "1.0.1e+300"),
    ],
)
def test_auto_ids_make_the_id_of_the_values(values: dict[str, object], text: str) -> None:
    (record,) = prepared(values, auto_ids=("aa", "bb"))
    assert record["_id"] == base64.b64encode(text.encode()).decode()


def test_auto_ids_take_dates_as_posted() -> None:
    (record,) = prepared({"_timestamp": "2013-01-01T00:00:00Z"}, auto_ids=("_timestamp",))
    assert base64.b64decode(str(record["_id"])) == b"2013-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("item", "missing"),
    [({"cc": 1}, "aa, bb"), ({"aa": 1}, "bb"), ({"aa": None, "bb": 1}, "aa"), ({"_id": "x"}, "aa, bb")],
)
def test_missing_id_fields_are_named(item: dict[str, object], missing: str) -> None:
    assert fault(item, auto_ids=("aa", "bb")) == f"The following required id fields are missing: {missing}"


def test_a_single_empty_id_field_makes_no_id() -> None:
    assert fault({"aa": ""}, auto_ids=("aa",)) == "The following required id fields are missing: aa"


def test_a_faulty_id_field_is_not_missing_too() -> None:
    assert "must be a string" in fault({"aa": []}, auto_ids=("aa",))


def test_a_given_id_wins_over_auto_ids() -> None:
    (record,) = prepared({"_id": "mine", "aa": 1}, auto_ids=("aa",))
    assert record["_id"] == "mine"


def test_merging_puts_the_changes_over_the_record() -> None:
    (stored,) = prepared({"_id": "x", "_timestamp": "2013-01-01T01:00:00+01:00", "aa": 1, "bb": 2})
    later = datetime(2015, 1, 1, tzinfo=UTC)
    merged = merge(stored, {"bb": None, "cc": "new", "_updated_at": "ignored"}, data_set(), later)
    assert merged == {**stored, "bb": None, "cc": "new", "_updated_at": later}


def test_merging_checks_the_whole_record() -> None:
    (stored,) = prepared({"_id": "x", "aa": 1})
    with pytest.raises(InvalidRecords) as raised:
        merge(stored, {"aa": []}, data_set(schema={"required": ["bb"]}), NOW)
    assert [f.key for f in raised.value.faults] == ["aa", "bb"]


def test_an_id_cannot_be_changed_but_be_given_again() -> None:
    (stored,) = prepared({"_id": "x", "aa": 1})
    assert merge(stored, {"_id": "x", "aa": 2}, data_set(), NOW)["aa"] == 2
    for other in ("y", None, 1, []):
        with pytest.raises(InvalidRecords, match="1 of 1"):
            merge(stored, {"_id": other}, data_set(), NOW)


keys = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_]{1,8}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
instants = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))
ids = texts.filter(lambda t: t and not any(c.isspace() for c in t))


@given(
    st.dictionaries(keys, values),
    st.fixed_dictionaries({}, optional={"_timestamp": instants, "_start_at": instants, "_id": ids}),
)
def test_what_was_read_can_be_posted_back(plain: dict[str, Any], reserved: dict[str, Any]) -> None:
    posted = {
        k: render_instant(v) if isinstance(v, datetime) else v for k, v in {**plain, **reserved}.items()
    }
    (stored,) = prepared(posted)
    read = {k: render_instant(v) if isinstance(v, datetime) else v for k, v in stored.items()}
    (again,) = prepared(json.loads(json.dumps(read)))
    assert again == stored
    assert [type(v) for v in again.values()] == [type(v) for v in stored.values()]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)


@given(
    st.lists(
        st.dictionaries(keys | st.text() | st.sampled_from(["_id", "_timestamp"]), json_values, max_size=4),
        max_size=3,
    )
)
def test_any_json_is_either_stored_or_refused_with_a_message(items: list[dict[str, Any]]) -> None:
    try:
        records = prepared(*items)
    except InvalidRecords as error:
        assert error.faults
        json.dumps(
            [f.message for f in error.faults] + [f.key for f in error.faults], ensure_ascii=False
        ).encode()
    else:
        assert all(r["_updated_at"] == NOW and r["_id"] for r in records)
        assert all(is_valid_field(key) for r in records for key in r)
