"""The whole contents of a data set: how much and over which time, and another in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pymongo
from pymongo import IndexModel
from pymongo.errors import OperationFailure, PyMongoError

from backdrop.core.spans import Span
from backdrop.storage.mongo import storing
from backdrop.storage.mongo.collection_names import collection_of, fresh_contents_of
from backdrop.storage.mongo.connections import Documents
from backdrop.storage.mongo.leases import UnderLease
from backdrop.storage.mongo.storing import Prepared
from backdrop.storage.mongo.unavailable import code_of
from backdrop.storage.mongo.work import Work, command, documents_of, lost

INDEX = IndexModel([("_timestamp", 1), ("_id", 1)], name="backdrop")
"""Ranges of time, the order in which records are asked for, and which ones are the oldest."""

MOST_IN_A_TRANSACTION = 100_000
"""Records that are replaced in a transaction, old ones and new ones each; of more, a collection is built beside."""

_NOT_FOR_A_NEW_INDEX = ("v", "ns", "background")
_NAMESPACE_NOT_FOUND = 26
_COUNT_SECONDS = 2.0


def count(leased: UnderLease) -> int:
    """How many records there are. Where it takes seconds to count them, by MongoDB's own books, which a crash may have
    put out: a lease would be over before some fourteen million are counted, and these could never be dropped."""
    documents = documents_of(leased)
    try:
        with pymongo.timeout(_COUNT_SECONDS):
            return documents.count_documents({})
    except PyMongoError as error:
        if not error.timeout:
            raise
    with command():
        return documents.estimated_document_count()


def span(work: Work) -> Span | None:
    """First and last `_timestamp` of all records; None where none has one."""
    documents, dated = documents_of(work), {"_timestamp": {"$type": "date"}}
    ends = [
        documents.find_one(dated, {"_timestamp": 1}, sort=[("_timestamp", way)], session=work.session)
        for way in (1, -1)
    ]
    first, last = (None if end is None else end["_timestamp"] for end in ends)
    return None if first is None or last is None else (first, last)


def replace(work: Work, records: Sequence[Prepared]) -> int:
    """Puts the records in the place of all others, in a transaction; how many there were."""
    removed = documents_of(work).delete_many({}, session=work.session).deleted_count
    storing.insert(work, documents_of(work), records)
    return removed


def exchange(leased: UnderLease, records: Sequence[Prepared]) -> None:
    """Puts a collection of the records in the place of the data set's, in one step for whoever reads."""
    _build(leased, _indexes_of(documents_of(leased)), records)
    put_in_place(leased)


def clear(leased: UnderLease) -> None:
    """Puts an empty collection in the place of the data set's. MongoDB's `drop` could reach the server when another
    has long written to the collection, and would drop what he was told is stored. This can't: who takes the write
    back removes the new collection before anything else is written, and then there is none to put in the place. It
    isn't made again either, for the lease is renewed between making it and putting it there."""
    _build(leased, [INDEX], [])
    put_in_place(leased)


def put_in_place(leased: UnderLease) -> None:
    """Has the collection that was built for the write take the place of the data set's, in one step."""
    fresh = leased.database[fresh_contents_of(leased.write_id)]
    try:
        with leased.step(renews=True):
            fresh.rename(collection_of(leased.data_set), dropTarget=True)
    except OperationFailure as error:
        if code_of(error) != _NAMESPACE_NOT_FOUND:
            raise
        raise lost() from None  # another has taken the write back, and the new collection first


def _build(leased: UnderLease, indexes: Sequence[IndexModel], records: Sequence[Prepared]) -> None:
    fresh = leased.database[fresh_contents_of(leased.write_id)]
    with leased.step():
        fresh.create_indexes(indexes)
    storing.insert(leased, fresh, records)


def _indexes_of(documents: Documents) -> list[IndexModel]:
    """Ours, and those that operators have added. Theirs may be ours under another name; MongoDB takes only one."""
    others = [index for index in documents.list_indexes() if index["name"] not in ("_id_", _name(INDEX))]
    has_ours = any(index["key"] == INDEX.document["key"] for index in others)
    return [*([] if has_ours else [INDEX]), *(_model(index) for index in others)]


def _model(index: Mapping[str, Any]) -> IndexModel:
    options: dict[str, Any] = {
        key: value for key, value in index.items() if key not in ("key", *_NOT_FOR_A_NEW_INDEX)
    }
    return IndexModel(list(index["key"].items()), **options)


def _name(model: IndexModel) -> str:
    return str(model.document["name"])
