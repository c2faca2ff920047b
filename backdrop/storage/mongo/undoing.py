"""What is put down before a write under a lease, to take it back if it ends half way."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.database import Database

from backdrop.storage.mongo import receipts, triggers
from backdrop.storage.mongo.batches import batches_of_ids
from backdrop.storage.mongo.collection_names import DATA_SETS, UNDO, collection_of, fresh_contents_of
from backdrop.storage.mongo.documents import Document
from backdrop.storage.mongo.work import Undo, command

_LEFT_OVER_AFTER = timedelta(days=1)


def put_down(database: Database[Document], write_id: str, undo: Undo) -> None:
    """Keeps how to take the write back. What has no records of its own to remove and no trigger needs nothing."""
    parts: list[Document] = [{"ids": ids} for ids in batches_of_ids(undo.new_ids)]
    if undo.trigger is not None or undo.receipt_key is not None:
        parts.append({"trigger": undo.trigger, "receipt_key": undo.receipt_key})
    if parts:
        now = datetime.now(UTC)
        database[UNDO].insert_many(
            [{"_id": f"{write_id}/{place}", "since": now, **part} for place, part in enumerate(parts)]
        )


def take_back(
    database: Database[Document], data_set: str, write_id: str, renewed: Callable[[], Document | None]
) -> None:
    """Takes the write back part by part, of which each is forgotten when it is certain that it was. `renewed` has the
    lease last on for one part, and tells what is `in_time` (Work) for that; None if another has the lease, and then
    the rest is his. May be done again, also by another process, if it ends half way itself."""
    # Before all else: the write may have a command on its way that puts this in the place of the contents.
    with command():
        database.drop_collection(fresh_contents_of(write_id))
    while (part := _next_part(database, write_id)) is not None:
        with command():
            in_time = renewed()
        if in_time is None:
            return
        _take_back_part(database, data_set, part, in_time)
        # What is begun in time follows on what was too. Else the part is still there, and is taken back once more.
        with command():
            database[UNDO].delete_one({"_id": part["_id"], **in_time})


def _next_part(database: Database[Document], write_id: str) -> Document | None:
    """The one with the trigger comes last, for what changes after it has no trigger, once the transforms have run."""
    parts = {"_id": _parts_of(write_id)}
    with command():
        return database[UNDO].find_one({**parts, "ids": {"$exists": True}}) or database[UNDO].find_one(parts)


def _take_back_part(database: Database[Document], data_set: str, part: Document, in_time: Document) -> None:
    if ids := part.get("ids"):
        with command():
            database[collection_of(data_set)].delete_many({"_id": {"$in": ids}, **in_time})
    if (key := part.get("receipt_key")) is not None:
        with command():
            receipts.forget(database, data_set, key, in_time)
    if (trigger := part.get("trigger")) is not None:
        # one too many, from a command that came late, does no harm
        with command():
            triggers.keep(database, trigger)


def forget(database: Database[Document], write_id: str) -> None:
    """The write was ended."""
    database[UNDO].delete_many({"_id": _parts_of(write_id)})


def forget_left_over(database: Database[Document]) -> None:
    """Forgets what a process has left that was killed between the end of its write and forgetting this. Not MongoDB's
    own way by time: what is still to be taken back may wait for days for a process that does it."""
    now = datetime.now(UTC)
    _note_fresh_contents(database, now)
    since = now - _LEFT_OVER_AFTER
    old = {one["_id"].partition("/")[0] for one in database[UNDO].find({"since": {"$lt": since}}, {"_id": 1})}
    if old:
        held = {one["lease"]["write"] for one in database[DATA_SETS].find({"lease": {"$ne": None}})}
        for write_id in old - held:
            database.drop_collection(fresh_contents_of(write_id))
            forget(database, write_id)


def _note_fresh_contents(database: Database[Document], now: datetime) -> None:
    """Notes since when collections are known that are built for a write. A late command may make one again after the
    write was taken back; one that is there a day later is of no write any more. The note goes with the write."""
    prefix = fresh_contents_of("")
    for name in database.list_collection_names(filter={"name": {"$regex": f"^{re.escape(prefix)}"}}):
        note = {"_id": f"{name.removeprefix(prefix)}/fresh"}
        database[UNDO].update_one(note, {"$setOnInsert": {"since": now}}, upsert=True)


def _parts_of(write_id: str) -> dict[str, Any]:
    return {"$gte": f"{write_id}/", "$lt": f"{write_id}0"}
