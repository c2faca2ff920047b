"""A PostgreSQL server of the tests' own, where the machine has PostgreSQL."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from tests.processes import free_port, wait_until

# Where Debian has what it keeps out of the PATH.
_DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def program(name: str) -> str | None:
    """The path of one of PostgreSQL's programs, if it is installed."""
    places = [str(folder) for folder in _DEBIAN]
    return shutil.which(name, path=os.pathsep.join([*places, os.environ.get("PATH", "")]))


def is_installed() -> bool:
    """Whether a server can be started; as root it needs the account that packages make for it."""
    return (
        program("initdb") is not None
        and program("postgres") is not None
        and (os.geteuid() != 0 or _account())
    )


def _account() -> bool:
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class PostgreSql:
    """A server that answers."""

    port: int

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"stage_{uuid4().hex}"
        _run([*_createdb(self.port), name], {})
        return f"postgresql://me:hush@127.0.0.1:{self.port}/{name}"


@contextmanager
def started_postgresql() -> Iterator[PostgreSql]:
    """One that ends with the block."""
    port = free_port()
    # Not in pytest's folder: the account that the server runs as may not look into that.
    with tempfile.TemporaryDirectory(prefix="stagecraft-postgresql-") as folder:
        owner = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        if owner:
            shutil.chown(folder, **owner)
        _run(
            [
                _path("initdb"),
                "--pgdata",
                f"{folder}/data",
                "--username",
                "me",
                "--auth",
                "trust",
                "--no-sync",
            ],
            owner,
        )
        server = subprocess.Popen(
            [_path("postgres"), "-D", f"{folder}/data", "-k", folder, "-p", str(port), "-h", "127.0.0.1"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            **owner,
        )
        try:
            create = [*_createdb(port), "me"]
            wait_until(
                lambda: subprocess.run(create, check=False, capture_output=True).returncode == 0,
                "PostgreSQL",
                60,
            )
            yield PostgreSql(port)
        finally:
            # SIGINT: its fast shutdown, which waits for no client.
            server.send_signal(2)
            server.wait(60)


def _createdb(port: int) -> list[str]:
    return [_path("createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "me"]


def _path(name: str) -> str:
    found = program(name)
    assert found is not None, f"PostgreSQL's {name} is not installed"
    return found


def _run(command: list[str], owner: dict[str, str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", **owner)
    assert done.returncode == 0, done.stderr
