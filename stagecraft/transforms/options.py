"""Whether a transform's options fit the schema of its type."""

from typing import Any

from jsonschema import Draft4Validator
from jsonschema.validators import validator_for
from referencing import Registry

from stagecraft.api.errors import Fault

LONGEST = 300


def option_faults(options: Any, schema: dict[str, Any]) -> list[Fault]:
    """Everything that is wrong with the options, by their keys and in a fixed order; nothing if they fit."""
    validator: Any = validator_for(schema, default=Draft4Validator)
    checker = validator(schema, registry=Registry(), format_checker=validator.FORMAT_CHECKER)
    try:
        errors = list(checker.iter_errors(options))
    except (RecursionError, OverflowError):
        # by a regular expression: of a thousand brackets within each other, of a count past all bounds
        return [Fault(None, "hold something that is too deep or too large to be checked")]
    found = [Fault(".".join(map(str, error.path)) or None, error.message[:LONGEST]) for error in errors]
    return sorted(found, key=lambda fault: (fault.key or "", fault.message))
