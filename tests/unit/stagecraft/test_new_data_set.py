"""The body of POST /data-sets."""

from __future__ import annotations

from typing import Any

import pytest

from stagecraft.api.errors import ApiError
from stagecraft.datasets.new_data_set import check_schema, read_new_data_set
from stagecraft.datasets.schemas import combined

LEAST = {"data_group": "g-cloud", "data_type": "sales"}
FULL = {
    **LEAST,
    "name": "g_cloud_sales",
    "bearer_token": "secret",
    "auto_ids": ["a_b", "_timestamp"],
    "schema": {},
    "upload_format": "csv",
    "upload_filters": ["first", "second"],
    "raw_queries_allowed": True,
    "queryable": True,
    "realtime": False,
    "published": False,
    "capped_size": None,
    "max_age_expected": 86400,
}


def test_group_and_type_are_enough() -> None:
    assert read_new_data_set(LEAST) == LEAST


def test_all_there_is() -> None:
    assert read_new_data_set(FULL) == {key: value for key, value in FULL.items() if key != "schema"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[("name", bad) for bad in ("", "A", "1a", "a b", 3, None, ["a"], "a" * 202, "a\n")],
        *[("data_group", bad) for bad in ("", "G", None, 0, "a" * 101)],
        *[("bearer_token", bad) for bad in (None, 3, "two words", "tab\t", "é", "a" * 256, "a\n")],
        *[("auto_ids", bad) for bad in (None, "a", [3], ["a b"], ["ab", "ab"], [["ab"]], {"ab": 1})],
        *[("upload_filters", bad) for bad in (None, "a", [3], [{}], ["a", "a"])],
        *[("upload_format", bad) for bad in (None, 3, "a\0")],
        *[("realtime", bad) for bad in (None, "true", 1, 0, [])],
        *[("capped_size", bad) for bad in (0, -1, 1.5, True, "1", 2**63)],
        *[("max_age_expected", bad) for bad in (-1, 1.5, False, "1", 2**63)],
        *[("unknown", value) for value in (1, None)],
    ],
)
def test_each_fault_is_named_by_its_key(key: str, value: Any) -> None:
    with pytest.raises(ApiError) as error:
        read_new_data_set({**LEAST, key: value})
    assert error.value.status == 400
    assert [fault.key for fault in error.value.faults] == [key]
    assert key in error.value.message


def test_every_fault_is_named_and_no_value_quoted() -> None:
    with pytest.raises(ApiError) as error:
        read_new_data_set({"bearer_token": "hush hush", "queryable": "yes", "data-type": "t"})
    assert [fault.key for fault in error.value.faults] == [
        "data_group",
        "data_type",
        "bearer_token",
        "queryable",
        "data-type",
    ]
    assert "hush" not in error.value.message


def test_a_schema_may_be_sent_back_but_not_set() -> None:
    actual = combined(None)
    for fine in ({}, None, actual, dict(reversed(actual.items()))):
        check_schema({**LEAST, "schema": fine}, actual)
    check_schema(LEAST, actual)
    with pytest.raises(ApiError) as error:
        check_schema({**LEAST, "schema": {"type": "object"}}, actual)
    assert [fault.key for fault in error.value.faults] == ["schema"]
