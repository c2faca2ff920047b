from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.transformers.errors import Refused
from backdrop.transformers.ids import encode_id
from backdrop.transformers.output import bodies, with_additional_fields


def test_additional_fields_go_under_the_record() -> None:
    records = [{"_id": "a", "k": "own"}, {"value": 1}]
    assert with_additional_fields(records, {"additionalFields": {"k": "v", "k2": "v2"}}) == [
        {"_id": encode_id("a", "k:v_k2:v2"), "k": "own", "k2": "v2"},
        {"_id": encode_id("", "k:v_k2:v2"), "k": "v", "k2": "v2", "value": 1},
    ]


def test_values_in_an_id_are_as_in_json() -> None:
    (record,) = with_additional_fields([{"_id": "a"}], {"additionalFields": {"x": True, "y": None, "z": 1.5}})
    assert record == {"_id": encode_id("a", "x:true_y:null_z:1.5"), "x": True, "y": None, "z": 1.5}


def test_no_additional_fields_leave_records_alone() -> None:
    assert with_additional_fields([{"_id": "a"}], {}) == [{"_id": "a"}]
    with pytest.raises(Refused, match="option additionalFields must be an object"):
        with_additional_fields([], {"additionalFields": ["a"]})


@given(
    st.lists(st.dictionaries(st.text(max_size=4), st.text(max_size=9) | st.integers())), st.integers(2, 60)
)
def test_bodies_hold_every_record_once_in_order(records: list[dict[str, Any]], most: int) -> None:
    parts = list(bodies(records, most))
    assert [record for part in parts for record in json.loads(part)] == records
    assert all(len(part) <= most or len(json.loads(part)) == 1 for part in parts)
    assert all(json.loads(part) for part in parts)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), {1, 2}, "\ud800"])
def test_a_record_that_is_not_json(bad: object) -> None:
    with pytest.raises(Refused, match="a record that is not JSON"):
        list(bodies([{"_id": "a", "value": bad}], 100))
