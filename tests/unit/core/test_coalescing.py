from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.coalescing import FAR, LONG, Merged, merge
from backdrop.core.triggers import Trigger

START = datetime(2020, 1, 1, tzinfo=UTC)
DAYS = st.one_of(st.integers(0, 800), st.floats(0, 900), st.sampled_from([0, 31, 366, 1_000_000]))


def trigger(id_: str, first: float, last: float, data_set: str = "a") -> Trigger:
    return Trigger(id_, data_set, START + timedelta(first), START + timedelta(last), f"request {id_}")


def spans(*days: tuple[float, float]) -> list[tuple[float, float]]:
    """The merged spans of triggers with these, in days."""
    merged = merge(trigger(str(i), first, last) for i, (first, last) in enumerate(days))
    return [
        ((one.trigger.earliest - START) / timedelta(1), (one.trigger.latest - START) / timedelta(1))
        for one in merged
    ]


TRIGGERS = st.lists(st.tuples(st.sampled_from("abc"), DAYS, DAYS), max_size=20).map(
    lambda given: [
        trigger(str(i), first, first + length, name) for i, (name, first, length) in enumerate(given)
    ]
)


def covers(one: Trigger, other: Trigger) -> bool:
    return one.data_set == other.data_set and one.earliest <= other.earliest and other.latest <= one.latest


def again(merged: Sequence[Merged]) -> list[Trigger]:
    return [one.trigger for one in merge(one.trigger for one in merged)]


@pytest.mark.parametrize(
    ("given_spans", "merged"),
    [
        ([], []),
        ([(1, 2)], [(1, 2)]),
        ([(1, 2), (1, 2)], [(1, 2)]),
        ([(5, 6), (1, 2), (3, 4)], [(1, 6)]),
        ([(0, 1), (32, 33)], [(0, 33)]),
        ([(0, 1), (32.1, 33)], [(0, 1), (32.1, 33)]),
        ([(0, 300), (300, 366)], [(0, 366)]),
        ([(0, 300), (300, 366.1)], [(0, 300), (300, 366.1)]),
        ([(0, 5000), (400, 4000), (0, 10)], [(0, 5000)]),
        ([(0, 10), (0, 5000)], [(0, 5000)]),
        ([(0, 5000), (4990, 5010)], [(0, 5000), (4990, 5010)]),
        ([(day, day) for day in range(0, 730, 30)], [(0, 360), (390, 720)]),
    ],
)
def test_spans_that_are_near_become_one(
    given_spans: list[tuple[float, float]], merged: list[tuple[float, float]]
) -> None:
    assert spans(*given_spans) == merged


def test_data_sets_stay_apart_in_the_order_of_their_first() -> None:
    given_triggers = [trigger("1", 9, 9, "b"), trigger("2", 0, 0, "a"), trigger("3", 5, 6, "b")]
    merged = merge(given_triggers)
    assert [one.trigger.data_set for one in merged] == ["b", "a"]
    assert merged[1] == Merged(given_triggers[1], (given_triggers[1],))
    assert set(merged[0].parts) == {given_triggers[0], given_triggers[2]}


@given(TRIGGERS)
def test_every_trigger_is_part_of_one_that_covers_it(given_triggers: list[Trigger]) -> None:
    merged = merge(given_triggers)
    assert sorted(part.id for one in merged for part in one.parts) == sorted(t.id for t in given_triggers)
    assert all(covers(one.trigger, part) for one in merged for part in one.parts)


@given(TRIGGERS)
def test_no_longer_than_a_year_or_a_part(given_triggers: list[Trigger]) -> None:
    for one in merge(given_triggers):
        length = one.trigger.latest - one.trigger.earliest
        assert length <= max(LONG, *(part.latest - part.earliest for part in one.parts))
        assert one.trigger.earliest == min(part.earliest for part in one.parts)
        assert one.trigger.latest == max(part.latest for part in one.parts)


@given(TRIGGERS)
def test_no_gap_is_long(given_triggers: list[Trigger]) -> None:
    for one in merge(given_triggers):
        reached = one.trigger.earliest
        for part in sorted(one.parts, key=lambda part: part.earliest):
            assert part.earliest - reached <= FAR
            reached = max(reached, part.latest)


@given(TRIGGERS)
def test_what_is_merged_merges_no_further(given_triggers: list[Trigger]) -> None:
    merged = merge(given_triggers)
    assert again(merged) == [one.trigger for one in merged]


@given(TRIGGERS, st.randoms())
def test_the_spans_do_not_depend_on_the_order(given_triggers: list[Trigger], rng: object) -> None:
    shuffled = list(given_triggers)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random, which the strategy doesn't say

    def found(triggers: list[Trigger]) -> set[tuple[str, datetime, datetime]]:
        merged = [one.trigger for one in merge(triggers)]
        return {(one.data_set, one.earliest, one.latest) for one in merged}

    assert found(given_triggers) == found(shuffled)


def test_the_same_parts_are_the_same_message_and_others_another() -> None:
    parts = [trigger("1", 0, 1), trigger("2", 0, 2), trigger("3", 0, 3)]
    [two], [two_again], [three] = merge(parts[:2]), merge(parts[:2]), merge(parts)
    assert two == two_again
    assert len({two.trigger.id, three.trigger.id, *(part.id for part in parts)}) == 5
    assert two.trigger.request_id == "request 1"
