"""Lines for a shell, as the shell reads them."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft3Validator, Draft4Validator

from stagecraft.admin_site.examples import MASK, example_record, examples

NOW = datetime(2014, 3, 1, 12, 0, 59, tzinfo=UTC)
READ, WRITE = "https://read.example/data", "https://write.example/data"


def lines(**changes: Any) -> Any:
    given = {"raw_queries_allowed": True, "auto_ids": [], "schema": None, **changes}
    return examples(read_url=READ, write_url=WRITE, group="g-cloud", data_type="sales", at=NOW, **given)


def test_a_shell_reads_the_line_as_it_is_meant() -> None:
    words = shlex.split(lines(schema={"required": ["it's"]}).post.replace("\\\n", ""))
    assert words[:2] == ["curl", f"{WRITE}/g-cloud/sales"]
    assert words[2:6] == ["-H", f"Authorization: Bearer {MASK}", "-H", "Content-Type: application/json"]
    assert words[6] == "-d"
    assert json.loads(words[7]) == {"_timestamp": "2014-03-01T12:00:00Z", "it's": "example"}


def test_reading_asks_for_what_the_data_set_allows() -> None:
    assert lines().data_url == f"{READ}/g-cloud/sales?sort_by=_timestamp:descending&limit=10"
    whole = lines(raw_queries_allowed=False)
    assert whole.data_url == f"{READ}/g-cloud/sales?period=month&duration=12"
    assert shlex.split(whole.get) == ["curl", whole.data_url]


@pytest.mark.parametrize(
    ("auto_ids", "schema", "record"),
    [
        ([], None, {"channel": "online", "volume": 3}),
        (["page"], None, {"page": "example"}),
        ([], {"required": ["n"], "properties": {"n": {"type": "integer"}}}, {"n": 1}),
        ([], {"required": ["n"], "properties": {"n": {"type": "integer", "minimum": 5}}}, {"n": 5}),
        ([], {"required": ["n"], "properties": {"n": {"type": "number", "maximum": 1}}}, {"n": 1}),
        ([], {"required": ["n"], "properties": {"n": {"enum": ["a", "b"], "type": "string"}}}, {"n": "a"}),
        ([], {"properties": {"n": {"type": ["null", "number"], "required": True}}}, {"n": None}),
        (["n"], {"properties": {"n": {"type": "boolean"}}}, {"n": True}),
        ([], {"required": ["_timestamp", "n"], "properties": {"n": True}}, {"n": "example"}),
        ([], {"properties": [], "required": {}}, {"channel": "online", "volume": 3}),
    ],
)
def test_the_record_has_what_is_asked_for(auto_ids: list[str], schema: Any, record: dict[str, Any]) -> None:
    assert example_record(auto_ids, schema, NOW) == {"_timestamp": "2014-03-01T12:00:00Z", **record}


WHOLE = [
    ({}, 1),
    ({"minimum": 5}, 5),
    ({"minimum": 5.5}, 6),
    ({"maximum": -5.5}, -6),
    ({"minimum": 1, "exclusiveMinimum": True}, 2),
    ({"minimum": 1, "exclusiveMinimum": False}, 1),
    ({"minimum": 1.5, "exclusiveMinimum": True}, 2),
    ({"maximum": 1, "exclusiveMaximum": True}, 0),
    ({"minimum": -2.5, "maximum": -1, "exclusiveMaximum": True}, -2),
]
OF_NUMBERS = [
    ({}, 1.5),
    ({"minimum": 5.5}, 5.5),
    ({"maximum": 1}, 1),
    ({"minimum": 1e300}, 1e300),
    ({"minimum": 5.5, "exclusiveMinimum": True}, 6),
    ({"minimum": 1.5, "exclusiveMinimum": True, "maximum": 1.75}, 1.75),
    ({"maximum": 1.5, "exclusiveMaximum": True}, 1),
    ({"minimum": 0, "exclusiveMinimum": True, "maximum": 1, "exclusiveMaximum": True}, 0.5),
]


@pytest.mark.parametrize(
    ("rule", "number"),
    [
        *(({"type": "integer", **bounds}, number) for bounds, number in WHOLE),
        *(({"type": "number", **bounds}, number) for bounds, number in OF_NUMBERS),
    ],
)
def test_numbers_keep_within_what_the_schema_allows(rule: dict[str, Any], number: float) -> None:
    sample = example_record([], {"required": ["n"], "properties": {"n": rule}}, NOW)["n"]
    assert (sample, type(sample)) == (number, type(number))
    for validator in (Draft3Validator, Draft4Validator):
        assert validator(rule).is_valid(sample)


@pytest.mark.parametrize(
    "bounds",
    [
        {"minimum": 10, "maximum": 2},
        {"minimum": 1.25, "maximum": 1.75},
        {"minimum": 10**400, "maximum": -(10**400)},
        {"minimum": 10**400, "exclusiveMinimum": True, "maximum": 10**400 + 1, "exclusiveMaximum": True},
        {"minimum": 2, "exclusiveMinimum": True, "maximum": 2},
        {"minimum": 10**4300 - 1, "exclusiveMinimum": True},
        {"maximum": 1 - 10**4300, "exclusiveMaximum": True},
        {"minimum": "1", "maximum": None, "exclusiveMinimum": 3},
        {"minimum": True, "maximum": []},
        {"minimum": float("inf"), "maximum": float("-inf")},
        {"minimum": float("nan")},
    ],
    ids=range(11),
)
@pytest.mark.parametrize("kind", ["integer", "number"])
def test_bounds_that_no_number_keeps_break_nothing(kind: str, bounds: dict[str, Any]) -> None:
    rule = {"type": kind, **bounds}
    record = example_record([], {"required": ["n"], "properties": {"n": rule}}, NOW)
    assert type(record["n"]) in (int, float)
    json.dumps(record)
