"""MongoDB's errors in our words. What MongoDB says itself may hold hosts, users and values of records, so none of
it is repeated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    ExecutionTimeout,
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


class UnexpectedAnswer(Exception):
    """MongoDB refused something for a reason that no waiting helps against; the text has its code alone."""


@contextmanager
def in_our_words() -> Iterator[None]:
    """Raises StorageUnavailable where MongoDB is away, busy, or lets us in no more; UnexpectedAnswer else."""
    try:
        yield
    except PyMongoError as error:
        reason = _reason(error)
        if reason is None:
            raise UnexpectedAnswer(_described(error)) from None
        raise StorageUnavailable(reason) from None


def code_of(error: PyMongoError) -> int | None:
    """The code of what the server refused; of a batch, of the first record."""
    if isinstance(error, BulkWriteError) and error.details:
        failures = [*error.details.get("writeErrors", []), *error.details.get("writeConcernErrors", [])]
        return int(failures[0]["code"]) if failures and "code" in failures[0] else None
    return error.code if isinstance(error, OperationFailure) else None


def _reason(error: PyMongoError) -> str | None:
    """What to tell who asked; None where waiting won't help."""
    code = code_of(error)
    # after a refusal the driver doesn't try for a while, and says why in a text alone
    refused_before = isinstance(error, ServerSelectionTimeoutError) and "AuthenticationFailed" in str(error)
    if code in _NOT_LET_IN or refused_before:
        return "MongoDB does not let us in: check user, password and rights of DATABASE_URL"
    if code in _FULL:
        return "MongoDB's disk is full"
    if isinstance(error, ConfigurationError):
        return "MongoDB can't be used as DATABASE_URL says: check its host names and options"
    if isinstance(error, ServerSelectionTimeoutError):
        return "no MongoDB server answers, or they are electing a primary"
    if isinstance(error, ConnectionFailure | WaitQueueTimeoutError):
        return "the connection to MongoDB was lost"
    if isinstance(error, ExecutionTimeout) or error.timeout:
        return "MongoDB did not answer in time"
    if isinstance(error, WriteConcernError) or (isinstance(error, BulkWriteError) and _only_concerns(error)):
        return "MongoDB could not confirm a write in time"
    if code in _LATER or any(error.has_error_label(label) for label in _LATER_LABELS):
        return "MongoDB could not do it now"
    return None


def _only_concerns(error: BulkWriteError) -> bool:
    return not (error.details or {}).get("writeErrors")


def _described(error: PyMongoError) -> str:
    code = code_of(error)
    return f"{type(error).__name__}, code {code}" if code is not None else type(error).__name__
