"""Writes in their turn: again when a rival was faster, and after what others have left behind."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping

from backdrop.storage.mongo import catalogue, leases, making, transactions
from backdrop.storage.mongo.abandoned import Watch
from backdrop.storage.mongo.connections import WRITE_SECONDS, Connections, Process
from backdrop.storage.mongo.indexing import Indexing
from backdrop.storage.mongo.leases import UnderLease
from backdrop.storage.mongo.transactions import TooLarge
from backdrop.storage.mongo.turns import Deadline, turn
from backdrop.storage.mongo.work import Done, NotReady, Result, Work
from backdrop.storage.protocol import StorageUnavailable

_LONGEST_PAUSE = 0.015


class Writers:
    """Does the work of writes."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._indexing = Indexing(connections)

    def write(
        self,
        data_set: str,
        foreseen: Mapping[str, object],
        work: Callable[[Work], Done[Result] | None],
        *,
        makes: bool,
    ) -> Result | None:
        """Does the work in a transaction, or under a lease where there are none, or none takes so much. `foreseen` are
        fields that the catalogue will have after it. None, and nothing is changed, when the work comes to that, or
        when there is no such data set and none is to be made.

        Raises StorageUnavailable, and what the work raises.
        """

        def attempt(process: Process) -> Result | None:
            if process.has_transactions:
                try:
                    return transactions.write(process, data_set, foreseen, self._noticing(work))
                except TooLarge:
                    # under a lease a PUT would put a collection that is not sharded in the place of one that is
                    if process.is_sharded:
                        raise StorageUnavailable(
                            "this is too much for one write; send less at once"
                        ) from None
            return leases.write(process, data_set, foreseen, self._noticing(work))

        return self._in_turn(data_set, attempt, makes=makes)

    def write_alone(
        self,
        data_set: str,
        foreseen: Mapping[str, object],
        work: Callable[[UnderLease], Done[Result] | None],
        *,
        makes: bool,
    ) -> Result | None:
        """As `write`, but always under a lease."""

        def attempt(process: Process) -> Result | None:
            return leases.write(process, data_set, foreseen, work)

        return self._in_turn(data_set, attempt, makes=makes)

    def take_back_what_is_left(self) -> None:
        """Takes back the writes whose processes have gone."""
        with self._connections.writing() as process:
            for entry in leases.left_behind(process):
                leases.take_back(process, entry)

    def _in_turn(
        self, data_set: str, attempt: Callable[[Process], Result | None], *, makes: bool
    ) -> Result | None:
        deadline = Deadline(WRITE_SECONDS)
        with self._connections.writing() as process, turn(process.turns, data_set, deadline):
            watch = Watch(process)
            while True:
                try:
                    return attempt(process)
                except NotReady:
                    deadline.check()
                    watch.look()
                    if not _make_ready(process, data_set, makes=makes):
                        return None

    def _noticing(self, work: Callable[[Work], Done[Result] | None]) -> Callable[[Work], Done[Result] | None]:
        """The work, which also notices that the collection has no index yet."""

        def noticing(at: Work) -> Done[Result] | None:
            if not at.entry.get("is_indexed"):
                self._indexing.want(at.data_set)
            return work(at)

        return noticing


def _make_ready(process: Process, data_set: str, *, makes: bool) -> bool:
    """Gets nearer to a data set that can be written; False when there is none and none is to be made."""
    entry = catalogue.look_up(process.database, data_set)
    if entry is not None and "lease" in entry:
        if not leases.take_back(process, entry):
            time.sleep(random.uniform(0.001, _LONGEST_PAUSE))  # noqa: S311 - no secret
    elif entry is None or not entry.get("exists"):
        if not (makes or making.exists(process.database, data_set)):
            return False
        try:
            leases.write(process, data_set, {}, making.make, makes=True)
        except NotReady:
            return True  # somebody else is at it
    return True
