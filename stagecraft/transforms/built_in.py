"""The five transform types that Backdrop's worker brings, with the JSON Schemas of their options."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

NAMESPACE = UUID("0b1e2c52-6f0e-4a0c-9d0e-5f5f1f0f6c11")

TEXT = {"type": "string", "minLength": 1}
EXPRESSION = {"type": "string", "format": "regex"}
# Fields put under every record of the output; any transform takes them.
ADDITIONAL_FIELDS = {
    "type": "object",
    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
}


@dataclass(frozen=True, slots=True)
class BuiltInType:
    """A transform type as it is stored. The id follows from the name, so it is the same everywhere."""

    name: str
    schema: dict[str, Any]

    @property
    def id(self) -> UUID:
        return uuid5(NAMESPACE, self.name)

    @property
    def function(self) -> str:
        return f"backdrop.transformers.tasks.{self.name}.compute"


def _options(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "type": "object",
        "properties": {**required, **(optional or {}), "additionalFields": ADDITIONAL_FIELDS},
        # Draft 4 refuses an empty list of required keys.
        **({"required": list(required)} if required else {}),
        "additionalProperties": False,
    }


BUILT_IN_TYPES = (
    BuiltInType(
        "rate",
        _options(
            {
                "matchingAttribute": TEXT,
                "valueAttribute": TEXT,
                "numeratorMatcher": EXPRESSION,
                "denominatorMatcher": EXPRESSION,
            }
        ),
    ),
    BuiltInType("user_satisfaction", _options({})),
    BuiltInType("latest_dataset_value", _options({})),
    BuiltInType("latest_transaction_explorer_values", _options({})),
    BuiltInType(
        "mapping",
        _options(
            {
                "mapping-keys": {"type": "array", "items": TEXT, "minItems": 1},
                "mappings": {
                    "type": "object",
                    "additionalProperties": {"type": "array", "items": EXPRESSION, "minItems": 1},
                },
                "mapped-attribute": TEXT,
                "value-attribute": TEXT,
            },
            {"other-mapping": TEXT},
        ),
    ),
)


def is_built_in(identifier: UUID) -> bool:
    """Whether a transform type is one of these: they come with the worker, and stay as they are."""
    return any(identifier == built_in.id for built_in in BUILT_IN_TYPES)
