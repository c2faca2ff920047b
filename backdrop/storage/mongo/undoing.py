"""What is put down before a write under a lease, to take it back if it ends half way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.database import Database

from backdrop.storage.mongo import receipts, triggers
from backdrop.storage.mongo.batches import batches_of_ids
from backdrop.storage.mongo.collection_names import UNDO, collection_of, fresh_contents_of
from backdrop.storage.mongo.documents import Document
from backdrop.storage.mongo.work import Undo

KEPT = timedelta(days=1)
"""How long MongoDB keeps what a process has left that was killed between the end of a write and forgetting this;
a write that is to be taken back is, within seconds, by the next writer."""


def put_down(database: Database[Document], write_id: str, undo: Undo) -> None:
    """Keeps how to take the write back. What has no records of its own to remove and no trigger needs nothing."""
    parts: list[Document] = [{"ids": ids} for ids in batches_of_ids(undo.new_ids)]
    if undo.trigger is not None or undo.receipt_key is not None:
        parts.append({"trigger": undo.trigger, "receipt_key": undo.receipt_key})
    if parts:
        now = datetime.now(UTC)
        database[UNDO].insert_many(
            [{"_id": f"{write_id}/{place}", "stored": now, **part} for place, part in enumerate(parts)]
        )


def take_back(database: Database[Document], data_set: str, write_id: str) -> None:
    """Takes the write back. May be done again, also by another process, if it ends half way itself."""
    for part in database[UNDO].find({"_id": _parts_of(write_id)}):
        if ids := part.get("ids"):
            database[collection_of(data_set)].delete_many({"_id": {"$in": ids}})
        if (key := part.get("receipt_key")) is not None:
            receipts.forget(database, data_set, key)
        if (trigger := part.get("trigger")) is not None:
            triggers.keep(database, trigger)
    database.drop_collection(fresh_contents_of(write_id))


def forget(database: Database[Document], write_id: str) -> None:
    """The write was ended, or taken back."""
    database[UNDO].delete_many({"_id": _parts_of(write_id)})


def _parts_of(write_id: str) -> dict[str, Any]:
    return {"$gte": f"{write_id}/", "$lt": f"{write_id}0"}
