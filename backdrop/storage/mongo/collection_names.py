"""In which collection a data set lies, and Backdrop's own collections."""

from __future__ import annotations

import hashlib

from backdrop.core.names import is_valid_data_set_name

DATA_SETS = "_backdrop.data_sets"
DROPS = "_backdrop.drops"
RECEIPTS = "_backdrop.receipts"
TRIGGERS = "_backdrop.triggers"
UNDO = "_backdrop.undo"

# MongoDB allows 235 bytes for the name of a sharded collection, its database's (at most 63) and a dot included.
LONGEST = 170
_KEPT = 100


def collection_of(data_set: str) -> str:
    """The collection of a data set: of the same name, unless that is too long for MongoDB. A dot is in no data
    set's name, so neither kind takes another's place."""
    if len(data_set) <= LONGEST:
        return data_set
    return f"{data_set[:_KEPT]}.{hashlib.sha256(data_set.encode()).hexdigest()[:32]}"


def fresh_contents_of(write_id: str) -> str:
    """The collection in which a write builds what will take the place of a data set's contents."""
    return f"_backdrop.fresh.{write_id}"


def is_data_set(collection: str) -> bool:
    """Whether a collection that is not in our catalogue may be a data set's."""
    return len(collection) <= LONGEST and is_valid_data_set_name(collection)
