"""Keeps a capped data set at about its size, in MongoDB's own bytes: the oldest records go.

The size of a data set is carried along in the catalogue from write to write, where it is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backdrop.storage.mongo.batches import batches_of_ids
from backdrop.storage.mongo.work import Work, documents_of, lost

MOST_REMOVED = 50_000
"""Records that one write removes at most, which takes some seconds; what is too much goes with the next ones."""

_SIZE = {"$bsonSize": "$$ROOT"}


def size(work: Work) -> int:
    """The size of all records; reads them all."""
    total = [{"$group": {"_id": None, "size": {"$sum": _SIZE}}}]
    with work.step():
        found = list(documents_of(work).aggregate(total, session=work.session))
    return int(found[0]["size"]) if found else 0


def cap(work: Work, cap: int, size: int) -> int:
    """Removes the oldest records until `size`, that of all, is at most `cap`, but never the newest, and not too many
    at once; the size that is left."""
    if size <= cap:
        return size
    ids: list[Any] = []
    for document_id, its_size in _all_but_newest(work):
        ids.append(document_id)
        size -= its_size
        if size <= cap or len(ids) == MOST_REMOVED:
            break
    for batch in batches_of_ids(ids):
        with work.step():
            gone = documents_of(work).delete_many(
                {"_id": {"$in": batch}, **work.in_time}, session=work.session
            )
        if gone.deleted_count < len(batch):
            raise lost()
    return size


def _all_but_newest(work: Work) -> Iterator[tuple[Any, int]]:
    """Ids and sizes, the oldest first."""
    oldest_first = documents_of(work).find({}, {"_size": _SIZE}, session=work.session)
    last = None
    with oldest_first.sort([("_timestamp", 1), ("_id", 1)]) as found:
        for document in found:
            if last is not None:
                yield last
            last = document["_id"], document["_size"]
