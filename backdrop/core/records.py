"""Records: from what a sender wrote to what is stored, with every fault of every record."""

from __future__ import annotations

import json
import math
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from backdrop.core.data_set import DataSet
from backdrop.core.faults import FaultList
from backdrop.core.instants import parse_instant, render_instant
from backdrop.core.names import ADDED_FIELDS, DATE_FIELDS, RESERVED_FIELDS, is_internal_field, is_valid_field
from backdrop.core.quoting import shown
from backdrop.core.schema import Schema, schema_of
from backdrop.core.texts import is_unicode
from backdrop.core.values import Value

Record: TypeAlias = dict[str, Value]
"""A record ready to be stored: its reserved dates are aware UTC datetimes, `_id` and `_updated_at` are there."""

LEAST_INT, MOST_INT = -(2**63), 2**63 - 1
_WHITE_SPACE = re.compile(r"\s")


def prepare(
    items: Sequence[object], data_set: DataSet, now: datetime, new_id: Callable[[int], str]
) -> list[Record]:
    """The records to store for what was posted (JSON values, as `json` parses them), in the same order; of
    several with one `_id` only the last. `new_id` makes the ids that neither sender nor config give, from a
    record's place among the items.

    Raises InvalidRecords with the faults of all of them, InvalidConfig for a schema that can't be used.
    """
    faults = FaultList()
    reader = _Reader(data_set, faults)
    prepared: dict[str, Record] = {}
    for index, item in enumerate(items):
        record = reader.read(index, item)
        if record is not None:
            record_id = record.get("_id") or new_id(index)
            record["_id"], record["_updated_at"] = record_id, now
            prepared[str(record_id)] = record
    faults.raise_if_any(len(items))
    return list(prepared.values())


def merge(
    stored: Mapping[str, Value], changes: Mapping[str, object], data_set: DataSet, now: datetime
) -> Record:
    """The stored record with the changes put over it, checked as a whole. Raises as `prepare` does."""
    record_id = str(stored["_id"])
    if changes.get("_id", record_id) != record_id:
        faults = FaultList()
        faults.add(0, "_id", "_id can't be changed: leave it out, or delete the record and post a new one")
        faults.raise_if_any(1)
    posted = {
        key: render_instant(value) if isinstance(value, datetime) else value
        for key, value in stored.items()
        if key not in ADDED_FIELDS
    }
    (record,) = prepare([{**posted, **changes}], data_set, now, lambda _: record_id)
    return record


class _Reader:
    """Reads the records of one request; what it learns of keys and dates serves the records that follow."""

    def __init__(self, data_set: DataSet, faults: FaultList) -> None:
        self._auto_ids = data_set.auto_ids
        self._schema: Schema | None = schema_of(data_set)
        self._faults = faults
        self._plain: set[str] = set()
        self._instants: dict[str, datetime] = {}

    def read(self, index: int, item: object) -> Record | None:
        """The record, with an `_id` if one was given or follows from its values; None when it has a fault."""
        if not isinstance(item, dict):
            self._faults.add(index, None, f"a record must be a JSON object, not {_kind(item)}")
            return None
        record, faulty = self._fields(index, item)
        for key, message in self._schema.faults(record) if self._schema else ():
            if key is None or key not in faulty:
                self._faults.add(index, key, message)
                faulty.add(key or "")
        if self._auto_ids:
            self._identify(index, item, record, faulty)
        return None if faulty else record

    def _fields(self, index: int, item: Mapping[str, Any]) -> tuple[Record, set[str]]:
        """What of the item can be stored, and the keys that have a fault."""
        record: Record = {}
        faulty: set[str] = set()
        plain = self._plain
        for key, value in item.items():
            kind = type(value)
            # what nearly every field of a large request is, without a call
            if key in plain and (
                (kind is str and value.isascii())
                or (kind is int and LEAST_INT <= value <= MOST_INT)
                or (kind is float and math.isfinite(value))
            ):
                record[key] = value
            elif (fault := self._take(record, key, value)) is not None:
                self._faults.add(index, key, fault)
                faulty.add(key)
        return record, faulty

    def _take(self, record: Record, key: str, value: Any) -> str | None:
        """Puts the value into the record, or says what is wrong with it."""
        if key not in self._plain:
            if key in ADDED_FIELDS:
                return None
            if key in RESERVED_FIELDS:
                return self._take_reserved(record, key, value)
            if (fault := _key_fault(key)) is not None:
                return fault
            self._plain.add(key)
        if (fault := _value_fault(key, value)) is None:
            record[key] = value
        return fault

    def _take_reserved(self, record: Record, key: str, value: Any) -> str | None:
        if key not in DATE_FIELDS:
            if (fault := _id_fault(value)) is None:
                record[key] = value
            return fault
        if not isinstance(value, str):
            return f"{key} must be an ISO 8601 date like 2013-01-01T00:00:00Z, not {_kind(value)}"
        instant = self._instants.get(value)
        if instant is None:
            try:
                instant = self._instants[value] = parse_instant(value)
            except ValueError as error:
                return f"{key}: {error}"
        record[key] = instant
        return None

    def _identify(self, index: int, item: Mapping[str, object], record: Record, faulty: set[str]) -> None:
        texts = {key: _text(item.get(key)) for key in self._auto_ids if key not in faulty}
        missing = [key for key, text in texts.items() if text is None]
        if missing or (texts and not any(texts.values()) and len(self._auto_ids) == 1):
            names = ", ".join(missing or texts)
            self._faults.add(index, None, f"The following required id fields are missing: {names}")
            faulty.add("_id")
        elif not faulty and "_id" not in record:
            joined = ".".join(text or "" for text in texts.values())
            record["_id"] = b64encode(joined.encode()).decode()


def _key_fault(key: str) -> str | None:
    if is_internal_field(key):
        return f"{shown(key)} is not a recognised internal field"
    if not is_valid_field(key):
        return (
            f"'{shown(key)}' is not a valid key: use at least two characters, letters, digits and _,"
            " the first of them no digit"
        )
    return None


def _value_fault(key: str, value: object) -> str | None:
    kind = type(value)
    if kind is str:
        assert isinstance(value, str)
        return None if is_unicode(value) else f"{key} holds half of a surrogate pair, which is no character"
    if kind is int:
        assert isinstance(value, int)
        return None if LEAST_INT <= value <= MOST_INT else f"{key} is an integer that does not fit in 64 bits"
    if kind is float:
        assert isinstance(value, float)
        return None if math.isfinite(value) else f"{key} is a number that is too large to be stored"
    if value is None or kind is bool:
        return None
    return f"{key} must be a string, number, boolean or null, not {_kind(value)}"


def _id_fault(value: object) -> str | None:
    if not isinstance(value, str):
        return f"_id must be a string, not {_kind(value)}"
    if not value:
        return "_id must not be empty; leave it out to have one made"
    if _WHITE_SPACE.search(value):
        return "_id must not contain white space"
    return None if is_unicode(value) else "_id holds half of a surrogate pair, which is no character"


def _text(value: object) -> str | None:
    """The value as part of an id, None where it can't be one."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, int | float) else None


def _kind(value: object) -> str:
    """What JSON calls it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "an object" if isinstance(value, dict) else "a list"
