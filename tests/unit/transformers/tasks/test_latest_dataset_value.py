from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.transformers.errors import Refused
from backdrop.transformers.ids import encode_id
from backdrop.transformers.tasks import latest_dataset_value
from tests.unit.transformers.tasks.shared import Around, Json, transform

SHOWN = [
    {"slug": "tax-disc", "published": True},
    {"slug": "draft", "published": False},
    {"slug": "carers", "published": True},
    {"slug": "tax-disc", "published": True},
]


def row(day: int, value: Any, key: str = "rate") -> Json:
    return {"_id": str(day), "_timestamp": f"2013-01-{day:02d}T00:00:00+00:00", key: value}


def compute(rows: list[Json], around: Around | None = None, data_type: str = "completion-rate") -> list[Json]:
    config = {"name": "g_t", "data_group": "g", "data_type": data_type}
    return latest_dataset_value.compute(rows, transform(), config, around or Around(SHOWN))


def test_the_newest_value_once_for_each_published_dashboard() -> None:
    carers, tax_disc = compute([row(3, 0.3), row(9, 0.9), row(5, 0.5)])
    assert tax_disc == {
        "_id": encode_id("tax-disc", "completion_rate"),
        "_timestamp": "2013-01-09T00:00:00+00:00",
        "dashboard_slug": "tax-disc",
        "service_id": "tax-disc",
        "completion_rate": 0.9,
    }
    assert carers["dashboard_slug"] == "carers"


@pytest.mark.parametrize(
    ("data_type", "key"),
    [("completion-rate", "rate"), ("digital-takeup", "rate"), ("user-satisfaction-score", "score")],
)
def test_the_key_of_the_value_follows_from_the_data_type(data_type: str, key: str) -> None:
    (record, _) = compute([row(1, 0.4, key)], data_type=data_type)
    assert record[data_type.replace("-", "_")] == 0.4


def test_another_data_type_is_refused() -> None:
    with pytest.raises(Refused, match="no value of data type 'sales'; it knows completion-rate"):
        compute([], data_type="sales")


def test_null_gives_nothing() -> None:
    assert compute([row(1, None)]) == []
    assert compute([]) == []
    assert compute([row(1, 0.1, key="other")]) == []


def test_null_in_the_newest_row_gives_nothing_whatever_older_ones_have() -> None:
    assert compute([row(2, 0.2), row(3, None)]) == []


def test_zero_is_a_value() -> None:
    assert compute([row(2, 0)])[0]["completion_rate"] == 0


@pytest.mark.parametrize(
    ("held_day", "written"), [(8, ["carers", "tax-disc"]), (9, ["carers", "tax-disc"]), (10, ["carers"])]
)
def test_the_output_may_hold_a_newer_one(held_day: int, written: list[str]) -> None:
    output = {encode_id("tax-disc", "completion_rate"): datetime(2013, 1, held_day, tzinfo=UTC)}
    assert [r["dashboard_slug"] for r in compute([row(9, 0.9)], Around(SHOWN, output=output))] == written


def test_no_dashboard_gives_no_record() -> None:
    assert compute([row(9, 0.9)], Around()) == []
    assert compute([row(9, 0.9)], Around([{"slug": "a", "published": False}])) == []


def test_a_dashboard_without_slug_is_an_error() -> None:
    with pytest.raises(Refused, match="dashboard without a slug"):
        compute([row(9, 0.9)], Around([{"published": True}]))


def test_rows_of_periods_are_of_their_start() -> None:
    rows = [{"_start_at": "2013-01-07T00:00:00+00:00", "_end_at": "2013-01-14T00:00:00+00:00", "rate": 0.5}]
    assert compute(rows)[0]["_timestamp"] == "2013-01-07T00:00:00+00:00"


@pytest.mark.parametrize("when", [None, "soon", 3])
def test_rows_without_a_date_are_an_error(when: Any) -> None:
    with pytest.raises(Refused, match=r"date|_timestamp"):
        compute([{"_timestamp": when, "rate": 0.5}])


@given(st.lists(st.builds(row, st.integers(1, 9), st.none() | st.floats(0, 1))), st.randoms())
def test_the_order_of_rows_changes_nothing(rows: list[Json], random: Any) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert compute(shuffled) == compute(rows)


@given(
    st.lists(st.builds(row, st.integers(1, 28), st.floats(0, 1)), unique_by=lambda r: r["_id"]),
    st.data(),
)
def test_runs_over_parts_in_any_order_end_as_one_over_all(rows: list[Json], data: st.DataObject) -> None:
    output: dict[str, Json] = {}
    parts = st.lists(st.sampled_from(rows), max_size=4) if rows else st.just([])
    for part in [
        *data.draw(st.lists(parts, max_size=4)),
        *[[each] for each in data.draw(st.permutations(rows))],
    ]:
        held = {key: datetime.fromisoformat(record["_timestamp"]) for key, record in output.items()}
        output |= {record["_id"]: record for record in compute(part, Around(SHOWN, output=held))}
    assert output == {record["_id"]: record for record in compute(rows)}
