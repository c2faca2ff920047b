"""One query asked of a real read app and of the oracle, and both answers compared whole."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.oracle.answers import answer
from tests.oracle.comparing import csv_difference, difference
from tests.oracle.corpus import MAX_RESULT_ROWS
from tests.oracle.question import Params
from tests.processes import Backdrop, Reply

GROUP = "oracle"
TOKEN = "oracle-bearer-token"
SETTINGS = {"MAX_RESULT_ROWS": str(MAX_RESULT_ROWS), "LOG_LEVEL": "WARNING"}

Record = dict[str, Any]


def data_set(name: str, config: Record) -> Record:
    return {"data_group": GROUP, "data_type": name, "bearer_token": TOKEN, **config}


def get(backdrop: Backdrop, name: str, params: Params) -> Reply:
    query = urlencode(params, quote_via=quote)
    # Both routes to a data set, now one and now the other.
    path = f"/data/{GROUP}/{name}" if len(query) % 2 else f"/{GROUP}_{name.replace('-', '_')}"
    return backdrop.read.call("GET", f"{path}?{query}")


def raw(backdrop: Backdrop, name: str) -> list[Record]:
    """All records of a data set that allows raw queries."""
    reply = get(backdrop, name, [("limit", "0")])
    assert reply.status == 200, reply.body[:2000]
    rows: list[Record] = reply.json()["data"]
    return rows


def without(records: Iterable[Record], *keys: str) -> list[Record]:
    return [{key: value for key, value in record.items() if key not in keys} for record in records]


def check_answers(
    backdrop: Backdrop, name: str, config: Record, records: list[Record], asked: list[Params]
) -> None:
    """Fail with the first ten queries whose answers are not the oracle's over `records`."""
    wrong = [
        f"?{urlencode(params, quote_via=quote)}\n      {params}\n      {found}"
        for params in asked
        if (found := _fault(backdrop, name, config, records, params))
    ]
    if wrong:
        shown = "\n  ".join(wrong[:10])
        pytest.fail(
            f"{len(wrong)} of {len(asked)} answers differ, the first of them:\n  {shown}", pytrace=False
        )


def _fault(
    backdrop: Backdrop, name: str, config: Record, records: list[Record], params: Params
) -> str | None:
    before = datetime.now(UTC)
    reply = get(backdrop, name, params)
    found = None
    # A period may end between the two clocks; either is right then.
    for now in (before, datetime.now(UTC)):
        expected = answer(records, params, {**config, "max_result_rows": MAX_RESULT_ROWS}, now)
        if expected.status == reply.status == 200 and ("format", "csv") in params:
            found = csv_difference(expected, reply.body.decode("utf-8"))
        else:
            found = difference(expected, reply.status, _parsed(reply))
        if found is None:
            break
    if found is None and reply.headers.get("Access-Control-Allow-Origin") != "*":
        return "no Access-Control-Allow-Origin"
    return found


def _parsed(reply: Reply) -> Any:
    try:
        return reply.json()
    except ValueError:
        return reply.body
