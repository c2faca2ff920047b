"""Which data sets were not written for longer than they should be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from backdrop.core.data_set import DataSet
from backdrop.core.instants import render_instant


def report(
    data_sets: Iterable[DataSet], last_writes: Mapping[str, datetime], now: datetime
) -> dict[str, Any]:
    """The answer of `GET /_status/data-sets`; data sets without records, and those that may be
    of any age, are fresh."""
    stale = [
        {
            "name": data_set.name,
            "seconds-out-of-date": late,
            "last-updated": render_instant(last_writes[data_set.name]),
            "max-age-expected": data_set.max_age_expected,
        }
        for data_set in data_sets
        if data_set.name in last_writes
        and (late := data_set.seconds_out_of_date(last_writes[data_set.name], now)) is not None
    ]
    if not stale:
        return {"status": "ok", "data_sets": None, "message": "All data_sets are in date"}
    message = "1 data-set is out of date" if len(stale) == 1 else f"{len(stale)} data-sets are out of date"
    return {"status": "not okay", "data_sets": stale, "message": message}


def report_of_one(data_set: DataSet, last_write: datetime | None, now: datetime) -> dict[str, Any]:
    """The answer of `GET /_status/data-sets/<name>`, in the words of the other: when it was last written (null:
    it has no records) and by how much it is out of date (null: it isn't)."""
    return {
        "name": data_set.name,
        "last-updated": None if last_write is None else render_instant(last_write),
        "max-age-expected": data_set.max_age_expected,
        "seconds-out-of-date": None if last_write is None else data_set.seconds_out_of_date(last_write, now),
    }
