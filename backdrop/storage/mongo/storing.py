"""Records into the collection of a data set: the same few commands for one record as for ten thousand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError

from backdrop.core.errors import Fault, InvalidRecords
from backdrop.core.spans import Span, span_of
from backdrop.storage.mongo.batches import AROUND_AN_ID, MOST_ITEMS, batches
from backdrop.storage.mongo.connections import Documents
from backdrop.storage.mongo.documents import Document, document_of, ids_of
from backdrop.storage.mongo.unavailable import code_of
from backdrop.storage.mongo.work import Work, documents_of, lost
from backdrop.storage.protocol import Record, StorageUnavailable

_DUPLICATE_KEY = 11000
_ID = {"_id": 1}
_MOST_REPLACED_IN_TIME = 2_000
"""Records, of which the last has to be begun in time: a machine that is ten times slower than usual needs a second."""
MOST_BYTES_OF_A_DOCUMENT = 16 * 1024 * 1024


class IdsAreKnown(StorageUnavailable):
    """Records that were to be new have ids of others."""

    def __init__(self, data_set: str) -> None:
        super().__init__(
            "some of these records were stored by another request meanwhile; send them again",
            trouble=f"MongoDB: records of the data set '{data_set}' turned up between the look for them and the write",
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A record as it will be stored."""

    id: str
    document: RawBSONDocument

    @property
    def size(self) -> int:
        return len(self.document.raw)


@dataclass(frozen=True, slots=True)
class Known:
    """A record that is there already, under an `_id` that may be an ObjectId."""

    id: Any
    timestamp: datetime | None
    size: int


def prepare(records: Sequence[Record]) -> list[Prepared]:
    """The records encoded, before anybody has to wait for it. Raises InvalidRecords for one that is too large."""
    prepared = [Prepared(str(one["_id"]), RawBSONDocument(bson.encode(document_of(one)))) for one in records]
    faults = [
        Fault(index, None, "the record takes more than the 16 MB that MongoDB stores in one")
        for index, one in enumerate(prepared)
        if one.size > MOST_BYTES_OF_A_DOCUMENT
    ]
    if faults:
        raise InvalidRecords(faults, len(records), invalid=len(faults), found=len(faults))
    return prepared


def known_of(work: Work, records: Sequence[Prepared]) -> dict[str, Known]:
    """Those of the records that are there already, by id. The text counts before the ObjectId that shows as it."""
    shown = {"_timestamp": 1, "_size": {"$bsonSize": "$$ROOT"}}
    known: dict[str, Known] = {}
    for batch in batches(records, lambda one: len(one.id.encode()) + AROUND_AN_ID):
        ids = [wanted for one in batch for wanted in ids_of(one.id)]
        with work.step():
            # in one answer, and not in one for each hundred
            found_of_batch = documents_of(work).find({"_id": {"$in": ids}}, shown, session=work.session)
            for found in found_of_batch.batch_size(len(ids) + 1):
                one = Known(found["_id"], instant_of(found), found["_size"])
                if isinstance(one.id, str) or str(one.id) not in known:
                    known[str(one.id)] = one
    return known


def put(work: Work, records: Sequence[Prepared], known: Mapping[str, Known]) -> None:
    """Stores the records, those that are known in the place of the old ones."""
    insert(work, documents_of(work), [one for one in records if one.id not in known])
    most = _MOST_REPLACED_IN_TIME if work.in_time else MOST_ITEMS
    for batch in batches([one for one in records if one.id in known], lambda one: one.size, most):
        with work.step(), _told_of_duplicates(work):
            changes = _replacements(work, batch, known)
            done = documents_of(work).bulk_write(changes, ordered=False, session=work.session)
        if done.matched_count < len(batch):
            raise lost()


def _replacements(
    work: Work, batch: Sequence[Prepared], known: Mapping[str, Known]
) -> list[ReplaceOne[Document] | UpdateOne]:
    """Each only if it is in time. If the last is found, the command was, and with it all."""
    named = [(known[one.id].id, _named(one, known[one.id].id)) for one in batch]
    if not work.in_time:
        return [ReplaceOne({"_id": id_}, document) for id_, document in named]
    *others, (last_id, last) = named
    # a condition in the filter has every single one planned, which takes several times as long
    is_in_time = work.in_time["$expr"]
    return [
        *(
            UpdateOne(
                {"_id": id_}, [{"$replaceWith": {"$cond": [is_in_time, {"$literal": document}, "$$ROOT"]}}]
            )
            for id_, document in others
        ),
        ReplaceOne({"_id": last_id, **work.in_time}, last),
    ]


def insert(work: Work, documents: Documents, records: Sequence[Prepared]) -> None:
    """Stores records whose ids are not known. Raises IdsAreKnown if one of them is."""
    for batch in batches(records, lambda one: one.size):
        with work.step(), _told_of_duplicates(work):
            documents.insert_many([one.document for one in batch], ordered=False, session=work.session)


@contextmanager
def _told_of_duplicates(work: Work) -> Iterator[None]:
    """Raises IdsAreKnown where an id is another record's, StorageUnavailable where it is the key of an index that is
    none of ours."""
    try:
        yield
    except BulkWriteError as error:
        if code_of(error) != _DUPLICATE_KEY:
            raise
        refused = [one for one in (error.details or {})["writeErrors"] if one["code"] == _DUPLICATE_KEY]
        keys = [list(one.get("keyPattern", _ID)) for one in refused]
        if list(_ID) in keys:
            raise IdsAreKnown(work.data_set) from None
        # the names of its fields alone: what MongoDB says itself has values of records
        index = ", ".join(keys[0])
        raise StorageUnavailable(
            "some of these records can't be stored beside those that are there; our log says why",
            trouble=f"MongoDB: the data set '{work.data_set}' has a unique index on ({index}) that is not Backdrop's,"
            " and records that it refuses; drop that index, or make it one that is not unique",
        ) from None


def span_of_known(known: Iterable[Known]) -> Span | None:
    """From the first to the last `_timestamp`; None where none has one."""
    return span_of({"_timestamp": one.timestamp} for one in known)


def _named(one: Prepared, document_id: Any) -> RawBSONDocument | Document:
    """The document under the id that it has in the collection, which can't be changed."""
    return (
        one.document
        if isinstance(document_id, str)
        else {**bson.decode(one.document.raw), "_id": document_id}
    )


def instant_of(document: Mapping[str, object]) -> datetime | None:
    """A document's `_timestamp`, if it is an instant."""
    at = document.get("_timestamp")
    return at if isinstance(at, datetime) else None


def newest(records: Sequence[Prepared], cap: int) -> list[Prepared]:
    """The newest of the records, as many as are within the cap, and at least one if there is any."""
    newest_first = sorted(records, key=_age, reverse=True)
    sizes = accumulate(one.size for one in newest_first)
    fits = sum(1 for total in sizes if total <= cap)
    return newest_first[: max(1, fits)]


def _age(one: Prepared) -> tuple[bool, datetime | None, str]:
    at = instant_of(one.document)
    return at is not None, at, one.id
