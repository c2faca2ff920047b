"""The newest value of a data set, for the front page of each dashboard that shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backdrop.core.instants import render_instant
from backdrop.transformers.dashboards import published_slugs
from backdrop.transformers.definition import Record, Row
from backdrop.transformers.errors import Refused
from backdrop.transformers.ids import encode_id
from backdrop.transformers.reads import Reads
from backdrop.transformers.rows import newest

VALUE_KEYS = {
    "completion-rate": "rate",
    "digital-takeup": "rate",
    "user-satisfaction-score": "score",
}
"""Which key of a row holds the value, by the input's data type."""


def compute(
    rows: Sequence[Row], transform: Mapping[str, Any], data_set_config: Mapping[str, Any], reads: Reads
) -> list[Record]:
    """One record per published dashboard: the newest row's value, unless the output holds a newer one. A null
    value gives nothing, whatever older rows have."""
    data_type = str(data_set_config.get("data_type"))
    key = _value_key(data_type)
    found = newest(rows)
    if found is None or found[1].get(key) is None:
        return []
    when, row = found
    name = data_type.replace("-", "_")
    records = [
        {
            "_id": encode_id(slug, name),
            "_timestamp": render_instant(when),
            "dashboard_slug": slug,
            "service_id": slug,
            name: row[key],
        }
        for slug in published_slugs(reads.dashboards())
    ]
    held = reads.held([record["_id"] for record in records])
    return [record for record in records if held.get(record["_id"], when) <= when]


def _value_key(data_type: str) -> str:
    if data_type not in VALUE_KEYS:
        known = ", ".join(VALUE_KEYS)
        raise Refused(f"latest_dataset_value knows no value of data type '{data_type}'; it knows {known}")
    return VALUE_KEYS[data_type]
