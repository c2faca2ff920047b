"""Triggers of transforms, kept until a broker has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pymongo.client_session import ClientSession
from pymongo.database import Database

from backdrop.core.triggers import Trigger
from backdrop.storage.mongo.batches import batches_of_ids
from backdrop.storage.mongo.collection_names import TRIGGERS
from backdrop.storage.mongo.connections import Documents
from backdrop.storage.mongo.documents import Document


def as_document(trigger: Trigger, written: datetime) -> Document:
    """The trigger as it lies in the collection."""
    return {
        "_id": trigger.id,
        "data_set": trigger.data_set,
        "earliest": trigger.earliest,
        "latest": trigger.latest,
        "request_id": trigger.request_id,
        "written": written,
    }


def keep(database: Database[Document], document: Document, session: ClientSession | None = None) -> None:
    """Keeps a trigger, in the place of one with the same id."""
    database[TRIGGERS].replace_one({"_id": document["_id"]}, document, upsert=True, session=session)


def waiting(
    triggers: Documents, written_before: datetime, at_most: int, session: ClientSession
) -> Sequence[Trigger]:
    """The oldest of those written before that time; of equally old ones the ids tell, which begin with the time."""
    if at_most < 1:
        return []
    found = triggers.find({"written": {"$lt": written_before}}, session=session)
    return [
        Trigger(one["_id"], one["data_set"], one["earliest"], one["latest"], one["request_id"])
        for one in found.sort([("written", 1), ("_id", 1)]).limit(at_most)
    ]


def forget(database: Database[Document], ids: Sequence[str]) -> None:
    """Removes those of the ids that are there."""
    for batch in batches_of_ids(ids):
        database[TRIGGERS].delete_many({"_id": {"$in": batch}})
