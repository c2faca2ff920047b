from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest

from backdrop.core.errors import AnswerTooLarge, InvalidQuery
from backdrop.core.periods import Period
from backdrop.core.query import Collect, Filter, PrefixFilter, Query, Slide, Sort
from backdrop.read.parse import parse

NOW = datetime(2013, 4, 17, 10, 30, tzinfo=UTC)  # a Wednesday
JANUARY = "start_at=2013-01-01T00:00:00Z&end_at=2013-02-01T00:00:00Z"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def parsed(query_string: str, max_rows: int = 10_000) -> Query:
    return parse(
        parse_qs(query_string, keep_blank_values=True, strict_parsing=bool(query_string)), NOW, max_rows
    )


def window_of(query_string: str) -> tuple[datetime, datetime, Slide]:
    window = parsed(query_string).window
    assert window is not None
    return window.period.start(window.first), window.period.start(window.last), window.slide


def test_no_parameters_ask_for_all_records() -> None:
    assert parsed("") == Query()


def test_everything_at_once() -> None:
    query = parsed(
        f"{JANUARY}&inclusive=true&period=week&group_by=channel&group_by=region&collect=volume:sum&collect=name"
        "&sort_by=volume:sum:descending&limit=3&flatten=true&format=csv"
    )
    assert query.group_by == ("channel", "region")
    assert query.collect == (Collect("volume", "sum"), Collect("name", "set", bare=True))
    assert query.sort == Sort("volume:sum", descending=True)
    assert (query.limit, query.flatten, query.format, query.selection.inclusive) == (3, True, "csv", True)


def test_offsets_are_turned_into_utc() -> None:
    query = parsed("start_at=2013-01-01T01:00:00%2B01:00&end_at=2013-02-01T00:00:00Z")
    assert query.selection.start == at("2013-01-01")


def test_a_range_covers_the_periods_that_its_dates_are_in() -> None:
    dates = "start_at=2013-01-02T00:00:00Z&end_at=2013-02-01T00:00:01Z"
    assert window_of(f"{dates}&period=month") == (at("2013-01-01"), at("2013-03-01"), Slide.NEVER)


def test_an_end_on_a_boundary_ends_the_range() -> None:
    assert window_of(f"{JANUARY}&period=month") == (at("2013-01-01"), at("2013-02-01"), Slide.NEVER)


def test_a_duration_counts_forward_from_the_period_of_start_at() -> None:
    text = "start_at=2013-01-02T00:00:00Z&period=week&duration=2"
    assert window_of(text) == (at("2012-12-31"), at("2013-01-14"), Slide.FORWARD)
    assert parsed(text).selection.start == at("2013-01-02")
    assert parsed(text).selection.end == at("2013-01-14")


def test_a_duration_counts_back_from_the_period_of_end_at() -> None:
    text = "end_at=2013-01-09T00:00:00Z&period=week&duration=2"
    assert window_of(text) == (at("2012-12-31"), at("2013-01-14"), Slide.BACK)
    assert parsed(text).selection.start == at("2012-12-31")
    assert parsed(text).selection.end == at("2013-01-09")


def test_a_duration_is_whole_periods_even_with_an_inclusive_end() -> None:
    on_boundary, within = "2013-01-07T00:00:00Z", "2013-01-07T00:00:01Z"
    text = "inclusive=true&period=week&duration=2&end_at="
    assert parsed(text + on_boundary).selection.inclusive is False
    assert parsed(text + within).selection.inclusive is True


def test_a_duration_alone_counts_back_from_the_period_that_is_now() -> None:
    assert window_of("period=week&duration=2") == (at("2013-04-08"), at("2013-04-22"), Slide.BACK)


def test_a_filter_means_all_that_its_text_may_stand_for() -> None:
    query = parsed(
        "filter_by=paid:true&filter_by=size:10&filter_by=size:big&filter_by=name:a:b&filter_by=note:"
    )
    assert query.selection.filters == (
        Filter("paid", ("true", True)),
        Filter("size", ("10", 10, "big")),
        Filter("name", ("a:b",)),
        Filter("note", ("",)),
    )


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        ("-1.5e3", ("-1.5e3", -1500.0)),
        ("007", ("007",)),
        ("1e999", ("1e999",)),
        ("9223372036854775808", ("9223372036854775808", 2.0**63)),
        ("9223372036854775809", ("9223372036854775809",)),
        ("9007199254740993", ("9007199254740993", 9007199254740993)),
        ("NaN", ("NaN",)),
        ("True", ("True",)),
        ("null", ("null",)),
    ],
)
def test_numbers_are_those_of_json(text: str, meanings: tuple[object, ...]) -> None:
    (only,) = parsed(f"filter_by=size:{text}").selection.filters
    assert only.values == meanings


def test_a_filter_on_an_instant_takes_any_way_to_write_it() -> None:
    query = parsed("filter_by=_timestamp:2013-01-01T01:00:00%2B01:00&filter_by=_start_at:tomorrow")
    assert query.selection.filters == (Filter("_timestamp", (at("2013-01-01"),)), Filter("_start_at", ()))


