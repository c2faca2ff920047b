"""Collections and indexes, made once, before the first write to a data set."""

from __future__ import annotations

from pymongo import IndexModel
from pymongo.database import Database

from backdrop.storage.mongo import drops, receipts
from backdrop.storage.mongo.collection_names import RECEIPTS, TRIGGERS, collection_of, fresh_contents_of
from backdrop.storage.mongo.contents import INDEX, put_in_place
from backdrop.storage.mongo.documents import Document
from backdrop.storage.mongo.leases import UnderLease
from backdrop.storage.mongo.work import Done, Undo

_OURS = {
    TRIGGERS: [IndexModel([("written", 1), ("_id", 1)]), IndexModel([("data_set", 1)])],
    RECEIPTS: [
        IndexModel([("data_set", 1)]),
        IndexModel([("stored", 1)], expireAfterSeconds=int(receipts.KEPT.total_seconds())),
    ],
}


def make(leased: UnderLease) -> Done[bool]:
    """Makes what a data set's writes need. A collection that was there before us is taken as it is; its index is
    left to `index`, because that may take minutes."""
    for name, indexes in _OURS.items():
        with leased.step():
            leased.database[name].create_indexes(indexes)
    name = collection_of(leased.data_set)
    [*found] = leased.database.list_collections(filter={"name": name})
    if not found:
        with leased.step():
            leased.database[name].create_indexes([INDEX])
    elif found[0].get("options", {}).get("capped"):
        _uncap(leased, name)
    has_records = bool(found) and leased.database[name].find_one({}, {"_id": 1}) is not None
    changes = {"exists": True, "is_indexed": not found, "is_cleared": False, "has_records": has_records}
    return Done(True, {**changes, **drops.DONE}, is_new_version=False)


def index(database: Database[Document], data_set: str) -> None:
    """Makes the index of a collection that was there before us, unless it has it. Takes as long as it takes."""
    database[collection_of(data_set)].create_indexes([INDEX])


def exists(database: Database[Document], data_set: str, entry: Document | None) -> bool:
    """Whether there is a collection of the data set, whoever has made it, other than the empty one that a drop has left
    according to the catalogue's entry."""
    name = collection_of(data_set)
    if entry is not None and entry.get("is_cleared"):
        return database[name].find_one({}, {"_id": 1}) is not None
    return bool(database.list_collection_names(filter={"name": name}))


def _uncap(leased: UnderLease, name: str) -> None:
    """The first Backdrop had MongoDB's own capped collections, from which nothing can be deleted and which take no
    transactions: puts a plain one with the same records in its place."""
    leased.begin_change(Undo())
    with leased.step():
        leased.database[name].aggregate([{"$out": fresh_contents_of(leased.write_id)}])
    put_in_place(leased)
