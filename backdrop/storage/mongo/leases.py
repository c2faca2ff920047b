"""A write under a lease, where a transaction can't be: on a server alone, and for commands that no transaction takes.

Who holds a data set's lease is its only writer. What is needed to take the write back is put down before anything
is changed. The write counts once the catalogue's entry has its new version and no lease any more, which is one
step. A holder that has gone is found by its connections, or the lease's time: the next writer takes the write back,
and goes on.

Times are the server's. A command is only begun with so much of the lease left that it ends, or is ended, before that.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from uuid import uuid4

import pymongo
from bson.int64 import Int64
from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, OperationFailure, PyMongoError

from backdrop.storage.mongo import abandoned, catalogue, undoing
from backdrop.storage.mongo.collection_names import DATA_SETS, collection_of
from backdrop.storage.mongo.connections import DURABLE, Process
from backdrop.storage.mongo.documents import Document
from backdrop.storage.mongo.work import COMMAND_SECONDS, Done, NotReady, Result, Undo, command, lost
from backdrop.storage.protocol import StorageUnavailable

LEASE_SECONDS = 8
_RENEWED_AFTER = 0.2
_UNTIL = {"$add": ["$$NOW", LEASE_SECONDS * 1000]}
_OVER = {"lease": {"$ne": None}, "$expr": {"$lt": ["$lease.until", "$$NOW"]}}
# Nothing is in time any more. Before that a holder without connections may have been cut off from the server for a
# moment only, and go on.
_LATE = {
    "lease": {"$ne": None},
    "$expr": {"$lt": ["$lease.until", {"$add": ["$$NOW", int(COMMAND_SECONDS * 1000)]}]},
}
_WAIT_FOR_ENTRY_SECONDS = 1.0

logger = logging.getLogger(__name__)


class UnderLease:
    """Work whose changes are seen while they are made, and taken back if they don't come to an end."""

    session = None

    def __init__(
        self,
        database: Database[Document],
        data_set: str,
        write_id: str,
        entry: Document,
        *,
        renewed: float,
    ) -> None:
        # Each step has to be durable before the next one begins: the lease outlasts a restart or an election between
        # two steps, and so must what was done under it.
        self.database = database.with_options(write_concern=DURABLE)
        self.data_set = data_set
        self.entry = entry
        self.write_id = write_id
        self.has_changed = False
        self._until = entry["lease"]["until"]
        self._renewed = renewed

    @property
    def in_time(self) -> Document:
        """A command may have been on its way for longer than this process waited for it."""
        return _before(self._until)

    def begin_change(self, undo: Undo) -> None:
        """Puts down how to take the write back."""
        with self.step():
            undoing.put_down(self.database, self.write_id, undo)
        self.has_changed = True

    def let_count(self, change: Document) -> None:
        """Ends the write with these changes to the catalogue's entry, but not the lease: from here on there is nothing
        to take back. Raises StorageUnavailable if the lease is another's."""
        held = {"_id": self.data_set, "lease.holder": self.write_id}
        with self.step():
            counts = self.database[DATA_SETS].update_one(
                held, {**change, "$set": {**change["$set"], "lease.write": uuid4().hex}}
            )
        if not counts.matched_count:
            raise lost()

    @contextmanager
    def step(self, *, renews: bool = False) -> Iterator[None]:
        """Around a command; makes sure that it ends before the lease does. One that takes no condition `renews` the
        lease whatever this process' clock says, which stands still while a machine is suspended."""
        if renews or time.monotonic() - self._renewed > _RENEWED_AFTER:
            self._renew()
        with command():
            yield

    def _renew(self) -> None:
        now = time.monotonic()
        until = _renewed_until(self.database, self.data_set, self.write_id)
        if until is None:
            raise lost()
        self._renewed, self._until = now, until


