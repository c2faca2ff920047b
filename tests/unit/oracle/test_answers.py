"""The oracle against answers worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.oracle.answers import WARNING, Answer, answer

NOW = datetime(2014, 1, 15, 12, 30, tzinfo=UTC)
OPEN = {"raw_queries_allowed": True}
JANUARY = "start_at=2013-01-01T00:00:00Z&end_at=2013-01-29T00:00:00Z"


def record(number: int, day: str | None = None, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"_id": f"id{number}", "_updated_at": "2014-01-01T00:00:00+00:00", **fields}
    if day is not None:
        made["_timestamp"] = f"{day}+00:00" if "T" in day else f"{day}T00:00:00+00:00"
    return made


def ask(records: list[dict[str, Any]], query: str, config: dict[str, Any] | None = None) -> Answer:
    params = [(name, value) for name, _, value in (part.partition("=") for part in query.split("&"))]
    return answer(records, params, OPEN if config is None else config, NOW)


def rows(records: list[dict[str, Any]], query: str) -> list[dict[str, Any]]:
    given = ask(records, query)
    assert given.status == 200, given.faults
    data: list[dict[str, Any]] = given.body["data"]
    return data


def ids(records: list[dict[str, Any]], query: str) -> list[str]:
    return [row["_id"] for row in rows(records, query)]


def day(text: str) -> str:
    return f"{text}T00:00:00+00:00"


LICENCES = [
    record(1, "2013-01-02", authority="westminster", volume=3),
    record(2, "2013-01-09", authority="camden", volume=5),
    record(3, "2013-01-10", authority="westminster", volume=None),
    record(4, "2013-01-28", authority="westminster", volume=4),
    record(5, "2013-01-11", volume=100),
    record(6, authority="camden"),
]


def test_raw_rows_come_in_time_order_undated_first() -> None:
    assert ids(LICENCES, "limit=0") == ["id6", "id1", "id2", "id3", "id5", "id4"]
    assert ids(LICENCES, "limit=2") == ["id6", "id1"]
    assert ids(LICENCES, JANUARY) == ["id1", "id2", "id3", "id5", "id4"]
    assert rows(LICENCES, "filter_by=_id:id3") == [LICENCES[2]]


def test_raw_sorting_puts_missing_and_null_first_and_keeps_ties_in_time_order() -> None:
    assert ids(LICENCES, "sort_by=volume:ascending") == ["id6", "id3", "id1", "id4", "id2", "id5"]
    assert ids(LICENCES, "sort_by=volume:descending") == ["id5", "id2", "id4", "id1", "id6", "id3"]


def test_mixed_values_sort_numbers_strings_booleans() -> None:
    values = [True, "b", 2, "B", False, 1.5, None, "\U0001f388", "\ufb01", 2**53 + 1, float(2**53)]
    records = [record(number, v=0, field=value) for number, value in enumerate(values)]
    in_order = [row["field"] for row in rows(records, "sort_by=field:ascending")]
    expected = [None, 1.5, 2, 2.0**53, 2**53 + 1, "B", "b", "\ufb01", "\U0001f388", False, True]
    assert list(map(repr, in_order)) == list(map(repr, expected))


def test_the_end_is_left_out_unless_inclusive() -> None:
    query = "start_at=2013-01-02T00:00:00Z&end_at=2013-01-09T01:00:00%2B01:00".replace("%2B", "+")
    assert ids(LICENCES, query) == ["id1"]
    assert ids(LICENCES, query + "&inclusive=false") == ["id1"]
    assert ids(LICENCES, query + "&inclusive=true") == ["id1", "id2"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("1", [1, 1.0, "1"]),
        ("1.0", [1, 1.0]),
        ("1e0", [1, 1.0]),
        ("01", []),
        ("true", [True, "true"]),
        ("false", [False]),
        ("True", []),
        ("", [""]),
        ("null", []),
        ("9007199254740993", [9007199254740993]),
        ("a:b", ["a:b"]),
    ],
)
def test_filter_values(wanted: str, found: list[Any]) -> None:
    values = [1, 1.0, "1", True, "true", False, "", None, 2**53, 2**53 + 1, "a:b", 0]
    records = [record(number, field=value) for number, value in enumerate(values)]
    got = [row["field"] for row in rows(records, f"filter_by=field:{wanted}&limit=100")]
    assert sorted(map(repr, got)) == sorted(map(repr, found))


def test_filters_of_one_field_are_alternatives_of_two_fields_both() -> None:
    query = "filter_by=authority:camden&filter_by=authority:westminster&filter_by=volume:3&filter_by=volume:5"
    assert ids(LICENCES, query) == ["id1", "id2"]


def test_filters_on_dates_compare_instants() -> None:
    assert ids(LICENCES, "filter_by=_timestamp:2013-01-02T01:00:00+01:00") == ["id1"]
    assert ids(LICENCES, "filter_by=_timestamp:id1") == []


def test_prefixes_are_literal_and_for_strings_only() -> None:
    records = [record(1, field=".*a"), record(2, field="xa"), record(3, field=12), record(4, field="12")]
    assert ids(records, "filter_by_prefix=field:.*") == ["id1"]
    assert ids(records, "filter_by_prefix=field:1") == ["id4"]
    assert ids(records, "filter_by_prefix=field:") == ["id1", "id2", "id4"]


def test_groups_leave_out_null_and_missing_and_sort_by_key() -> None:
    assert rows(LICENCES, "group_by=authority&collect=volume:sum&collect=volume:mean") == [
        {"authority": "camden", "_count": 2, "volume:sum": 5, "volume:mean": 5},
        {"authority": "westminster", "_count": 3, "volume:sum": 7, "volume:mean": 3.5},
    ]


def test_groups_by_two_fields_mixed_types() -> None:
    pairs = [(True, "x"), (1, "x"), (1.0, "x"), ("1", "x"), (1, "w"), (None, "x")]
    records = [record(number, aa=a, bb=b) for number, (a, b) in enumerate(pairs)]
    assert rows(records, "group_by=aa&group_by=bb&group_by=aa") == [
        {"aa": 1, "bb": "w", "_count": 1},
        {"aa": 1, "bb": "x", "_count": 2},
        {"aa": "1", "bb": "x", "_count": 1},
        {"aa": True, "bb": "x", "_count": 1},
    ]


def test_group_sorting_ties_keep_key_order_both_ways() -> None:
    records = [record(number, place=place) for number, place in enumerate(["bb", "aa", "cc", "aa", "dd"])]
    places = {
        direction: [row["place"] for row in rows(records, f"group_by=place&sort_by=_count:{direction}")]
        for direction in ("ascending", "descending")
    }
    assert places == {"ascending": ["bb", "cc", "dd", "aa"], "descending": ["aa", "bb", "cc", "dd"]}
    limited = rows(records, "group_by=place&sort_by=_count:descending&limit=2")
    assert [row["place"] for row in limited] == ["aa", "bb"]


def test_collected_values_of_a_group() -> None:
    values = [3, "x", True, 3.0, None, "X", False]
    records = [record(number, place="p", field=value) for number, value in enumerate(values)]
    row = rows(records, "group_by=place&collect=field&collect=field:count")[0]
    assert row["field"] == row["field:set"] == [3, "X", "x", False, True]
    assert row["field:count"] == 6


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([2**63 - 1, 2**63 - 1], {"sum": 2**64 - 2, "mean": 2.0**63, "min": 2**63 - 1, "max": 2**63 - 1}),
        ([True, False, True], {"sum": 2, "mean": 2 / 3, "min": 0, "max": 1}),
        ([2**53 + 1, 2.0**53], {"sum": 2.0**54, "mean": 2.0**53, "min": 2.0**53, "max": 2**53 + 1}),
        ([None], {"sum": 0, "mean": None, "min": None, "max": None}),
    ],
)
def test_arithmetic(values: list[Any], expected: dict[str, Any]) -> None:
    records = [record(number, place="p", field=value) for number, value in enumerate(values)]
    query = "group_by=place" + "".join(f"&collect=field:{method}" for method in expected)
    row = rows(records, query)[0]
    assert {method: row[f"field:{method}"] for method in expected} == expected


def test_a_string_in_a_sum_is_refused_only_where_it_would_be_summed() -> None:
    records = [
        record(1, "2013-01-02", place="p", field=1),
        record(2, "2013-01-03", field="x"),
        record(3, place="p", field="x"),
    ]
    bad = ask(records, "group_by=place&collect=field:sum")
    assert (bad.status, bad.faults[0].exactly) == (400, "invalid collect function")
    assert ask(records, f"group_by=place&collect=field:sum&{JANUARY}").status == 200
    assert ask(records, f"period=week&collect=field:sum&{JANUARY}").status == 400
    assert ask(records, "group_by=place&collect=field:count").status == 200


def test_periods_fill_gaps_and_widen_to_whole_periods() -> None:
    query = "period=week&start_at=2013-01-02T00:00:00Z&end_at=2013-01-22T00:00:00Z&collect=volume:sum"
    assert rows(LICENCES, query + "&collect=volume:mean") == [
        {"_start_at": day(start), "_end_at": day(end), "_count": n, "volume:sum": total, "volume:mean": mean}
        for start, end, n, total, mean in [
            ("2012-12-31", "2013-01-07", 1, 3, 3),
            ("2013-01-07", "2013-01-14", 3, 105, 52.5),
            ("2013-01-14", "2013-01-21", 0, None, None),
            ("2013-01-21", "2013-01-28", 0, None, None),
        ]
    ]


def test_a_period_without_values_has_sum_0_an_empty_one_null() -> None:
    records = [record(1, "2013-01-02", field=None)]
    query = "period=month&start_at=2013-01-01T00:00:00Z&end_at=2013-03-01T00:00:00Z"
    methods = ("sum", "count", "set", "mean", "min", "max")
    found = rows(records, query + "".join(f"&collect=field:{method}" for method in methods))
    assert [[row[f"field:{method}"] for method in methods] for row in found] == [
        [0, 0, [], None, None, None],
        [None, None, None, None, None, None],
    ]


@pytest.mark.parametrize(
    ("period", "starts"),
    [
        ("hour", ["2012-02-29T23:00:00", "2012-03-01T00:00:00"]),
        ("day", ["2012-02-29T00:00:00", "2012-03-01T00:00:00"]),
        ("week", ["2012-02-27T00:00:00"]),
        ("month", ["2012-02-01T00:00:00", "2012-03-01T00:00:00"]),
        ("quarter", ["2012-01-01T00:00:00"]),
        ("year", ["2012-01-01T00:00:00"]),
    ],
)
def test_each_period_over_a_leap_day(period: str, starts: list[str]) -> None:
    query = f"period={period}&start_at=2012-02-29T23:59:59.5Z&end_at=2012-03-01T00:00:00.5Z"
    assert [row["_start_at"] for row in rows([], query)] == [f"{start}+00:00" for start in starts]


def test_inclusive_appends_a_period_only_for_a_record_on_the_boundary() -> None:
    query = "period=day&inclusive=true&start_at=2013-01-01T00:00:00Z&end_at="
    assert len(rows(LICENCES, query + "2013-01-08T00:00:00Z")) == 7
    assert [row["_count"] for row in rows(LICENCES, query + "2013-01-09T00:00:00Z")] == [0, 1] + [0] * 6 + [1]
    grouped = rows(LICENCES, query + "2013-01-11T00:00:00Z&group_by=authority")
    assert [len(row["values"]) for row in grouped] == [10, 10]


def test_nested_groups_and_the_same_flat() -> None:
    query = "period=week&group_by=authority&collect=volume:sum&start_at=2013-01-07T00:00:00Z"
    query += "&end_at=2013-02-04T00:00:00Z&sort_by=volume:sum:ascending"
    nested = rows(LICENCES, query)
    assert [{**row, "values": None} for row in nested] == [
        {"authority": "westminster", "_count": 2, "_group_count": 2, "volume:sum": 4, "values": None},
        {"authority": "camden", "_count": 1, "_group_count": 1, "volume:sum": 5, "values": None},
    ]
    assert [value["volume:sum"] for value in nested[0]["values"]] == [0, None, None, 4]
    flat = rows(LICENCES, query + "&flatten=true")
    starts = ["2013-01-07", "2013-01-14", "2013-01-21", "2013-01-28"]
    assert [(row["_start_at"], row["authority"], row["_count"], row["volume:sum"]) for row in flat] == [
        (day(starts[0]), "westminster", 1, 0),
        (day(starts[0]), "camden", 1, 5),
        (day(starts[1]), "westminster", 0, None),
        (day(starts[1]), "camden", 0, None),
        (day(starts[2]), "westminster", 0, None),
        (day(starts[2]), "camden", 0, None),
        (day(starts[3]), "westminster", 1, 4),
        (day(starts[3]), "camden", 0, None),
    ]
    assert set(flat[0]) == {"_start_at", "_end_at", "authority", "_count", "volume:sum"}


def starts_of(records: list[dict[str, Any]], query: str) -> list[str]:
    return [row["_start_at"][:10] for row in rows(records, query)]


SPARSE = [record(1, "2013-03-06"), record(2, "2013-06-15", place="aa"), record(3, "2013-05-20", place="bb")]


def test_a_duration_slides_forward_once_by_the_leading_gap() -> None:
    query = "period=month&duration=3&start_at=2013-01-20T00:00:00Z"
    assert starts_of(SPARSE, query) == ["2013-03-01", "2013-04-01", "2013-05-01"]
    assert [row["_count"] for row in rows(SPARSE, query)] == [1, 0, 1]
    assert starts_of(SPARSE, query + "&flatten=true") == ["2013-01-01", "2013-02-01", "2013-03-01"]
    assert starts_of(SPARSE, query.replace("=3", "=2")) == ["2013-01-01", "2013-02-01"]


def test_a_duration_slides_back_once_by_the_trailing_gap() -> None:
    query = "period=month&duration=3&end_at=2013-08-02T00:00:00Z"
    assert starts_of(SPARSE, query) == ["2013-04-01", "2013-05-01", "2013-06-01"]
    assert starts_of(SPARSE, "period=month&duration=3&end_at=2013-07-01T00:00:00Z")[-1] == "2013-06-01"


def test_a_grouped_duration_slides_by_the_smallest_distance() -> None:
    query = "period=month&duration=6&start_at=2013-02-01T00:00:00Z&group_by=place"
    nested = rows(SPARSE, query)
    assert [row["place"] for row in nested] == ["aa", "bb"]
    # The record of March is in no group, so the first group's data is in May: three months on.
    assert nested[0]["values"][0]["_start_at"][:7] == "2013-05"
    assert [value["_count"] for value in nested[0]["values"]] == [0, 1, 0, 0, 0, 0]


def test_a_duration_alone_ends_with_the_period_that_now_is_in() -> None:
    assert starts_of([], "period=week&duration=2") == ["2014-01-06", "2014-01-13"]
    later = [record(1, "2014-01-19"), record(2, "2014-01-20")]
    assert [row["_count"] for row in rows(later, "period=week&duration=2")] == [0, 1]


def test_a_duration_from_the_middle_of_a_period_leaves_out_what_was_before() -> None:
    records = [record(1, "2013-01-02"), record(2, "2013-01-20")]
    found = rows(records, "period=month&duration=1&start_at=2013-01-10T00:00:00Z")
    assert [(row["_start_at"], row["_count"]) for row in found] == [(day("2013-01-01"), 1)]


def test_an_unpublished_data_set_says_so() -> None:
    assert ask([], "limit=1", {**OPEN, "published": False}).body == {"data": [], "warning": WARNING}


def test_rows_are_limited() -> None:
    three = {**OPEN, "max_result_rows": 3}
    few = LICENCES[:3]
    assert ask(few, "limit=0", three).status == 200
    assert ask(LICENCES, "limit=0", three).status == 400
    assert ask(LICENCES, "limit=3", three).status == 200
    two_days = "period=day&start_at=2013-01-09T00:00:00Z&end_at=2013-01-11T00:00:00Z"
    assert ask(LICENCES, two_days, three).status == 200
    assert ask(LICENCES, two_days + "&group_by=authority", three).status == 400
    assert ask([], "period=year&duration=100000000000000000000000", three).status == 400
    assert (
        ask([], "period=hour&start_at=0001-01-01T00:00:00Z&end_at=9998-01-01T00:00:00Z", three).status == 400
    )
    assert ask([], "period=year&start_at=9998-01-01T00:00:00Z&end_at=9999-12-31T00:00:00Z").status == 400
