from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.errors import AnswerTooLarge, InvalidCollect
from backdrop.core.partials import Partial
from backdrop.core.periods import Period
from backdrop.core.present import Row, flatten, rows, slide
from backdrop.core.query import Collect, Query, Selection, Slide, Sort, Window
from tests.unit.core.folding import fold

ENOUGH = 10_000


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def months(first: str, last: str, slide: Slide = Slide.NEVER) -> Window:
    return Window(Period.MONTH, Period.MONTH.index(at(first)), Period.MONTH.index(at(last)), slide)


def sale(when: str, **fields: Any) -> dict[str, Any]:
    return {"_timestamp": at(when), **fields}


SALES = [
    sale("2013-01-05", channel="paper", volume=3),
    sale("2013-01-06", channel="web", volume=10),
    sale("2013-03-01", channel="paper", volume=None),
    sale("2013-03-02", channel="web", volume=20),
    sale("2013-03-03", channel=None, volume=99),
]
FIRST_QUARTER = months("2013-01-01", "2013-04-01")


def answer(query: Query, records: list[dict[str, Any]]) -> list[Row]:
    return rows(query, fold(records, query.grouping), ENOUGH)


def test_groups_come_in_key_order_and_records_without_the_key_are_in_none() -> None:
    query = Query(group_by=("channel",), collect=(Collect("volume", "sum"), Collect("volume", "mean")))
    assert answer(query, SALES) == [
        {"channel": "paper", "_count": 2, "volume:sum": 3, "volume:mean": 3.0},
        {"channel": "web", "_count": 2, "volume:sum": 30, "volume:mean": 15.0},
    ]


def test_a_series_has_a_row_for_every_period_and_nulls_where_there_is_nothing() -> None:
    query = Query(
        window=FIRST_QUARTER, collect=(Collect("volume", "sum"), Collect("channel", "set", bare=True))
    )
    january, february, march = answer(query, SALES)
    assert january == {
        "_start_at": at("2013-01-01"),
        "_end_at": at("2013-02-01"),
        "_count": 2,
        "volume:sum": 13,
        "channel:set": ["paper", "web"],
        "channel": ["paper", "web"],
    }
    assert february == {
        "_start_at": at("2013-02-01"),
        "_end_at": at("2013-03-01"),
        "_count": 0,
        "volume:sum": None,
        "channel:set": None,
        "channel": None,
    }
    assert (march["_count"], march["volume:sum"]) == (3, 119)


def test_the_sum_of_no_values_is_nought_and_their_mean_null() -> None:
    methods = ("sum", "mean", "count", "set", "min", "max")
    query = Query(group_by=("channel",), collect=tuple(Collect("absent", method) for method in methods))
    row = answer(query, SALES)[0]
    assert [row[f"absent:{method}"] for method in methods] == [0, None, 0, [], None, None]


def test_a_nested_row_holds_its_groups_periods_and_a_mean_over_records_not_over_periods() -> None:
    query = Query(group_by=("channel",), window=FIRST_QUARTER, collect=(Collect("volume", "mean"),))
    web = answer(query, [*SALES, sale("2013-03-04", channel="web", volume=30)])[1]
    values = web["values"]
    assert isinstance(values, list)
    assert {**web, "values": None} == {
        "channel": "web",
        "_count": 3,
        "_group_count": 2,
        "volume:mean": 20.0,
        "values": None,
    }
    assert [row["volume:mean"] for row in values] == [10.0, None, 25.0]  # type: ignore[index, call-overload]


def test_sorting_ties_keep_key_order_both_ways() -> None:
    records = [{"channel": channel} for channel in "dbcadbca" + "e"]
    query = Query(group_by=("channel",), sort=Sort("_count", descending=True))
    assert [row["channel"] for row in answer(query, records)] == ["a", "b", "c", "d", "e"]
    query = replace(query, sort=Sort("_count"))
    assert [row["channel"] for row in answer(query, records)] == ["e", "a", "b", "c", "d"]


def test_the_limit_cuts_after_the_sort() -> None:
    query = Query(
        group_by=("channel",),
        collect=(Collect("volume", "sum"),),
        sort=Sort("volume:sum", descending=True),
        limit=1,
    )
    assert [row["channel"] for row in answer(query, SALES)] == ["web"]


def test_flat_rows_are_in_time_order_and_the_limit_still_counts_groups() -> None:
    query = Query(
        group_by=("channel",),
        window=FIRST_QUARTER,
        collect=(Collect("volume", "sum"),),
        sort=Sort("volume:sum", descending=True),
        limit=1,
        flatten=True,
    )
    shown = [(row["_start_at"], row["channel"], row["volume:sum"]) for row in answer(query, SALES)]
    assert shown == [
        (at("2013-01-01"), "web", 10),
        (at("2013-02-01"), "web", None),
        (at("2013-03-01"), "web", 20),
    ]


def test_one_and_true_are_two_groups_and_one_and_one_point_nought_are_one() -> None:
    records = [{"key_": value} for value in (1, 1.0, True, "1", False, 0)]
    found = [
        (type(row["key_"]).__name__, row["_count"]) for row in answer(Query(group_by=("key_",)), records)
    ]
    assert found == [("int", 1), ("int", 2), ("str", 1), ("bool", 1), ("bool", 1)]


def test_booleans_add_up_as_one_and_nought() -> None:
    query = Query(group_by=("key_",), collect=(Collect("paid", "sum"), Collect("paid", "max")))
    assert answer(query, [{"key_": "x", "paid": value} for value in (True, True, False)]) == [
        {"key_": "x", "_count": 3, "paid:sum": 2, "paid:max": 1}
    ]


