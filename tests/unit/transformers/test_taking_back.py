from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.periods import Period
from backdrop.transformers import taking_back
from backdrop.transformers.ids import encode_id
from backdrop.transformers.per_period import PerPeriod
from backdrop.transformers.taking_back import MOST_IDS, Search, searches
from backdrop.transformers.window import Stretch

RATE = PerPeriod(frozenset({"rate"}))
KINDS = PerPeriod(frozenset({"kind", "visits"}), "kind", ("phone", "old"))
WEEKS = ("2013-01-07T00:00:00+00:00", "2013-01-14T00:00:00+00:00", "2013-01-21T00:00:00+00:00")
ID_1, ID_2 = encode_id(WEEKS[0], WEEKS[1]), encode_id(WEEKS[1], WEEKS[2])


def weeks(count: int = 2, period: Period = Period.WEEK) -> Stretch:
    first = period.index(datetime(2013, 1, 7, tzinfo=UTC))
    return Stretch(period, first, first + count)


def search(
    per_period: PerPeriod, made: Collection[str] = (), stretch: Stretch | None = None, **more: Any
) -> list[Search]:
    raw = more.pop("raw", True)
    return list(searches(per_period, stretch or weeks(), more, made, raw_queries_allowed=raw))


def row(start: str, count: int = 1, **more: Any) -> dict[str, Any]:
    return {"_start_at": start, "_count": count, **more}


def parameters(found: Search) -> dict[str, list[str]]:
    asked: dict[str, list[str]] = {}
    for name, value in found.question.parameters:
        asked.setdefault(name, []).append(value)
    return asked


def test_where_everything_was_made_nothing_is_asked() -> None:
    assert search(RATE, made=[ID_1, ID_2]) == []
    assert search(RATE, made=[ID_1]) != []
    assert search(PerPeriod(frozenset({"kind"}), "kind", ())) == []


def test_what_was_not_made_and_may_be_there_is_found() -> None:
    (found,) = search(RATE, made=[ID_1])
    assert parameters(found) == {
        "period": ["week"],
        "start_at": [WEEKS[0]],
        "end_at": [WEEKS[2]],
        "flatten": ["true"],
    }
    assert found.found([row(WEEKS[0]), row(WEEKS[1])]) == [ID_2]
    assert found.found([row(WEEKS[0]), row(WEEKS[1], 0)]) == []


def test_only_the_names_that_the_transform_gives_are_found() -> None:
    made = [encode_id(WEEKS[0], WEEKS[1], "phone")]
    (found,) = search(KINDS, made)
    assert parameters(found)["group_by"] == ["kind"]
    assert parameters(found)["filter_by"] == ["kind:phone", "kind:old"]
    rows: Iterable[Any] = [
        row(week, kind=kind) for week in WEEKS[:2] for kind in ("phone", "old", "tv", 5, True)
    ]
    assert found.found(list(rows)) == [
        encode_id(WEEKS[0], WEEKS[1], "old"),
        encode_id(WEEKS[1], WEEKS[2], "phone"),
        encode_id(WEEKS[1], WEEKS[2], "old"),
    ]


def test_additional_fields_are_in_the_ids_and_narrow_the_question() -> None:
    fields = {"place": "x:y", "rate": "z", "many": 3, "none": None, "empty": ""}
    (found,) = search(RATE, additionalFields=fields)
    assert parameters(found)["filter_by"] == ["place:x:y"]
    assert found.found([row(WEEKS[0])]) == [
        encode_id(ID_1, "place:x:y_rate:z_many:3_none:null_empty:"),
    ]


def test_filters_that_are_too_long_for_a_url_are_left_out() -> None:
    names = tuple(f"name {n:040}" for n in range(100))
    (found,) = search(PerPeriod(frozenset({"kind"}), "kind", names), additionalFields={"place": "x" * 2000})
    assert "filter_by" not in parameters(found)
    assert len(found.found([row(WEEKS[0], kind=name) for name in (*names, "another")])) == 100


def test_a_single_period() -> None:
    (found,) = search(RATE, stretch=weeks(1))
    assert parameters(found) == {
        "period": ["week"],
        "start_at": [WEEKS[0]],
        "duration": ["1"],
        "flatten": ["true"],
    }


def test_days_of_an_output_without_raw_queries_are_asked_for_a_week_at_a_time() -> None:
    (found,) = search(RATE, stretch=weeks(2, Period.DAY), raw=False)
    assert parameters(found)["start_at"] == ["2013-01-02T00:00:00+00:00"]
    day = encode_id(WEEKS[0], "2013-01-08T00:00:00+00:00")
    assert found.found([row("2013-01-06T00:00:00+00:00"), row(WEEKS[0])]) == [day]


@pytest.mark.parametrize("kinds", [1, 3])
def test_a_long_range_is_asked_for_in_parts(kinds: int) -> None:
    names = tuple("abcdef"[:kinds])
    found = search(PerPeriod(frozenset({"k1"}), "k1", names), stretch=weeks(25_000, Period.HOUR))
    assert [len(part.ids) for part in found] == [
        *[MOST_IDS // kinds * kinds] * (len(found) - 1),
        25_000 * kinds - MOST_IDS // kinds * kinds * (len(found) - 1),
    ]
    assert [parameters(part)["start_at"] for part in found[1:]] == [
        parameters(part)["end_at"] for part in found[:-1]
    ]


@given(
    st.sampled_from(Period),
    st.integers(0, 40),
    st.sets(st.sampled_from(["phone", "old", "x_y"])),
    st.data(),
)
def test_all_that_is_there_and_was_not_made_is_found_whatever_the_parts(
    period: Period, count: int, names: set[str], data: st.DataObject
) -> None:
    known = PerPeriod(frozenset({"kind"}), "kind", tuple(sorted(names)))
    stretch = weeks(count, period)
    starts = [stretch.start(index).isoformat() for index in range(stretch.first, stretch.end + 1)]
    possible = [(start, end, n) for start, end in pairwise(starts) for n in known.names]
    chosen = st.lists(st.sampled_from(possible), unique=True) if possible else st.just([])
    there, made = data.draw(chosen), {encode_id(*one) for one in data.draw(chosen)}
    answer = [row(start, kind=name) for start, _, name in there]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(taking_back, "MOST_IDS", 7)
        found = [each for part in search(known, made, stretch) for each in part.found(answer)]
    assert sorted(found) == sorted({encode_id(*one) for one in there} - made)
