from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backdrop.storage.mongo.batches import MOST_BYTES, MOST_ITEMS, batches, batches_of_ids


@given(st.lists(st.integers(0, MOST_BYTES * 2), max_size=30))
def test_all_items_in_order_and_within_the_limits(sizes: list[int]) -> None:
    cut = list(batches(sizes, lambda size: size))
    assert [size for batch in cut for size in batch] == sizes
    assert all(batch and (len(batch) == 1 or sum(batch) <= MOST_BYTES) for batch in cut)


def test_many_small_ones_are_cut_by_number() -> None:
    assert [len(batch) for batch in batches_of_ids(["x"] * (MOST_ITEMS + 1))] == [MOST_ITEMS, 1]


def test_long_ids_are_cut_by_their_bytes() -> None:
    assert [len(batch) for batch in batches_of_ids(["é" * 3_000_000] * 3)] == [1, 1, 1]
