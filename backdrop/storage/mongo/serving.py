"""Writes in their turn: again when a rival was faster, and after what others have left behind."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from backdrop.storage.mongo import catalogue, drops, leases, making, transactions, undoing
from backdrop.storage.mongo.abandoned import Watch
from backdrop.storage.mongo.connections import WRITE_SECONDS, Connections, Process
from backdrop.storage.mongo.documents import Document
from backdrop.storage.mongo.indexing import Indexing
from backdrop.storage.mongo.leases import UnderLease
from backdrop.storage.mongo.transactions import TooLarge
from backdrop.storage.mongo.turns import Deadline, turn
from backdrop.storage.mongo.work import Done, NotReady, Result, Work
from backdrop.storage.protocol import StorageUnavailable

_SomeWork = TypeVar("_SomeWork", bound=Work)

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
        as_of: int | None,
    ) -> Result | None:
        """Does the work in a transaction, or under a lease where there are none, or none takes so much. `foreseen` are
        fields that the catalogue will have after it. None, and nothing is changed, when the work comes to that, or
        when there is no such data set and none is to be made.

        Raises DroppedSince if the data set was dropped after so many drops as `as_of` says; StorageUnavailable, and
        what the work raises.
        """
        work = _unless_dropped(self._noticing(work), as_of)

        def attempt(process: Process) -> Result | None:
            if process.has_transactions:
                try:
                    return transactions.write(process, data_set, foreseen, work)
                except TooLarge:
                    # under a lease a PUT would put a collection that is not sharded in the place of one that is
                    if process.is_sharded:
                        raise StorageUnavailable(
                            "this is too much for one write; send less at once"
                        ) from None
            return leases.write(process, data_set, foreseen, work)

        return self._in_turn(data_set, attempt, partial(_make_ready, makes=makes, as_of=as_of))

    def write_alone(
        self,
        data_set: str,
        foreseen: Mapping[str, object],
        work: Callable[[Work], Done[Result] | None],
        *,
        makes: bool,
        as_of: int | None,
    ) -> Result | None:
        """As `write`, but always under a lease."""
        work = _unless_dropped(work, as_of)

        def attempt(process: Process) -> Result | None:
            return leases.write(process, data_set, foreseen, work)

        return self._in_turn(data_set, attempt, partial(_make_ready, makes=makes, as_of=as_of))

    def drop(
        self, data_set: str, work: Callable[[UnderLease], Done[Result] | None], as_of: int | None
    ) -> Result | None:
        """Does the work of a drop under a lease, also where there is no such data set. From then on writes as of
        earlier are refused, even if the work fails.

        Raises DroppedSince if the data set was dropped after so many drops as `as_of` says, and nothing is marked then.
        """
        with self._connections.writing() as process:
            drops.refuse_late_drop(process, data_set, as_of)
            marked, may_be = drops.marked(drops.take_number(process.database)), drops.open_to(as_of)

        def attempt(process: Process) -> Result | None:
            return leases.write(process, data_set, {}, work, makes=True, at_once=[marked], only_if=may_be)

        return self._in_turn(data_set, attempt, partial(_is_free_again, as_of=as_of))

    def take_back_what_is_left(self) -> None:
        """Takes back the writes whose processes have gone."""
        with self._connections.writing() as process:
            for entry in leases.left_behind(process):
                leases.take_back(process, entry)
            undoing.forget_left_over(process.primary)

    def _in_turn(
        self,
        data_set: str,
        attempt: Callable[[Process], Result | None],
        get_ready: Callable[[Process, str], bool],
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
                if not get_ready(process, data_set):
                    return None

    def _noticing(self, work: Callable[[Work], Done[Result] | None]) -> Callable[[Work], Done[Result] | None]:
        """The work, which also notices that the collection has no index yet."""

        def noticing(at: Work) -> Done[Result] | None:
            if not at.entry.get("is_indexed"):
                self._indexing.want(at.data_set)
            return work(at)

        return noticing


def _unless_dropped(
    work: Callable[[_SomeWork], Done[Result] | None], as_of: int | None
) -> Callable[[_SomeWork], Done[Result] | None]:
    """The work, which is refused if the data set was dropped after so many drops."""

    def checked(at: _SomeWork) -> Done[Result] | None:
        drops.refuse_late(at.database, at.entry, as_of)
        return work(at)

    return checked


def _make_ready(process: Process, data_set: str, *, makes: bool, as_of: int | None) -> bool:
    """Gets nearer to a data set that can be written; False when there is none and none is to be made."""
    entry = catalogue.look_up(process.database, data_set)
    if entry is not None and "lease" in entry:
        _wait_for_lease(process, entry)
    elif entry is None or not entry.get("exists"):
        drops.refuse_late(process.database, entry, as_of)
        if not (makes or making.exists(process.primary, data_set, entry)):
            return False
        try:
            leases.write(process, data_set, {}, _unless_dropped(making.make, as_of), makes=True)
        except NotReady:
            return True  # somebody else is at it
    return True


def _is_free_again(process: Process, data_set: str, *, as_of: int | None) -> bool:
    """Gets nearer to a data set, or the place of one, to which nobody else writes. Raises DroppedSince if whoever did
    has dropped it, after so many drops as `as_of` says."""
    entry = catalogue.look_up(process.database, data_set)
    if entry is not None and "lease" in entry:
        _wait_for_lease(process, entry)
    else:
        drops.refuse_late_drop(process, data_set, as_of)
    return True


def _wait_for_lease(process: Process, entry: Document) -> None:
    if not leases.take_back(process, entry):
        time.sleep(random.uniform(0.001, _LONGEST_PAUSE))  # noqa: S311 - no secret
