"""The servers of MongoDB as the driver sees them, for an operator to read. Nothing of users and passwords."""

from __future__ import annotations

from pymongo.errors import AutoReconnect, NotPrimaryError
from pymongo.server_description import ServerDescription
from pymongo.topology_description import TopologyDescription

_ROLES = {
    "RSPrimary": "primary",
    "RSSecondary": "secondary",
    "RSArbiter": "arbiter",
    "Mongos": "router",
    "Standalone": "alone",
    "Unknown": "not reached",
    "RSOther": "no primary and no secondary now",
    "RSGhost": "in no set yet",
}


def described(topology: TopologyDescription) -> str:
    """As in `MongoDB, set rs0 (db1:27017 primary; db2:27017 not reached: [Errno 111] Connection refused)`."""
    name = f"MongoDB, set {topology.replica_set_name}" if topology.replica_set_name else "MongoDB"
    servers = sorted(map(_server, topology.server_descriptions().values()))
    # the driver forgets those that say they are of another one
    return f"{name} ({'; '.join(servers) or 'no server that DATABASE_URL names is of this set'})"


def _server(server: ServerDescription) -> str:
    host, port = server.address
    shown = f"[{host}]" if ":" in host else host
    address = shown if port is None else f"{shown}:{port}"
    role = _ROLES.get(server.server_type_name, server.server_type_name)
    return f"{address} {role}{_why(server.error, f'{host}:{port}: ')}"


def _why(error: Exception | None, prefix: str) -> str:
    if error is None:
        return ""
    if isinstance(error, AutoReconnect) and not isinstance(error, NotPrimaryError):
        # the network's own words; of any other error the text may quote what was sent
        text = str(error).partition(" (configured timeouts")[0]
        return f": {text.removeprefix(prefix)}"
    return f": {type(error).__name__}"
