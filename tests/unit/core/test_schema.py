"""Data sets' own schemas."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft3Validator, Draft4Validator

from backdrop.core.data_set import DataSet
from backdrop.core.errors import InvalidConfig, InvalidRecords
from backdrop.core.instants import render_instant
from backdrop.core.records import prepare
from backdrop.core.schema import schema_of

NOW = datetime(2014, 5, 1, 12, tzinfo=UTC)
DRAFT_3 = "http://json-schema.org/draft-03/schema#"
DRAFT_4 = "http://json-schema.org/draft-04/schema#"
BUILT_IN = {
    "$schema": DRAFT_4,
    "properties": {"_timestamp": {"type": "string", "format": "date-time"}},
    "required": ["_timestamp"],
}


def messages(item: dict[str, Any], schema: dict[str, Any]) -> list[tuple[str | None, str]]:
    """The faults of one record as keys and messages."""
    try:
        prepare([item], DataSet("g_t", "g", "t", schema=schema), NOW, lambda _: "x")
    except InvalidRecords as error:
        return [(f.key, f.message) for f in error.faults]
    return []


@pytest.mark.parametrize("timestamp", ["2013-01-01", "2013-01-01T00:00:00", "2013-01-01 00:00:00+0100"])
def test_a_date_without_offset_is_a_date_time(timestamp: str) -> None:
    assert messages({"_timestamp": timestamp}, BUILT_IN) == []


def test_a_missing_property_is_named_in_both_drafts() -> None:
    draft_3 = {"$schema": DRAFT_3, "properties": {"vol'ume": {"required": True}, "lot": {"required": True}}}
    assert messages({"aa": 1}, BUILT_IN) == [("_timestamp", "'_timestamp' is a required property")]
    assert messages({"lot": 1}, draft_3) == [("vol'ume", '"vol\'ume" is a required property')]
    assert messages({"lot": 1}, {"properties": {"bb": {"required": True}}}) == [
        ("bb", "'bb' is a required property")
    ]


def test_a_wrong_value_is_named_by_its_key() -> None:
    schema = {"properties": {"volume": {"type": "number", "minimum": 0}, "lot": {"enum": ["IaaS", "PaaS"]}}}
    assert messages({"volume": 1, "lot": "IaaS"}, schema) == []
    assert messages({"volume": "x", "lot": "XaaS"}, schema) == [
        ("volume", "volume: 'x' is not of type 'number'"),
        ("lot", "lot: 'XaaS' is not one of ['IaaS', 'PaaS']"),
    ]
    assert messages({"volume": -1}, schema) == [("volume", "volume: -1 is less than the minimum of 0")]


@pytest.mark.parametrize(
    ("draft", "name", "good", "bad"),
    [
        (DRAFT_3, "date", "2013-01-31", "2013-02-31"),
        (DRAFT_3, "time", "12:00:00", "noon"),
        (DRAFT_3, "date-time", "2013-01-01T00:00:00Z", "2013-01-01"),
        (DRAFT_3, "color", "red", "reddish"),
        (DRAFT_3, "ip-address", "10.0.0.1", "10.0.0"),
        (DRAFT_3, "ipv6", "::1", "10.0.0.1"),
        (DRAFT_3, "host-name", "example.org", "-example"),
        (DRAFT_3, "email", "a@b", "ab"),
        (DRAFT_3, "uri", "https://example.org/x?y", "no uri"),
        (DRAFT_3, "regex", "a+", "("),
        (DRAFT_4, "ipv4", "10.0.0.1", "10.0.0"),
        (DRAFT_4, "ipv6", "::1", "10.0.0.1"),
        (DRAFT_4, "hostname", "example.org", "-example"),
        (DRAFT_4, "email", "a@b", "ab"),
        (DRAFT_4, "uri", "https://example.org/x?y", "no uri"),
        (DRAFT_4, "date-time", "2013-01-01T00:00:00Z", "2013-01-01"),
        (DRAFT_4, "regex", "a+", "a{99999999999}"),
        (DRAFT_4, "regex", "a+", "("),
        (DRAFT_4, "date", "2013-01-31", "2013-02-31"),
        (DRAFT_3, "ipv4", "10.0.0.1", "10.0.0"),
    ],
)
def test_formats_are_checked(draft: str, name: str, good: str, bad: str) -> None:
    schema = {"$schema": draft, "properties": {"value": {"type": "string", "format": name}}}
    assert messages({"value": good}, schema) == []
    assert [key for key, _ in messages({"value": bad}, schema)] == ["value"]


@pytest.mark.parametrize(
    ("draft", "name"),
    [(DRAFT_3, "duration"), (DRAFT_4, "duration"), (DRAFT_4, "json-pointer")],
)
def test_a_format_that_neither_draft_has_says_nothing(draft: str, name: str) -> None:
    schema = {"$schema": draft, "properties": {"value": {"type": "string", "format": name}}}
    assert messages({"value": "anything"}, schema) == []


def test_one_key_has_one_fault() -> None:
    schema = {
        **BUILT_IN,
        "properties": {"aa": {"type": "number", "enum": [1]}},
        "additionalProperties": False,
    }
    assert messages({"_timestamp": "never", "aa": "x"}, schema) == [
        ("_timestamp", "_timestamp: 'never' is not an ISO 8601 date like 2013-01-01T00:00:00Z"),
        ("aa", "aa: 'x' is not of type 'number'"),
    ]


def test_what_backdrop_adds_is_not_what_the_schema_is_about() -> None:
    schema = {"properties": {"aa": {}}, "additionalProperties": False}
    assert messages({"aa": 1, "_updated_at": "2013-01-01T00:00:00Z"}, schema) == []
    assert [key for key, _ in messages({"aa": 1, "bb": 2}, schema)] == [None]


def test_local_references_are_followed() -> None:
    schema = {
        "definitions": {"count": {"type": "integer"}},
        "properties": {"volume": {"$ref": "#/definitions/count"}},
    }
    assert messages({"volume": 1}, schema) == []
    assert messages({"volume": 1.5}, schema) == [("volume", "volume: 1.5 is not of type 'integer'")]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nonsense"},
        {"properties": []},
        {"properties": {"aa": {"pattern": "("}}},
        {"patternProperties": {"(": {}}},
        {"properties": {"aa": {"$ref": "#/definitions/nowhere"}}},
        {"properties": {"aa": {"$ref": "http://127.0.0.1:9/remote.json"}}},
        {"$ref": "https://example.org/schema.json"},
        {"properties": {"aa": {"$ref": "#/properties/aa"}}},
        {"$ref": "#"},
        {"$schema": "http://json-schema.org/draft-07/schema#"},
        {"$schema": 4},
        {"$schema": DRAFT_4, "properties": {"aa": {"required": True}}},
    ],
)
def test_a_schema_that_cannot_be_used_is_the_operators_fault(schema: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfig, match="the schema of data set 'g_t' can't be used"):
        prepare([{"aa": "x"}], DataSet("g_t", "g", "t", schema=schema), NOW, lambda _: "x")


def test_an_unchanged_schema_is_compiled_once() -> None:
    one, other = (schema_of(DataSet("g_t", "g", "t", schema=dict(BUILT_IN))) for _ in range(2))
    assert one is other
    assert schema_of(DataSet("g_t", "g", "t")) is None


instants = st.datetimes(timezones=st.just(UTC))
scalars = (
    st.sampled_from([None, True, False, 0, 1, 1.0, -1, 1.5, 2**63 - 1, "", "a", "ab", "abc", "2013-01-01"])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
)
records = st.fixed_dictionaries(
    {}, optional={"_timestamp": instants, "aa": scalars, "bb": scalars, "_id": st.text()}
)
type_names = ["string", "number", "integer", "boolean", "null"]
types = st.sampled_from(type_names) | st.lists(
    st.sampled_from(type_names), min_size=1, max_size=3, unique=True
)
field_schemas = st.fixed_dictionaries(
    {},
    optional={
        "type": types,
        "enum": st.lists(st.sampled_from(["a", 1, 1.5, None]), min_size=1, unique=True),
        "minimum": st.integers(-2, 2),
        "maxLength": st.integers(0, 3),
        "format": st.sampled_from(["date", "date-time", "email", "unknown"]),
        "description": st.just("about it"),
    },
)
properties = st.fixed_dictionaries(
    {}, optional={"_timestamp": field_schemas, "aa": field_schemas, "cc": field_schemas}
)
required = st.lists(st.sampled_from(["_timestamp", "aa", "bb"]), min_size=1, unique=True)
draft_4_schemas = st.fixed_dictionaries(
    {"$schema": st.just(DRAFT_4)},
    optional={
        "properties": properties,
        "required": required,
        "additionalProperties": st.booleans(),
        "minProperties": st.integers(0, 3),
    },
)
draft_3_schemas = st.fixed_dictionaries(
    {"$schema": st.just(DRAFT_3)},
    optional={
        "properties": st.dictionaries(
            st.sampled_from(["_timestamp", "aa", "cc"]),
            st.builds(lambda schema, must: {**schema, "required": must}, field_schemas, st.booleans()),
        ),
        "additionalProperties": st.booleans(),
    },
)


@given(draft_4_schemas | draft_3_schemas, st.lists(records, max_size=4))
def test_the_quick_way_says_what_jsonschema_says(schema: dict[str, Any], some: list[dict[str, Any]]) -> None:
    compiled = schema_of(DataSet("g_t", "g", "t", schema=schema))
    assert compiled is not None
    draft = Draft3Validator if schema["$schema"] == DRAFT_3 else Draft4Validator
    oracle = draft(schema, format_checker=compiled.validator.format_checker)
    for record in some:
        plain = {k: render_instant(v) if isinstance(v, datetime) else v for k, v in record.items()}
        assert (not list(compiled.faults(record))) == oracle.is_valid(plain)
        if compiled.flat is not None and compiled.flat.accepts(record):
            assert oracle.is_valid(plain)
