"""Selections and sorts as filters and orders of MongoDB. Pure: nothing here asks a server.

Names of users become keys only when they are valid field names, which no operator is; values of users are only
ever operands of `$eq`, `$in`, `$gte` and `$lt`, where nothing in them is interpreted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

from bson import ObjectId

from backdrop.core.names import is_valid_field
from backdrop.core.query import Filter, PrefixFilter, Selection, Sort
from backdrop.core.records import LEAST_INT, MOST_INT
from backdrop.core.texts import after_prefix, is_unicode
from backdrop.core.values import Value
from backdrop.storage.mongo.documents import HIDDEN, ids_of

Condition: TypeAlias = dict[str, Any]
"""A filter of MongoDB's."""


def is_missing(field: str) -> bool:
    """Whether no record can have that key."""
    return field in HIDDEN or not is_valid_field(field)


def condition(selection: Selection) -> Condition | None:
    """The filter that keeps the records selected; None when no record can be."""
    conditions: list[Condition] = []
    if selection.start is not None or selection.end is not None:
        conditions.append({"_timestamp": _range(selection)})
    for wanted in selection.filters:
        if (one := _equals_one(wanted)) is None:
            return None
        conditions += one
    for begins in selection.prefixes:
        choices = [] if is_missing(begins.field) else _prefix_choices(begins)
        if not choices:
            return None
        conditions.append(choices[0] if len(choices) == 1 else {"$or": choices})
    if len(conditions) > 1:
        return {"$and": conditions}
    return conditions[0] if conditions else {}


def order(sort: Sort | None) -> list[tuple[str, int]]:
    """The order of `Storage.find`."""
    keys = {"_timestamp": 1, "_id": 1}
    if sort is not None and not is_missing(sort.key):
        keys = {sort.key: -1 if sort.descending else 1} | {k: 1 for k in keys if k != sort.key}
    return [("_id", keys["_id"])] if next(iter(keys)) == "_id" else list(keys.items())


def _range(selection: Selection) -> Condition:
    bounds: Condition = {}
    # A bound keeps dates only, so one of them is enough to leave out records without a time.
    if selection.start is not None:
        bounds["$gte"] = selection.start
    if selection.end is not None:
        bounds["$lte" if selection.inclusive else "$lt"] = selection.end
    return bounds


def _equals_one(wanted: Filter) -> list[Condition] | None:
    """The conditions, if any are needed; None when they can't be met."""
    if is_missing(wanted.field):
        return [] if None in wanted.values else None
    operands = [operand for value in wanted.values for operand in _operands(wanted.field, value)]
    if not operands:
        return None
    return [{wanted.field: {"$eq": operands[0]} if len(operands) == 1 else {"$in": operands}}]


def _operands(field: str, value: Value) -> Sequence[Any]:
    """What equals, in the server, exactly what the value equals."""
    if isinstance(value, str):
        if not is_unicode(value):
            return ()
        return ids_of(value) if field == "_id" else (value,)
    if isinstance(value, bool) or value is None or isinstance(value, datetime):
        return (value,)
    if isinstance(value, float):
        return () if math.isnan(value) else (value,)
    if LEAST_INT <= value <= MOST_INT:
        return (value,)
    try:
        # beyond 64 bits there are only floats
        return (float(value),) if float(value) == value else ()
    except OverflowError:
        return ()


def _prefix_choices(wanted: PrefixFilter) -> list[Condition]:
    choices: list[Condition] = []
    for prefix in filter(is_unicode, wanted.prefixes):
        # Strings are compared with strings only, so the last ones need no upper bound.
        upper = {} if (after := after_prefix(prefix)) is None else {"$lt": after}
        choices.append({wanted.field: {"$gte": prefix} | upper})
        if wanted.field == "_id" and re.fullmatch("[0-9a-f]{0,24}", prefix):
            first, last = ObjectId(prefix.ljust(24, "0")), ObjectId(prefix.ljust(24, "f"))
            choices.append({"_id": {"$gte": first, "$lte": last}})
    return choices
