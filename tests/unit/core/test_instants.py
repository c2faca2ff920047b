from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.instants import parse_instant, parse_instant_with_offset, render_instant

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
def test_what_is_rendered_can_be_parsed(instant: datetime) -> None:
    assert parse_instant_with_offset(render_instant(instant)) == instant
