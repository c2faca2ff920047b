"""MongoDB that asks for a password, and lets us do no more than write to our database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from pymongo import MongoClient

from backdrop.core.query import Grouping
from backdrop.storage import open_storage
from backdrop.storage.mongo.leases import LEASE_SECONDS
from backdrop.storage.protocol import StorageUnavailable
from tests.conftest import started
from tests.contract.making import EVERYTHING, NOW, at, record, write
from tests.contract.mongo_rooms import dies_in
from tests.servers.mongodb import Mongod, ReplicaSet
from tests.stopwatch import Stopwatch

PASSWORD, WRONG = "r:ght/one", "hunter2"
DATABASE = "only_this"
KEY_NOT_FOUND = 211
MINUTE = at("2020-01-01T00:01:00")
# MongoDB itself ends transactions of the dead after a minute, of which a test has not the patience.
TRANSACTION_SECONDS = 4
OPTIONS = (
    *("--setParameter", "enableTestCommands=1"),
    *("--setParameter", f"transactionLifetimeLimitSeconds={TRANSACTION_SECONDS}"),
)


class Guarded:
    """A server with an administrator, and a user who has `readWrite` on one database. What a killed writer has left
    is over by itself after `over_after` seconds."""

    def __init__(self, server: Mongod | ReplicaSet, over_after: float) -> None:
        self.over_after = over_after
        self._address = server.url(DATABASE)
        self.host = self._address.removeprefix("mongodb://").partition("/")[0]
        # the first user may be made without a password, from the machine itself
        with server.client() as client:
            client.admin.command("createUser", "root", pwd=PASSWORD, roles=["root"])
        with MongoClient[dict[str, object]](self.url("root")) as client:
            roles = [{"role": "readWrite", "db": DATABASE}]
            client.admin.command("createUser", "backdrop", pwd=PASSWORD, roles=roles)

    def url(self, user: str = "backdrop", password: str = PASSWORD) -> str:
        escaped = password.replace(":", "%3A").replace("/", "%2F")
        return self._address.replace("mongodb://", f"mongodb://{user}:{escaped}@") + "&authSource=admin"

    def refuse(self, *commands: str, namespace: str = "", code: int = 13, times: int | None = None) -> None:
        """From now on, or so many times, the server refuses these commands, as it does those to which we have no
        right; no command: none."""
        data = {
            "failCommands": commands,
            "errorCode": code,
            **({"namespace": namespace} if namespace else {}),
        }
        often = "alwaysOn" if times is None else {"times": times}
        mode = often if commands else "off"
        with MongoClient[dict[str, object]](self.url("root")) as client:
            client.admin.command({"configureFailPoint": "failCommand", "mode": mode, "data": data})


@pytest.fixture(scope="module", params=["alone", "replica set"])
def guarded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    if request.param == "alone":
        with started(lambda: Mongod(folder, options=("--auth", *OPTIONS))) as server:
            yield Guarded(server, LEASE_SECONDS)
    else:
        key = folder / "key"
        key.write_text("a key for the members of the set")
        key.chmod(0o600)
        with started(lambda: ReplicaSet(folder, options=("--keyFile", str(key), *OPTIONS))) as servers:
            yield Guarded(servers, TRANSACTION_SECONDS)


def stored(url: str) -> dict[str, object]:
    storage = open_storage(url)
    found: dict[str, object] = {
        str(one["_id"]): one.get("size") for one in storage.find("things", EVERYTHING, None, 0)
    }
    storage.close()
    return found


def test_read_and_write_is_enough(guarded: Guarded) -> None:
    storage = open_storage(guarded.url())
    storage.ping()
    storage.drop("things")
    storage.replace("things", [record("a", MINUTE, size=1), record("b", MINUTE)], write())
    storage.append("things", [record("c", MINUTE)], write(capped_size=10_000))
    storage.update("things", "a", lambda before: {**before, "size": 2}, write())
    storage.delete("things", "b", write())
    assert stored(guarded.url()) == {"a": 2, "c": None}
    assert storage.last_writes() == {"things": NOW}
    assert list(storage.waiting_triggers(NOW, 9)) == []
    assert storage.drop("things") is not None
    storage.close()


def written_after_a_death(url: str) -> float:
    """Seconds that a write takes which finds what a killed writer has left, the lease or transaction included."""
    storage = open_storage(url)
    storage.replace("things", [record("a", MINUTE, size=1)], write())
    assert dies_in(url, lambda dying: dying.update("things", "a", lambda _: record("a", size=9), write()), 3)
    with Stopwatch() as took:
        assert storage.update("things", "a", lambda before: {**before, "kind": "x"}, write()) is not None
    storage.close()
    assert stored(url) == {"a": 1}
    return took.seconds


def test_what_a_killed_writer_has_left_is_found_without_more_rights(guarded: Guarded) -> None:
    assert written_after_a_death(guarded.url()) < guarded.over_after - 1


@pytest.mark.parametrize("refused", ["killSessions", "aggregate"])
def test_where_even_that_is_refused_time_does_it(guarded: Guarded, refused: str) -> None:
    """`$currentOp` is an aggregation, over no collection."""
    guarded.refuse(refused, namespace="admin.$cmd.aggregate" if refused == "aggregate" else "")
    try:
        assert written_after_a_death(guarded.url()) < 15
    finally:
        guarded.refuse()


def test_a_server_that_has_just_joined_is_asked_again(guarded: Guarded) -> None:
    """It knows no keys yet, with which the others sign their time."""
    storage = open_storage(guarded.url())
    storage.replace("things", [record("a", MINUTE, size=1)], write())
    reads: dict[str, Callable[[], object]] = {
        "find": lambda: storage.find("things", EVERYTHING, None, 0),
        "aggregate": lambda: storage.fold("things", EVERYTHING, Grouping(), 9),
    }
    for command, ask in reads.items():
        expected = ask()
        guarded.refuse(command, code=KEY_NOT_FOUND, times=5)
        assert ask() == expected
    guarded.refuse("find", code=KEY_NOT_FOUND, times=5)
    assert storage.last_writes() == {"things": NOW}
    storage.close()


def not_let_in(guarded: Guarded, work: Callable[[], object]) -> StorageUnavailable:
    """Whoever asks is not told of users and rights; the log is, and of the servers."""
    with pytest.raises(StorageUnavailable) as raised:
        work()
    assert str(raised.value) == "storage can't be used just now; try again"
    assert re.search("user, password and rights", raised.value.trouble)
    assert guarded.host in raised.value.trouble
    return raised.value


def test_a_wrong_password_is_unavailable_and_not_repeated(guarded: Guarded) -> None:
    refused = open_storage(guarded.url(password=WRONG) + "&serverSelectionTimeoutMS=500")
    post = partial(refused.append, "things", [record("a")], write())
    for work in (refused.ping, post, refused.last_writes):
        refusal = not_let_in(guarded, work)
        assert WRONG not in f"{refusal!r} {refusal.trouble} {refusal.__cause__!r}"
    refused.close()


def test_another_database_is_unavailable(guarded: Guarded) -> None:
    storage = open_storage(guarded.url().replace(DATABASE, "not_this"))
    for work in (storage.ping, partial(storage.append, "things", [record("a")], write())):
        not_let_in(guarded, work)
    storage.close()
