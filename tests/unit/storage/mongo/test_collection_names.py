from __future__ import annotations

import pytest

from backdrop.storage.mongo.collection_names import (
    DATA_SETS,
    LONGEST,
    RECEIPTS,
    TRIGGERS,
    UNDO,
    collection_of,
    fresh_contents_of,
    is_data_set,
)


def test_a_collection_has_the_name_of_its_data_set() -> None:
    for name in ("things", "a-b_c", "system", "x" * LONGEST):
        assert collection_of(name) == name


def test_a_name_too_long_for_mongodb_is_cut_and_still_its_own() -> None:
    one, other = collection_of("x" * 500), collection_of("x" * 499 + "y")
    assert one != other
    assert all(len(name) <= LONGEST and not is_data_set(name) for name in (one, other))


@pytest.mark.parametrize(
    "name", [DATA_SETS, RECEIPTS, TRIGGERS, UNDO, fresh_contents_of("ab12"), "system.views"]
)
def test_collections_that_are_no_data_sets(name: str) -> None:
    assert not is_data_set(name)
