"""Rows to the bytes of an answer: JSON or CSV."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backdrop.core.instants import render_instant
from backdrop.core.present import Cell, Row, flatten
from backdrop.web.answers import to_json

UNPUBLISHED = "Warning: This data-set is unpublished. Data may be subject to change or be inaccurate."

_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")


def as_json(rows: Sequence[Row], *, published: bool) -> bytes:
    """`{"data": [...]}`, with a warning when the data set is not published."""
    body: dict[str, object] = {"data": rows}
    return to_json(body if published else body | {"warning": UNPUBLISHED})


def as_csv(rows: Sequence[Row], *, nested: bool) -> bytes:
    """The rows, flattened if they are nested, under a header of all their keys, sorted; RFC 4180, UTF-8.

    Text is quoted, so that it is still text when it is posted back, and made harmless where a spreadsheet
    would run it: https://owasp.org/www-community/attacks/CSV_Injection
    """
    flat = flatten(rows) if nested else rows
    header = sorted({key for row in flat for key in row})
    lines = [header, *([_cell(row.get(key)) for key in header] for row in flat)]
    return "".join(",".join(line) + "\r\n" for line in lines if line).encode()


def _cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return repr(cell)
    return _quoted(_text(cell))


def _text(cell: object) -> str:
    if isinstance(cell, list):
        return ", ".join(_text(value) for value in cell)
    if isinstance(cell, datetime):
        return render_instant(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell)


def _quoted(text: str) -> str:
    harmless = f"'{text}" if text.startswith(_RUN_BY_SPREADSHEETS) else text
    return '"' + harmless.replace('"', '""') + '"'
