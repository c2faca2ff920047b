"""Processes that live and die together."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_ENTRY = re.compile(r"([A-Za-z0-9_-]+):\s*(.+)")
_LONGEST_LINE = 1_000_000

ShowLine = Callable[[str, str], None]


def read_procfile(path: Path) -> dict[str, str]:
    """The shell command of each process, by name, in the file's order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {entry[1]: entry[2] for entry in map(_ENTRY.fullmatch, lines) if entry}


class Processes:
    """Runs shell commands side by side, each in a process group of its own, and shows what they write.

    The signal that stops one goes to the process itself and not to its children: Celery's and gunicorn's
    children are theirs to stop, and a task or a request that runs may end.
    """

    def __init__(self, environment: Mapping[str, str], show_line: ShowLine) -> None:
        self._environment = dict(environment)
        self._show_line = show_line
        self._running: dict[str, Process] = {}
        self._watching: dict[str, asyncio.Task[int]] = {}
        self._waiting_for: list[tuple[str, str, asyncio.Event]] = []

    async def start(self, name: str, command: str, *, shown: bool = True) -> None:
        """Start a shell command under this name; not `shown` it writes straight to the terminal."""
        process = await asyncio.create_subprocess_shell(
            f"exec {command}",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE if shown else None,
            stderr=STDOUT if shown else None,
            env=self._environment,
            start_new_session=True,
        )
        self._running[name] = process
        self._watching[name] = asyncio.create_task(self._watch(name, process))

    async def finished(self, name: str) -> int:
        """Wait until this one has ended; its exit code (negative: the signal that ended it)."""
        code = await asyncio.shield(self._watching[name])
        del self._running[name], self._watching[name]
        return code

    async def first_end(self) -> tuple[str, int]:
        """Wait until any of those that run now has ended: its name and exit code."""
        names = {task: name for name, task in self._watching.items()}
        done, _ = await asyncio.wait(names, return_when=asyncio.FIRST_COMPLETED)
        ended = done.pop()
        return names[ended], ended.result()

    async def line(self, name: str, containing: str) -> None:
        """Wait until the process writes a line with this text; call it before the process can have."""
        seen = asyncio.Event()
        self._waiting_for.append((name, containing, seen))
        await seen.wait()

    async def stop(self, patience: float, *, first: str) -> bool:
        """Ask all to stop (SIGTERM), one before the others, wait, and end by force what has not stopped.

        `patience` in seconds is for all of them together. False if force was needed.
        """
        deadline = asyncio.get_running_loop().time() + patience
        names = list(self._running)
        in_time = True
        try:
            for wave in (
                [name for name in names if name == first],
                [name for name in names if name != first],
            ):
                in_time &= await self._stop(wave, max(deadline - asyncio.get_running_loop().time(), 1.0))
        finally:
            self.kill()
        if self._watching:
            await asyncio.wait(self._watching.values())
        return in_time

    async def _stop(self, names: Sequence[str], patience: float) -> bool:
        for name in names:
            if self._running[name].returncode is None:
                self._running[name].send_signal(signal.SIGTERM)
        if not names:
            return True
        _, late = await asyncio.wait([self._watching[name] for name in names], timeout=patience)
        return not late

    def kill(self) -> None:
        """SIGKILL to all that is left of every process and its children."""
        for name, process in self._running.items():
            if not self._watching[name].done():
                _kill_group(process.pid)

    async def _watch(self, name: str, process: Process) -> int:
        reading = asyncio.create_task(self._read(name, process.stdout)) if process.stdout else None
        code = await process.wait()
        # Children that outlive their parent would keep the pipe open, and the port.
        _kill_group(process.pid)
        if reading is not None:
            await reading
        return code

    async def _read(self, name: str, stream: asyncio.StreamReader) -> None:
        rest = b""
        while chunk := await stream.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > _LONGEST_LINE:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._take(name, line)
        if rest:
            self._take(name, rest)

    def _take(self, name: str, line: bytes) -> None:
        text = line.decode("utf-8", errors="replace").rstrip()
        self._show_line(name, text)
        for awaited, containing, seen in self._waiting_for:
            if awaited == name and containing in text:
                seen.set()


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return  # all of it has ended
