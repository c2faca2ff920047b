"""What the values of transforms and their types must be: tables for the API, its document and the models."""

from collections.abc import Mapping

from stagecraft.api.shapes import OBJECT, Rule
from stagecraft.datasets.fields import PART

UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
TYPE_NAME = "^[a-z][a-z0-9_-]*$"
FUNCTION = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)+$"

ID = Rule({"type": "string", "pattern": UUID}, "must be a UUID in small letters, with its hyphens")
TYPE_RULE = Rule(
    {"type": "string", "pattern": TYPE_NAME, "maxLength": 100},
    "must begin with a small letter and go on with small letters, digits, '_' and '-', at most 100 in all",
)
END = Rule(
    {
        "type": "object",
        "properties": {"data-group": PART.schema, "data-type": PART.schema},
        "required": ["data-type"],
        "additionalProperties": False,
    },
    "must be an object with a data-type and, unless it means every group, a data-group",
)
END_PARTS: Mapping[str, Rule] = {"data-group": PART, "data-type": PART}

TRANSFORM: Mapping[str, Rule] = {
    "id": ID,
    "type": Rule(
        {"type": ["string", "object"]},
        "must be a transform type: its id or name, or an object with one of them as 'id' or 'name'",
    ),
    "type_id": ID,
    "input": OBJECT,
    "query-parameters": OBJECT,
    "options": OBJECT,
    "output": OBJECT,
}
TRANSFORM_TYPE: Mapping[str, Rule] = {
    "id": ID,
    "name": TYPE_RULE,
    "function": Rule(
        {"type": "string", "pattern": FUNCTION, "maxLength": 255},
        "must be a dotted name, as package.module.function, at most 255 characters",
    ),
    "schema": Rule({"type": "object"}, "must be a JSON Schema of draft 3 or 4, an object"),
}
