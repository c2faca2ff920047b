"""The demo's rows as records, on the real file and on small bad ones."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from tools.demo.load import FILE
from tools.demo.rows import BadFile, Record, records

HEADER = "LotDescription,Return Month,EvidencedSpend,Sector,SME or Large,,SupplierName,CustomerName\n"
ROW = "Software as a Service (SaaS),01/10/2012,429.60,Health,SME,,ONYX GROUP,House of Commons\n"


@pytest.fixture(scope="module")
def sales() -> list[Record]:
    return records(FILE.read_bytes())


def converted(text: str) -> list[Record]:
    return records((HEADER + text).encode())


def spent(sales: list[Record], **wanted: str) -> Decimal:
    chosen = (row for row in sales if all(row[key] == value for key, value in wanted.items()))
    return sum((Decimal(repr(row["evidenced_spend"])) for row in chosen), Decimal())


def test_a_row_becomes_a_record() -> None:
    (record,) = converted(ROW)
    assert record.pop("_id").startswith("2012-10-")
    assert record == {
        "_timestamp": "2012-10-01T00:00:00+00:00",
        "lot_description": "Software as a Service (SaaS)",
        "evidenced_spend": 429.6,
        "sector": "Health",
        "sme_or_large": "SME",
        "supplier_name": "ONYX GROUP",
        "customer_name": "House of Commons",
    }


@pytest.mark.parametrize(
    ("written", "number"),
    [("540", 540), ("540.00", 540), ("-12", -12), ("0", 0), ("-0.5", -0.5), ("9.9999", 9.9999)],
)
def test_whole_amounts_are_integers(written: str, number: float) -> None:
    (record,) = converted(ROW.replace("429.60", written))
    assert (record["evidenced_spend"], type(record["evidenced_spend"])) == (number, type(number))


def test_every_row_of_the_file_is_kept_with_an_id_of_its_own(sales: list[Record]) -> None:
    assert len(sales) == 9227
    assert len({record["_id"] for record in sales}) == 9227
    contents = Counter(tuple(value for key, value in record.items() if key != "_id") for record in sales)
    assert 9227 - len(contents) == 1052
    assert {len(record) for record in sales} == {8}


def test_the_sums_are_those_of_the_file(sales: list[Record]) -> None:
    assert spent(sales) == Decimal("154635951.7974")
    assert spent(sales, sme_or_large="SME") == Decimal("92427830.1467")
    assert spent(sales, _timestamp="2014-03-01T00:00:00+00:00") == Decimal("26299349.6184")


def test_refunds_are_negative(sales: list[Record]) -> None:
    refunds = [record["evidenced_spend"] for record in sales if float(record["evidenced_spend"]) < 0]
    assert len(refunds) == 149


def test_days_come_before_months(sales: list[Record]) -> None:
    months = {str(record["_timestamp"]) for record in sales}
    assert (len(months), min(months), max(months)) == (
        24,
        "2012-04-01T00:00:00+00:00",
        "2014-03-01T00:00:00+00:00",
    )


def test_ids_are_the_same_each_time(sales: list[Record]) -> None:
    assert records(FILE.read_bytes()) == sales


def test_ids_do_not_depend_on_the_order_of_the_rows(sales: list[Record]) -> None:
    header, *rows = FILE.read_bytes().splitlines(keepends=True)
    turned = records(header + b"".join(reversed(rows)))
    assert {str(record["_id"]): record for record in turned} == {
        str(record["_id"]): record for record in sales
    }


def test_windows_1252_and_utf_8_are_told_apart(sales: list[Record]) -> None:
    for encoding in ("cp1252", "utf-8", "utf-8-sig"):
        (record,) = records((HEADER + ROW.replace("ONYX GROUP", "Café Müller: 5 €")).encode(encoding))
        assert record["supplier_name"] == "Café Müller: 5 €"
    assert Counter(record["customer_name"] for record in sales)["Information Commissioner\u2019s Office"] == 7


def test_white_space_around_names_goes() -> None:
    (record,) = converted(ROW.replace("House of Commons", " House of Commons "))
    assert record["customer_name"] == "House of Commons"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "lacks the columns CustomerName, EvidencedSpend"),
        (b"a,b\n1,2\n", "lacks the columns"),
        ((HEADER + ROW + ROW.replace("429.60", "1,200")).encode(), "line 3: 9 cells, but 8 columns"),
        ((HEADER + ROW.replace("429.60", "£5")).encode(), "line 2: EvidencedSpend is '£5'"),
        ((HEADER + ROW.replace("429.60", "NaN")).encode(), "line 2: EvidencedSpend is 'NaN'"),
        ((HEADER + ROW.replace("429.60", "")).encode(), "line 2: EvidencedSpend is ''"),
        ((HEADER + ROW.replace("01/10/2012", "10/13/2012")).encode(), "line 2: Return Month is '10/13/2012'"),
        ((HEADER + ROW.replace("ONYX", '"ONYX')).encode(), "line 2: unexpected end of data"),
        (b"\x81\xff", "byte 1 is neither"),
    ],
)
def test_a_bad_file_is_named_with_its_place(data: bytes, complaint: str) -> None:
    with pytest.raises(BadFile, match=complaint.replace("£", ".")):
        records(data)
