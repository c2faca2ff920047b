"""What each kind of write does, be it in a transaction or under a lease: look, put down how to take it back, change,
and say what the catalogue has to note. Those that find nothing to do come to None."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import bson

from backdrop.core.spans import Span, hull, span_of
from backdrop.storage.mongo import capping, contents, drops, making, receipts, storing, triggers
from backdrop.storage.mongo.collection_names import RECEIPTS, TRIGGERS
from backdrop.storage.mongo.documents import CODEC, ids_of, record_of
from backdrop.storage.mongo.leases import UnderLease
from backdrop.storage.mongo.storing import Known, Prepared
from backdrop.storage.mongo.work import Done, Undo, Work, documents_of, lost
from backdrop.storage.protocol import Record, Write, Written


def foreseen(write: Write, *, has_records: bool | None = None) -> dict[str, object]:
    """What the catalogue will have after a write, whatever it finds."""
    known: dict[str, object] = {"last_write": write.now}
    if has_records is not None:
        known["has_records"] = has_records
    if write.capped_size is None:
        known["size"] = None
    return known


def append(
    work: Work, records: Sequence[Prepared], span: Span | None, write: Write, *, look: bool
) -> Done[Written] | None:
    """Stores the records, whose times span `span`. Unless it is to `look` for known ones, none must be known; outside
    of a transaction it always looks, for only those that are new may be taken away again."""
    receipt = write.receipt
    if receipt is not None and receipts.is_done(work, receipt, write.now):
        return None
    known = storing.known_of(work, records) if look or work.session is None else {}
    written = _written(work, write, len(known), hull(span, storing.span_of_known(known.values())))
    new_ids = [one.id for one in records if one.id not in known]
    work.begin_change(_undo(write, written, new_ids))
    storing.put(work, records, known)
    _leave(work, write, written)
    return _capped(work, write, written, _sum(records) - sum(one.size for one in known.values()))


def replace(work: Work, records: Sequence[Prepared], span: Span | None, write: Write) -> Done[Written]:
    """Puts the records in the place of all others."""
    if isinstance(work, UnderLease):
        return _exchange(work, records, span, write)
    before = contents.span(work)
    removed = contents.replace(work, records)
    written = _written(work, write, removed, hull(before, span))
    changes = (
        {} if write.capped_size is None else {"size": capping.cap(work, write.capped_size, _sum(records))}
    )
    _leave(work, write, written)
    return Done(written, changes)


def _exchange(
    leased: UnderLease, records: Sequence[Prepared], span: Span | None, write: Write
) -> Done[Written]:
    """Outside of a transaction readers would see it happen; so it is done beside."""
    written = _written(leased, write, contents.count(leased), hull(contents.span(leased), span))
    leased.begin_change(_undo(write, written))
    kept = _kept(records, write)
    contents.exchange(leased, kept)
    _leave(leased, write, written)
    return Done(written, _size_of_all(kept, write))


def update(
    work: Work, record_id: str, change: Callable[[Record], Record], write: Write
) -> Done[Written] | None:
    """Puts the changed record in the place of the one with that id."""
    if (found := _find(work, record_id)) is None:
        return None
    before = Known(found["_id"], storing.instant_of(found), _size(found))
    changed = change(record_of(found))
    [prepared] = storing.prepare([changed])
    written = _written(work, write, 1, hull(storing.span_of_known([before]), span_of([changed])))
    work.begin_change(_undo(write, written))
    storing.put(work, [prepared], {prepared.id: before})
    _leave(work, write, written)
    return _capped(work, write, written, prepared.size - before.size)


def delete(work: Work, record_id: str, write: Write) -> Done[Written] | None:
    """Removes the record with that id."""
    if (found := _find(work, record_id)) is None:
        return None
    written = _written(work, write, 1, span_of([found]))
    work.begin_change(_undo(write, written))
    with work.step():
        gone = documents_of(work).delete_one({"_id": found["_id"], **work.in_time}, session=work.session)
    if not gone.deleted_count:
        raise lost()
    left = documents_of(work).find_one({}, {"_id": 1}, session=work.session)
    _leave(work, write, written)
    size = work.entry.get("size")
    return Done(written, {"has_records": left is not None, "size": size and size - _size(found)})


def drop(leased: UnderLease) -> Done[Written | None]:
    """Removes the data set, if there is one, with all that belongs to it."""
    was_there = making.exists(leased.database, leased.data_set, leased.entry)
    written = Written(contents.count(leased), contents.span(leased)) if was_there else None
    leased.begin_change(Undo())
    if was_there:
        contents.clear(leased)
    for collection in (RECEIPTS, TRIGGERS):
        _forget_all_in(leased, collection)
    changes = {"has_records": False, "size": None, "is_cleared": True, **drops.DONE}
    return Done(written, changes, is_new_version=was_there)


def _forget_all_in(leased: UnderLease, collection: str) -> None:
    """Removes what is there of the data set, receipts or triggers. Somebody may add others meanwhile: of those that
    were there before, all are gone if one is."""
    documents, of_data_set = leased.database[collection], {"data_set": leased.data_set}
    one = documents.find_one(of_data_set, {"_id": 1})
    with leased.step():
        documents.delete_many({**of_data_set, **leased.in_time})
    if one is not None and documents.find_one(one) is not None:
        raise lost()


def _find(work: Work, record_id: str) -> dict[str, Any] | None:
    """The document of that id, as `record_of` takes it; the text counts before the ObjectId that shows as it."""
    documents = documents_of(work).with_options(CODEC)
    found = list(documents.find({"_id": {"$in": ids_of(record_id)}}, session=work.session))
    return min(found, key=lambda one: not isinstance(one["_id"], str)) if found else None


def _written(work: Work, write: Write, removed: int, span: Span | None) -> Written:
    cause = write.cause
    return Written(removed, span, None if cause is None else cause.trigger(work.data_set, span))


def _undo(write: Write, written: Written, new_ids: Sequence[str] = ()) -> Undo:
    trigger = None if written.trigger is None else triggers.as_document(written.trigger, write.now)
    return Undo(new_ids, trigger, None if write.receipt is None else write.receipt.key)


def _leave(work: Work, write: Write, written: Written) -> None:
    """What is left beside the data, after it: the trigger, and that the request was done."""
    if written.trigger is not None:
        with work.step():
            triggers.keep(work.database, triggers.as_document(written.trigger, write.now), work.session)
    if write.receipt is not None:
        with work.step():
            receipts.keep(work, write.receipt)


def _capped(work: Work, write: Write, written: Written, more: int) -> Done[Written]:
    """The end of a write that makes all records larger by so much: too old ones go, where that is asked for. Under a
    lease they go when the write counts, for who takes it back couldn't bring them back."""
    if (cap := write.capped_size) is None:
        return Done(written)
    before = work.entry.get("size")
    size = capping.size(work) if before is None else before + more
    if isinstance(work, UnderLease) and size > cap:
        return Done(written, {"size": size}, afterwards=lambda: {"size": capping.cap(work, cap, size)})
    return Done(written, {"size": capping.cap(work, cap, size)})


def _kept(records: Sequence[Prepared], write: Write) -> Sequence[Prepared]:
    """Those of new contents that are not too old to be kept."""
    return records if write.capped_size is None else storing.newest(records, write.capped_size)


def _size_of_all(records: Sequence[Prepared], write: Write) -> dict[str, object]:
    return {} if write.capped_size is None else {"size": _sum(records)}


def _sum(records: Sequence[Prepared]) -> int:
    return sum(one.size for one in records)


def _size(document: dict[str, Any]) -> int:
    return len(bson.encode(document))
