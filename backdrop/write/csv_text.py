"""CSV as RFC 4180 has it. The standard library's reader does not tell quoted cells from others; here it counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from backdrop.core.names import RESERVED_FIELDS
from backdrop.core.quoting import shown
from backdrop.core.values import Scalar
from backdrop.write.json_text import MOST_KEYS, NotParseable

_UNQUOTED_LINE = re.compile(r'(?P<cells>[^"\r\n]*)(?P<end>\r\n|\n|\r|\Z)')
_CELL = re.compile(r'(?:"(?P<quoted>[^"]*(?:""[^"]*)*)"|(?P<plain>[^",\r\n]*))(?P<end>,|\r\n|\n|\r|\Z)')
_QUOTED_CELL = re.compile(r'"[^"]*(?:""[^"]*)*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<fraction>(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)")
_WORDS = {"true": True, "false": False}
_ENOUGH_DIGITS = 25


class _Row(NamedTuple):
    """`quoted` has the positions of the cells that were."""

    line: int
    cells: list[str]
    quoted: frozenset[int] = frozenset()


def parse_csv(text: str) -> Iterator[dict[str, Scalar]]:
    """The rows below the header as objects.

    Cells that are JSON numbers, `true` and `false` in any case, and empty ones become numbers, booleans and
    null, unless they are quoted or in the column of a reserved key. Blank lines are skipped. Raises
    NotParseable, which names the line.
    """
    rows = _rows(text)
    header = next(rows, None)
    if header is None:
        return
    _check_names(header)
    for row in rows:
        if len(row.cells) != len(header.cells):
            cells, names = len(row.cells), len(header.cells)
            raise NotParseable(f"line {row.line} has {cells} cells where the header has {names}")
        yield {
            name: text if position in row.quoted else _value(name, text)
            for position, (name, text) in enumerate(zip(header.cells, row.cells, strict=True))
        }


def _rows(text: str) -> Iterator[_Row]:
    at, line = 0, 1
    while at < len(text):
        unquoted = _UNQUOTED_LINE.match(text, at)
        if unquoted is None:
            row, at = _row_with_quotes(text, at, line)
            line += 1 + sum(row.cells[position].count("\n") for position in row.quoted)
            yield row
            continue
        if cells := unquoted["cells"]:
            _check_size(line, cells.count(",") + 1)
            yield _Row(line, cells.split(","))
        line += 1
        at = unquoted.end()


def _row_with_quotes(text: str, at: int, line: int) -> tuple[_Row, int]:
    """The row that begins there, and where the next one does."""
    cells: list[str] = []
    positions = set[int]()
    end = ","
    while end == ",":
        match = _CELL.match(text, at)
        if match is None:
            newlines = sum(cells[position].count("\n") for position in positions)
            raise NotParseable(_trouble(text, at, line + newlines))
        quoted, plain, end = match.groups()
        if quoted is not None:
            positions.add(len(cells))
        _check_size(line, len(cells) + 1)
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        at = match.end()
    return _Row(line, cells, frozenset(positions)), at


def _check_size(line: int, cells: int) -> None:
    if cells > MOST_KEYS:
        raise NotParseable(f"line {line} has more than {MOST_KEYS} cells; a table may have so many columns")


def _trouble(text: str, at: int, line: int) -> str:
    if text[at] != '"':
        return f'line {line} has a " inside a cell; put that cell into quotes, and double the ones in it'
    closed = _QUOTED_CELL.match(text, at)
    if closed is None:
        return f"line {line} begins a quoted cell that never ends"
    line += text.count("\n", at, closed.end())
    return f"line {line} has text after the closing quote of a cell"


def _check_names(header: _Row) -> None:
    seen: set[str] = set()
    for name in header.cells:
        if name in seen:
            raise NotParseable(f"line {header.line} names the column '{shown(name)}' twice")
        seen.add(name)


def _value(name: str, text: str) -> Scalar:
    if not text:
        return None
    if name in RESERVED_FIELDS:
        return text
    # a body has millions of cells, and their first character tells most of them
    if text[0] not in "-0123456789":
        return _WORDS.get(text.lower(), text) if text[0] in "tTfF" else text
    # Python refuses to read thousands of digits; fewer of them don't fit in 64 bits either
    if text[0] not in "-0" and text.isascii() and text.isdigit():
        return int(text[:_ENOUGH_DIGITS])
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    return float(text) if number["fraction"] else int(text[:_ENOUGH_DIGITS])
