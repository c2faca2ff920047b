"""How many drops of data sets there have been, and which writes are too late for one.

A drop takes its number before anything else, and has everybody told of so many drops; then it gets the data set's
lease, and marks the catalogue's entry with its number in the same step (`marked`). So whoever was told of fewer drops
is refused from then on (`check`), whatever becomes of the drop, and whoever was told of as many is not: he was told
after its beginning.

A number that is told survives a crash, or after it another drop would get the same. A server alone shows a change
before it is in the journal; so a number is taken, durably, before it is told.
"""

from __future__ import annotations

from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.read_preferences import ReadPreference

from backdrop.storage.mongo.collection_names import DROPS
from backdrop.storage.mongo.connections import DURABLE, Documents, Process
from backdrop.storage.mongo.documents import Document
from backdrop.storage.protocol import DroppedSince

_COUNT = {"_id": "count"}


def take_number(database: Database[Document]) -> int:
    """The number of a drop that begins, from 1 on; `count` tells it from now on."""
    taken = _numbers(database).find_one_and_update(
        _COUNT, {"$inc": {"taken": 1}}, upsert=True, return_document=ReturnDocument.AFTER
    )
    assert taken is not None, "it is made when there is none"
    number = int(taken["taken"])
    _tell(database, number)
    return number


def count(process: Process) -> int:
    """How many drops there have been."""
    # of the primary, since one that doesn't know of the last drop yet would have every write refused
    numbers = process.database.get_collection(
        DROPS, read_concern=process.committed, read_preference=ReadPreference.PRIMARY
    )
    found = numbers.find_one(_COUNT)
    return 0 if found is None else int(found.get("told", 0))


def marked(number: int) -> Document:
    """What a drop changes in the catalogue's entry before all else, as a stage of an update. There is no data set any
    more, even if it gets no further; a later drop's mark stays."""
    return {"$set": {"exists": False, "dropped": {"$max": ["$dropped", number]}}}


def check(database: Database[Document], entry: Document | None, as_of: int | None) -> None:
    """Raises DroppedSince if the data set of the catalogue's entry was dropped after so many drops."""
    if entry is None or as_of is None or (dropped := entry.get("dropped", 0)) <= as_of:
        return
    # as it does already, unless a backup was restored whose count is older than its catalogue: then nobody could write
    # to this data set
    _tell(database, dropped)
    raise DroppedSince(entry["_id"], dropped)


def _tell(database: Database[Document], number: int) -> None:
    """Has `count` tell of so many drops, at least."""
    _numbers(database).update_one(_COUNT, {"$max": {"taken": number, "told": number}}, upsert=True)


def _numbers(database: Database[Document]) -> Documents:
    return database[DROPS].with_options(write_concern=DURABLE)
