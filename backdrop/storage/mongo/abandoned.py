"""Transactions and leases of processes that are gone. MongoDB itself keeps a transaction, and all that it has locked,
for a minute after the process that began it was killed.

A process is known by the name of its connections, and is gone when the server has none of that name. A user needs no
right to see and end what is his own. Where a server refuses to tell or to end even that, time has to do it.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from pymongo.errors import OperationFailure
from pymongo.read_preferences import ReadPreference

from backdrop.storage.mongo.connections import APPLICATION, Process

_PAUSE_SECONDS = 0.3


class Watch:
    """Looks for what is abandoned while a write waits, but not too often."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._next_look = time.monotonic() + _PAUSE_SECONDS

    def look(self) -> None:
        """Ends the transactions of processes that are gone."""
        # through a router, the connections of processes can't be seen
        if time.monotonic() >= self._next_look and self._process.has_transactions:
            if not self._process.is_sharded:
                _end_transactions(self._process)
            self._next_look = time.monotonic() + _PAUSE_SECONDS


def is_gone(process: Process, name: str) -> bool:
    """Whether the process that calls itself so has no connections any more. Never of one with another user, or beyond
    a router, whose connections can't be seen."""
    seen = _seen(process) if name.startswith(process.kin) and not process.is_sharded else None
    return seen is not None and all(one["appName"] != name for one in seen if one["type"] == "op")


def _end_transactions(process: Process) -> None:
    seen = _seen(process) or []
    alive = {one["appName"] for one in seen if one["type"] == "op"}
    gone = [one for one in seen if one["type"] == "idleSession" and one["appName"] not in alive]
    if gone:
        with suppress(OperationFailure):
            process.client.admin.command("killSessions", [{"id": one["lsid"]["id"]} for one in gone])


def _seen(process: Process) -> list[dict[str, Any]] | None:
    """Connections and open transactions of Backdrop's processes; None where this may not be asked."""
    admin = process.client.get_database("admin", read_preference=ReadPreference.PRIMARY)
    ours = {"appName": {"$gte": APPLICATION, "$lt": APPLICATION + "~"}}
    shown = {"type": 1, "appName": 1, "lsid": 1}
    everything = {"allUsers": False, "idleConnections": True, "idleSessions": True}
    try:
        return list(admin.aggregate([{"$currentOp": everything}, {"$match": ours}, {"$project": shown}]))
    except OperationFailure:
        return None
