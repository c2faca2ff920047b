"""Tables of JSON cells, and whether an answer is what a feature says.

A cell is JSON; an empty one means that the row does not have the key. In what is expected, `"{date}"`,
`"{whole number}"` and `"{text}"` stand for any of their kind.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from behave.model import Table

Row = dict[str, Any]

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")

_KINDS: dict[str, Callable[[Any], bool]] = {
    "{date}": lambda found: isinstance(found, str) and _DATE.fullmatch(found) is not None,
    "{whole number}": lambda found: isinstance(found, int) and not isinstance(found, bool),
    "{text}": lambda found: isinstance(found, str) and found != "",
}


def records_of(table: Table, words: Callable[[str], str] = str) -> list[Row]:
    """The rows of a table as records; `words` is put to each cell first."""
    return [
        {key: _cell(words(cell)) for key, cell in zip(table.headings, row.cells, strict=True) if cell}
        for row in table.rows
    ]


def without(rows: Iterable[Row], *keys: str) -> list[Row]:
    """The rows without some of their keys."""
    return [{key: value for key, value in row.items() if key not in keys} for row in rows]


def assert_same(expected: object, found: object) -> None:
    """Whether the two are the same JSON: keys in any order, numbers by value, true never 1."""
    assert same(expected, found), _difference(expected, found)


def same(expected: object, found: object) -> bool:
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(same(expected[key], found[key]) for key in expected)
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(same, expected, found))
    if isinstance(expected, str) and expected in _KINDS:
        return _KINDS[expected](found)
    if _is_number(expected) and _is_number(found):
        return _same_number(expected, found)
    return type(expected) is type(found) and expected == found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same_number(expected: Any, found: Any) -> bool:
    if isinstance(expected, int) and isinstance(found, int):
        return expected == found
    # the last digits of a sum of fractions depend on the order of adding
    return math.isclose(expected, found, rel_tol=1e-12)


def _cell(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise AssertionError(f"the cell {text} of the feature's table is not JSON") from error


def _difference(expected: object, found: object) -> str:
    lines = difflib.unified_diff(_lines(expected), _lines(found), "expected", "found", lineterm="", n=99)
    return "the answer differs:\n" + "\n".join(lines)


def _lines(value: object) -> Sequence[str]:
    if isinstance(value, list):
        return [json.dumps(row, sort_keys=True, ensure_ascii=False) for row in value]
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False).splitlines()


def flattened(nested: Sequence[Row]) -> list[Row]:
    """The rows within the groups of a nested answer, each with the keys of its group, in order of time and group."""
    rows = [
        (row["_start_at"], number, {**_only_of_group(group, row), **row})
        for number, group in enumerate(nested)
        for row in group["values"]
    ]
    return [row for _, _, row in sorted(rows, key=lambda found: found[:2])]


def _only_of_group(group: Row, row: Row) -> Row:
    return {key: value for key, value in group.items() if key not in {*row, "values", "_group_count"}}