@pytest.mark.parametrize("method", ["sum", "mean", "min", "max"])
def test_a_number_made_of_text_is_refused_in_the_words_that_clients_know(method: Any) -> None:
    query = Query(group_by=("channel",), collect=(Collect("volume", method),))
    with pytest.raises(InvalidCollect, match=r"^invalid collect function$"):
        answer(query, [sale("2013-01-01", channel="web", volume="many")])


def test_text_may_be_counted_and_put_in_sets() -> None:
    query = Query(group_by=("channel",), collect=(Collect("volume", "count"), Collect("volume", "set")))
    (row,) = answer(query, [sale("2013-01-01", channel="web", volume="many")])
    assert (row["volume:count"], row["volume:set"]) == (1, ["many"])


def test_an_infinite_sum_is_null_because_json_has_no_infinity() -> None:
    query = Query(group_by=("key_",), collect=(Collect("volume", "sum"), Collect("volume", "mean")))
    (row,) = answer(query, [{"key_": "x", "volume": 1e308}, {"key_": "x", "volume": 1e308}])
    assert (row["volume:sum"], row["volume:mean"]) == (None, None)


def test_a_record_on_an_inclusive_end_brings_its_period_and_nothing_else_does() -> None:
    inclusive = Selection(inclusive=True)
    query = Query(selection=inclusive, window=months("2013-01-01", "2013-02-01"))
    assert [row["_count"] for row in answer(query, SALES[:2])] == [2]
    assert [row["_count"] for row in answer(query, [*SALES[:2], sale("2013-02-01")])] == [2, 1]


def test_an_answer_of_too_many_flat_rows_is_refused_before_it_is_built() -> None:
    query = Query(group_by=("channel",), window=FIRST_QUARTER)
    partials = fold(SALES, query.grouping)
    assert len(rows(query, partials, max_rows=6)) == 2
    with pytest.raises(AnswerTooLarge, match="more than 5 rows"):
        rows(query, partials, max_rows=5)
    assert len(rows(replace(query, limit=1), partials, max_rows=5)) == 1


def moved_to(query: Query, *when: str) -> tuple[datetime, datetime] | None:
    moved = slide(query, fold([sale(w, channel="web") for w in when], query.grouping))
    if moved is None:
        return None
    assert moved.window is not None
    assert (moved.selection.start, moved.selection.end) == (
        moved.window.period.start(moved.window.first),
        moved.window.period.start(moved.window.last),
    )
    return moved.selection.start, moved.selection.end  # type: ignore[return-value]


FORWARD = Query(window=months("2013-01-01", "2013-04-01", Slide.FORWARD))
BACK = Query(window=months("2013-01-01", "2013-04-01", Slide.BACK))


def test_counting_forward_the_window_begins_with_the_first_period_that_has_data() -> None:
    assert moved_to(FORWARD, "2013-02-10", "2013-03-01") == (at("2013-02-01"), at("2013-05-01"))


def test_counting_back_the_window_ends_with_the_last_period_that_has_data() -> None:
    assert moved_to(BACK, "2013-01-10") == (at("2012-11-01"), at("2013-02-01"))


@pytest.mark.parametrize(
    ("query", "when"),
    [
        (FORWARD, ["2013-01-31"]),
        (BACK, ["2013-03-31"]),
        (FORWARD, []),
        (BACK, []),
        (replace(FORWARD, flatten=True), ["2013-02-10"]),
        (Query(window=FIRST_QUARTER), ["2013-02-10"]),
    ],
)
def test_a_window_stays_with_no_gap_no_data_flat_rows_or_two_dates(query: Query, when: list[str]) -> None:
    assert moved_to(query, *when) is None


def test_a_window_that_would_leave_the_calendar_stays() -> None:
    query = Query(window=months("9999-09-01", "9999-12-01", Slide.FORWARD))
    assert moved_to(query, "9999-11-05") is None


def test_with_groups_the_smallest_distance_counts() -> None:
    query = replace(FORWARD, group_by=("channel",))
    partials = [Partial(FORWARD.window.first + gap, (name,), 1) for gap, name in ((2, "a"), (1, "b"))]  # type: ignore[union-attr]
    moved = slide(query, partials)
    assert moved is not None
    assert moved.selection.start == at("2013-02-01")


RECORDS = st.lists(
    st.fixed_dictionaries(
        {"_timestamp": st.datetimes(datetime(2013, 1, 1), datetime(2013, 3, 31), timezones=st.just(UTC))},
        optional={
            "channel": st.sampled_from(["web", "paper", 1, True, None]),
            "region": st.sampled_from(["north", "south"]),
            "volume": st.one_of(st.none(), st.integers(-5, 5), st.booleans()),
        },
    ),
    max_size=20,
)
QUERIES = st.builds(
    Query,
    window=st.just(FIRST_QUARTER),
    group_by=st.sampled_from([("channel",), ("channel", "region")]),
    collect=st.sampled_from([(), (Collect("volume", "sum"), Collect("volume", "set", bare=True))]),
    sort=st.sampled_from([None, Sort("_count"), Sort("channel", descending=True)]),
    limit=st.integers(0, 3),
)


@given(RECORDS, QUERIES)
def test_the_nested_answer_flattened_is_the_flat_one(records: list[dict[str, Any]], query: Query) -> None:
    assert flatten(answer(query, records)) == answer(replace(query, flatten=True), records)


@given(RECORDS, QUERIES)
def test_a_group_counts_what_its_periods_count(records: list[dict[str, Any]], query: Query) -> None:
    for row in answer(query, records):
        counts = [inner["_count"] for inner in row["values"]]  # type: ignore[union-attr, call-overload, index]
        assert row["_count"] == sum(counts)
        assert row["_group_count"] == sum(count > 0 for count in counts)
