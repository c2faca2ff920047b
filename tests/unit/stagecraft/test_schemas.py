"""What a record must look like: the built-in schema, and a data type's own on top."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft3Validator, Draft4Validator

from stagecraft.datasets.schemas import BUILT_IN, DRAFT_3_URI, combined, faults

GOOD = {"_timestamp": "2014-04-01T00:00:00+00:00"}
COUNTED = {
    "definitions": {"count": {"type": "integer"}},
    "properties": {"count": {"$ref": "#/definitions/count"}},
    "required": ["count"],
}
DRAFT_3 = {"$schema": DRAFT_3_URI + "#", "properties": {"count": {"type": "integer", "required": True}}}
ALL_REFERENCE = {"$ref": "#/definitions/record", "definitions": {"record": {"required": ["count"]}}}
WITH_PARTS = {
    "properties": {"count": {"$ref": "#/allOf/0/properties/total"}},
    "allOf": [{"properties": {"total": {"type": "integer"}}}],
    "required": ["count"],
}


def fits(record: dict[str, Any], own: dict[str, Any] | None) -> bool:
    schema = combined(own)
    validator = Draft3Validator if schema["$schema"].startswith(DRAFT_3_URI) else Draft4Validator
    validator.check_schema(schema)
    return validator(schema, format_checker=validator.FORMAT_CHECKER).is_valid(record)


@pytest.mark.parametrize("own", [None, {}])
def test_the_built_in_schema_alone(own: dict[str, Any] | None) -> None:
    assert combined(own) == BUILT_IN
    assert fits(GOOD, own)
    assert not fits({}, own)
    assert not fits({"_timestamp": "yesterday"}, own)
    assert not fits({"_timestamp": 3}, own)


@pytest.mark.parametrize("own", [COUNTED, DRAFT_3, ALL_REFERENCE, WITH_PARTS])
def test_an_own_schema_adds_to_it(own: dict[str, Any]) -> None:
    assert faults(own) == []
    assert fits({**GOOD, "count": 3}, own)
    assert not fits(GOOD, own), "the own schema asks for a count"
    assert not fits({"count": 3}, own), "the built-in one asks for a time"


@pytest.mark.parametrize("own", [COUNTED, DRAFT_3, WITH_PARTS])
def test_references_go_on_meaning_what_they_meant(own: dict[str, Any]) -> None:
    assert not fits({**GOOD, "count": "three"}, own)


def test_combining_changes_nothing_in_place() -> None:
    before = repr(WITH_PARTS)
    combined(WITH_PARTS)
    assert repr(WITH_PARTS) == before


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(depth):
        schema = {"not": schema}
    return schema


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ([], "an object"),
        ("", "an object"),
        ({"type": 3}, "at type"),
        ({"required": []}, "at required"),
        ({"pattern": "("}, "at pattern"),
        ({"patternProperties": {"(": {}}}, "'('"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "draft 3 or 4"),
        ({"properties": {"a": {"$ref": "http://localhost:1/a"}}}, "outside of itself"),
        ({"properties": {"a": {"$ref": "#/nowhere"}}}, "#/nowhere"),
        ({"$ref": "#"}, "loop"),
        ({"properties": {"a": {"$ref": "#/properties/a"}}}, "loop"),
        ({"properties": {"a": {"allOf": [{"not": {"$ref": "#/properties/a"}}]}}}, "loop"),
        ({"definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}}, "loop"),
        ({"dependencies": {"a": {"$ref": "#"}}}, "loop"),
        ({"$schema": DRAFT_3_URI, "properties": {"a": {"extends": {"$ref": "#/properties/a"}}}}, "loop"),
        ({"pattern": "a{99999999999999999999}"}, "past all bounds"),
        ({"patternProperties": {"a{99999999999999999999}": {}}}, "past all bounds|no regular expression"),
        (nested(5000), "too deeply"),
    ],
)
def test_what_is_no_schema_for_us(schema: object, says: str) -> None:
    (fault,) = faults(schema)
    assert any(part in fault for part in says.split("|"))


def test_a_schema_that_goes_down_into_itself_ends_somewhere() -> None:
    assert faults({"properties": {"child": {"$ref": "#"}, "others": {"items": {"$ref": "#"}}}}) == []
