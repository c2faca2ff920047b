"""JSON Schemas of records: the built-in one, and how a data type's own joins it."""

import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from jsonschema import Draft3Validator, Draft4Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT3, DRAFT4

DRAFT_3_URI = "http://json-schema.org/draft-03/schema"
DRAFT_4_URI = "http://json-schema.org/draft-04/schema"

BUILT_IN: Mapping[str, Any] = {
    "$schema": DRAFT_4_URI + "#",
    "title": "Record",
    "type": "object",
    "properties": {"_timestamp": {"type": "string", "format": "date-time"}},
    "required": ["_timestamp"],
}
# The same in the words of draft 3, for data types whose own schema is of that draft.
BUILT_IN_DRAFT_3: Mapping[str, Any] = {
    "$schema": DRAFT_3_URI + "#",
    "title": "Record",
    "type": "object",
    "properties": {"_timestamp": {"type": "string", "format": "date-time", "required": True}},
}
SAMPLE = {"_timestamp": "2014-04-01T00:00:00+00:00"}


def combined(own: Mapping[str, Any] | None) -> dict[str, Any]:
    """The schema that records must fit: the built-in one, and a data type's own if there is one.

    The own schema stays the root and the built-in one is added at the end of its `allOf`, so that
    references (`#/definitions/...`, `#/allOf/0`) go on meaning what they meant.
    """
    if not own:
        return dict(BUILT_IN)
    joiner, built_in = ("extends", BUILT_IN_DRAFT_3) if _is_draft_3(own) else ("allOf", BUILT_IN)
    root = dict(own)
    parts = root.get(joiner, [])
    parts = list(parts) if isinstance(parts, list) else [parts]
    if "$ref" in root:
        # Beside a reference everything else is ignored, the built-in schema too.
        parts.append({"$ref": root.pop("$ref")})
    root.setdefault("$schema", BUILT_IN["$schema"])
    return {**root, joiner: [*parts, built_in]}


def faults(schema: object) -> list[str]:
    """Why this can't be the schema of a data type, a transform type: nothing if it can.

    It must be a JSON Schema of draft 3 or 4 (draft 4 when it doesn't say) that stands alone: its
    references point into itself, so that checking a record never fetches anything.
    """
    if not isinstance(schema, dict):
        return ["must be a JSON Schema, an object"]
    named = str(schema.get("$schema", DRAFT_4_URI)).removesuffix("#")
    if named not in (DRAFT_3_URI, DRAFT_4_URI):
        return [f"must be a JSON Schema of draft 3 or 4, so its $schema {DRAFT_3_URI}# or {DRAFT_4_URI}#"]
    try:
        return (
            _form_faults(schema)
            or _expression_faults(schema)
            or _reference_faults(schema)
            or _loop_faults(schema)
        )
    except RecursionError:
        return ["is nested too deeply"]
    except OverflowError:
        return ["has a regular expression whose counts are past all bounds"]


def _is_draft_3(schema: Mapping[str, Any]) -> bool:
    return str(schema.get("$schema", "")).removesuffix("#") == DRAFT_3_URI


def _validator_class(schema: Mapping[str, Any]) -> Any:
    return Draft3Validator if _is_draft_3(schema) else Draft4Validator


def _form_faults(schema: dict[str, Any]) -> list[str]:
    validator = _validator_class(schema)
    try:
        validator.check_schema(schema, format_checker=validator.FORMAT_CHECKER)
    except SchemaError as error:
        where = "/".join(map(str, error.absolute_path))
        return [f"is not a valid JSON Schema{' at ' + where if where else ''}: {error.message}"]
    return []


def _expression_faults(schema: dict[str, Any]) -> list[str]:
    # The one place for regular expressions that a schema of schemas can't look into: keys.
    found = []
    for properties in _values_of("patternProperties", schema):
        for expression in properties if isinstance(properties, dict) else ():
            try:
                re.compile(expression)
            except (re.error, OverflowError) as error:
                found.append(f"has patternProperties with {expression!r}, no regular expression: {error}")
    return found


def _resolver(schema: dict[str, Any]) -> Any:
    specification = DRAFT3 if _is_draft_3(schema) else DRAFT4
    registry: Registry[Any] = Registry().with_resource("", specification.create_resource(schema))
    return registry.resolver()


def _reference_faults(schema: dict[str, Any]) -> list[str]:
    resolver = _resolver(schema)
    found = []
    for reference in _values_of("$ref", schema):
        if not isinstance(reference, str):
            continue  # a property of that name, not a reference
        if not reference.startswith("#"):
            found.append(f"refers to {reference}, outside of itself")
            continue
        try:
            resolver.lookup(reference)
        except Unresolvable:
            found.append(f"refers to {reference}, which it doesn't have")
    return found


def _loop_faults(schema: dict[str, Any]) -> list[str]:
    """Whether checking a value would come back to the same part of the schema with the same value."""
    resolver = _resolver(schema)
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for part in _objects(schema):
        sorter.add(id(part), *(id(other) for other in _applied_to_the_same(part, resolver)))
    try:
        sorter.prepare()
    except CycleError:
        return ["refers to itself in a loop that never ends"]
    return _sample_faults(schema)


def _sample_faults(schema: dict[str, Any]) -> list[str]:
    # An empty registry, or an unknown reference would be fetched.
    validator = _validator_class(schema)(schema, registry=Registry())
    try:
        validator.is_valid(SAMPLE)
    except RecursionError:
        return ["refers to itself in a loop that never ends"]
    except Unresolvable as error:
        return [f"refers to {error.ref}, which it doesn't have"]
    return []


def _applied_to_the_same(part: Mapping[str, Any], resolver: Any) -> Iterator[dict[str, Any]]:
    """The parts that a value goes on to when it comes to this one, itself and not what is in it."""
    found: list[Any] = [part.get("not"), part.get("extends")]
    for keyword in ("allOf", "anyOf", "oneOf", "extends", "type", "disallow"):
        found += values if isinstance(values := part.get(keyword), list) else []
    if isinstance(dependencies := part.get("dependencies"), dict):
        found += dependencies.values()
    if isinstance(reference := part.get("$ref"), str):
        found.append(resolver.lookup(reference).contents)
    yield from (each for each in found if isinstance(each, dict))


def _objects(part: object) -> Iterator[dict[str, Any]]:
    """Every object, at any depth."""
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from _objects(value)
    elif isinstance(part, list):
        for value in part:
            yield from _objects(value)


def _values_of(key: str, schema: object) -> Iterator[Any]:
    """Every value under that key, at any depth."""
    return (part[key] for part in _objects(schema) if key in part)
