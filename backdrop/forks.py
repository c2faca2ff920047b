"""Forks of this process: who holds what can't be carried across one is told before it and after it."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol


class Forking(Protocol):
    """What has to know of forks. None of this may raise."""

    def before_fork(self) -> None:
        """In the thread that forks."""

    def after_fork_in_parent(self) -> None:
        """In the same thread."""

    def after_fork_in_child(self) -> None:
        """In the only thread that the child has; what others had locked stays locked."""


def watch(one: Forking) -> None:
    """Tells it of every fork from now on, for as long as it lives."""
    _FORKS.watch(one)


class _Forks:
    """Registered once, for that can't be undone."""

    def __init__(self) -> None:
        self._watching: weakref.WeakSet[Forking] = weakref.WeakSet()
        self._lock = threading.RLock()
        self._told: list[Forking] = []
        self._is_registered = False

    def watch(self, one: Forking) -> None:
        with self._lock:
            self._watching.add(one)
            if not self._is_registered:
                os.register_at_fork(
                    before=self._before, after_in_parent=self._in_parent, after_in_child=self._in_child
                )
                self._is_registered = True

    def _before(self) -> None:
        self._lock.acquire()
        # these live until the fork is over
        self._told = list(self._watching)
        for one in self._told:
            one.before_fork()

    def _in_parent(self) -> None:
        for one in self._told:
            one.after_fork_in_parent()
        self._told = []
        self._lock.release()

    def _in_child(self) -> None:
        for one in self._told:
            one.after_fork_in_child()
        self._told = []
        self._lock = threading.RLock()


_FORKS = _Forks()
