"""Receipts: which requests were done under their Idempotency-Keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pymongo.database import Database

from backdrop.storage.mongo.collection_names import RECEIPTS
from backdrop.storage.mongo.documents import Document
from backdrop.storage.mongo.work import Work, lost
from backdrop.storage.protocol import IdempotencyKeyReused, Receipt

_EXPIRED = datetime(1970, 1, 1, tzinfo=UTC)

KEPT = timedelta(days=2)
"""How long MongoDB keeps a receipt, which is longer than any is valid; then it goes by itself."""


def is_done(work: Work, receipt: Receipt, now: datetime) -> bool:
    """Whether the request was done before. Raises IdempotencyKeyReused where another was."""
    key = _id(work.data_set, receipt.key)
    known = work.database[RECEIPTS].find_one({"_id": key}, session=work.session)
    if known is None or known["expires"] <= now:
        return False
    if known["fingerprint"] != receipt.fingerprint:
        raise IdempotencyKeyReused(
            "the Idempotency-Key was used before, for another request; use a new key for each request"
        )
    return True


def keep(work: Work, receipt: Receipt) -> None:
    """Marks the request as done."""
    document = {
        "_id": _id(work.data_set, receipt.key),
        "data_set": work.data_set,
        "fingerprint": receipt.fingerprint,
        "expires": receipt.expires,
        "stored": datetime.now(UTC),
    }
    receipts, known = work.database[RECEIPTS], {"_id": document["_id"]}
    if not work.in_time:
        receipts.replace_one(known, document, upsert=True, session=work.session)
        return
    # MongoDB makes no document under a condition. One that is no longer valid does no harm, however late it is made.
    receipts.update_one(known, {"$setOnInsert": {**document, "expires": _EXPIRED}}, upsert=True)
    if not receipts.replace_one({**known, **work.in_time}, document).matched_count:
        raise lost()


def forget(database: Database[Document], data_set: str, key: str, in_time: Document) -> None:
    """The request was not done after all."""
    database[RECEIPTS].delete_one({"_id": _id(data_set, key), **in_time})


def _id(data_set: str, key: str) -> str:
    return f"{data_set} {key}"
