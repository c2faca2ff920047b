from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.transformers.errors import Refused
from backdrop.transformers.ids import encode_id
from backdrop.transformers.tasks import latest_transaction_explorer_values as explorer
from tests.unit.transformers.tasks.shared import CONFIG, Around, Json, transform

Q1, Q2, Q3 = (f"2013-{month}-01T00:00:00+00:00" for month in ("01", "04", "07"))
SERVICES = {
    "tax": [{"slug": "tax-disc", "published": True}, {"slug": "tax-bands"}],
    "care": [{"slug": "carers", "published": True}],
}


def row(service: str | None, quarter: str, kind: str = "seasonally-adjusted", **values: Any) -> Json:
    about = {"_id": f"{service}{quarter}{kind}", "_timestamp": quarter, "service_id": service, "type": kind}
    return {**about, "period": "year", "end_at": f"end of {quarter}", **values}


def compute(rows: list[Json], around: Around | None = None) -> dict[tuple[str, str], Json]:
    records = explorer.compute(rows, transform(), CONFIG, around or Around(services=SERVICES))
    return {(r["dashboard_slug"], next(v for v in explorer.VALUES if v in r)): r for r in records}


def test_each_value_of_the_newest_row_for_each_dashboard_of_the_service() -> None:
    values = dict.fromkeys(explorer.VALUES, 5)
    found = compute([row("care", Q2, **values), row("care", Q1, **dict.fromkeys(explorer.VALUES, 1))])
    assert sorted(found) == [("carers", value) for value in explorer.VALUES]
    assert found["carers", "total_cost"] == {
        "_id": encode_id("carers", "total_cost"),
        "_timestamp": Q2,
        "dashboard_slug": "carers",
        "service_id": "care",
        "end_at": f"end of {Q2}",
        "period": "year",
        "type": "seasonally-adjusted",
        "total_cost": 5,
    }


def test_a_service_may_have_several_dashboards_or_none() -> None:
    found = compute([row("tax", Q1, total_cost=1), row("other", Q1, total_cost=1)])
    assert {slug for slug, _ in found} == {"tax-bands", "tax-disc"}


def test_a_service_that_is_behind_has_null_at_the_newest_quarter() -> None:
    found = compute([row("tax", Q2, total_cost=2), row("care", Q1, total_cost=1)])
    assert found["tax-disc", "total_cost"]["total_cost"] == 2
    behind = found["carers", "total_cost"]
    assert behind["total_cost"] is None
    assert (behind["_timestamp"], behind["end_at"]) == (Q2, f"end of {Q1}")


def test_quarterly_rows_serve_the_digital_rates_only() -> None:
    adjusted = row("care", Q1, digital_takeup=0.1, digital_cost_per_transaction=1, total_cost=1)
    quarterly = row("care", Q2, "quarterly", digital_takeup=0.2, digital_cost_per_transaction=2, total_cost=2)
    found = compute([adjusted, quarterly])
    assert found["carers", "digital_takeup"]["digital_takeup"] == 0.2
    assert found["carers", "digital_takeup"]["type"] == "quarterly"
    assert found["carers", "digital_cost_per_transaction"]["digital_cost_per_transaction"] == 2
    assert found["carers", "total_cost"]["total_cost"] == 1
    assert found["carers", "total_cost"]["_timestamp"] == Q1


def test_a_service_with_quarterly_rows_only_has_no_costs() -> None:
    found = compute([row("care", Q1, "quarterly", digital_takeup=0.2)])
    assert sorted(value for _, value in found) == sorted(explorer.DIGITAL_RATES)


def test_of_one_quarter_the_row_that_has_the_value_serves_then_the_adjusted_one() -> None:
    adjusted, quarterly = (
        row("care", Q1, digital_takeup=None),
        row("care", Q1, "quarterly", digital_takeup=0.2),
    )
    assert compute([adjusted, quarterly])["carers", "digital_takeup"]["digital_takeup"] == 0.2
    both = [row("care", Q1, digital_takeup=0.3), quarterly]
    assert compute(both)["carers", "digital_takeup"]["digital_takeup"] == 0.3


@pytest.mark.parametrize(
    ("held", "is_written"),
    [(datetime(2013, 4, 1, tzinfo=UTC), True), (datetime(2013, 7, 1, tzinfo=UTC), False)],
)
def test_older_than_what_the_output_holds_is_not_written(held: datetime, is_written: bool) -> None:
    around = Around(services=SERVICES, output={encode_id("carers", "total_cost"): held})
    found = compute([row("care", Q2, total_cost=1)], around)
    assert (("carers", "total_cost") in found) is is_written
    assert ("carers", "digital_takeup") in found


def test_nothing_to_do() -> None:
    assert compute([]) == {}
    assert compute([row(None, Q1, total_cost=1)]) == {}


def test_a_date_that_makes_no_sense_is_an_error() -> None:
    with pytest.raises(Refused, match="a row's date makes no sense"):
        compute([row("care", "soon")])


ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from(["tax", "care", "other", None]),
        st.sampled_from([Q1, Q2, Q3]),
        st.sampled_from(["quarterly", "seasonally-adjusted"]),
        total_cost=st.none() | st.integers(),
        digital_takeup=st.none() | st.floats(0, 1),
    )
)


@given(ROWS, st.randoms())
def test_the_order_of_rows_changes_nothing(rows: list[Json], random: Any) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert compute(shuffled) == compute(rows)
