"""The newest figures of each service in the transactions explorer, for each dashboard of the service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backdrop.core.instants import render_instant
from backdrop.transformers.dashboards import published_slugs
from backdrop.transformers.definition import Record, Row
from backdrop.transformers.ids import encode_id
from backdrop.transformers.reads import Reads
from backdrop.transformers.rows import instant_of, newest, text

DIGITAL_RATES = ("digital_cost_per_transaction", "digital_takeup")
COSTS_AND_COUNTS = (
    "cost_per_transaction",
    "number_of_digital_transactions",
    "number_of_transactions",
    "total_cost",
)
VALUES = tuple(sorted((*DIGITAL_RATES, *COSTS_AND_COUNTS)))

QUARTERLY = "quarterly"
CARRIED = ("end_at", "period", "service_id", "type")
"""What goes with a value from its row."""


def compute(
    rows: Sequence[Row], transform: Mapping[str, Any], data_set_config: Mapping[str, Any], reads: Reads
) -> list[Record]:
    """One record per service, value and published dashboard of the service, unless the output holds a newer one.
    A service that is not in the newest quarter of all has null there."""
    services = _by_service(rows)
    dashboards = {service: published_slugs(reads.service_dashboards(service)) for service in services}
    records: list[Record] = []
    for value in VALUES:
        serving = {service: [r for r in own if _serves(r, value)] for service, own in services.items()}
        quarters = [instant_of(row) for own in serving.values() for row in own]
        for service, own in serving.items():
            records += _records(value, own, dashboards[service], max(quarters, default=None))
    held = reads.held([record["_id"] for record in records])
    return [record for record in records if _is_due(record, held)]


def _by_service(rows: Sequence[Row]) -> dict[str, list[Row]]:
    services: dict[str, list[Row]] = {}
    for row in rows:
        service = text(row, "service_id")
        if service:
            services.setdefault(service, []).append(row)
    return dict(sorted(services.items()))


def _serves(row: Row, value: str) -> bool:
    """Quarterly rows aren't comparable over the year, so only the rates are read from them."""
    return value in DIGITAL_RATES or row.get("type") != QUARTERLY


def _records(
    value: str, rows: Sequence[Row], dashboard_slugs: Sequence[str], newest_quarter: datetime | None
) -> list[Record]:
    found = newest(_most_telling(rows, value))
    if found is None or newest_quarter is None:
        return []
    quarter, row = found
    return [
        {
            "_id": encode_id(slug, value),
            "_timestamp": render_instant(newest_quarter),
            "dashboard_slug": slug,
            **{key: row.get(key) for key in CARRIED},
            value: row.get(value) if quarter == newest_quarter else None,
        }
        for slug in dashboard_slugs
    ]


def _most_telling(rows: Sequence[Row], value: str) -> list[Row]:
    """The newest quarter's rows: those with a value if any has one, and of these the seasonally adjusted ones,
    which serve all values, if there are any."""
    found = newest(rows)
    rivals = [row for row in rows if found is not None and instant_of(row) == found[0]]
    for better in (lambda row: row.get(value) is not None, lambda row: row.get("type") != QUARTERLY):
        rivals = [row for row in rivals if better(row)] or rivals
    return rivals


def _is_due(record: Record, held: Mapping[str, datetime]) -> bool:
    known = held.get(record["_id"])
    return known is None or known <= instant_of(record)
