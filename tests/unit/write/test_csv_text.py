"""CSV, with quoted cells told from others."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.values import Scalar
from backdrop.write import csv_text
from backdrop.write.json_text import MOST_KEYS, NotParseable


def parse_csv(text: str) -> list[dict[str, Scalar]]:
    return list(csv_text.parse_csv(text))


def cell(text: str) -> Any:
    ((value,),) = [row.values() for row in parse_csv(f"name\n{text}\n")]
    return value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-1", -1),
        ("0", 0),
        ("1.50", 1.5),
        ("-1e3", -1000.0),
        ("9223372036854775807", 2**63 - 1),
        ("true", True),
        ("FALSE", False),
        ('"12"', "12"),
        ('"true"', "true"),
        ('""', ""),
        ("007", "007"),
        ("+5", "+5"),
        ("1.", "1."),
        (".5", ".5"),
        ("1_000", "1_000"),
        ("٣", "٣"),
        ("NaN", "NaN"),
        ("-", "-"),
        ("Tru", "Tru"),
        ("fAlSe", False),
        ("falsehood", "falsehood"),
        (" 5", " 5"),
        ("text", "text"),
        ('"a, ""b""\r\nc"', 'a, "b"\r\nc'),
    ],
)
def test_a_cell_means(text: str, value: object) -> None:
    assert cell(text) == value
    assert type(cell(text)) is type(value)


@pytest.mark.parametrize("digits", [20, 30, 5000])
def test_a_huge_number_stays_too_large_for_64_bits(digits: int) -> None:
    assert cell("9" * digits) >= 2**63


def test_an_empty_cell_is_null() -> None:
    assert parse_csv("aa,bb,cc\n,,\n1,,") == [
        {"aa": None, "bb": None, "cc": None},
        {"aa": 1, "bb": None, "cc": None},
    ]


def test_reserved_columns_stay_text() -> None:
    assert parse_csv("_id,_timestamp,nn\n7,2013,7\n") == [{"_id": "7", "_timestamp": "2013", "nn": 7}]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_blank_lines(end: str) -> None:
    text = end.join(["", "aa,bb", "", "1,2", '"x",y', "", ""])
    assert parse_csv(text) == [{"aa": 1, "bb": 2}, {"aa": "x", "bb": "y"}]
    assert parse_csv(text.rstrip()) == parse_csv(text)


@pytest.mark.parametrize("text", ["", "\n\n", "aa,bb", "aa,bb\n"])
def test_no_rows_are_no_records(text: str) -> None:
    assert parse_csv(text) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("aa,bb\n1,2\n3\n", "line 3 has 1 cells where the header has 2"),
        ('aa,bb\n"x\ny",2\n1,2,3\n', "line 4 has 3 cells where the header has 2"),
        ("aa,bb,aa\n", "line 1 names the column 'aa' twice"),
        ('aa\nfive " of pipe\n', 'line 2 has a " inside a cell'),
        ('aa\n\n"never\nends', "line 3 begins a quoted cell that never ends"),
        ('aa\n"x\n" y\n', "line 3 has text after the closing quote"),
    ],
)
def test_what_is_not_csv_is_refused_with_the_line(text: str, message: str) -> None:
    with pytest.raises(NotParseable) as raised:
        parse_csv(text)
    assert message in str(raised.value)


@pytest.mark.parametrize("quote", ["", '"'])
def test_so_many_columns_a_table_may_have(quote: str) -> None:
    def line(cells: int) -> str:
        return ",".join(f"{quote}k{i}{quote}" for i in range(cells)) + "\n"

    (record,) = parse_csv(line(MOST_KEYS) * 2)
    assert len(record) == MOST_KEYS
    for text in (line(MOST_KEYS + 1), line(2) + line(MOST_KEYS + 1)):
        with pytest.raises(NotParseable, match=r"line [12] has more than 10000 cells"):
            parse_csv(text)


cells = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
rows = st.lists(st.lists(cells, min_size=2, max_size=2), max_size=6)


@given(rows)
def test_what_a_csv_writer_quotes_is_read_as_text(written: list[list[str]]) -> None:
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["aa", "bb"], *written])
    assert [list(row.values()) for row in parse_csv(file.getvalue())] == written


@given(st.text(st.sampled_from('",\r\n1a'), max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        records = parse_csv(text)
    except NotParseable:
        return
    assert len({tuple(record) for record in records}) <= 1
