"""Python modules run in processes of their own that needn't import the libraries again.

Importing Django and the rest is most of what a command or a server of Stagecraft costs to start. One process of a
test run has imported the libraries, and nothing of Stagecraft; each that is started here is a fork of it, with its
own environment, folder, settings and connections. Tests of a start itself start Python: `spawn` and `gunicorn` in
stagecraft_process.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

# The roots of what Stagecraft imports. What reads settings can't be among them: each process has its own.
LIBRARIES = [
    "tests.apps.warm_start",
    "asyncio",
    "django.contrib.admin.options",
    "django.contrib.auth.hashers",
    "django.core.management.commands.migrate",
    "django.core.management.commands.shell",
    "django.core.wsgi",
    "django.db.backends.postgresql.base",
    "django.db.backends.sqlite3.base",
    "django.forms.models",
    "django.template.loader",
    "django.test.client",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "jsonschema",
    "structlog",
    "urllib3",
    "whitenoise.middleware",
]


@dataclass(frozen=True, slots=True)
class Fork:
    """A started process as subprocess.Popen has it; leader of a session of its own."""

    _process: BaseProcess

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0.0)
        return code

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


def start_module(
    command: Sequence[str], *, environment: Mapping[str, str], folder: Path, output: Path, errors: Path
) -> Fork:
    """`python -m <command>` in `folder`, started and not waited for; what it says is added to the files.

    For one thread of the tests: multiprocessing loses exit codes when several start and wait at the same time.
    """
    context = multiprocessing.get_context("forkserver")
    # Of no effect where tests/contract/test_together.py came first in the same run: there is one forkserver.
    context.set_forkserver_preload(LIBRARIES)
    given = (list(command), dict(environment), folder, output, errors, _compiled_modules().name)
    # A daemon: at the end of the tests multiprocessing would wait for others, but ends these.
    process = context.Process(target=_become, args=given, daemon=True, name=" ".join(command[:2]))
    process.start()
    return Fork(process)


def run_module(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    times: int = 1,
    seconds: float = 90.0,
) -> list[tuple[int, str, str]]:
    """The same, to its end, `times` at once: of each its exit code, standard output and standard error.

    Raises subprocess.TimeoutExpired when one takes longer than `seconds`; all are killed then.
    """
    with TemporaryDirectory() as said:
        files = [(Path(said, f"output-{number}"), Path(said, f"errors-{number}")) for number in range(times)]
        started = [
            start_module(command, environment=environment, folder=folder, output=output, errors=errors)
            for output, errors in files
        ]
        try:
            codes = [each.wait(seconds) for each in started]
        finally:
            for each in started:
                each.kill()
        texts = [[path.read_text(encoding="utf-8") for path in pair] for pair in files]
        return [(code, output, errors) for code, (output, errors) in zip(codes, texts, strict=True)]


@functools.cache
def _compiled_modules() -> TemporaryDirectory[str]:
    """Where each finds what another has compiled, also where Python may not write beside the modules."""
    return TemporaryDirectory(prefix="stagecraft-compiled-")


def _become(
    command: list[str], environment: dict[str, str], folder: Path, output: Path, errors: Path, compiled: str
) -> None:
    os.setsid()
    sys.dont_write_bytecode, sys.pycache_prefix = False, compiled
    for path, stream in ((output, sys.stdout), (errors, sys.stderr)):
        with path.open("ab") as file:
            os.dup2(file.fileno(), stream.fileno())
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr] # the interpreter's own streams
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = command
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)
