"""Whether an answer that came over HTTP is the oracle's answer."""

from __future__ import annotations

import csv
import io
import math
import re
from typing import Any

from tests.oracle.answers import Answer
from tests.oracle.question import Fault

TOLERANCE = 1e-9


def difference(expected: Answer, status: int, body: Any) -> str | None:
    """What differs, in words, or None. `body` is the parsed JSON body."""
    if status != expected.status:
        return f"status {status} instead of {expected.status}: {_short(body)}"
    if status == 200:
        return value_difference(expected.body, body)
    return _error_difference(expected.faults, body)


def csv_difference(expected: Answer, text: str) -> str | None:
    """Compares header, number of rows, counts and dates; how cells are guarded is not the oracle's business."""
    rows = expected.body["data"]
    if not rows:
        return None
    found = list(csv.DictReader(io.StringIO(text)))
    header = sorted({key for row in rows for key in row})
    if next(csv.reader(io.StringIO(text))) != header:
        return f"header {_short(text)} instead of {header}"
    if len(found) != len(rows):
        return f"{len(found)} rows instead of {len(rows)}"
    for index, (row, cells) in enumerate(zip(rows, found, strict=True)):
        for key in ("_count", "_start_at", "_end_at", "_timestamp"):
            wanted = "" if row.get(key) is None else str(row[key])
            if key in header and cells[key] != wanted:
                return f"row {index}, {key}: {cells[key]!r} instead of {wanted!r}"
    return None


def value_difference(expected: Any, actual: Any, where: str = "body") -> str | None:
    """Types are exact (true is not 1), order too; floats to one in a thousand million, integers exactly."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        if expected.keys() != actual.keys():
            return f"{where} has keys {sorted(actual)} instead of {sorted(expected)}"
        pairs = [(f"{where}[{key!r}]", expected[key], actual[key]) for key in expected]
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            return f"{where} has {len(actual)} elements instead of {len(expected)}: {_short(actual)}"
        pairs = [
            (f"{where}[{index}]", *pair) for index, pair in enumerate(zip(expected, actual, strict=True))
        ]
    else:
        same = _same_scalar(expected, actual)
        return None if same else f"{where} is {_short(actual)} instead of {_short(expected)}"
    return next(filter(None, (value_difference(wanted, got, place) for place, wanted, got in pairs)), None)


def _same_scalar(expected: Any, actual: Any) -> bool:
    if _is_number(expected) and _is_number(actual):
        if isinstance(expected, int):
            return bool(expected == actual)
        return math.isclose(expected, actual, rel_tol=TOLERANCE)
    return type(expected) is type(actual) and bool(expected == actual)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _error_difference(faults: tuple[Fault, ...], body: Any) -> str | None:
    if (
        not isinstance(body, dict)
        or body.get("status") != "error"
        or not isinstance(body.get("message"), str)
    ):
        return f"not an error body: {_short(body)}"
    if set(body) != {"status", "message"}:
        return f"an error body with keys {sorted(body)}"
    message = body["message"]
    if any(_explains(message, fault) for fault in faults):
        return None
    wanted = [fault.exactly or sorted(fault.names) for fault in faults]
    return f"message {message!r} names none of {wanted}"


def _explains(message: str, fault: Fault) -> bool:
    if fault.exactly is not None:
        return message == fault.exactly
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", message) for name in fault.names)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 300 else text[:300] + "..."
