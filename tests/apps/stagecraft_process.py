"""Stagecraft as tests start it: its commands and its gunicorn, over a database of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.processes import REPOSITORY, Server, start_server

TOKEN = "development-oauth-access-token"
DROP_TOKEN = "a-token-that-drops-data-sets"
NOWHERE = "http://127.0.0.1:9/data"
VARIABLES = (
    "BACKDROP_DATA_DIR",
    "BACKDROP_PUBLIC_READ_URL",
    "BACKDROP_PUBLIC_WRITE_URL",
    "BACKDROP_READ_URL",
    "BACKDROP_WRITE_URL",
    "ENVIRONMENT",
    "LOG_LEVEL",
    "STAGECRAFT_ALLOWED_HOSTS",
    "STAGECRAFT_COLLECTION_ENDPOINT_TOKEN",
    "STAGECRAFT_DATABASE_URL",
    "STAGECRAFT_SECRET_KEY",
)


def environment(folder: Path, name: str = "test") -> dict[str, str]:
    """What Stagecraft needs to run over `folder`, and nothing of a developer's own. Backdrop isn't there."""
    return {
        "ENVIRONMENT": name,
        "BACKDROP_DATA_DIR": str(folder),
        "STAGECRAFT_DATABASE_URL": f"sqlite:///{folder / 'stagecraft.sqlite'}",
        "STAGECRAFT_SECRET_KEY": "only-for-tests-" * 4,
        "STAGECRAFT_ALLOWED_HOSTS": "localhost,127.0.0.1",
        "STAGECRAFT_COLLECTION_ENDPOINT_TOKEN": DROP_TOKEN,
        "BACKDROP_READ_URL": NOWHERE,
        "BACKDROP_WRITE_URL": NOWHERE,
        "LOG_LEVEL": "INFO",
    }


def spawn(folder: Path, *command: str, settings: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """`python -m stagecraft <command>` in `folder`, started and not waited for."""
    inherited = {key: value for key, value in os.environ.items() if key not in VARIABLES}
    given = environment(folder) if settings is None else settings
    return subprocess.Popen(
        [sys.executable, "-m", "stagecraft", *command],
        cwd=folder,
        env={**inherited, "PYTHONPATH": str(REPOSITORY), **given},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(folder: Path, *command: str, settings: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """The same, to its end: its exit code, standard output and standard error."""
    process = spawn(folder, *command, settings=settings)
    output, errors = process.communicate(timeout=90)
    return process.returncode, output, errors


def succeed(folder: Path, *command: str, settings: Mapping[str, str] | None = None) -> str:
    """The same, and it has to end well: its standard output."""
    code, output, errors = run(folder, *command, settings=settings)
    assert code == 0, errors
    return output


def script(folder: Path, text: str) -> str:
    """Run Python with Stagecraft's models set up, for what no API makes yet: its standard output."""
    return succeed(folder, "shell", "--no-imports", "-v", "0", "-c", text)


def gunicorn(port: int) -> list[str]:
    """Two processes of two threads each; imported once, which is half the work of a start."""
    return [
        *(sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"),
        *("--workers", "2", "--threads", "2", "--preload", "stagecraft.wsgi:application"),
    ]


def serve(folder: Path, settings: Mapping[str, str] | None = None) -> Server:
    """Stagecraft by gunicorn, answering."""
    given = environment(folder) if settings is None else settings
    return start_server("stagecraft", gunicorn, environment=given, log_folder=folder / "logs")
