"""What MongoDB's own tests share: the collections behind a storage, and writers that die at a chosen step."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pymongo import MongoClient, monitoring
from pymongo.database import Database

from backdrop.storage import open_storage
from backdrop.storage.protocol import Storage


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


class _Death(Commands):
    """Kills the process when it is about to send its command of that number, from 1 on."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self._step = step
        self.is_armed = False

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self.is_armed:
            super().started(event)
            if len(self.names) == self._step:
                os.kill(os.getpid(), signal.SIGKILL)


def dies_in(url: str, work: Callable[[Storage], object], step: int) -> bool:
    """Has a forked process do the work and be killed before that step; False when it has fewer steps and is done."""
    child = os.fork()
    if child == 0:
        status = 2
        try:
            death = _Death(step)
            monitoring.register(death)
            storage = open_storage(url)
            storage.ping()
            death.is_armed = True
            work(storage)
            status = 0
        finally:
            os._exit(status)
    outcome = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert outcome in (0, -signal.SIGKILL), outcome
    return outcome != 0
