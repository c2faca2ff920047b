from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from backdrop.core.periods import Period
from backdrop.transformers.errors import Refused
from backdrop.transformers.window import FOREVER, Question, question
from tests.oracle import answers

NOW = datetime(2013, 6, 12, 15, 30, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ask(
    earliest: str, latest: str | None = None, now: datetime = NOW, *, raw: bool = True, **parameters: Any
) -> Question | None:
    return question(parameters, at(earliest), at(latest or earliest), now, raw_queries_allowed=raw)


def asked(*args: Any, **more: Any) -> dict[str, str] | None:
    found = ask(*args, **more)
    return None if found is None else dict(found.parameters)


def test_whole_periods_from_the_first_to_the_last() -> None:
    assert asked("2013-01-09T10:00", "2013-01-22T00:00", period="week") == {
        "period": "week",
        "start_at": "2013-01-07T00:00:00+00:00",
        "end_at": "2013-01-28T00:00:00+00:00",
        "flatten": "true",
    }


@pytest.mark.parametrize(
    ("period", "start"),
    [
        ("hour", "2013-02-13T11:00:00+00:00"),
        ("day", "2013-02-13T00:00:00+00:00"),
        ("week", "2013-02-11T00:00:00+00:00"),
        ("month", "2013-02-01T00:00:00+00:00"),
        ("quarter", "2013-01-01T00:00:00+00:00"),
        ("year", "2012-01-01T00:00:00+00:00"),
    ],
)
def test_one_instant_is_one_period(period: str, start: str) -> None:
    moment = "2012-02-13T11:12:13" if period == "year" else "2013-02-13T11:12:13"
    assert asked(moment, period=period) == {
        "period": period,
        "start_at": start,
        "duration": "1",
        "flatten": "true",
    }


def test_a_period_that_is_not_over_is_not_computed() -> None:
    found = asked("2013-05-30T00:00", "2013-06-11T09:00", period="week")
    assert found is not None
    assert found["end_at"] == "2013-06-10T00:00:00+00:00"
    assert asked("2013-06-10T00:00", period="week") is None
    assert asked("2013-06-10T00:00", "2013-06-12T00:00", period="week") is None
    assert asked("2014-01-01T00:00", "2015-01-01T00:00", period="month") is None


def test_a_period_that_has_just_ended_is_over() -> None:
    assert asked("2013-06-10T00:00", now=at("2013-06-17T00:00"), period="week") is not None
    assert asked("2013-06-10T00:00", now=at("2013-06-16T23:59:59.999999"), period="week") is None


def test_records_of_days_to_come_wait_with_the_present_period() -> None:
    found = asked("2013-05-30T00:00", "2013-08-11T09:00", period="week")
    assert found is not None
    assert found["end_at"] == "2013-06-10T00:00:00+00:00"


def test_without_a_period_from_record_to_record() -> None:
    assert asked("2013-01-09T10:00:00.25", "2013-08-22T00:00") == {
        "start_at": "2013-01-09T10:00:00.250000+00:00",
        "end_at": "2013-08-22T00:00:00+00:00",
        "inclusive": "true",
        "flatten": "true",
    }
    assert asked("2013-01-09T10:00") == {
        "start_at": "2013-01-09T10:00:00+00:00",
        "end_at": "2013-01-09T10:00:00+00:00",
        "inclusive": "true",
        "flatten": "true",
    }


def test_parameters_go_along_and_the_range_is_ours() -> None:
    found = ask(
        "2013-01-09T10:00",
        period="day",
        group_by=["one", "two"],
        collect=[],
        filter_by=["yes:true", None],
        limit=3,
        start_at="2000-01-01T00:00:00Z",
        end_at=None,
        duration=7,
        inclusive=True,
        flatten=False,
        format="csv",
        sort_by=None,
    )
    assert found is not None
    assert found.parameters == (
        ("period", "day"),
        ("group_by", "one"),
        ("group_by", "two"),
        ("filter_by", "yes:true"),
        ("limit", "3"),
        ("start_at", "2013-01-09T00:00:00+00:00"),
        ("duration", "1"),
        ("flatten", "true"),
    )


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"period": "fortnight"}, "period must be one of hour, day, week, month, quarter, year"),
        ({"period": ["week"]}, "period must be one of"),
        ({"collect": {"a": 1}}, "query-parameters: collect must be a string"),
        ({"group_by": [["a"]]}, "query-parameters: group_by must be a string"),
    ],
)
def test_parameters_that_make_no_sense(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused, match=message):
        ask("2013-01-09T10:00", **parameters)


def test_records_themselves_are_not_asked_of_data_sets_that_refuse_it() -> None:
    with pytest.raises(Refused, match="give the transform's query-parameters a period, or allow raw queries"):
        ask("2013-01-09T10:00", raw=False)


