"""Records to documents of MongoDB and back.

A document is the record as it is, with `_day_start_at`, the midnight before its `_timestamp`, beside it: what
folds by days, weeks, months, quarters and years group by. Collections of the first Backdrop have six such
dates; none of them is ever shown.

Documents that Backdrop has not written may hold any BSON type. What a record can't hold is shown as what comes
nearest: ObjectIds as their 24 hexadecimal digits, decimals as whole or floating numbers, objects and lists as
their JSON text, everything else as text. An instant under a key of users' stays an instant.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from bson import ObjectId
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.decimal128 import Decimal128
from bson.int64 import Int64

from backdrop.core.instants import render_instant
from backdrop.core.names import INSTANT_FIELDS
from backdrop.core.periods import Period
from backdrop.core.records import LEAST_INT, MOST_INT
from backdrop.core.values import Value

Document: TypeAlias = dict[str, Any]
"""A record as it is stored, or as it comes from the driver."""

DAY = f"_{Period.DAY.value}_start_at"
"""The stored day of a record's `_timestamp`."""

HIDDEN = tuple(f"_{period.value}_start_at" for period in Period)
"""Keys of documents that are no part of the record."""

CODEC: CodecOptions[Document] = CodecOptions(
    tz_aware=True,
    tzinfo=UTC,
    # Instants outside the years 1 to 9999 and broken UTF-8 can only come from others; they must not hide the rest.
    datetime_conversion=DatetimeConversion.DATETIME_CLAMP,
    unicode_decode_error_handler="replace",
)
"""How documents are to be read, for `record_of` too."""

FAST_CODEC: CodecOptions[Document] = CODEC.with_options(tz_aware=False, tzinfo=None)
"""For many documents that only `record_of` gets to see: without time zones the driver takes half the time."""

_HEX_ID = re.compile(r"[0-9a-f]{24}")
_AS_THEY_ARE = frozenset({str, int, float, bool, type(None)})
_DATES = tuple(INSTANT_FIELDS)


def document_of(record: Mapping[str, Value]) -> Document:
    """What is stored for the record: its dates are aware UTC datetimes of whole milliseconds."""
    document = dict(record)
    timestamp = document.get("_timestamp")
    if isinstance(timestamp, datetime):
        document[DAY] = timestamp.replace(hour=0, minute=0, second=0, microsecond=0)
    return document


def record_of(document: Document) -> dict[str, Value]:
    """The record in a document as either codec reads it. The document is used up: it becomes the record."""
    take = document.pop
    for key in HIDDEN:
        take(key, None)
    dates = {key: take(key) for key in _DATES if key in document}
    if not _AS_THEY_ARE.issuperset(map(type, document.values())):
        document = {key: value_of(value) for key, value in document.items()}
    for key, date in dates.items():
        document[key] = date.replace(tzinfo=UTC) if type(date) is datetime else value_of(date)
    return document


def value_of(value: Any) -> Value:
    """What a record shows for a value of a document; see the top of this module."""
    if type(value) in _AS_THEY_ARE:
        return value  # type: ignore[no-any-return]  # what is in that set is a Value
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    if isinstance(value, Int64):
        return int(value)
    if isinstance(value, Decimal128):
        return _number_of(value.to_decimal())
    if isinstance(value, dict | list):
        return json.dumps(value, default=_as_text, ensure_ascii=False)
    return str(value)


def ids_of(record_id: str) -> list[str | ObjectId]:
    """The `_id`s that documents of that record may have: the text, and the ObjectId that shows as it."""
    if _HEX_ID.fullmatch(record_id):
        return [record_id, ObjectId(record_id)]
    return [record_id]


def _number_of(decimal: Decimal) -> int | float:
    if decimal.is_finite() and decimal == decimal.to_integral_value() and LEAST_INT <= decimal <= MOST_INT:
        return int(decimal)
    return float(decimal) if not decimal.is_snan() else math.nan


def _as_text(value: object) -> str:
    return render_instant(value.replace(tzinfo=UTC)) if isinstance(value, datetime) else str(value)
