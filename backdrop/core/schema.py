"""A data set's own JSON Schema: which of its records fit, and why the others don't.

jsonschema takes up to 0.2 ms a record, so a flat schema (and few data sets have another) is first asked
field by field, each distinct value once; jsonschema itself sees only what that could not accept.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from jsonschema import Draft3Validator, Draft4Validator, FormatChecker
from jsonschema.exceptions import SchemaError, UnknownType, ValidationError
from jsonschema.protocols import Validator
from referencing import Registry
from referencing.exceptions import Unresolvable

from backdrop.core.data_set import DataSet
from backdrop.core.errors import InvalidConfig
from backdrop.core.instants import render_instant
from backdrop.core.names import DATE_FIELDS
from backdrop.core.quoting import shown
from backdrop.core.values import Value

_DRAFTS = {"http://json-schema.org/draft-03/schema": Draft3Validator} | {
    "http://json-schema.org/draft-04/schema": Draft4Validator
}
_ANNOTATIONS = frozenset({"$schema", "id", "title", "description", "default", "definitions"})
_FLAT = _ANNOTATIONS | {"type", "required", "properties", "additionalProperties"}
_INSTANT = ({"type": "string", "format": "date-time"}, {"format": "date-time"}, {"type": "string"})
_PYTHON_TYPES: dict[str, frozenset[type]] = {
    "string": frozenset({str}),
    "number": frozenset({int, float}),
    "integer": frozenset({int}),
    "boolean": frozenset({bool}),
    "null": frozenset({type(None)}),
}
_MISSING = re.compile(r"(?P<name>['\"].*['\"]) is a required property", re.DOTALL)
_UNUSABLE = (Unresolvable, UnknownType, re.error, RecursionError, OverflowError)
_VERDICTS_KEPT = 4096
_LONGEST_KEPT = 100

Fits = Callable[[Value], bool]


@dataclass(frozen=True, slots=True)
class Schema:
    """A compiled schema; made by `schema_of`."""

    data_set: str
    validator: Validator
    flat: FlatSchema | None

    def faults(self, record: Mapping[str, Value]) -> Iterable[tuple[str | None, str]]:
        """What is wrong with a record, as keys and messages. Its reserved dates are instants.

        Raises InvalidConfig when the schema can't be applied, such as for a `$ref` that leads nowhere.
        """
        if self.flat is not None and self.flat.accepts(record):
            return ()
        try:
            errors = list(self.validator.iter_errors(_as_json(record)))
        except _UNUSABLE as error:
            raise _useless(self.data_set, error) from error
        return [(_key(error), _message(error)) for error in errors]


@dataclass(frozen=True, slots=True)
class FlatSchema:
    """What a schema says of single fields. `verdicts` remembers which values of which fields fit."""

    validator: Validator
    required: frozenset[str]
    closed: bool
    fits: Mapping[str, Fits]
    verdicts: dict[tuple[str, type, Value], bool] = field(default_factory=dict)

    def accepts(self, record: Mapping[str, Value]) -> bool:
        """Whether the record surely fits. False may mean only that nobody could be sure."""
        if not self.required <= record.keys() or (self.closed and not record.keys() <= self.fits.keys()):
            return False
        return all(key not in self.fits or self.fits[key](value) for key, value in record.items())

    def by_jsonschema(self, key: str, schema: Mapping[str, Any]) -> Fits:
        """Asks jsonschema, once for each value."""
        validator = self.validator.evolve(schema=schema)

        def fits(value: Value) -> bool:
            if isinstance(value, str) and len(value) > _LONGEST_KEPT:
                return _is_valid(validator, value)
            kept = (key, type(value), value)
            if (verdict := self.verdicts.get(kept)) is None:
                if len(self.verdicts) >= _VERDICTS_KEPT:
                    self.verdicts.clear()
                verdict = self.verdicts[kept] = _is_valid(validator, value)
            return verdict

        return fits


def schema_of(data_set: DataSet) -> Schema | None:
    """The data set's schema, compiled once for as long as it is in use; None when it has none.

    Raises InvalidConfig when it is no JSON Schema of draft 3 or 4.
    """
    if not data_set.schema:
        return None
    return _compiled(data_set.name, json.dumps(data_set.schema))


@lru_cache(maxsize=256)
def _compiled(data_set: str, text: str) -> Schema:
    schema = json.loads(text)
    try:
        draft = _draft(schema)
        draft.check_schema(schema)
    except (SchemaError, *_UNUSABLE) as error:
        raise _useless(data_set, error) from error
    # An empty registry: a $ref to another place must not be fetched from there.
    validator = draft(schema, registry=Registry(), format_checker=_formats(draft))
    return Schema(data_set, validator, _flat(validator, schema))


def _draft(schema: Mapping[str, Any]) -> type[Validator]:
    named = schema.get("$schema")
    if named is not None:
        if not isinstance(named, str) or named.rstrip("#") not in _DRAFTS:
            raise SchemaError(f"its $schema is {named!r}, which is neither draft 3 nor draft 4")
        return _DRAFTS[named.rstrip("#")]
    try:
        Draft4Validator.check_schema(schema)
    except SchemaError:
        # `required: true` is how draft 3 says it, and many schemas don't say which they are
        Draft3Validator.check_schema(schema)
        return Draft3Validator
    return Draft4Validator


def _formats(draft: type[Validator]) -> FormatChecker:
    """The formats of both drafts, for few schemas say which they are; of another name anything is right."""
    checker = FormatChecker()
    both = Draft3Validator.FORMAT_CHECKER.checkers | Draft4Validator.FORMAT_CHECKER.checkers
    own = both | draft.FORMAT_CHECKER.checkers
    # Some checks trip over what senders write, such as a huge repetition where a regular expression is due.
    checker.checkers = {name: (check, (Exception,)) for name, (check, _) in own.items()}
    return checker


def _flat(validator: Validator, schema: Mapping[str, Any]) -> FlatSchema | None:
    closed = schema.get("additionalProperties", True)
    if not schema.keys() <= _FLAT or schema.get("type", "object") != "object" or not isinstance(closed, bool):
        return None
    properties = schema.get("properties", {})
    required = schema.get("required", ())
    names = frozenset(required if isinstance(required, list) else ())
    if isinstance(validator, Draft3Validator):
        names = frozenset(name for name, about in properties.items() if about.get("required") is True)
    fits: dict[str, Fits] = {}
    flat = FlatSchema(validator, names, not closed, fits)
    for name, about in properties.items():
        fits[name] = _fit(flat, name, about)
    return flat


def _fit(flat: FlatSchema, name: str, schema: Mapping[str, Any]) -> Fits:
    said = {key: value for key, value in schema.items() if key not in _ANNOTATIONS and key != "required"}
    if not said or (name in DATE_FIELDS and said in _INSTANT):
        return lambda value: True  # an instant renders as a date-time
    kinds = said.get("type")
    names: list[Any] = kinds if isinstance(kinds, list) else [kinds]
    if said.keys() == {"type"} and all(isinstance(n, str) and n in _PYTHON_TYPES for n in names):
        types = frozenset[type]().union(*(_PYTHON_TYPES[n] for n in names))
        if "string" in names:
            types |= {datetime}
        return lambda value: type(value) in types
    return flat.by_jsonschema(name, said)


def _is_valid(validator: Validator, value: Value) -> bool:
    try:
        return validator.is_valid(render_instant(value) if isinstance(value, datetime) else value)
    except _UNUSABLE:
        return False  # it is met again, and reported, when jsonschema sees the whole record


def _as_json(record: Mapping[str, Value]) -> dict[str, Any]:
    return {k: render_instant(v) if isinstance(v, datetime) else v for k, v in record.items()}


def _key(error: ValidationError) -> str | None:
    if error.validator == "required" and (missing := _MISSING.fullmatch(error.message)):
        return str(ast.literal_eval(missing["name"]))
    return str(error.absolute_path[0]) if error.absolute_path else None


def _message(error: ValidationError) -> str:
    key = _key(error)
    # jsonschema names the missing property itself
    return error.message if key is None or error.validator == "required" else f"{key}: {error.message}"


def _useless(data_set: str, error: Exception) -> InvalidConfig:
    what = error.message if isinstance(error, SchemaError) else f"{type(error).__name__}: {error}"
    return InvalidConfig(f"the schema of data set '{data_set}' can't be used: {shown(what, 300)}")
