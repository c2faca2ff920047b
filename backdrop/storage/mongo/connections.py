"""Connections to MongoDB: a client for each process, made when it is first needed, and reads in their order."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, TypeAlias, TypeVar
from uuid import uuid4

import pymongo
from bson.timestamp import Timestamp
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from backdrop.storage.mongo import servers
from backdrop.storage.mongo.address import Address
from backdrop.storage.mongo.collection_names import DATA_SETS
from backdrop.storage.mongo.documents import CODEC, Document
from backdrop.storage.mongo.turns import Deadline
from backdrop.storage.mongo.unavailable import CONTENTS_CHANGED, READ_AGAIN, code_of, in_our_words
from backdrop.storage.protocol import StorageUnavailable

Documents: TypeAlias = Collection[Document]
_Answer = TypeVar("_Answer")

DURABLE = WriteConcern(w="majority", j=True)
"""Of what must survive the loss of any process and any one server."""
APPLICATION = "backdrop "
"""What the names of our processes begin with, as MongoDB's log and operators see them. What follows is the same for
processes of the same user (`Process.kin`)."""
READ_SECONDS = 30.0
WRITE_SECONDS = 30.0
"""How long a write may take in all, waiting for its turn included."""
_READ_AGAIN_SECONDS = 10.0
"""How long to begin a read anew that can't end as it began. By then a majority knows of what was replaced, or there
is none."""

_REPLACED_AGAIN = "this data set is replaced again and again while it is read; try again"

# What a majority has: its times can be waited for on any server that is left.
_COMMITTED, _NEWEST = ReadConcern("majority"), ReadConcern("local")


class _Seen(threading.local):
    """The last moment that a thread knows of, by a write of its own or from our own collections: its later reads see
    no older data, whichever server they ask."""

    cluster_time: Any = None
    operation_time: Any = None


class Process:
    """What belongs to one process, and is of no use to a child that it forks."""

    def __init__(self, address: Address) -> None:
        self.kin = f"{APPLICATION}{sha256(address.user.encode()).hexdigest()[:8]} "
        self.name = f"{self.kin}{uuid4().hex}"
        self.client: MongoClient[Document] = MongoClient(
            address.url, connect=False, appname=self.name, **address.options
        )
        self.database: Database[Document] = self.client.get_database(address.database, codec_options=CODEC)
        # What a write is made of has to be what is there, whichever servers the URL would have reads go to.
        self.primary = self.database.with_options(read_preference=ReadPreference.PRIMARY)
        self.turns: dict[str, threading.Lock] = {}
        self._seen = _Seen()
        self._has_transactions: bool | None = None
        self._is_sharded = False

    @property
    def has_transactions(self) -> bool:
        """Whether this is a replica set or a sharded cluster, and not a server alone."""
        if self._has_transactions is None:
            # of a server that may be read from: also while there is no primary
            hello = self.client.admin.command("hello", read_preference=self.client.read_preference)
            self._is_sharded = hello.get("msg") == "isdbgrid"
            self._has_transactions = self._is_sharded or "setName" in hello
        return self._has_transactions

    @property
    def is_sharded(self) -> bool:
        """Whether this is a sharded cluster."""
        return self.has_transactions and self._is_sharded

    def find_server(self, preference: Any) -> None:
        """Where no server is known, waits for one as long as the URL says: left to itself the driver would wait as
        long as the whole request may take."""
        known = self.client.topology_description
        if not known.has_readable_server(preference):
            with pymongo.timeout(self.client.options.server_selection_timeout):
                self.client.admin.command("ping", read_preference=preference)

    @property
    def committed(self) -> ReadConcern:
        """Of reads that see only what stays."""
        return _COMMITTED if self.has_transactions else _NEWEST

    @contextmanager
    def session(self, *, goes_on: bool = True) -> Iterator[ClientSession]:
        """A session after the last moment that this thread knows of; unless it `goes_on`, the next ones don't have to
        be after it. To a read from a snapshot the server tells the time of its newest entry, which nobody else may
        have, so that waiting for it could be for ever."""
        seen = self._seen
        with self.client.start_session(causal_consistency=True) as session:
            if seen.operation_time is not None:
                session.advance_cluster_time(seen.cluster_time)
                session.advance_operation_time(seen.operation_time)
            try:
                yield session
            except PyMongoError as error:
                if code_of(error) not in READ_AGAIN:
                    # Nobody goes on from here, and the time may be one that this cluster, restored from a backup,
                    # has not reached yet: it must not be waited for again.
                    seen.cluster_time = seen.operation_time = None
                raise
            if goes_on and session.operation_time is not None and session.cluster_time is not None:
                seen.cluster_time, seen.operation_time = session.cluster_time, session.operation_time

    @contextmanager
    def reading(
        self, collection: str, *, at_once: bool, in_parts: bool
    ) -> Iterator[tuple[Documents, ClientSession]]:
        """A collection, and the session to read it with; `in_parts` where MongoDB can't but show parts of writes."""
        if in_parts:
            before = self._identity_of(collection) if at_once else None
            with self.session() as session:
                yield self.database.get_collection(collection, read_concern=self.committed), session
            if at_once and self._identity_of(collection) != before:
                raise _Replaced
        elif at_once:
            concern = _AtMoment(self._latest_moment())
            with self.client.start_session(causal_consistency=False) as session:
                yield self.database.get_collection(collection, read_concern=concern), session
        else:
            # a cursor must not see half of a transaction because that was committed between two of its batches
            with self.session(goes_on=False) as session:
                yield self.database.get_collection(collection, read_concern=ReadConcern("snapshot")), session

    def is_capped(self, collection: str) -> bool:
        """Whether this is one of MongoDB's own capped collections, which the first Backdrop had. They can't be read
        as of a moment; the first write makes it a plain one."""
        found = list(self.database.list_collections(filter={"name": collection}))
        return bool(found) and bool(found[0].get("options", {}).get("capped"))

    def _identity_of(self, collection: str) -> Any:
        """Another one whenever a collection takes the place of one of the same name; None where there is none."""
        found = list(self.database.list_collections(filter={"name": collection}))
        return found[0]["info"]["uuid"] if found else None

    def _latest_moment(self) -> Timestamp:
        with self.session() as session:
            self.database.get_collection(DATA_SETS, read_concern=_COMMITTED).find_one(
                {}, {"_id": 1}, session=session
            )
            moment = session.operation_time
        assert moment is not None
        return moment


