"""The bodies of POST and PUT of a data set."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from stagecraft.api.errors import Fault, in_a_line
from stagecraft.datasets.data_set_body import (
    changed_values,
    faults_of_change,
    faults_of_new,
    name_of,
    new_values,
    schema_faults,
)
from stagecraft.datasets.fields import DATA_SET, DATA_SET_DEFAULTS
from stagecraft.datasets.schemas import combined

LEAST = {"data_group": "g-cloud", "data_type": "sales"}
STORED = {**LEAST, "name": "g_cloud_sales"}
FULL = {
    **STORED,
    "bearer_token": "secret",
    "previous_bearer_token": "older",
    "previous_bearer_token_until": "2014-04-01T12:00:00+01:00",
    "auto_ids": ["a_b", "_timestamp"],
    "schema": {},
    "upload_format": "csv",
    "upload_filters": ["backdrop.core.upload.filters.first_sheet_filter", "second"],
    "raw_queries_allowed": True,
    "queryable": True,
    "realtime": False,
    "published": False,
    "capped_size": None,
    "max_age_expected": 86400,
}
BAD = [
    *[("name", bad) for bad in ("", "A", "1a", "a b", 3, None, ["a"], "a" * 202, "a\n")],
    *[("data_group", bad) for bad in ("", "G", None, 0, "a" * 101)],
    *[("bearer_token", bad) for bad in (None, 3, "two words", "tab\t", "é", "a" * 256, "a\n")],
    *[("auto_ids", bad) for bad in (None, "a", [3], ["a b"], ["ab", "ab"], [["ab"]], {"ab": 1})],
    *[
        ("upload_filters", bad)
        for bad in (None, "a", [3], [{}], ["a", "a"], [""], ["a b"], ["a."], ["a.b\n"])
    ],
    ("upload_filters", [f"a.b{number}" for number in range(21)]),
    ("upload_filters", ["a" * 256]),
    *[("upload_format", bad) for bad in (None, 3, "a\0", "banana", "CSV", " ", "csv\n", ["csv"])],
    *[("realtime", bad) for bad in (None, "true", 1, 0, [])],
    *[("capped_size", bad) for bad in (0, -1, 1.5, 1.0, True, "1", 2**63)],
    *[("max_age_expected", bad) for bad in (-1, 1.5, False, "1", 2**63)],
    *[("schema", bad) for bad in (3, "x", [])],
    *[("unknown", value) for value in (1, None)],
]


def new_faults(body: dict[str, Any], *, production: bool = False) -> list[Fault]:
    return faults_of_new(body, production=production)


def change_faults(body: dict[str, Any], *, production: bool = False) -> list[Fault]:
    return faults_of_change(body, STORED, production=production)


def keys(faults: list[Fault]) -> list[str | None]:
    return [fault.key for fault in faults]


def test_group_and_type_are_enough_for_a_new_one() -> None:
    assert new_faults(LEAST) == []
    assert new_values(LEAST) == LEAST
    assert name_of(LEAST) == "g_cloud_sales"
    assert name_of({**LEAST, "name": "mine"}) == "mine"


def test_what_is_older_than_the_rules_may_stay_and_nothing_like_it_may_come() -> None:
    old = {"upload_format": "xlsx", "upload_filters": ["a filter"]}
    stored = {**STORED, **old}
    assert faults_of_change({**STORED, **old}, stored, production=False) == []
    for key, value in (("upload_format", "pdf"), ("upload_filters", ["a filter", "b filter"])):
        assert keys(faults_of_change({key: value}, stored, production=False)) == [key]
    assert keys(new_faults(stored)) == [*old]


def test_all_there_is() -> None:
    assert new_faults(FULL) == change_faults(FULL) == []
    values = new_values(FULL)
    assert values.pop("previous_bearer_token_until") == datetime(2014, 4, 1, 11, tzinfo=UTC)
    assert values == {key: FULL[key] for key in values}
    assert set(FULL) - set(values) == {"schema", "previous_bearer_token_until"}
    assert set(FULL) == set(DATA_SET)


@pytest.mark.parametrize(("key", "value"), BAD)
def test_each_fault_of_a_new_one_is_named_by_its_key(key: str, value: Any) -> None:
    faults = new_faults({**LEAST, key: value})
    assert keys(faults) == [key]
    assert key in in_a_line(faults)


@pytest.mark.parametrize(("key", "value"), BAD)
def test_each_fault_of_a_change_is_named_by_its_key(key: str, value: Any) -> None:
    assert keys(change_faults({key: value})) == [key]


def test_every_fault_is_named_and_no_value_quoted() -> None:
    faults = new_faults({"bearer_token": "hush hush", "queryable": "yes", "data-type": "t"})
    assert keys(faults) == ["data_group", "data_type", "bearer_token", "queryable", "data-type"]
    assert "hush" not in in_a_line(faults)


def test_a_change_replaces_all_but_what_it_is_found_by_and_its_tokens() -> None:
    kept = {key: value for key, value in DATA_SET_DEFAULTS.items() if key != "bearer_token"}
    assert changed_values({"realtime": True}) == {**kept, "realtime": True}
    assert changed_values({**STORED, "bearer_token": ""})["bearer_token"] == ""
    assert not set(changed_values(FULL)) & set(STORED)


def test_what_never_changes_may_be_repeated_but_not_changed() -> None:
    assert change_faults(STORED) == []
    for key in STORED:
        (fault,) = change_faults({**STORED, key: "other"})
        assert fault.key == key
        assert "can't be changed" in fault.message


def test_a_previous_token_goes_with_its_time() -> None:
    until = "2014-04-01T12:00:00Z"
    for fine in (
        {"previous_bearer_token": "old", "previous_bearer_token_until": until},
        {"previous_bearer_token": "", "previous_bearer_token_until": None},
    ):
        assert new_faults({**LEAST, **fine}) == []
    for alone, named in (
        ({"previous_bearer_token": "old"}, "previous_bearer_token_until"),
        ({"previous_bearer_token_until": until}, "previous_bearer_token"),
        (
            {"previous_bearer_token": "old", "previous_bearer_token_until": None},
            "previous_bearer_token_until",
        ),
    ):
        assert keys(new_faults({**LEAST, **alone})) == [named]


@pytest.mark.parametrize(
    "until", ["tomorrow", "2014-04-01", "2014-04-01T12:00:00", "2014-02-30T12:00:00Z", 3]
)
def test_a_time_is_a_date_time_with_an_offset(until: Any) -> None:
    body = {**LEAST, "previous_bearer_token": "old", "previous_bearer_token_until": until}
    assert keys(new_faults(body)) == ["previous_bearer_token_until"]


def test_production_takes_no_token_that_everybody_knows() -> None:
    public = {"bearer_token": "g-cloud-sales-bearer-token"}
    assert new_faults({**LEAST, **public}) == change_faults(public) == []
    assert keys(new_faults({**LEAST, **public}, production=True)) == ["bearer_token"]
    assert keys(change_faults(public, production=True)) == ["bearer_token"]


def test_a_schema_may_be_sent_back_but_not_set() -> None:
    for own in (None, {"required": ["count"]}):
        actual = combined(own)
        for fine in ({}, None, actual, dict(reversed(actual.items()))):
            assert schema_faults({**LEAST, "schema": fine}, own) == []
        assert schema_faults(LEAST, own) == []
        assert keys(schema_faults({**LEAST, "schema": {"type": "object"}}, own)) == ["schema"]
