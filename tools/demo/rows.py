"""The rows of the G-Cloud sales file as records for Backdrop: pure, no I/O."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

Record = dict[str, str | int | float]

_TIME, _AMOUNT = "Return Month", "EvidencedSpend"
_TEXTS = {
    "LotDescription": "lot_description",
    "Sector": "sector",
    "SME or Large": "sme_or_large",
    "SupplierName": "supplier_name",
    "CustomerName": "customer_name",
}
_COLUMNS = {_TIME, _AMOUNT, *_TEXTS}
_DECIMAL = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


class BadFile(Exception):
    """The file is not what we take it for; the text says where and why."""


def records(data: bytes) -> list[Record]:
    """One record for each row of the file, in time order, with the same `_id`s each time.

    Raises BadFile for the first row that makes no sense.
    """
    seen: Counter[str] = Counter()
    made = []
    for line, row in _rows(_text(data)):
        try:
            record = _record(row)
        except ValueError as error:
            raise BadFile(f"line {line}: {error}") from error
        digest = _digest(row)
        seen[digest] += 1
        made.append({"_id": f"{str(record['_timestamp'])[:7]}-{digest}-{seen[digest]}", **record})
    return sorted(made, key=lambda record: str(record["_timestamp"]))


def _text(data: bytes) -> str:
    """Spreadsheets write Windows-1252; text that is valid UTF-8 is hardly ever anything else."""
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8-sig")
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise BadFile(f"byte {error.start + 1} is neither UTF-8 nor Windows-1252") from error


def _rows(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        missing = sorted(_COLUMNS.difference(header))
        if missing:
            raise BadFile(f"the first line lacks the columns {', '.join(missing)}")
        for cells in reader:
            if len(cells) != len(header):
                raise BadFile(f"line {reader.line_num}: {len(cells)} cells, but {len(header)} columns")
            yield (
                reader.line_num,
                {name: cell.strip() for name, cell in zip(header, cells, strict=True) if name in _COLUMNS},
            )
    except csv.Error as error:
        raise BadFile(f"line {reader.line_num}: {error}") from error


def _record(row: Mapping[str, str]) -> Record:
    return {
        "_timestamp": _month(row[_TIME]).isoformat(),
        **{key: row[column] for column, key in _TEXTS.items()},
        "evidenced_spend": _number(row[_AMOUNT]),
    }


def _month(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"{_TIME} is '{text}', not a date as 31/12/2012") from None


def _number(text: str) -> int | float:
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"{_AMOUNT} is '{text}', not a number as -1234.56")
    exact = Decimal(text)
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def _digest(row: Mapping[str, str]) -> str:
    cells = "\0".join(row[name] for name in sorted(_COLUMNS))
    return hashlib.blake2b(cells.encode(), digest_size=8).hexdigest()
