"""What functions read from rows: periods, numbers, texts, instants. Rows come in any order."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from datetime import datetime

from backdrop.core.instants import parse_instant
from backdrop.core.values import as_number
from backdrop.transformers.definition import Row
from backdrop.transformers.errors import Refused

Number = int | float
PeriodOfRow = tuple[str, str]
"""`_start_at` and `_end_at` as the row has them."""


def period_of(row: Row) -> PeriodOfRow:
    """Which period the row is about."""
    start, end = row.get("_start_at"), row.get("_end_at")
    if not isinstance(start, str) or not isinstance(end, str):
        raise Refused(
            "a row has no _start_at and _end_at: give the transform's query-parameters a period, or its input's"
            " records both keys"
        )
    return start, end


def by_period(rows: Iterable[Row]) -> dict[PeriodOfRow, list[Row]]:
    """The rows of each period, in time order."""
    found: dict[PeriodOfRow, list[Row]] = {}
    for row in rows:
        found.setdefault(period_of(row), []).append(row)
    return dict(sorted(found.items()))


def number(row: Row, field: str) -> Number | None:
    """The row's value as a sum sees it, a boolean as 1 or 0; None where it is null or not there."""
    value = row.get(field)
    if value is not None and not isinstance(value, int | float):
        raise Refused(
            f"'{field}' is not a number in every row; collect it with a method, as in collect=volume:sum, and use"
            " 'volume:sum'"
        )
    return as_number(value)


def text(row: Row, field: str) -> str | None:
    """The row's value as regular expressions see it, numbers and booleans as in JSON; None where it is null, not
    there, or not one value."""
    value = row.get(field)
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, bool | int | float) else None


def total(numbers: Iterable[Number]) -> Number | None:
    """Their sum, the same in any order, exact for integers; None of none."""
    known = list(numbers)
    fractions = [value for value in known if isinstance(value, float)]
    if not fractions:
        return sum(known) if known else None
    try:
        return sum(value for value in known if isinstance(value, int)) + math.fsum(fractions)
    except OverflowError as error:
        raise Refused("a sum is too large for a number") from error


def instant_of(row: Row) -> datetime:
    """When the row is of: its `_timestamp`, or where its period starts."""
    when = row.get("_timestamp") or row.get("_start_at")
    if not isinstance(when, str):
        raise Refused("a row has neither _timestamp nor _start_at")
    try:
        return parse_instant(when)
    except ValueError as error:
        raise Refused(f"a row's date makes no sense: {error}") from error


def newest(rows: Sequence[Row]) -> tuple[datetime, Row] | None:
    """The newest row and when it is of; one and the same of several newest, in whatever order they come."""
    if not rows:
        return None
    latest = max(instant_of(row) for row in rows)
    rivals = [row for row in rows if instant_of(row) == latest]
    return latest, max(rivals, key=lambda row: json.dumps(row, sort_keys=True))
