"""Ids of records that neither their sender nor their data set's config gives one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import blake2b

from backdrop.core.data_set import DataSet
from backdrop.storage.protocol import Receipt

MakeId = Callable[[int], str]
"""Makes the id of a request's record from its place in the request, from 0 on."""


def of_receipt(data_set: str, receipt: Receipt) -> MakeId:
    """Ids that the same request has again when it is sent again, so that records of a first try that was cut
    off are overwritten. They follow one another, in the records' order."""
    given = "\n".join((data_set, receipt.key, receipt.fingerprint))
    prefix = blake2b(given.encode(), digest_size=16).hexdigest()
    return lambda place: f"{prefix}-{place:08}"


def are_fresh(items: Iterable[object], data_set: DataSet, receipt: Receipt | None) -> bool:
    """Whether every record's id is made for this one request, so that nobody else can have stored it."""
    if receipt is not None or data_set.auto_ids:
        return False
    return not any(isinstance(item, dict) and "_id" in item for item in items)
