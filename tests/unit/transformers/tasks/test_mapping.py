from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.transformers.errors import Refused
from backdrop.transformers.tasks import mapping
from tests.unit.transformers.tasks.shared import CONFIG, WEEK_1, WEEK_2, Json, readable, transform

OPTIONS = {
    "mapping-keys": ["device", "browser"],
    "mappings": {"phone": ["^phone$", "."], "old": [".", "IE [5-8]"]},
    "mapped-attribute": "kind",
    "value-attribute": "visits:sum",
}


def row(week: Json, device: Any, browser: Any, visits: Any) -> Json:
    return {**week, "device": device, "browser": browser, "visits:sum": visits}


def compute(rows: list[Json], **changed: Any) -> list[Json]:
    return mapping.compute(rows, transform(**{**OPTIONS, **changed}), CONFIG)


def sums(rows: list[Json], **changed: Any) -> list[tuple[str, Any]]:
    return [(record["kind"], record["visits"]) for record in compute(rows, **changed)]


def test_rows_are_summed_under_the_first_mapping_that_takes_them() -> None:
    rows = [
        row(WEEK_1, "phone", "IE 7", 1),
        row(WEEK_1, "desktop", "IE 8", 2),
        row(WEEK_1, "phone", "Opera", 4),
    ]
    old, phone = compute(rows)
    assert phone == {
        "_id": phone["_id"],
        "_timestamp": WEEK_1["_start_at"],
        **WEEK_1,
        "kind": "phone",
        "visits": 5,
    }
    assert readable(phone["_id"]) == f"{WEEK_1['_start_at']}_{WEEK_1['_end_at']}_phone"
    assert (old["kind"], old["visits"]) == ("old", 2)


def test_periods_are_apart() -> None:
    rows = [row(WEEK_2, "phone", "Opera", 2), row(WEEK_1, "phone", "Opera", 1)]
    assert [(r["_start_at"], r["visits"]) for r in compute(rows)] == [
        (WEEK_1["_start_at"], 1),
        (WEEK_2["_start_at"], 2),
    ]


def test_other_rows_go_to_the_other_mapping_or_nowhere() -> None:
    rows = [
        row(WEEK_1, "desktop", "Opera", 3),
        row(WEEK_1, None, "IE 7", 4),
        row(WEEK_1, "phone", "Opera", 5),
    ]
    assert sums(rows) == [("phone", 5)]
    assert sums(rows, **{"other-mapping": "other"}) == [("other", 7), ("phone", 5)]


def test_rows_without_a_value_do_not_count() -> None:
    nothing = row(WEEK_1, "phone", "Opera", None)
    assert sums([nothing]) == []
    assert sums([nothing, row(WEEK_1, "phone", "Opera", 0)]) == [("phone", 0)]
    assert sums([nothing, row(WEEK_1, "phone", "Opera", 3)]) == [("phone", 3)]


def test_the_value_may_be_a_plain_field() -> None:
    rows = [{**WEEK_1, "device": "phone", "browser": "x", "visits": 2.5}]
    assert sums(rows, **{"value-attribute": "visits"}) == [("phone", 2.5)]


def test_numbers_and_booleans_are_found_as_in_json() -> None:
    rows = [row(WEEK_1, True, 8, 1)]
    assert sums(rows, mappings={"yes": ["^true$", "^8$"]}) == [("yes", 1)]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"mapping-keys": []}, "option mapping-keys is missing"),
        ({"mapping-keys": ["device", 3]}, "option mapping-keys is missing; it must be a list of field names"),
        ({"mappings": None}, "option mappings is missing"),
        ({"mappings": {"phone": ["x"]}}, "option mappings: 'phone' needs a list of 2 expressions"),
        ({"mappings": {"phone": ["x", "["]}}, "option mappings, 'phone': '\\[' is not a regular expression"),
        ({"mappings": {"phone": ["x", 1]}}, "option mappings, 'phone' must be a regular expression"),
        ({"mapped-attribute": "_kind"}, "option mapped-attribute: a record can't have the key '_kind'"),
        (
            {"value-attribute": "visits:mean"},
            "option value-attribute: a record can't have the key 'visits:mean'",
        ),
        ({"other-mapping": 3}, "option other-mapping is missing; it must be a string"),
    ],
)
def test_a_bad_option_is_named(changed: Json, message: str) -> None:
    with pytest.raises(Refused, match=message):
        compute([], **changed)


def test_no_rows_give_no_records() -> None:
    assert compute([]) == []


def test_each_record_is_one_of_those_that_a_period_may_have() -> None:
    made = transform(**{**OPTIONS, "other-mapping": "old"})
    known = mapping.per_period(made)
    assert (known.attribute, known.names) == ("kind", ("phone", "old"))
    assert known.keys == {"kind", "visits"}
    rows = [row(WEEK_1, "phone", "Opera", 1), row(WEEK_1, "x", "y", 1)]
    assert {record["kind"] for record in compute(rows, **{"other-mapping": "old"})} == set(known.names)


ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from([WEEK_1, WEEK_2]),
        st.sampled_from(["phone", "desktop", None]),
        st.sampled_from(["IE 7", "Opera"]),
        st.none() | st.integers(-(10**18), 10**18),
    )
)


@given(ROWS, st.randoms())
def test_no_row_is_lost_or_counted_twice_in_whatever_order(rows: list[Json], random: Any) -> None:
    records = compute(rows, **{"other-mapping": "other"})
    assert sum(r["visits"] for r in records) == sum(r["visits:sum"] or 0 for r in rows)
    assert len({r["_id"] for r in records}) == len(records)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert compute(shuffled, **{"other-mapping": "other"}) == records
