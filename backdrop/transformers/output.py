"""What is done to every record before it is posted, whatever function made it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backdrop.transformers.definition import Record
from backdrop.transformers.errors import Refused
from backdrop.transformers.ids import encode_id


def with_additional_fields(records: Sequence[Record], options: Mapping[str, Any]) -> list[Record]:
    """The records with the `additionalFields` of the options put under them, their own values winning, and ids
    that tell such records from those of the same transform with other fields."""
    fields = options.get("additionalFields")
    if fields is None:
        return list(records)
    if not isinstance(fields, Mapping):
        raise Refused("option additionalFields must be an object")
    named = "_".join(f"{key}:{_text(value)}" for key, value in fields.items())
    return [{**fields, **record, "_id": encode_id(str(record.get("_id") or ""), named)} for record in records]


def bodies(records: Sequence[Record], most_bytes: int) -> Iterator[bytes]:
    """The records as JSON lists of at most `most_bytes` each; one that is larger goes alone."""
    size, batch = 2, list[bytes]()
    for record in records:
        line = _json(record)
        if batch and size + len(line) + 1 > most_bytes:
            yield _list(batch)
            size, batch = 2, []
        batch.append(line)
        size += len(line) + 1
    if batch:
        yield _list(batch)


def _json(record: Record) -> bytes:
    try:
        return json.dumps(record, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise Refused(f"the function returned a record that is not JSON: {error}") from error


def _list(lines: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(lines) + b"]"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
