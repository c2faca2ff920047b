"""Whether a transform's options fit the schema of its type."""

from typing import Any

from jsonschema import Draft4Validator
from jsonschema.validators import validator_for
from referencing import Registry


def option_faults(options: Any, schema: dict[str, Any]) -> list[str]:
    """Everything that is wrong with the options, in a fixed order; nothing if they fit."""
    validator: Any = validator_for(schema, default=Draft4Validator)
    checker = validator(schema, registry=Registry(), format_checker=validator.FORMAT_CHECKER)
    errors = sorted(checker.iter_errors(options), key=lambda error: ([*map(str, error.path)], error.message))
    return [
        f"{'/'.join(map(str, error.path))}: {error.message}" if error.path else error.message
        for error in errors
    ]
