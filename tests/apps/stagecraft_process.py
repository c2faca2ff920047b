"""Stagecraft as tests start it: its commands and its gunicorn, over a database of their own."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.apps.warm_start import run_module, start_module
from tests.processes import REPOSITORY, Server, free_port
from tests.running import Process

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
    return subprocess.Popen(
        [sys.executable, "-m", "stagecraft", *command],
        cwd=folder,
        env=_variables(folder, settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(folder: Path, *command: str, settings: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """The same by a warm start, to its end: its exit code, standard output and standard error."""
    (ended,) = run_module(["stagecraft", *command], environment=_variables(folder, settings), folder=folder)
    return ended


def _variables(folder: Path, settings: Mapping[str, str] | None) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if key not in VARIABLES}
    given = environment(folder) if settings is None else settings
    return {**inherited, "PYTHONPATH": str(REPOSITORY), **given}


def succeed(folder: Path, *command: str, settings: Mapping[str, str] | None = None, times: int = 1) -> str:
    """The same, and it has to end well: its standard output, of all when `times` run at once."""
    variables = _variables(folder, settings)
    ended = run_module(["stagecraft", *command], environment=variables, folder=folder, times=times)
    assert [code for code, _, _ in ended] == [0] * times, ended
    return "".join(output for _, output, _ in ended)


def script(folder: Path, text: str, settings: Mapping[str, str] | None = None) -> str:
    """Run Python with Stagecraft's models set up, for what no API makes yet: its standard output."""
    return succeed(folder, "shell", "--no-imports", "-v", "0", "-c", text, settings=settings)


def prepare(folder: Path) -> None:
    """A database in `folder` as `environment(folder)` has it and `prepare` makes it: a copy of one for all."""
    shutil.copy(Path(_prepared().name, "stagecraft.sqlite"), folder)


@functools.cache
def _prepared() -> TemporaryDirectory[str]:
    made = TemporaryDirectory(prefix="stagecraft-prepared-")
    folder = Path(made.name)
    succeed(folder, "prepare")
    assert not list(folder.glob("*-wal")), "part of the database would be left behind"
    return made


def gunicorn(port: int) -> list[str]:
    """Two processes of two threads each; imported once, which is half the work of a start."""
    return [sys.executable, "-m", *_gunicorn(port)]


def _gunicorn(port: int) -> list[str]:
    return [
        *("gunicorn", "--bind", f"127.0.0.1:{port}"),
        *("--workers", "2", "--threads", "2", "--preload", "stagecraft.wsgi:application"),
    ]


class _WarmServer(Server):
    """Begins with the libraries imported; otherwise like any other."""

    def _begin(self, command: Sequence[str], environment: dict[str, str]) -> Process:
        log = self.log_path
        return start_module(command, environment=environment, folder=REPOSITORY, output=log, errors=log)


def serve(folder: Path, settings: Mapping[str, str] | None = None) -> Server:
    """Stagecraft by gunicorn and a warm start, answering."""
    given = environment(folder) if settings is None else settings
    port = free_port()
    log = folder / "logs" / f"stagecraft-{port}.log"
    return _WarmServer("stagecraft", _gunicorn(port), given, log, port).wait_until_ready()