def test_prefixes_are_literal() -> None:
    assert parsed("filter_by_prefix=name:.*").selection.prefixes == (PrefixFilter("name", (".*",)),)


def test_saying_the_same_twice_is_saying_it_once() -> None:
    query = parsed("group_by=channel&group_by=channel&collect=volume:set&collect=volume&collect=volume:set")
    assert query.group_by == ("channel",)
    assert query.collect == (Collect("volume", "set", bare=True),)


@pytest.mark.parametrize(
    ("query_string", "named"),
    [
        ("colour=red", "colour"),
        ("period=week&period=day&duration=1", "period"),
        ("start_at=2013-01-01T00:00:00Z", "start_at"),
        ("end_at=2013-01-01T00:00:00Z", "end_at"),
        ("start_at=yesterday&end_at=2013-01-01T00:00:00Z", "start_at"),
        ("start_at=2013-01-01T00:00:00&end_at=2013-01-01T00:00:00Z", "start_at"),
        ("start_at=2013-01-01T00:00:00+01:00&end_at=2013-01-01T00:00:00Z", "start_at"),
        ("start_at=2013-01-01T00:00:00Z&end_at=2013-02-30T00:00:00Z", "end_at"),
        ("start_at=2013-02-01T00:00:00Z&end_at=2013-01-01T00:00:00Z", "end_at is before start_at"),
        ("inclusive=true", "inclusive"),
        (f"{JANUARY}&inclusive=yes", "inclusive"),
        ("period=fortnight&duration=1", "period"),
        ("period=week", "period"),
        ("period=week&start_at=2013-01-01T00:00:00Z", "start_at"),
        ("duration=2", "duration"),
        ("duration=2&start_at=2013-01-01T00:00:00Z", "duration"),
        (f"{JANUARY}&period=week&duration=2", "duration"),
        *(
            (f"period=week&duration={text}", "duration")
            for text in ("0", "-1", "1.5", "many", "", "9" * 5000)
        ),
        ("filter_by=colour", "filter_by"),
        ("filter_by=$where:1", "filter_by"),
        ("filter_by=no-field:1", "filter_by"),
        ("filter_by_prefix=colour", "filter_by_prefix"),
        ("filter_by_prefix=$where:1", "filter_by_prefix"),
        ("filter_by=aa:1&filter_by_prefix=bb:1", "filter_by_prefix"),
        ("group_by=_timestamp", "group_by"),
        ("group_by=no-field", "group_by"),
        ("group_by=", "group_by"),
        ("collect=volume:sum", "collect"),
        ("group_by=channel&collect=volume:median", "collect"),
        ("group_by=channel&collect=_id:count", "collect"),
        ("group_by=channel&collect=channel", "collect"),
        ("group_by=channel&collect=no-field:sum", "collect"),
        ("sort_by=volume", "sort_by"),
        ("sort_by=volume:upwards", "sort_by"),
        ("sort_by=no-field:ascending", "sort_by"),
        ("group_by=channel&sort_by=volume:ascending", "sort_by"),
        ("group_by=channel&sort_by=_group_count:ascending", "sort_by"),
        ("period=week&duration=1&sort_by=_count:ascending", "sort_by"),
        ("period=week&duration=1&group_by=channel&sort_by=_start_at:ascending", "sort_by"),
        ("period=week&duration=1&group_by=channel&sort_by=values:ascending", "sort_by"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("period=week&duration=1&limit=1", "limit"),
        ("period=week&duration=1&limit=0", "limit"),
        ("flatten=1", "flatten"),
        ("format=xml", "format"),
        ("period=week&duration=1&group_by=values", "values"),
        ("period=year&duration=3000", "period"),
        ("period=year&start_at=9999-01-01T00:00:00Z&end_at=9999-02-01T00:00:00Z", "period"),
        ("period=year&start_at=9998-01-01T00:00:00Z&end_at=9999-01-01T00:00:00Z&inclusive=true", "period"),
    ],
)
def test_what_is_wrong_is_refused_by_the_name_of_its_parameter(query_string: str, named: str) -> None:
    with pytest.raises(InvalidQuery, match=named):
        parsed(query_string)


def test_a_limit_beyond_any_number_of_records_is_no_limit_worth_an_error() -> None:
    assert parsed("limit=" + "9" * 5000).limit == 10**18
    assert parsed("limit=" + "0" * 5000 + "7").limit == 7


def test_an_absurdly_long_series_is_refused_with_the_limit() -> None:
    with pytest.raises(AnswerTooLarge, match="10000"):
        parsed("period=hour&duration=10001")
    with pytest.raises(AnswerTooLarge):
        parsed("period=hour&duration=999999999999999999")
    assert parsed("period=hour&duration=10000").window is not None


def test_a_period_is_of_a_known_kind() -> None:
    window = parsed("period=quarter&duration=1").window
    assert window is not None
    assert window.period is Period.QUARTER
