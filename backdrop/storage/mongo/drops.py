"""How many drops of data sets there have been, and which writes are too late for one.

A drop takes its number before anything else, and has everybody told of so many drops; then it gets the data set's
lease, and marks the catalogue's entry with its number in the same step (`marked`). So whoever was told of fewer drops
is refused from then on (`refuse_late`), whatever becomes of the drop, and whoever was told of as many is not: he was
told after its beginning.

A drop itself may be too late for another one (`open_to`, `refuse_late_drop`). But one that was cut off is no reason to
refuse the next, which completes it.

A number that is told survives a crash, or after it another drop would get the same. A server alone shows a change
before it is in the journal; so a number is taken, durably, before it is told.
"""

from __future__ import annotations

from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.read_preferences import ReadPreference

from backdrop.storage.mongo.collection_names import DATA_SETS, DROPS
from backdrop.storage.mongo.connections import DURABLE, Documents, Process
from backdrop.storage.mongo.documents import Document
from backdrop.storage.protocol import DroppedSince, StorageUnavailable

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
    return {"$set": {"exists": False, "dropping": True, "dropped": {"$max": ["$dropped", number]}}}


DONE: Document = {"dropping": False}
"""What a drop changes in the catalogue's entry when it is done, and a write that makes the data set anew."""


def open_to(as_of: int | None) -> Document:
    """Of a catalogue's entry: whether a drop that was asked for after so many drops may still be carried out."""
    if as_of is None:
        return {}
    return {"$or": [{"dropped": {"$not": {"$gt": as_of}}}, {"dropping": True}]}


def refuse_late(database: Database[Document], entry: Document | None, as_of: int | None) -> None:
    """Raises DroppedSince if the data set of the catalogue's entry was dropped after so many drops. Has the count
    catch up with its mark then, or whoever asks for it anew would be refused for ever."""
    if entry is not None and as_of is not None and (dropped := entry.get("dropped", 0)) > as_of:
        _catch_up(database, dropped)
        raise DroppedSince(entry["_id"], dropped)


def refuse_late_drop(process: Process, data_set: str, as_of: int | None) -> None:
    """Raises DroppedSince if the data set was dropped after so many drops, and that drop is done and stays so."""
    if as_of is None:
        return
    data_sets = process.database.get_collection(
        DATA_SETS, read_concern=process.committed, read_preference=ReadPreference.PRIMARY
    )
    entry = data_sets.find_one({"_id": data_set, "lease": None, "$nor": [open_to(as_of)]})
    if entry is None:
        return
    if _catch_up(process.database, entry["dropped"]):
        raise StorageUnavailable("the count of drops was behind; ask for it anew, and try again")
    raise DroppedSince(data_set, entry["dropped"])


def _catch_up(database: Database[Document], number: int) -> bool:
    """Has `count` tell of so many drops, if it doesn't; whether it didn't. It does, unless a backup was restored whose
    count is older than its catalogue."""
    numbers = database.get_collection(DROPS, read_preference=ReadPreference.PRIMARY)
    is_behind = numbers.find_one({**_COUNT, "told": {"$gte": number}}) is None
    if is_behind:
        _tell(database, number)
    return is_behind


def _tell(database: Database[Document], number: int) -> None:
    """Has `count` tell of so many drops, at least."""
    _numbers(database).update_one(_COUNT, {"$max": {"taken": number, "told": number}}, upsert=True)


def _numbers(database: Database[Document]) -> Documents:
    return database[DROPS].with_options(write_concern=DURABLE)