def write(
    process: Process,
    data_set: str,
    foreseen: Mapping[str, object],
    work: Callable[[UnderLease], Done[Result] | None],
    *,
    makes: bool = False,
    at_once: Sequence[Document] = (),
    only_if: Document | None = None,
) -> Result | None:
    """Does the work as the data set's only writer. `foreseen` are fields that the catalogue will have after it.
    None, and nothing is changed, when the work comes to that. What the stages `at_once` do to the catalogue's entry
    is done with the taking of the lease, and stays.

    Raises NotReady when somebody else holds the lease, or there is no such data set and the work doesn't make it, or
    the entry is not as the filter `only_if` says.
    """
    database = process.primary
    leased = _acquire(process, data_set, at_once, only_if or {}, makes=makes)
    try:
        done = work(leased)
        if done is None:
            # a primary that doesn't know of the lease may not know of what was found under it either
            if not _release(database, data_set, leased.write_id, {}):
                raise lost()
            return None
        change = {"$inc": {"version": int(done.is_new_version)}, "$set": {**foreseen, **done.changes}}
        if done.afterwards is None:
            _end(leased, change)
        else:
            leased.let_count(change)
    except BaseException as error:
        # what went wrong is told; if this goes wrong too, the next writer takes the write back
        with suppress(PyMongoError):
            _give_up(process, leased, error)
        raise
    if done.afterwards is not None:
        _finish(process, leased, done.afterwards)
    # it is done, whatever becomes of this; a sweep forgets it after a day
    with suppress(PyMongoError), command():
        undoing.forget(leased.database, leased.write_id)
    return done.result


def take_back(process: Process, entry: Document) -> bool:
    """Takes back what the holder of the lease in the catalogue's entry has left behind, if it is gone or its time is
    over; whether it was."""
    data_set, held = entry["_id"], entry["lease"]
    # in this order: what the holder has begun in time, and the server still does, is one of its connections
    is_gone = _is_late(process, entry) and abandoned.is_gone(process, held["process"])
    over = _LATE if is_gone else _OVER
    taken = _take_over(process, data_set, held["holder"], over)
    if taken is None:
        return False
    _undo(process.primary, data_set, taken)
    return True


def left_behind(process: Process) -> list[Document]:
    """The catalogue's entries with a lease whose time is over."""
    return list(process.primary[DATA_SETS].find(_OVER))


def _acquire(
    process: Process, data_set: str, at_once: Sequence[Document], only_if: Document, *, makes: bool
) -> UnderLease:
    database, write_id, renewed = process.primary, uuid4().hex, time.monotonic()
    free: Document = {"_id": data_set, "lease": None, **only_if}
    if not makes:
        free["exists"] = True
    lease = {"holder": write_id, "write": write_id, "process": process.name, "until": _UNTIL}
    try:
        with pymongo.timeout(_WAIT_FOR_ENTRY_SECONDS):
            entry = database[DATA_SETS].find_one_and_update(
                free,
                [{"$set": {"version": {"$ifNull": ["$version", Int64(0)]}, "lease": lease}}, *at_once],
                upsert=makes,
                return_document=ReturnDocument.AFTER,
            )
    except DuplicateKeyError:
        raise NotReady from None  # the entry is there, and has a lease or is otherwise
    except PyMongoError as error:
        if not error.timeout:
            raise
        # a majority has to know of it before anything is done under it
        entry, renewed = _if_taken(database, data_set, write_id), -math.inf
    if entry is None:
        raise NotReady
    return UnderLease(database, data_set, write_id, entry, renewed=renewed)


def _if_taken(database: Database[Document], data_set: str, write_id: str) -> Document | None:
    """The catalogue's entry, if its lease was taken after all: what took so long may have been the majority's word.
    None where a transaction has it."""
    entry = catalogue.look_up(database, data_set)
    return entry if entry is not None and entry.get("lease", {}).get("holder") == write_id else None


def _end(leased: UnderLease, change: Document) -> None:
    with leased.step():
        if not _release(leased.database, leased.data_set, leased.write_id, change):
            raise lost()


