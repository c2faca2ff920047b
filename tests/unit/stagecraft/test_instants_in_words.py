"""Instants and periods as people say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagecraft.admin_site.instants_in_words import MONTHS, SPANS, in_utc, present_period, what_waits

SUNDAY = datetime(2026, 11, 22, 10, 31, 5, tzinfo=UTC)
KINDS = st.sampled_from([*SPANS, *MONTHS])
MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))


def test_an_instant_has_its_zone() -> None:
    assert in_utc(datetime(2026, 3, 1, 9, 5, tzinfo=UTC)) == "1 March 2026, 09:05 UTC"


@pytest.mark.parametrize(
    ("period", "says"),
    [
        ("hour", "Only hours that are over are computed. The hour from 10:00 UTC is over at 11:00 UTC:"),
        ("day", "22 November 2026 is over on 23 November 2026:"),
        ("week", "The week of 16 November 2026 is over on 23 November 2026:"),
        ("month", "November 2026 is over on 1 December 2026:"),
        ("quarter", "The quarter from 1 October 2026 is over on 1 January 2027:"),
        ("year", "The year 2026 is over on 1 January 2027:"),
    ],
)
def test_what_is_left_out_and_until_when(period: str, says: str) -> None:
    assert says in what_waits(period, SUNDAY)


def test_without_a_period_nothing_waits() -> None:
    assert what_waits("", SUNDAY) == ""
    assert what_waits("fortnight", SUNDAY) == ""


@given(KINDS, MOMENTS)
def test_the_present_one_is_around_now_and_the_next_begins_where_it_ends(period: str, now: datetime) -> None:
    start, end = present_period(period, now)
    assert start <= now < end
    assert present_period(period, start) == (start, end)
    assert present_period(period, end - timedelta(microseconds=1)) == (start, end)
    assert present_period(period, end)[0] == end
