from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from backdrop.transformers.circles import Place, find_circle, in_words

A, B, C, D = (("g", name) for name in "abcd")


def circle(source: Place, output: Place, edges: dict[Place, list[Place]]) -> list[Place] | None:
    return find_circle(source, output, lambda place: edges.get(place, []))


def test_a_chain_is_no_circle() -> None:
    assert circle(A, B, {A: [B], B: [C], C: [D]}) is None
    assert circle(A, B, {A: [B, C], B: [D], C: [D]}) is None


def test_the_way_round_is_told() -> None:
    assert circle(A, A, {A: [A]}) == [A, A]
    assert circle(A, B, {A: [B], B: [D, C], C: [A]}) == [A, B, C, A]
    assert in_words([A, B, A]) == "g/a -> g/b -> g/a"


def test_a_circle_further_on_is_another_transforms() -> None:
    assert circle(A, B, {A: [B], B: [C], C: [B]}) is None


def test_another_output_of_the_same_input_does_not_matter() -> None:
    assert circle(A, B, {A: [B, C], C: [A]}) is None


PLACES = st.integers(0, 6).map(lambda n: ("g", str(n)))


@given(st.dictionaries(PLACES, st.lists(PLACES, max_size=3)), PLACES, PLACES)
def test_found_exactly_when_the_output_leads_back(
    edges: dict[Place, list[Place]], source: Place, output: Place
) -> None:
    reached, before = {output}, set[Place]()
    while reached != before:
        before = reached
        reached = reached | {following for place in reached for following in edges.get(place, [])}
    found = circle(source, output, edges)
    assert (found is not None) == (source in reached)
    if found is not None:
        assert (found[0], found[1], found[-1]) == (source, output, source)
        assert all(b in edges[a] for a, b in pairwise(found[1:]))
