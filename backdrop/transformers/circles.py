"""Transforms whose outputs feed each other in a circle would run for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Place = tuple[str, str]
"""Data group and data type: an output may be named before its data set is there."""


def find_circle(
    source: Place, output: Place, outputs_of: Callable[[Place], Iterable[Place]]
) -> list[Place] | None:
    """The way from `source` over `output` along transforms back to `source`; None if there is none.

    `outputs_of` says what the transforms of a data set write to; it is asked once for each that is met.
    """
    ways = {output: [source, output]}
    waiting = [output]
    for place in waiting:
        if place == source:
            return ways[place]
        for following in outputs_of(place):
            if following not in ways:
                ways[following] = [*ways[place], following]
                waiting.append(following)
    return None


def in_words(circle: Iterable[Place]) -> str:
    """`g-cloud/sales -> g-cloud/sme-share -> g-cloud/sales`"""
    return " -> ".join(f"{group}/{data_type}" for group, data_type in circle)
