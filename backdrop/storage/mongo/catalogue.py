"""The catalogue: a document for each data set that was ever written, or that we have found.

_id          the data set's name
version      how many writes it has had; goes on when the data set is dropped
exists       its collection was made or found, and the data set not dropped since
is_cleared   the collection is what a drop has left: it has no records, unless somebody else has put some there
is_indexed   the collection has our index
has_records  whether there is any
last_write   when it was written last
size         bytes of all records, null where not known
dropped      the number of its last drop (drops.py); not there before one
dropping     whether that has begun and is not done
lease        who writes to it outside of a transaction (leases.py); not there while nobody does
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.read_preferences import ReadPreference

from backdrop.storage.mongo.collection_names import DATA_SETS, is_data_set
from backdrop.storage.mongo.connections import Documents
from backdrop.storage.mongo.documents import Document


def version(data_sets: Documents, data_set: str, session: ClientSession) -> int:
    """The data set's version. While a lease is held readers may see half of a write, so nobody may come to think
    that he knows this version: it is another one for everybody who asks."""
    found = data_sets.find_one({"_id": data_set}, {"version": 1, "lease": 1}, session=session)
    if found is None:
        return 0
    return -1 - secrets.randbits(62) if "lease" in found else int(found["version"])


def last_writes(data_sets: Documents, session: ClientSession) -> dict[str, datetime | None]:
    """When each data set was last written; None for those without records."""
    shown = {"has_records": 1, "last_write": 1}
    return {
        one["_id"]: one.get("last_write") if one.get("has_records") else None
        for one in data_sets.find({}, shown, session=session)
    }


def look_up(database: Database[Document], data_set: str) -> Document | None:
    """What the catalogue says, asked for in order to write."""
    # what another has just changed must be seen, or writers would wait for what is over, or pass what has begun
    data_sets = database.get_collection(DATA_SETS, read_preference=ReadPreference.PRIMARY)
    return data_sets.find_one({"_id": data_set})


def begin_write(
    database: Database[Document], data_set: str, foreseen: Mapping[str, object], session: ClientSession
) -> Document | None:
    """Raises the version, as the first thing in a transaction: so a rival knows at once that it has to try again.
    What the catalogue said before; None when the data set isn't ready to be written."""
    change: Document = {"$inc": {"version": 1}}
    if foreseen:
        change["$set"] = dict(foreseen)
    entry: Document | None = database[DATA_SETS].find_one_and_update(
        {"_id": data_set, "exists": True, "lease": None}, change, session=session
    )
    return entry


def put_back(database: Database[Document], entry: Document, session: ClientSession) -> None:
    """Takes back what `begin_write` has changed, in the same transaction, which may then be committed without anybody
    seeing that it was there."""
    database[DATA_SETS].replace_one({"_id": entry["_id"]}, entry, session=session)


def note(
    database: Database[Document], data_set: str, changes: Mapping[str, object], session: ClientSession
) -> None:
    """Notes what a transaction has changed."""
    database[DATA_SETS].update_one({"_id": data_set}, {"$set": dict(changes)}, session=session)


def adopt(database: Database[Document], known: set[str]) -> dict[str, datetime]:
    """Notes the collections that may be data sets and are not known: the first Backdrop has made them. When those
    that have records were last written."""
    found = database.list_collection_names(filter={"type": "collection"})
    adopted = {name: _newest(database[name]) for name in found if name not in known and is_data_set(name)}
    for name, last_write in adopted.items():
        entry = {
            "version": 0,
            "exists": False,
            "has_records": last_write is not None,
            "last_write": last_write,
        }
        # whoever has written to it meanwhile knows more
        database[DATA_SETS].update_one({"_id": name}, {"$setOnInsert": entry}, upsert=True)
    return {name: last_write for name, last_write in adopted.items() if last_write is not None}


def _newest(documents: Documents) -> datetime | None:
    dated = {"_updated_at": {"$type": "date"}}
    found = documents.find_one(dated, {"_updated_at": 1}, sort=[("_updated_at", -1)])
    return None if found is None else found["_updated_at"]
