from __future__ import annotations

import re

import pytest
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConfigurationError,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
    WriteConcernError,
)

from backdrop.storage.mongo.unavailable import UnexpectedAnswer, in_our_words
from backdrop.storage.protocol import StorageUnavailable

SECRET = "mongodb://user:hunter2@host1"
PLACE = "MongoDB (db1:27017 primary)"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ServerSelectionTimeoutError(SECRET), "no server that can do it answers"),
        (ServerSelectionTimeoutError(f"AuthenticationFailed {SECRET}"), "user, password and rights"),
        (WaitQueueTimeoutError(SECRET), "maxPoolSize"),
        (AutoReconnect(SECRET), "lost"),
        (NetworkTimeout(SECRET), "in time"),
        (NotPrimaryError(SECRET), "primary; wait"),
        (ConfigurationError(SECRET), "DATABASE_URL"),
        (OperationFailure(SECRET, 18), "does not let us in"),
        (OperationFailure(SECRET, 13), "does not let us in"),
        (OperationFailure(SECRET, 50), "in time"),
        (OperationFailure(SECRET, 112), "now .*112"),
        (OperationFailure(SECRET, 14031), "full"),
        (WriteConcernError(SECRET, 64), "confirm"),
        (
            BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 64, "errmsg": SECRET}]}),
            "confirm",
        ),
        (OperationFailure(SECRET, 999999, {"errorLabels": ["TransientTransactionError"]}), "now"),
    ],
    ids=repr,
)
def test_what_waiting_helps_against_is_unavailable(error: PyMongoError, text: str) -> None:
    with pytest.raises(StorageUnavailable) as told, in_our_words(lambda: PLACE):
        raise error
    assert told.value.trouble.startswith(f"{PLACE}: ")
    assert re.search(text, told.value.trouble)
    assert not re.search("hunter2|host1", told.value.trouble)
    # which is for the log alone
    assert str(told.value) == "storage can't be used just now; try again"
    assert told.value.__suppress_context__


@pytest.mark.parametrize(
    "error",
    [
        OperationFailure(SECRET, 2),
        BulkWriteError({"writeErrors": [{"code": 121, "errmsg": SECRET, "op": SECRET}]}),
        PyMongoError(SECRET),
    ],
    ids=repr,
)
def test_anything_else_is_unexpected_and_has_no_values_in_its_text(error: PyMongoError) -> None:
    with pytest.raises(UnexpectedAnswer) as told, in_our_words(lambda: PLACE):
        raise error
    assert "hunter2" not in str(told.value)


def test_our_own_errors_pass_through() -> None:
    with pytest.raises(LookupError), in_our_words(lambda: PLACE):
        raise LookupError
