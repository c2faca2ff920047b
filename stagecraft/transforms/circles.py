"""Transforms that feed each other in a circle would run for ever."""

from collections.abc import Collection
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

# A data set as transforms see it. No group: any group that no transform names.
Node = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class Edge:
    """What a transform reads and what it writes.

    No `input_group`: it reads that type in every group. No `output_group`: it writes to the group
    that it reads from.
    """

    input_group: str | None
    input_type: str
    output_group: str | None
    output_type: str


def find_circle(edges: Collection[Edge]) -> list[Node] | None:
    """A circle, from a data set along the transforms back to the same one, or None if there is none."""
    groups: set[str | None] = {group for edge in edges for group in (edge.input_group, edge.output_group)}
    groups.add(None)
    sorter: TopologicalSorter[Node] = TopologicalSorter()
    for edge in edges:
        for group in groups if edge.input_group is None else {edge.input_group}:
            output_group = group if edge.output_group is None else edge.output_group
            sorter.add((output_group, edge.output_type), (group, edge.input_type))
    try:
        sorter.prepare()
    except CycleError as error:
        return _from_the_first(error.args[1][:-1])
    return None


def _from_the_first(circle: list[Node]) -> list[Node]:
    """The same circle, beginning with the data set that sorts first: it is told alike each time."""
    first = circle.index(min(circle, key=lambda node: (node[0] or "", node[1])))
    return [*circle[first:], *circle[: first + 1]]


def in_words(circle: list[Node]) -> str:
    """`g-cloud/sales -> g-cloud/sme-share -> g-cloud/sales`"""
    return " -> ".join(f"{group or '(any group)'}/{data_type}" for group, data_type in circle)
