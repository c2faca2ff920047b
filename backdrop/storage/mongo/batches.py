"""Lists cut into pieces that MongoDB takes in one command (16 MB, 100,000 documents), with room to spare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

MOST_ITEMS = 20_000
MOST_BYTES = 8_000_000
AROUND_AN_ID = 40
"""Bytes that an id takes beside its own: its place in the list, its length, and the ObjectId it may be as well."""

_Item = TypeVar("_Item")


def batches(
    items: Sequence[_Item], size_of: Callable[[_Item], int], most: int = MOST_ITEMS
) -> Iterator[list[_Item]]:
    """The items in order, cut so that each piece is within the limits, or has one item."""
    batch: list[_Item] = []
    size = 0
    for item in items:
        more = size_of(item)
        if batch and (len(batch) == most or size + more > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += more
    if batch:
        yield batch


def batches_of_ids(ids: Sequence[_Item]) -> Iterator[list[_Item]]:
    """Ids (texts and ObjectIds) in pieces, so that all of a piece may be named in one command."""
    return batches(ids, lambda one: len(str(one).encode()) + AROUND_AN_ID)