def test_a_range_of_days_is_widened_where_a_short_one_is_refused() -> None:
    found = ask("2013-01-09T10:00", raw=False, period="day")
    assert found is not None
    assert dict(found.parameters)["start_at"] == "2013-01-03T00:00:00+00:00"
    assert dict(found.parameters)["end_at"] == "2013-01-10T00:00:00+00:00"
    rows = [{"_start_at": f"2013-01-0{day}T00:00:00+00:00", "_count": day} for day in range(3, 10)]
    assert found.rows(rows) == rows[-1:]


def test_a_limit_would_pick_other_groups_from_a_wider_range() -> None:
    assert ask("2013-01-09T10:00", period="day", group_by="kind", limit=2) is not None
    with pytest.raises(Refused, match="leave limit out, or allow raw queries"):
        ask("2013-01-09T10:00", raw=False, period="day", group_by="kind", limit=2)


@pytest.mark.parametrize("none", [0, "0", "00", None])
def test_no_limit_picks_no_groups(none: object) -> None:
    assert ask("2013-01-09T10:00", raw=False, period="day", group_by="kind", limit=none) is not None


def test_the_edges_of_time() -> None:
    assert asked("0001-01-01T00:00", period="year") is not None
    assert asked("0001-01-01T00:00", raw=False, period="day") is not None
    assert asked("9999-12-31T23:59", period="year") is None
    found = question({"period": "year"}, at("2012-05-01T00:00"), FOREVER, NOW, raw_queries_allowed=True)
    assert found is not None
    assert dict(found.parameters)["end_at"] == "2013-01-01T00:00:00+00:00"


MOMENTS = st.datetimes(datetime(2012, 1, 1), datetime(2014, 1, 1), timezones=st.just(UTC))
RECORDS = st.lists(
    st.builds(
        lambda day, kind, count: {
            "_id": f"{day}{kind}{count}",
            "_timestamp": (at("2013-01-01T00:00") + timedelta(days=day, hours=day % 24)).isoformat(),
            "kind": kind,
            "volume": count,
        },
        st.integers(0, 20),
        st.sampled_from(["a", "b", "c", True, 1]),
        st.integers(0, 9),
    ),
    max_size=12,
)

UNHURRIED = settings(deadline=None)
"""The oracle takes its time where others use the machine."""


@UNHURRIED
@given(MOMENTS, MOMENTS, MOMENTS, st.sampled_from([period.value for period in Period]), st.booleans())
def test_the_read_api_never_refuses_the_range(
    one: datetime, other: datetime, now: datetime, period: str, raw: bool
) -> None:
    earliest, latest = sorted((one, other))
    found = question({"period": period}, earliest, latest, now, raw_queries_allowed=raw)
    assume(found is not None)
    assert found is not None
    answer = answers.answer([], list(found.parameters), {"raw_queries_allowed": raw}, now)
    assert answer.status == 200
    rows = found.rows(answer.body["data"])
    kind = Period(period)
    assert rows[0]["_start_at"] == kind.start(kind.index(earliest)).isoformat()
    last_end = datetime.fromisoformat(rows[-1]["_end_at"])
    assert last_end <= now
    assert last_end > latest or last_end == kind.start(kind.index(now))


@UNHURRIED
@given(RECORDS, st.integers(0, 20), st.integers(0, 6), st.booleans())
def test_the_wider_question_has_the_answer_to_the_narrow_one(
    records: list[dict[str, Any]], first: int, more: int, is_grouped: bool
) -> None:
    parameters = {"period": "day", "collect": ["volume:sum"]} | ({"group_by": ["kind"]} if is_grouped else {})
    earliest = at("2013-01-01T05:00") + timedelta(days=first)
    rows = []
    for raw in (True, False):
        found = question(parameters, earliest, earliest + timedelta(days=more), NOW, raw_queries_allowed=raw)
        assert found is not None
        answer = answers.answer(records, list(found.parameters), {"raw_queries_allowed": raw}, NOW)
        rows.append(found.rows(answer.body["data"]))
    assert rows[0] == rows[1]


@UNHURRIED
@given(
    RECORDS, st.integers(0, 20), st.integers(0, 6), st.booleans(), st.sampled_from(["hour", "day", "week"])
)
def test_a_period_has_the_rows_that_it_has_alone(
    records: list[dict[str, Any]], first: int, more: int, is_grouped: bool, kind: str
) -> None:
    parameters = {"period": kind, "collect": ["volume:sum"]} | ({"group_by": ["kind"]} if is_grouped else {})
    earliest = at("2013-01-01T05:00") + timedelta(days=first)

    def rows(start: datetime, end: datetime) -> list[Any]:
        found = question(parameters, start, end, NOW, raw_queries_allowed=True)
        assert found is not None
        return found.rows(
            answers.answer(records, list(found.parameters), {"raw_queries_allowed": True}, NOW).body["data"]
        )

    together = question(parameters, earliest, earliest + timedelta(days=more), NOW, raw_queries_allowed=True)
    assert together is not None
    assert together.stretch is not None
    starts = map(together.stretch.start, range(together.stretch.first, together.stretch.end))
    alone = [row for start in starts for row in rows(start, start)]
    assert rows(earliest, earliest + timedelta(days=more)) == alone
