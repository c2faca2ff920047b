from __future__ import annotations

from collections.abc import Sequence

import pytest
from bson.objectid import ObjectId
from pymongo.errors import AutoReconnect, NetworkTimeout, NotPrimaryError, OperationFailure
from pymongo.hello import Hello
from pymongo.server_description import ServerDescription
from pymongo.topology_description import TOPOLOGY_TYPE, TopologyDescription

from backdrop.storage.mongo.servers import described

SECRET = "user hunter2"


def topology(servers: Sequence[ServerDescription], set_name: str | None = None) -> TopologyDescription:
    kind = TOPOLOGY_TYPE.ReplicaSetNoPrimary if set_name else TOPOLOGY_TYPE.Unknown
    return TopologyDescription(kind, {one.address: one for one in servers}, set_name, None, None, ObjectId())


def member(host: str, port: int, **says: object) -> ServerDescription:
    return ServerDescription((host, port), Hello({"ok": 1, "setName": "rs0", "maxWireVersion": 21, **says}))


def test_members_of_a_set_with_what_they_are() -> None:
    servers = [
        member("db1", 27017, isWritablePrimary=True),
        member("db2", 27018, secondary=True),
        member("db3", 27019, hidden=True),
        ServerDescription(("db4", 27020)),
    ]
    assert described(topology(servers, "rs0")) == (
        "MongoDB, set rs0 (db1:27017 primary; db2:27018 secondary; db3:27019 no primary and no secondary now;"
        " db4:27020 not reached)"
    )


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            AutoReconnect("db:1: [Errno 111] Connection refused (configured timeouts: 5s)"),
            ": [Errno 111] Connection refused",
        ),
        (NetworkTimeout("db:1: timed out (configured timeouts: 5s)"), ": timed out"),
        (NotPrimaryError(SECRET, {"errmsg": SECRET}), ": NotPrimaryError"),
        (OperationFailure(SECRET, 18, {"errmsg": SECRET}), ": OperationFailure"),
    ],
    ids=repr,
)
def test_why_a_server_is_not_reached(error: Exception, text: str) -> None:
    server = ServerDescription(("db", 1), error=error)
    assert described(topology([server])) == f"MongoDB (db:1 not reached{text})"


def test_an_ipv6_address() -> None:
    server = ServerDescription(("::1", 1), error=AutoReconnect("::1:1: gone"))
    assert described(topology([server])) == "MongoDB ([::1]:1 not reached: gone)"


def test_a_name_that_is_not_looked_up_yet() -> None:
    assert described(topology([ServerDescription(("cluster.invalid", None))])) == (
        "MongoDB (cluster.invalid not reached)"
    )


def test_a_set_that_has_another_name() -> None:
    assert described(topology([], "rs1")) == (
        "MongoDB, set rs1 (no server that DATABASE_URL names is of this set)"
    )
