"""MongoDB's errors in our words. What MongoDB says itself may hold users and values of records, so none of it is
repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
    WriteConcernError,
)

from backdrop.storage.protocol import StorageUnavailable

_NOT_LET_IN = frozenset({13, 18, 8000})
_FULL = frozenset({14031})
_LATER_LABELS = ("TransientTransactionError", "RetryableWriteError", "UnknownTransactionCommitResult")

# Time-outs, elections, shut-downs, lost cursors and snapshots, missing majorities, transactions given up.
_LATER = frozenset(
    {6, 7, 24, 43, 50, 64, 89, 91, 100, 112, 125, 133, 134, 175, 189, 202, 211, 225, 237, 239, 244, 246, 251}
    | {257, 262, 282, 290, 331, 365, 9001, 10058, 10107, 11600, 11601, 11602, 13435, 13436, 46841}
)

CONTENTS_CHANGED = frozenset({43, 175, 237, 239, 246})
"""Codes of reads that were cut off because the collection was replaced, or read for too long."""

READ_AGAIN = CONTENTS_CHANGED | {211}
"""Codes of reads that come to an end when they are begun anew: also those that a server refuses which has just joined
a set with a key file. For half a second it doesn't know the keys with which the others sign their time."""


class UnexpectedAnswer(Exception):
    """MongoDB refused something for a reason that no waiting helps against; the text has its code alone."""


@contextmanager
def in_our_words(place: Callable[[], str]) -> Iterator[None]:
    """Raises StorageUnavailable where MongoDB is away, busy, or lets us in no more; UnexpectedAnswer else. `place` says
    where it is and who answers there."""
    try:
        yield
    except PyMongoError as error:
        trouble = _trouble(error)
        if trouble is None:
            raise UnexpectedAnswer(_described(error)) from None
        raise StorageUnavailable(trouble=f"{place()}: {trouble}") from None


def code_of(error: PyMongoError) -> int | None:
    """The code of what the server refused; of a batch, of the first record."""
    if isinstance(error, BulkWriteError) and error.details:
        failures = [*error.details.get("writeErrors", []), *error.details.get("writeConcernErrors", [])]
        return int(failures[0]["code"]) if failures and "code" in failures[0] else None
    return error.code if isinstance(error, OperationFailure) else None


def _trouble(error: PyMongoError) -> str | None:
    """What is wrong, and what to do; None where waiting won't help."""
    code = code_of(error)
    # after a refusal the driver doesn't try for a while, and says why in a text alone
    refused_before = isinstance(error, ServerSelectionTimeoutError) and "AuthenticationFailed" in str(error)
    if code in _NOT_LET_IN or refused_before:
        return "it does not let us in; check user, password and rights of DATABASE_URL"
    if code in _FULL:
        return "its disk is full; make room"
    if isinstance(error, ConfigurationError):
        return "it can't be used as DATABASE_URL says; check host names and options"
    if isinstance(error, ConnectionFailure):
        return _of_connections(error)
    if isinstance(error, ExecutionTimeout) or error.timeout:
        return "it did not answer in time; if this goes on, look for what keeps it busy"
    if isinstance(error, WriteConcernError) or (isinstance(error, BulkWriteError) and _only_concerns(error)):
        return "it could not confirm a write in time; check that a majority of its servers runs and keeps up"
    if code in _LATER or any(error.has_error_label(label) for label in _LATER_LABELS):
        return f"it could not do it now ({_described(error)}); if this goes on, its own log says why"
    return None


def _of_connections(error: ConnectionFailure) -> str:
    if isinstance(error, ServerSelectionTimeoutError):
        return (
            "no server that can do it answers; check that they run and can be reached from here, and wait if they are"
            " electing a primary"
        )
    if isinstance(error, WaitQueueTimeoutError):
        return "all connections of this process are in use; raise maxPoolSize in DATABASE_URL"
    if isinstance(error, NotPrimaryError):
        return "it has ceased to be the primary; wait until another is elected"
    if isinstance(error, NetworkTimeout):
        return (
            "it did not answer in time; if this goes on, look for what keeps it busy, and check the network"
        )
    return "a connection was lost; if this goes on, check the network, and its own log"


def _only_concerns(error: BulkWriteError) -> bool:
    return not (error.details or {}).get("writeErrors")


def _described(error: PyMongoError) -> str:
    code = code_of(error)
    return f"{type(error).__name__}, code {code}" if code is not None else type(error).__name__
