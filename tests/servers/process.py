"""One process of a server: started, stopped, killed, frozen, and started again with the same data."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from tests.running import Running, lives, wait_until

START_SECONDS = 90.0
STOP_SECONDS = 40.0


class ServerProcess:
    """A command that may run, with its log in `log_path` over all its lives. Only one runs at a time."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log_path: Path,
        is_ready: Callable[[], bool],
    ) -> None:
        self.name = name
        self.log_path = log_path
        self._command = tuple(command)
        self._environment = dict(environment)
        self._is_ready = is_ready
        self._running: Running | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._running is not None and self._running.process.poll() is None

    @property
    def pids(self) -> list[int]:
        """Of the process and everything below it; none while it does not run."""
        if self._running is None or not self.is_running:
            return []
        return [self._running.pid, *self._running.children()]

    def spawn(self) -> None:
        """Start it, without waiting."""
        assert not self.is_running, f"{self.name} runs already"
        self.kill()
        self._running = Running(self.name, self._command, self._environment, self.log_path)
        self._guard = _guard(self._running.pid)

    def wait_until_ready(self, seconds: float = START_SECONDS) -> None:
        """ProcessTrouble, with the end of its log, if it ends or takes longer."""
        assert self._running is not None
        self._running.wait_for(self._is_ready, "was not ready", seconds)

    def start(self) -> None:
        self.spawn()
        self.wait_until_ready()

    def stop(self) -> None:
        """SIGTERM, wait, and make sure."""
        if self._running is not None:
            self.thaw()
            pids = self.pids
            try:
                self._running.stop(STOP_SECONDS)
                wait_until(lambda: not any(map(exists, pids)), f"an end of {self.name}", STOP_SECONDS)
            finally:
                self.kill()

    def kill(self) -> None:
        """SIGKILL to it and all below it, until they are gone; nothing happens if it does not run."""
        if self._running is not None:
            pids = self.pids
            # Some of Erlang's are in groups of their own, and while frozen don't see that the others are gone.
            self._signal(signal.SIGKILL)
            self._running.kill()
            wait_until(lambda: not any(map(exists, pids)), f"an end of {self.name}", STOP_SECONDS)
            self._running = None
        if self._guard is not None:
            self._guard.kill()
            self._guard.communicate()
            self._guard = None

    def freeze(self) -> None:
        """SIGSTOP: it keeps its connections and answers nothing."""
        # It takes a moment, in which a thread on another processor may still answer, or begin another process.
        wait_until(self._is_frozen, f"{self.name} to be frozen")

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _is_frozen(self) -> bool:
        self._signal(signal.SIGSTOP)
        return all(map(_is_stopped, self.pids))

    def _signal(self, number: signal.Signals) -> None:
        for pid in self.pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue  # a child that has ended by itself


def _guard(leader: int) -> subprocess.Popen[bytes]:
    """Ends the group once this Python is gone, even if it was killed: then the pipe has no writer any more."""
    kill_at_end_of_input = 'read -r _; kill -9 "-$1"'
    return subprocess.Popen(
        ["/bin/sh", "-c", kill_at_end_of_input, "guard", str(leader)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _is_stopped(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE))
    except psutil.NoSuchProcess:
        return True


def exists(pid: int) -> bool:
    """Whether anything of a process still runs."""
    try:
        return lives(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False
