"""mongod alone, and as a replica set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import uuid4

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError

from tests.running import wait_until
from tests.servers.missing import mongod_program
from tests.servers.ports import lasting_port
from tests.servers.process import ServerProcess

# Short, so that a test of a lost primary does not wait ten seconds for each election. Too short for real use: a
# primary that is only busy would be voted out.
ELECTION_MILLISECONDS, HEARTBEAT_MILLISECONDS = 2000, 500
_PATIENCE = "serverSelectionTimeoutMS=2000&connectTimeoutMS=2000&socketTimeoutMS=20000"

Document = Mapping[str, Any]


class Mongod(ServerProcess):
    """One mongod from `__enter__` to `__exit__`; as a member if `replica_set` names one. `options` are more of its
    command line."""

    def __init__(self, folder: Path, *, replica_set: str | None = None, options: Sequence[str] = ()) -> None:
        self.port = lasting_port()
        self.address = f"127.0.0.1:{self.port}"
        data = folder / f"mongod-{self.port}"
        data.mkdir(parents=True)
        member = ["--replSet", replica_set, "--oplogSize", "200"] if replica_set else []
        command = [
            str(mongod_program()),
            *("--dbpath", str(data), "--port", str(self.port), "--bind_ip", "127.0.0.1"),
            *("--nounixsocket", "--quiet", "--wiredTigerCacheSizeGB", "0.25"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            *member,
            *options,
        ]
        super().__init__(
            f"mongod-{self.port}", command, {}, folder / f"mongod-{self.port}.log", self._answers
        )

    def url(self, database: str | None = None) -> str:
        """For this server alone, with an own database unless one is named."""
        return f"mongodb://{self.address}/{database or own_database()}?directConnection=true"

    def client(self) -> MongoClient[dict[str, Any]]:
        """For this node alone, whatever it is a member of. To be closed."""
        return MongoClient(f"mongodb://{self.address}/?directConnection=true&{_PATIENCE}")

    def command(self, command: Document) -> dict[str, Any]:
        """Runs a command on the database `admin` of this node."""
        with self.client() as client:
            return client.admin.command(dict(command))

    def __enter__(self) -> Mongod:
        self.start()
        return self

    def __exit__(self, *_: BaseException | type[BaseException] | TracebackType | None) -> None:
        # What it has kept goes with its folder.
        self.kill()

    def _answers(self) -> bool:
        try:
            return bool(self.command({"ping": 1})["ok"])
        except ConnectionFailure:
            return False


class ReplicaSet:
    """`size` nodes (1 or 3) that elect quickly, from `__enter__` to `__exit__`. Unless they may be `chained`, each
    learns what is new from the primary alone, so that one which learns nothing keeps no other from it."""

    def __init__(
        self, folder: Path, size: int = 1, options: Sequence[str] = (), *, chained: bool = True
    ) -> None:
        self.name = f"rs-{uuid4().hex[:8]}"
        self._chained = chained
        self.nodes = tuple(Mongod(folder, replica_set=self.name, options=options) for _ in range(size))

    def url(self, database: str | None = None, options: str = "") -> str:
        """For the whole set, with an own database unless one is named. `options` as `a=b&c=d`."""
        hosts = ",".join(node.address for node in self.nodes)
        more = f"&{options}" if options else ""
        return f"mongodb://{hosts}/{database or own_database()}?replicaSet={self.name}{more}"

    def client(self) -> MongoClient[dict[str, Any]]:
        """For the whole set. To be closed."""
        return MongoClient(self.url("admin", _PATIENCE))

    def primary(self) -> Mongod | None:
        """The node that calls itself the primary, while there is one."""
        return next((node for node in self.nodes if _state(node) == "PRIMARY"), None)

    def secondaries(self) -> list[Mongod]:
        return [node for node in self.nodes if _state(node) == "SECONDARY"]

    def others(self, primary: Mongod) -> list[Mongod]:
        """All nodes but the primary, whatever they are just now; on a busy machine one may not say in time."""
        return [node for node in self.nodes if node is not primary]

    def wait_for_primary(self, seconds: float = 60.0) -> Mongod:
        node: Mongod = wait_until(self.primary, f"a primary of {self.name}", seconds)
        return node

    def wait_until_whole(self, seconds: float = 60.0) -> Mongod:
        """Until one node is the primary and all others are secondaries; the primary."""
        wait_until(lambda: len(self.secondaries()) == len(self.nodes) - 1, "all secondaries", seconds)
        return self.wait_for_primary(seconds)

    def set_patience(self, milliseconds: int) -> None:
        """How long a node hears nothing before it gives up as the primary, or calls for an election."""
        primary = self.wait_for_primary()
        config = primary.command({"replSetGetConfig": 1})["config"]
        config["settings"]["electionTimeoutMillis"] = milliseconds
        primary.command({"replSetReconfig": {**config, "version": config["version"] + 1}})

    def step_up(self, node: Mongod, seconds: float = 60.0) -> None:
        """Has the node call for an election until it is the primary."""

        def is_primary() -> bool:
            with suppress(PyMongoError):
                node.command({"replSetStepUp": 1})
            return _state(node) == "PRIMARY"

        wait_until(is_primary, f"{node.name} as the primary", seconds)

    def step_down(self, seconds: int = 3) -> Mongod | None:
        """The primary gives up, and can't be elected again for so long; that node, or None if there was none or
        it couldn't. For longer than three seconds, a test that does it often would bar all nodes at once."""
        node = self.primary()
        if node is None:
            return None
        try:
            node.command({"replSetStepDown": seconds, "secondaryCatchUpPeriodSecs": seconds})
        except ConnectionFailure:
            return node  # it closes connections when it does
        except OperationFailure:
            return None  # no secondary has caught up, or it is none any more
        return node

    def __enter__(self) -> ReplicaSet:
        try:
            for node in self.nodes:
                node.spawn()
            for node in self.nodes:
                node.wait_until_ready()
            self.nodes[0].command({"replSetInitiate": self._config()})
            self.wait_until_whole()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_: BaseException | type[BaseException] | TracebackType | None) -> None:
        self.kill()

    def kill(self) -> None:
        for node in self.nodes:
            node.kill()

    def _config(self) -> Document:
        return {
            "_id": self.name,
            "members": [{"_id": place, "host": node.address} for place, node in enumerate(self.nodes)],
            "settings": {
                "chainingAllowed": self._chained,
                "electionTimeoutMillis": ELECTION_MILLISECONDS,
                "heartbeatIntervalMillis": HEARTBEAT_MILLISECONDS,
            },
        }


def own_database() -> str:
    """A database's name that no other test has."""
    return f"test_{uuid4().hex}"


def _state(node: Mongod) -> str | None:
    if not node.is_running:
        return None
    try:
        hello = node.command({"hello": 1})
    except PyMongoError:
        return None
    if hello.get("isWritablePrimary"):
        return "PRIMARY"
    return "SECONDARY" if hello.get("secondary") else None
