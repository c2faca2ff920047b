"""Ports that a server can leave and come back to."""

from __future__ import annotations

import random
import socket
from pathlib import Path

_RANGE_OF_CLIENTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 15_000
_given: set[int] = set()


def lasting_port() -> int:
    """A free port of 127.0.0.1 that no client's connection is given while its server is down."""
    for _ in range(1000):
        port = random.randrange(_LOWEST, _first_of_clients())
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    raise AssertionError("no port is free")


def _first_of_clients() -> int:
    try:
        return max(int(_RANGE_OF_CLIENTS.read_text().split()[0]), _LOWEST + 5000)
    except FileNotFoundError:  # not Linux
        return 32_768


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
