from __future__ import annotations

from itertools import count, pairwise
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.triggers import Trigger
from backdrop.write.holding import HOLD_SECONDS, MOST_HELD, Holding
from tests.contract.making import at

_numbers = count()


def trigger(data_set: str) -> Trigger:
    return Trigger(str(next(_numbers)), data_set, at("2020-01-01"), at("2020-01-02"), "")


def test_the_first_of_a_data_set_is_due_at_once_and_the_next_when_it_has_rested() -> None:
    holding = Holding()
    assert holding.next_due() == inf
    first, second, third, other = (trigger(name) for name in ("a", "a", "a", "b"))
    holding.add(first)
    assert holding.next_due() <= 100
    assert holding.take(100) == [first]
    assert holding.next_due() == inf
    holding.add(second)
    assert holding.next_due() == 100 + HOLD_SECONDS
    holding.add(other)
    assert holding.next_due() <= 101
    assert holding.take(101) == [other]
    holding.add(third)
    assert holding.take(100 + HOLD_SECONDS - 0.1) == []
    assert holding.take(100 + HOLD_SECONDS) == [second, third]
    assert holding.take(200) == []
    holding.add(fourth := trigger("a"))
    assert holding.take(200) == [fourth]


def test_everything_at_once() -> None:
    holding = Holding()
    holding.add(trigger("a"))
    holding.take(100)
    held = [trigger("a"), trigger("b"), trigger("a")]
    for one in held:
        holding.add(one)
    assert sorted(holding.take_all(), key=held.index) == held
    assert holding.take_all() == []
    assert holding.next_due() == inf


def test_it_holds_so_many_and_no_more() -> None:
    holding = Holding()
    for _ in range(2):
        assert all(holding.add(trigger(f"{i % 7}")) for i in range(MOST_HELD))
        assert not holding.add(trigger("a"))
        assert len(holding.take_all()) == MOST_HELD


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 4)), max_size=60))
def test_each_is_taken_once_in_order_within_the_time_of_rest(arrivals: list[tuple[str, float]]) -> None:
    """And a data set's triggers are never taken more often than it may rest."""
    holding, now = Holding(), 0.0
    given_at: dict[str, float] = {}
    taken: list[Trigger] = []
    taken_at: dict[str, list[float]] = {}

    def take(until: float) -> None:
        while (due := max(holding.next_due(), now)) <= until:
            found = holding.take(due)
            assert found
            taken.extend(found)
            for name in {one.data_set for one in found}:
                taken_at.setdefault(name, []).append(due)
            assert all(due - given_at[one.id] <= HOLD_SECONDS + 1e-6 for one in found)

    for name, pause in arrivals:
        take(now + pause)
        now += pause
        one = trigger(name)
        given_at[one.id] = now
        holding.add(one)
    take(now + HOLD_SECONDS)
    assert sorted(int(one.id) for one in taken) == sorted(map(int, given_at))
    for name, times in taken_at.items():
        of_one = [int(one.id) for one in taken if one.data_set == name]
        assert of_one == sorted(of_one)
        assert all(later - earlier >= HOLD_SECONDS - 1e-6 for earlier, later in pairwise(times))
