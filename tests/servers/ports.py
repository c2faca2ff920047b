"""Ports that a server can leave and come back to."""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from functools import cache
from pathlib import Path

_RANGE_OF_CLIENTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 15_000
_given: set[int] = set()


def lasting_port() -> int:
    """A free port of 127.0.0.1 that no client's connection is given while its server is down, and no other run of
    tests until this one ends."""
    for _ in range(1000):
        port = random.randrange(_LOWEST, _first_of_clients())
        if port not in _given and _is_free(port) and _claim(port):
            _given.add(port)
            return port
    raise AssertionError("no port is free")


def _first_of_clients() -> int:
    try:
        return max(int(_RANGE_OF_CLIENTS.read_text().split()[0]), _LOWEST + 5000)
    except FileNotFoundError:  # not Linux
        return 32_768


def _claim(port: int) -> bool:
    """Whether it is ours from now on. Several runs of tests may go on beside each other, and from here until its server
    listens, which may take seconds, it looks free to all."""
    try:
        fcntl.lockf(_claims(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except BlockingIOError:
        return False
    return True


@cache
def _claims() -> int:
    """A file in which each locks the bytes of its ports; stays open, as closing it gives them up."""
    path = Path(tempfile.gettempdir(), f"backdrop-test-ports-{os.getuid()}")
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
