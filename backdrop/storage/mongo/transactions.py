"""A write as one transaction, where there are transactions."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference

from backdrop.storage.mongo import catalogue
from backdrop.storage.mongo.abandoned import Watch
from backdrop.storage.mongo.connections import DURABLE, Process
from backdrop.storage.mongo.documents import Document
from backdrop.storage.mongo.unavailable import code_of
from backdrop.storage.mongo.work import Done, NotReady, Result, Undo, Work

_TOO_LARGE = frozenset({257, 388})
_LONGEST_PAUSE = 0.015


class TooLarge(Exception):
    """More was changed than this server takes in one transaction; nothing is."""


@dataclass(frozen=True, slots=True)
class InTransaction:
    """Work whose changes nobody sees before all of them are committed."""

    data_set: str
    database: Database[Document]
    session: ClientSession
    entry: Document

    @property
    def in_time(self) -> Document:
        """Nothing is needed: what comes too late for a transaction is refused."""
        return {}

    def begin_change(self, undo: Undo) -> None:
        """Nothing is needed: a transaction takes itself back."""

    def step(self) -> AbstractContextManager[None]:
        """Nothing is needed: a transaction that was lost can't be committed."""
        return nullcontext()


def write(
    process: Process,
    data_set: str,
    foreseen: Mapping[str, object],
    work: Callable[[Work], Done[Result] | None],
) -> Result | None:
    """Does the work, again if a rival was faster. `foreseen` are fields that the catalogue will have after it. None,
    and nothing is changed, when the work comes to that. Raises NotReady and TooLarge."""

    watch = Watch(process)

    def attempt(session: ClientSession) -> Result | None:
        entry = catalogue.begin_write(process.database, data_set, foreseen, session)
        if entry is None:
            raise NotReady
        done = work(InTransaction(data_set, process.database, session, entry))
        if done is None:
            # What was found may be in this server's hands alone. Only what it can commit by a majority, after it,
            # tells: after an abort another primary, which never had it, could be the one that is asked.
            catalogue.put_back(process.database, entry, session)
            return None
        if done.changes:
            catalogue.note(process.database, data_set, done.changes, session)
        return done.result

    with process.session() as session:
        while True:
            watch.look()
            done, result = _tried(session, attempt)
            if done:
                return result
            time.sleep(random.uniform(0.001, _LONGEST_PAUSE))  # noqa: S311 - no secret


def _tried(
    session: ClientSession, attempt: Callable[[ClientSession], Result | None]
) -> tuple[bool, Result | None]:
    """Whether the transaction could be committed, and what came of it. The driver's own `with_transaction` doubles its
    pauses up to half a second, so that who has lost a few times loses to newcomers for ever."""
    session.start_transaction(ReadConcern("snapshot"), DURABLE, ReadPreference.PRIMARY)
    try:
        result = attempt(session)
        if session.in_transaction:
            _commit(session)
    except BaseException as error:
        if session.in_transaction:
            session.abort_transaction()
        if isinstance(error, PyMongoError) and code_of(error) in _TOO_LARGE:
            raise TooLarge from None
        if isinstance(error, PyMongoError) and error.has_error_label("TransientTransactionError"):
            return False, None
        raise
    return True, result


def _commit(session: ClientSession) -> None:
    while True:
        try:
            session.commit_transaction()
        except PyMongoError as error:
            if error.timeout or not error.has_error_label("UnknownTransactionCommitResult"):
                raise
            # to ask again for the same commit is safe, and tells what has become of it
        else:
            return
