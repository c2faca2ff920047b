from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.periods import Period


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


INSTANTS = st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9998, 12, 31), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        (Period.HOUR, "2013-04-17T10:00", "2013-04-17T11:00"),
        (Period.DAY, "2013-04-17", "2013-04-18"),
        (Period.WEEK, "2013-04-15", "2013-04-22"),
        (Period.MONTH, "2013-04-01", "2013-05-01"),
        (Period.QUARTER, "2013-04-01", "2013-07-01"),
        (Period.YEAR, "2013-01-01", "2014-01-01"),
    ],
)
def test_the_period_of_a_wednesday_morning(period: Period, start: str, end: str) -> None:
    index = period.index(at("2013-04-17T10:20:30.000001"))
    assert (period.start(index), period.start(index + 1)) == (at(start), at(end))


def test_weeks_go_over_the_turn_of_the_year() -> None:
    assert Period.WEEK.start(Period.WEEK.index(at("2014-01-01"))) == at("2013-12-30")


def test_an_instant_counts_in_utc_wherever_it_was_written() -> None:
    new_years_eve_in_utc = datetime(2014, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert Period.YEAR.start(Period.YEAR.index(new_years_eve_in_utc)) == at("2013-01-01")


def test_a_boundary_ends_a_range_and_an_instant_later_needs_one_period_more() -> None:
    boundary = at("2013-02-01")
    assert Period.MONTH.index_of_end(boundary) == Period.MONTH.index(boundary)
    assert Period.MONTH.index_of_end(boundary + timedelta(microseconds=1)) == Period.MONTH.index(boundary) + 1


@pytest.mark.parametrize("period", Period)
def test_nothing_begins_outside_the_calendar(period: Period) -> None:
    with pytest.raises(OverflowError):
        period.start(-1)
    with pytest.raises(OverflowError):
        period.start(10**12)


@given(INSTANTS, st.sampled_from(Period))
def test_every_instant_is_in_its_period(instant: datetime, period: Period) -> None:
    index = period.index(instant)
    assert period.start(index) <= instant < period.start(index + 1)


@given(INSTANTS, st.sampled_from(Period))
def test_a_period_is_known_by_the_index_of_its_start(instant: datetime, period: Period) -> None:
    index = period.index(instant)
    assert period.index(period.start(index)) == index == period.index_of_end(period.start(index))
