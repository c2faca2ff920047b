from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from backdrop.read.formats import as_csv, as_json

JANUARY = {"_start_at": datetime(2013, 1, 1, tzinfo=UTC), "_end_at": datetime(2013, 2, 1, tzinfo=UTC)}


def test_dates_are_written_in_utc_with_their_offset() -> None:
    body = json.loads(as_json([{**JANUARY, "_count": 2}], published=True))
    assert body == {
        "data": [
            {"_start_at": "2013-01-01T00:00:00+00:00", "_end_at": "2013-02-01T00:00:00+00:00", "_count": 2}
        ]
    }


def test_an_integer_of_any_size_is_exact() -> None:
    row = {"volume:sum": 2**70, "when": JANUARY["_start_at"], "who": "Zoë"}
    answered = json.loads(as_json([row], published=True))["data"][0]
    assert answered == {"volume:sum": 2**70, "when": "2013-01-01T00:00:00+00:00", "who": "Zoë"}


def test_unpublished_data_comes_with_a_warning() -> None:
    assert "unpublished" in json.loads(as_json([], published=False))["warning"]


def test_csv_has_all_keys_sorted_and_quotes_text_only() -> None:
    rows = [
        {"volume": 1.5, "name": 'Smith "J"', "paid": True},
        {"volume": None, "name": "12", "area": ["a", 1, False]},
    ]
    assert (
        as_csv(rows, nested=False)
        == b'area,name,paid,volume\r\n,"Smith ""J""",true,1.5\r\n"a, 1, false","12",,\r\n'
    )


def test_nested_rows_are_flattened_first() -> None:
    row = {"channel": "web", "_count": 2, "_group_count": 1, "values": [{**JANUARY, "_count": 2}]}
    assert list(csv.DictReader(io.StringIO(as_csv([row], nested=True).decode()))) == [
        {
            "_start_at": "2013-01-01T00:00:00+00:00",
            "_end_at": "2013-02-01T00:00:00+00:00",
            "channel": "web",
            "_count": "2",
        }
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_a_spreadsheet_would_run_is_made_harmless(text: str) -> None:
    (_, (cell,)) = csv.reader(io.StringIO(as_csv([{"name": text}], nested=False).decode(), newline=""))
    assert cell == f"'{text}"


def test_negative_numbers_are_left_alone() -> None:
    assert as_csv([{"volume": -12}], nested=False) == b"volume\r\n-12\r\n"


def test_a_record_may_have_a_key_called_values() -> None:
    assert as_csv([{"values": 3}], nested=False) == b"values\r\n3\r\n"


def test_no_rows_are_no_lines() -> None:
    assert as_csv([], nested=False) == as_csv([], nested=True) == b""