def _finish(process: Process, leased: UnderLease, afterwards: Callable[[], Mapping[str, object]]) -> None:
    """What is done with a write that counts already. If that fails, it is for the next write to do."""
    try:
        _end(leased, {"$set": dict(afterwards())})
    except BaseException as error:
        with suppress(PyMongoError):
            _give_up(process, leased, error)
        if not isinstance(error, PyMongoError | StorageUnavailable):
            raise
        logger.warning("%s is larger than it is to be until its next write: %s", leased.data_set, error)


def _give_up(process: Process, leased: UnderLease, error: BaseException) -> None:
    if not leased.has_changed:
        with command():
            _release(process.primary, leased.data_set, leased.write_id, {})
        return
    if _may_go_on(error):
        return  # until the lease is over, when the next writer takes the write back
    # not if it was committed and only the answer is lost
    with command():
        taken = _take_over(process, leased.data_set, leased.write_id, {})
    if taken is not None:
        _undo(process.primary, leased.data_set, taken)


def _may_go_on(error: BaseException) -> bool:
    """Whether a command may run on after an error, as it does in a server whose client hangs up: unless the server has
    answered it, or the error is of our own making."""
    is_our_own = isinstance(error, Exception) and not isinstance(error, PyMongoError)
    return not (is_our_own or isinstance(error, OperationFailure))


def _is_late(process: Process, entry: Document) -> bool:
    """Whether the lease of the entry, if it is still that one, has so little time left."""
    held = {"_id": entry["_id"], "lease.holder": entry["lease"]["holder"]}
    return process.primary[DATA_SETS].find_one({**held, **_LATE}, {"_id": 1}) is not None


def _take_over(process: Process, data_set: str, holder: str, only_if: Document) -> Document | None:
    """Takes the lease from that holder, if it has it and the entry is as the filter says; the lease as it is now. Its
    holder is never the one who wrote: the end of its write, if that is still on its way, must not find its lease any
    more. Its write is the one to take back: what was seen of it before may count since."""
    taken = process.primary[DATA_SETS].find_one_and_update(
        {"_id": data_set, "lease.holder": holder, **only_if},
        [{"$set": {"lease.holder": uuid4().hex, "lease.process": process.name, "lease.until": _UNTIL}}],
        projection={"lease": 1},
        return_document=ReturnDocument.AFTER,
    )
    return None if taken is None else taken["lease"]


def _renewed_until(database: Database[Document], data_set: str, holder: str) -> datetime | None:
    """Until when the lease is held from now on; None if it is another's, or nobody's."""
    renewed = database[DATA_SETS].find_one_and_update(
        {"_id": data_set, "lease.holder": holder},
        [{"$set": {"lease.until": _UNTIL}}],
        projection={"lease.until": 1},
        return_document=ReturnDocument.AFTER,
    )
    return None if renewed is None else renewed["lease"]["until"]


def _before(until: datetime) -> Document:
    """Of any document: whether the server begins with it early enough to be done before that time."""
    return {"$expr": {"$lt": ["$$NOW", until - timedelta(seconds=COMMAND_SECONDS)]}}


def _undo(database: Database[Document], data_set: str, taken: Document) -> None:
    """Takes back the write of that lease; half of it may have been seen, so the version is another one after it. What
    another has taken over meanwhile is left to him."""
    holder = taken["holder"]

    def renewed() -> Document | None:
        until = _renewed_until(database, data_set, holder)
        return None if until is None else _before(until)

    undoing.take_back(database, data_set, taken["write"], renewed)
    with command():
        has_records = database[collection_of(data_set)].find_one({}, {"_id": 1}) is not None
    with command():
        change = {"$inc": {"version": 1}, "$set": {"has_records": has_records, "size": None}}
        _release(database, data_set, holder, change)


def _release(database: Database[Document], data_set: str, holder: str, change: Document) -> bool:
    """Ends the lease, with the last changes to the entry; whether it was still held."""
    held = {"_id": data_set, "lease.holder": holder}
    ended = database[DATA_SETS].update_one(held, {**change, "$unset": {"lease": ""}})
    return bool(ended.matched_count)
