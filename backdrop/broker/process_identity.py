"""Which process something is, so that another one can tell for certain that it has ended.

A process id alone is given again and again; with the time it started, the boot and the process id namespace
(containers have their own) it is one process for ever. That needs /proc, so Linux. Elsewhere nothing is ever
certain, and a lease has to run out.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_ENDED_STATES = frozenset("ZXx")  # a zombie only waits for its parent to notice, or for its other threads


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """`host` and `started` are empty where they can't be known."""

    host: str
    pid: int
    started: str


@dataclass(frozen=True, slots=True)
class _Stat:
    """What /proc tells of a process; `started` in ticks since boot."""

    state: str
    threads: int
    started: str


def own_identity() -> ProcessIdentity:
    """This process."""
    pid = os.getpid()
    stat = _stat(pid)
    return ProcessIdentity(host=_host(), pid=pid, started=stat.started if stat else "")


def has_ended(process: ProcessIdentity, observer: ProcessIdentity) -> bool:
    """True only when it is certain that `process` is gone; `observer` is the process that asks."""
    if not process.host or process.host != observer.host or not process.started:
        return False
    if not _is_there(process.pid):
        return True
    stat = _stat(process.pid)
    if stat is None:
        return False
    return stat.started != process.started or (stat.state in _ENDED_STATES and stat.threads <= 1)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # as another user
    return True


def _host() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _stat(pid: int) -> _Stat | None:
    """None if it can't be read."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The second field is the program's name in parentheses, with anything in it.
    fields = text.rpartition(")")[2].split()
    return _Stat(state=fields[0], threads=int(fields[17]), started=fields[19])
