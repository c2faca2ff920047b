from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.instants import (
    parse_instant,
    parse_instant_with_offset,
    render_instant,
    whole_milliseconds,
)

NOON = datetime(2013, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2013-01-01T12:00:00Z",
        "2013-01-01T12:00:00+00:00",
        "2013-01-01T13:00:00+01:00",
        "2013-01-01T06:30:00-05:30",
        "2013-01-01T12:00:00.000Z",
        "2013-01-01T12:00:00.000000000Z",
        "2013-01-01t12:00:00z",
        "2013-01-01T12:00Z",
        "2013-01-01T13:00:00+0100",
        "2013-01-01T13:00:00+01",
    ],
)
def test_the_ways_to_write_noon(text: str) -> None:
    assert parse_instant_with_offset(text) == parse_instant(text) == NOON


def test_no_offset_means_utc_where_none_is_needed() -> None:
    assert parse_instant("2013-01-01T12:00:00") == NOON
    assert parse_instant("2013-01-01") == NOON.replace(hour=0)


@pytest.mark.parametrize("text", ["2013-01-01T12:00:00", "2013-01-01"])
def test_a_query_has_to_say_the_offset(text: str) -> None:
    with pytest.raises(ValueError, match="has no offset from UTC"):
        parse_instant_with_offset(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "20130101T120000Z",
        "2013-W01-1",
        "2013-01-01T24:00:00Z",
        "2013-01-01x12:00:00Z",
        "2013-01-01T12:00:00Z ",
        "٢٠١٣-01-01T12:00:00Z",
    ],
)
def test_other_texts_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is not an ISO 8601 date like 2013-01-01T00:00:00Z"):
        parse_instant(text)


@pytest.mark.parametrize(
    "text",
    [
        "2013-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_dates_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date that exists"):
        parse_instant(text)


def test_a_plus_that_became_a_space_is_explained() -> None:
    with pytest.raises(ValueError, match="%2B"):
        parse_instant_with_offset("2013-01-01T12:00:00 01:00")


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_rendered_can_be_parsed_up_to_the_millisecond(instant: datetime) -> None:
    parsed = parse_instant_with_offset(render_instant(instant))
    assert parsed == whole_milliseconds(instant)
    assert parse_instant_with_offset(render_instant(parsed)) == parsed


@pytest.mark.parametrize("fraction", ["123", "123000", "1234", "123999", "123999999"])
def test_parts_of_a_millisecond_are_cut(fraction: str) -> None:
    assert parse_instant(f"1969-12-31T23:59:59.{fraction}Z") == datetime(
        1969, 12, 31, 23, 59, 59, 123_000, tzinfo=UTC
    )


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_cutting_keeps_the_order_and_less_than_a_millisecond_goes(one: datetime, other: datetime) -> None:
    assert timedelta(0) <= one - whole_milliseconds(one) < timedelta(milliseconds=1)
    earlier, later = sorted((one, other))
    assert whole_milliseconds(earlier) <= whole_milliseconds(later)
    assert whole_milliseconds(whole_milliseconds(one)) == whole_milliseconds(one)
