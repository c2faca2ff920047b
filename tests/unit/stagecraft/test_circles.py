"""No circle of transforms is overlooked, and none is seen where there is none."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from stagecraft.transforms.circles import Edge, Node, find_circle, in_words

GROUPS = st.sampled_from([None, "g", "h"])
TYPES = st.sampled_from(["a", "b", "c"])
EDGES = st.builds(Edge, GROUPS, TYPES, GROUPS, TYPES)
# Those that the edges above name, and one that stands for all the others.
UNIVERSE = ("g", "h", None)


def steps(edges: list[Edge], node: Node) -> set[Node]:
    group, data_type = node
    return {
        (group if edge.output_group is None else edge.output_group, edge.output_type)
        for edge in edges
        if edge.input_type == data_type and edge.input_group in (None, group)
    }


def has_circle(edges: list[Edge]) -> bool:
    """The long way round: from every data set, everything that can be reached."""
    for start in [(group, data_type) for group in UNIVERSE for data_type in "abc"]:
        reached: set[Node] = set()
        fresh = steps(edges, start)
        while fresh:
            reached |= fresh
            fresh = {node for one in fresh for node in steps(edges, one)} - reached
        if start in reached:
            return True
    return False


@given(st.lists(EDGES, max_size=6))
def test_finds_a_circle_exactly_when_there_is_one(edges: list[Edge]) -> None:
    circle = find_circle(edges)
    assert (circle is not None) == has_circle(edges)
    if circle is not None:
        assert circle[0] == circle[-1]
        for here, there in pairwise(circle):
            assert there in steps(edges, here)


def test_a_chain_is_no_circle() -> None:
    assert find_circle([Edge("g", "a", "g", "b"), Edge("g", "b", "g", "c")]) is None
    assert find_circle([]) is None


def test_the_same_types_in_other_groups_are_no_circle() -> None:
    assert find_circle([Edge("g", "a", "h", "b"), Edge("g", "b", "h", "a")]) is None


def test_any_group_meets_a_named_one() -> None:
    circle = find_circle([Edge(None, "a", None, "b"), Edge("g", "b", "g", "a")])
    assert circle is not None
    assert set(circle) == {("g", "a"), ("g", "b")}


def test_any_group_alone() -> None:
    circle = find_circle([Edge(None, "a", None, "a")])
    assert circle is not None
    assert {data_type for _, data_type in circle} == {"a"}


def test_thousands_of_transforms_in_a_row() -> None:
    row = [Edge("g", f"t{n}", None, f"t{n + 1}") for n in range(5000)]
    assert find_circle(row) is None
    circle = find_circle([*row, Edge("g", "t5000", None, "t0")])
    assert circle is not None
    assert len(circle) == 5002


def test_in_words() -> None:
    assert in_words([("g", "a"), (None, "b"), ("g", "a")]) == "g/a -> (any group)/b -> g/a"
