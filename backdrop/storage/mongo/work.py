"""A write in the doing: what it may use, and what it leaves in the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import pymongo
from pymongo.client_session import ClientSession
from pymongo.database import Database

from backdrop.storage.mongo.collection_names import collection_of
from backdrop.storage.mongo.connections import Documents
from backdrop.storage.mongo.documents import Document
from backdrop.storage.protocol import StorageUnavailable

Result = TypeVar("Result")

COMMAND_SECONDS = 5.0
"""How long a command may take under a lease, from when it is sent, and again from when the server begins with it."""


class NotReady(Exception):
    """The data set can't be written yet: it isn't made, or somebody holds its lease. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Undo:
    """How to take a write back that ends half way: remove the records that are new, forget the receipt, and have the
    transforms run over what was touched. What was replaced stays replaced; the request, sent again, completes it."""

    new_ids: Sequence[str] = ()
    trigger: Document | None = None
    receipt_key: str | None = None


class Work(Protocol):
    """What a write works with, be it in a transaction or under a lease."""

    @property
    def data_set(self) -> str: ...

    @property
    def database(self) -> Database[Document]: ...

    @property
    def session(self) -> ClientSession | None: ...

    @property
    def entry(self) -> Document:
        """What the catalogue said before the write."""
        ...

    @property
    def in_time(self) -> Document:
        """For the filter of each command that replaces or removes records: none is there any more for one that the
        server begins so late that another may write by then. The lease may still be held, so who uses it has to look
        at what was found. Empty in a transaction."""
        ...

    def begin_change(self, undo: Undo) -> None:
        """Before the first change, and with all that is needed to take the write back."""
        ...

    def step(self) -> AbstractContextManager[None]:
        """Around each command that changes records. Raises StorageUnavailable if the write has lost its right."""
        ...


@dataclass(frozen=True, slots=True)
class Done(Generic[Result]):
    """What a write has come to, the catalogue's fields that it changes, and whether it makes a new version. Under a
    lease, what is to be done `afterwards`, when the write counts, and the fields that this changes: what can't be taken
    back."""

    result: Result
    changes: Mapping[str, object] = field(default_factory=dict)
    is_new_version: bool = True
    afterwards: Callable[[], Mapping[str, object]] | None = None


def documents_of(work: Work) -> Documents:
    """The collection of the data set."""
    return work.database[collection_of(work.data_set)]


def command() -> AbstractContextManager[None]:
    """Around a command under a lease."""
    return pymongo.timeout(COMMAND_SECONDS)


def lost() -> StorageUnavailable:
    """What to tell whose write has lost its right, or has left the server too little time."""
    return StorageUnavailable("this write took so long that it had to be taken back; send it again")
