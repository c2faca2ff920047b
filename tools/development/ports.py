"""The ports of the three web apps, chosen by READ_PORT, WRITE_PORT and STAGECRAFT_PORT."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, fields

import urllib3


class BadPorts(Exception):
    """A port that is no port, that two apps share or that is taken; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Each app's port; the fields have the apps' names."""

    stagecraft: int = 3103
    read: int = 3038
    write: int = 3039

    def settings(self) -> dict[str, str]:
        """The environment variables that tell every process these ports."""
        return {
            "STAGECRAFT_PORT": str(self.stagecraft),
            "READ_PORT": str(self.read),
            "WRITE_PORT": str(self.write),
            "STAGECRAFT_URL": f"http://localhost:{self.stagecraft}",
            "BACKDROP_READ_URL": f"http://localhost:{self.read}/data",
            "BACKDROP_WRITE_URL": f"http://localhost:{self.write}/data",
        }


def read_ports(environ: Mapping[str, str]) -> Ports:
    """The ports that the environment asks for. Raises BadPorts."""
    ports = Ports(**{app: _port(_variable(app), environ, port) for app, port in _by_app(Ports()).items()})
    by_port: dict[int, str] = {}
    for app, port in _by_app(ports).items():
        if port in by_port:
            raise BadPorts(f"{_variable(by_port[port])} and {_variable(app)} are both {port}.")
        by_port[port] = app
    return ports


def check_free(ports: Ports, host: str = "127.0.0.1") -> None:
    """Raise BadPorts, naming them, if something listens on any of the ports already."""
    taken = {app: port for app, port in _by_app(ports).items() if not _is_free(host, port)}
    if not taken:
        return
    named = " and ".join(f"{port} (for the {app} app)" for app, port in taken.items())
    one = len(taken) == 1
    whose = "; a Backdrop answers there" if all(_is_backdrop(host, port) for port in taken.values()) else ""
    others = " ".join(f"{_variable(app)}={port + 1000}" for app, port in taken.items())
    raise BadPorts(
        f"Port{'' if one else 's'} {named} {'is' if one else 'are'} in use{whose}. Stop what listens there "
        f"(another ./run_development.sh: Ctrl-C in its terminal), or take others: {others} ./run_development.sh"
    )


def _by_app(ports: Ports) -> dict[str, int]:
    return {f.name: getattr(ports, f.name) for f in fields(ports)}


def _variable(app: str) -> str:
    return f"{app.upper()}_PORT"


def _port(variable: str, environ: Mapping[str, str], default: int) -> int:
    text = environ.get(variable) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise BadPorts(f"{variable} must be a port, 1 to 65535 (it is '{text}').")
    return int(text)


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        # As gunicorn does: connections that are only just closing don't keep it from listening.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _is_backdrop(host: str, port: int) -> bool:
    try:
        answer = urllib3.request("GET", f"http://{host}:{port}/_status", timeout=1.0, retries=False)
        return bool(answer.json()["message"] == "app is up")
    except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError):
        return False
