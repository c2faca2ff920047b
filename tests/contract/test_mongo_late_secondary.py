"""A writer whose URL has reads go to secondaries, of which the one it may ask learns nothing new."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backdrop.core.triggers import Cause
from backdrop.storage import open_storage
from tests.contract.making import EVERYTHING, at, record, write
from tests.running import wait_until
from tests.servers.mongodb import ReplicaSet, own_database

TO_LATE_ONE = "readPreference=secondary&readPreferenceTags=late:yes"
FIRST, SECOND = at("2020-01-01"), at("2021-01-01")
_TOO_LARGE = 388


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplicaSet]:
    folder = tmp_path_factory.mktemp("late")
    enabled = ("--setParameter", "enableTestCommands=1")
    with ReplicaSet(folder, size=3, options=enabled, chained=False) as servers:
        # Nothing here is about elections, and a machine that stands still for seconds would be one's cause.
        servers.set_patience(60_000)
        primary = servers.wait_until_whole()
        late = servers.others(primary)[0]
        config = primary.command({"replSetGetConfig": 1})["config"]
        [member] = [one for one in config["members"] if one["host"] == late.address]
        member.update(priority=0, tags={"late": "yes"})
        primary.command({"replSetReconfig": {**config, "version": config["version"] + 1}})
        wait_until(lambda: late.command({"hello": 1}).get("tags"), "the other configuration")
        late.command({"configureFailPoint": "rsSyncApplyStop", "mode": "alwaysOn"})
        yield servers


@pytest.fixture
def database(servers: ReplicaSet) -> str:
    """With a record that the late one doesn't know."""
    name = own_database()
    storage = open_storage(servers.url(name))
    storage.append("things", [record("known", FIRST)], write())
    storage.close()
    return name


def test_a_put_beside_touches_what_was_there(
    servers: ReplicaSet, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or what transforms have made of it would stay for ever."""
    monkeypatch.setattr("backdrop.storage.mongo.contents.MOST_IN_A_TRANSACTION", -1)
    storage = open_storage(servers.url(database, TO_LATE_ONE))
    written = storage.replace("things", [record("new", SECOND)], write(cause=Cause("c", "")))
    storage.close()
    assert (written.removed, written.span) == (1, (FIRST, SECOND))


def test_a_write_too_large_for_a_transaction_knows_what_is_there(servers: ReplicaSet, database: str) -> None:
    """It took a known id for a new one, ended half way, and was not taken back: how to do that was not seen either."""
    storage = open_storage(servers.url(database, TO_LATE_ONE))
    once = {"failCommands": ["commitTransaction"], "errorCode": _TOO_LARGE}
    servers.wait_for_primary().command(
        {"configureFailPoint": "failCommand", "mode": {"times": 1}, "data": once}
    )
    storage.append("things", [record("known", SECOND), record("new", SECOND)], write())
    storage.close()
    storage = open_storage(servers.url(database))
    found = storage.find("things", EVERYTHING, None, 0)
    storage.close()
    assert {one["_id"]: one["_timestamp"] for one in found} == {"known": SECOND, "new": SECOND}
