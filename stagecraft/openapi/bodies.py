"""What bodies and answers look like: the `components.schemas` of the document."""

from collections.abc import Collection, Mapping
from typing import Any

from stagecraft.api.shapes import Rule
from stagecraft.datasets.fields import (
    DATA_GROUP,
    DATA_SET,
    DATA_SET_DEFAULTS,
    DATA_SET_IDENTITY,
    DATA_SET_NOTES,
    DATA_TYPE,
)
from stagecraft.datasets.tokens import PREVIOUS, UNTIL
from stagecraft.transforms.fields import END, ID, TRANSFORM, TRANSFORM_TYPE
from stagecraft.transforms.query_parameters import PARAMETERS, REPEATABLE

Schema = dict[str, Any]

ERROR: Schema = {
    "type": "object",
    "properties": {
        "status": {"const": "error"},
        "message": {"type": "string", "description": "All that is wrong, in a line."},
        "errors": {
            "type": "array",
            "description": "Each thing that is wrong, with the key or parameter it is about (null: the whole).",
            "items": {
                "type": "object",
                "properties": {"key": {"type": ["string", "null"]}, "message": {"type": "string"}},
                "required": ["key", "message"],
            },
        },
    },
    "required": ["status", "message", "errors"],
}
STATUS: Schema = {
    "type": "object",
    "properties": {"status": {"const": "ok"}, "message": {"type": "string"}},
    "required": ["status", "message"],
}
DASHBOARD: Schema = {
    "type": "object",
    "properties": {
        "id": ID.schema,
        "slug": {"type": "string"},
        "title": {"type": "string"},
        "published": {"type": "boolean"},
    },
    "required": ["id", "slug", "title", "published"],
}
DOCUMENT: Schema = {"type": "object", "properties": {"openapi": {"const": "3.1.0"}}, "required": ["openapi"]}
_ONE = {"type": ["string", "number", "boolean", "null"]}
QUERY_PARAMETERS: Schema = {
    "type": "object",
    "description": "What the read API is asked, with lists for what may be given several times. Null, or an empty "
    "list, is as good as left out. A run adds flatten=true and a range of its own: start_at, end_at, duration, "
    "inclusive, flatten and format change nothing, but have to be right.",
    "properties": {
        name: {"anyOf": [_ONE, {"type": "array", "items": _ONE}]} if name in REPEATABLE else _ONE
        for name in PARAMETERS
    },
    "additionalProperties": False,
}


def schemas() -> dict[str, Schema]:
    """All of them, by name."""
    return {
        "DataSet": _answer(DATA_SET, optional=(PREVIOUS, UNTIL)),
        "NewDataSet": _body(DATA_SET, required=DATA_SET_IDENTITY, defaults=DATA_SET_DEFAULTS),
        "ChangedDataSet": _body(DATA_SET, defaults=_without_tokens(DATA_SET_DEFAULTS)),
        "DataGroup": _answer(DATA_GROUP),
        "NewDataGroup": _body(DATA_GROUP, required=("name",), defaults={"description": ""}),
        "ChangedDataGroup": _body(DATA_GROUP, defaults={"description": ""}),
        "DataType": _answer(DATA_TYPE),
        "NewDataType": _body(DATA_TYPE, required=("name",), defaults={"description": "", "schema": None}),
        "ChangedDataType": _body(DATA_TYPE, defaults={"description": "", "schema": None}),
        "Transform": _transform(),
        "TransformBody": _transform_body(),
        "TransformType": _answer(TRANSFORM_TYPE),
        "NewTransformType": _body(TRANSFORM_TYPE, required=("name", "function"), defaults={"schema": {}}),
        "ChangedTransformType": _body(TRANSFORM_TYPE, required=("function",), defaults={"schema": {}}),
        "Dashboard": DASHBOARD,
        "Status": STATUS,
        "Document": DOCUMENT,
        "Page": {"type": "string"},
        "Error": ERROR,
    }


def _property(rule: Rule, note: str = "") -> Schema:
    words = f"{rule.words[:1].upper()}{rule.words[1:]}."
    return {**rule.schema, "description": f"{words} {note}".rstrip()}


def _properties(rules: Mapping[str, Rule]) -> dict[str, Schema]:
    notes = DATA_SET_NOTES if rules is DATA_SET else {}
    return {key: _property(rule, notes.get(key, "")) for key, rule in rules.items()}


def _answer(rules: Mapping[str, Rule], optional: Collection[str] = ()) -> Schema:
    return {
        "type": "object",
        "properties": _properties(rules),
        "required": [key for key in rules if key not in optional],
    }


def _body(
    rules: Mapping[str, Rule], *, required: Collection[str] = (), defaults: Mapping[str, object]
) -> Schema:
    properties = _properties(rules)
    for key, default in defaults.items():
        properties[key]["default"] = default
    return {
        "type": "object",
        "properties": properties,
        # an empty list is legal, but says nothing
        **({"required": list(required)} if required else {}),
        "additionalProperties": False,
    }


def _without_tokens(defaults: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in defaults.items() if not key.endswith("token")}


def _transform() -> Schema:
    properties = {
        "id": _property(ID),
        "type": {"$ref": "#/components/schemas/TransformType"},
        "input": END.schema,
        "query-parameters": QUERY_PARAMETERS,
        "options": {"type": "object", "description": "They fit the schema of the type."},
        "output": END.schema,
    }
    return {"type": "object", "properties": properties, "required": list(properties)}


def _transform_body() -> Schema:
    rules = {key: _property(rule) for key, rule in TRANSFORM.items()}
    ends = {
        side: {**END.schema, "description": f"{END.words[:1].upper()}{END.words[1:]}."} for side in _SIDES
    }
    properties = {
        **rules,
        **ends,
        "query-parameters": {**QUERY_PARAMETERS, "default": {}},
        "options": {**rules["options"], "default": {}},
    }
    return {
        "type": "object",
        "properties": properties,
        "required": ["input", "output"],
        "oneOf": [{"required": ["type"]}, {"required": ["type_id"]}],
        "additionalProperties": False,
    }


_SIDES = ("input", "output")
