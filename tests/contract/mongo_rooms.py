"""What MongoDB's own tests share: the collections behind a storage, and writers that die or freeze at a chosen step."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from pymongo import MongoClient, monitoring
from pymongo.database import Database

from backdrop.storage import open_storage
from backdrop.storage.protocol import Storage, StorageUnavailable


@contextmanager
def rooms(url: str) -> Iterator[Database[dict[str, Any]]]:
    """The database of that URL, as anybody sees it."""
    with MongoClient[dict[str, Any]](url, tz_aware=True) as client:
        yield client.get_default_database()


class Commands(monitoring.CommandListener):
    """Notes the names of commands, while `names` is a list."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.names.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


@dataclass(frozen=True, slots=True)
class Place:
    """When a command of that name is about to be sent to a collection whose name has `collection` in it: the first
    time, or each time whose number, from 1 on, is among `times`."""

    command: str
    collection: str
    times: Collection[int] = (1,)


ITS_END = Place("update", "_backdrop.data_sets")
"""Where a write under a lease ends, and taking it back too."""


class At(Commands):
    """Does something at a place, while it is armed."""

    def __init__(self, place: Place, do: Callable[[], object]) -> None:
        super().__init__()
        self._place, self._do = place, do
        self._came = 0
        self.is_armed = False

    @property
    def is_done(self) -> bool:
        """Whether it came there for the last time."""
        return self._came >= max(self._place.times)

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        at = str(event.command.get(event.command_name))
        if self.is_armed and event.command_name == self._place.command and self._place.collection in at:
            self._came += 1
            if self._came in self._place.times:
                self._do()


class _Death(Commands):
    """While it is armed, kills the process when it is about to send its command of that number, from 1 on."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self._step = step
        self.is_armed = False

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self.is_armed:
            super().started(event)
            if len(self.names) == self._step:
                _kill()


def _forked(url: str, work: Callable[[Storage], object], listener: At | _Death) -> int:
    """A child that does the work while the listener is armed, and ends with 0, or with 2 if it failed."""
    child = os.fork()
    if child == 0:
        status = 2
        try:
            monitoring.register(listener)
            storage = open_storage(url)
            storage.ping()
            listener.is_armed = True
            work(storage)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return child


def dies_in(url: str, work: Callable[[Storage], object], step: int) -> bool:
    """Has a forked process do the work and be killed before that step; False when it has fewer steps and is done."""
    outcome = os.waitstatus_to_exitcode(os.waitpid(_forked(url, work, _Death(step)), 0)[1])
    assert outcome in (0, -signal.SIGKILL), outcome
    return outcome != 0


@contextmanager
def dying(url: str, work: Callable[[Storage], object], place: Place) -> Iterator[None]:
    """Has a forked process do the work and be killed at that place, before the block ends."""
    child = _forked(url, work, At(place, _kill))
    try:
        yield
    finally:
        ended = os.waitpid(child, 0)[1]
    assert os.waitstatus_to_exitcode(ended) == -signal.SIGKILL, "it came there"


@contextmanager
def frozen(url: str, work: Callable[[Storage], object], place: Place) -> Iterator[None]:
    """A forked process that does the work, and is frozen at that place until the block ends; then it has ended too."""

    def work_that_may_fail(storage: Storage) -> None:
        with suppress(StorageUnavailable):
            work(storage)

    child = _forked(url, work_that_may_fail, At(place, lambda: os.kill(os.getpid(), signal.SIGSTOP)))
    stopped = os.waitpid(child, os.WUNTRACED)[1]
    assert os.WIFSTOPPED(stopped), "it came there"
    try:
        yield
    finally:
        os.kill(child, signal.SIGCONT)
        ended = os.waitpid(child, 0)[1]
    assert os.waitstatus_to_exitcode(ended) == 0


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