def _pause() -> None:
    time.sleep(random.uniform(0.001, 0.05))  # noqa: S311 - no secret


class _Replaced(Exception):
    """A collection was replaced between two commands that should have seen the same."""


class _AtMoment(ReadConcern):
    """Reads what was there at a time of the cluster's clock. The driver's own snapshot sessions choose their time
    themselves, which may lie before what this thread has seen."""

    def __init__(self, moment: Timestamp) -> None:
        super().__init__("snapshot")
        self._moment = moment

    @property
    def document(self) -> dict[str, Any]:
        return {**super().document, "atClusterTime": self._moment}


class Connections:
    """The way to the database at `address`. Nothing is connected before it is first used."""

    def __init__(self, address: Address) -> None:
        self._address = address
        # A client is of no use across a fork. One inherited stays here untouched: its sockets are the parent's.
        self._processes: dict[int, Process] = {}

    def process(self) -> Process:
        """The client and its like of this process. Raises StorageUnavailable where the driver can't make one."""
        pid = os.getpid()
        known = self._processes.get(pid)
        if known is None:
            # without a lock, which another thread could hold when the process forks
            made = self._made()
            known = self._processes.setdefault(pid, made)
            if known is not made:
                made.client.close()
        return known

    def _made(self) -> Process:
        try:
            return Process(self._address)
        except OSError as error:
            # nothing is connected yet: it can but be the files of certificates
            trouble = (
                f"MongoDB: a file that DATABASE_URL names can't be used ({error}); check its options for TLS"
            )
            raise StorageUnavailable(trouble=trouble) from None

    def look_up(self, collection: str, ask: Callable[[Documents, ClientSession], _Answer]) -> _Answer:
        """What `ask` reads of one of our own collections. What the thread reads after it is not older."""
        with in_our_words(self._place), pymongo.timeout(READ_SECONDS):
            process = self.process()
            process.find_server(process.client.read_preference)
            deadline = Deadline(_READ_AGAIN_SECONDS)
            while True:
                try:
                    with process.session() as session:
                        documents = process.database.get_collection(
                            collection, read_concern=process.committed
                        )
                        return ask(documents, session)
                except OperationFailure as error:
                    if error.code not in READ_AGAIN or deadline.left == 0:
                        raise
                _pause()

    def read(
        self, collection: str, ask: Callable[[Documents, ClientSession], _Answer], *, at_once: bool = False
    ) -> _Answer:
        """What `ask` reads of a data set; where there are transactions, none of them in part. It may be called again: a
        cursor ends when a collection is replaced. With `at_once` all commands of `ask` see the same moment."""
        with in_our_words(self._place), pymongo.timeout(READ_SECONDS):
            process = self.process()
            process.find_server(process.client.read_preference)
            in_parts = not process.has_transactions
            deadline = Deadline(_READ_AGAIN_SECONDS)
            while True:
                try:
                    with process.reading(collection, at_once=at_once, in_parts=in_parts) as (
                        documents,
                        session,
                    ):
                        return ask(documents, session)
                except _Replaced:
                    if deadline.left == 0:
                        raise StorageUnavailable(_REPLACED_AGAIN) from None
                except OperationFailure as error:
                    if error.code not in READ_AGAIN or deadline.left == 0:
                        raise
                    in_parts = in_parts or (error.code in CONTENTS_CHANGED and process.is_capped(collection))
                _pause()

    @contextmanager
    def writing(self) -> Iterator[Process]:
        """Around writes: with their time, and their errors in our words."""
        with in_our_words(self._place), pymongo.timeout(WRITE_SECONDS):
            process = self.process()
            process.find_server(ReadPreference.PRIMARY)
            yield process

    def _place(self) -> str:
        # there is none where the driver refuses to make one of that URL
        known = self._processes.get(os.getpid())
        return "MongoDB" if known is None else servers.described(known.client.topology_description)

    def close(self) -> None:
        """Closes the connections of this process; it may go on, with new ones."""
        if (known := self._processes.pop(os.getpid(), None)) is not None:
            known.client.close()
