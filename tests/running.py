"""One real process of a test: started, watched until it answers, stopped or killed with all its children."""

from __future__ import annotations

import json as json_module
import os
import signal
import subprocess
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psutil
import urllib3

from tests.servers.ports import lasting_port

REPOSITORY = Path(__file__).resolve().parent.parent
_MOMENT = 0.02
STOP_SECONDS = 20.0
"""Less than the half minute for which gunicorn would wait for a request."""

# What settings are read from: a developer's own values must not leak into a test.
SETTING_NAMES = frozenset(
    [
        "BACKDROP_DATA_DIR",
        "BACKDROP_PUBLIC_READ_URL",
        "BACKDROP_PUBLIC_WRITE_URL",
        "BACKDROP_READ_URL",
        "BACKDROP_WRITE_URL",
        "BROKER_URL",
        "DATABASE_URL",
        "ENVIRONMENT",
        "LOG_LEVEL",
        "MAX_BODY_BYTES",
        "MAX_RESULT_ROWS",
        "SIGNON_API_USER_TOKEN",
        "STAGECRAFT_ALLOWED_HOSTS",
        "STAGECRAFT_CACHE_SECONDS",
        "STAGECRAFT_COLLECTION_ENDPOINT_TOKEN",
        "STAGECRAFT_DATABASE_URL",
        "STAGECRAFT_OAUTH_TOKEN",
        "STAGECRAFT_SECRET_KEY",
        "STAGECRAFT_STALE_SECONDS",
        "STAGECRAFT_URL",
    ]
)


class ProcessTrouble(AssertionError):
    """A process did not start, did not answer or did not stop; the message ends with its log."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; header names are looked up ignoring case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json_module.loads(self.body)


def free_port() -> int:
    """One that nobody else takes until its server listens, nor where none ever does."""
    return lasting_port()


def wait_until(condition: Callable[[], Any], what: str, seconds: float = 20.0) -> Any:
    """The first truthy result of `condition`, asked every 20 ms; AssertionError after `seconds`, in which the time
    that the machine has stood still doesn't count, and one more answer."""
    deadline = time.monotonic() + seconds
    while True:
        is_last = time.monotonic() > deadline
        result = condition()
        if result:
            return result
        if is_last:
            raise AssertionError(f"waited {seconds} s in vain for: {what}")
        deadline += _nap()


def _nap() -> float:
    """Sleeps for a moment; answers by how many seconds that took longer than it should."""
    began = time.monotonic()
    time.sleep(_MOMENT)
    return time.monotonic() - began - _MOMENT


class Process(Protocol):
    """What of subprocess.Popen is used here."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        ...

    def terminate(self) -> None: ...


class Running:
    """A started process, leader of its own process group, its output in `log_path`."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log_path: Path
    ) -> None:
        self.name = name
        self.log_path = log_path
        log_path.parent.mkdir(parents=True, exist_ok=True)
        self._is_asked_to_stop = False
        self.process = self._begin(command, _environment(environment))
        self._at_exit = weakref.finalize(self, _kill_group, self.process.pid)

    def _begin(self, command: Sequence[str], environment: dict[str, str]) -> Process:
        with self.log_path.open("ab") as log:
            return subprocess.Popen(
                list(command),
                cwd=REPOSITORY,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def children(self) -> list[int]:
        """Process ids of everything below it (gunicorn's or Celery's workers), for tests that kill one."""
        return [child.pid for child in psutil.Process(self.pid).children(recursive=True)]

    def stop(self, patience: float = STOP_SECONDS) -> int:
        """Ask it to stop (SIGTERM) and wait; returns the exit code. ProcessTrouble if it takes longer."""
        self.ask_to_stop()
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired as slow:
            raise self.trouble(f"did not stop within {patience} s of SIGTERM") from slow
        finally:
            self.kill()

    def ask_to_stop(self) -> None:
        """SIGTERM, without waiting: to stop several at once. Once only: a second one may come when who ends has put its
        handlers away, and kills it."""
        if not self._is_asked_to_stop and self.process.poll() is None:
            self._is_asked_to_stop = True
            self.process.terminate()

    def kill(self) -> None:
        """SIGKILL to it and all its children at once, until they are gone; nothing happens if it is."""
        self._at_exit()
        self.process.wait()
        # Of what it has begun each holds its port too, and who is killed last may take a while on a busy machine.
        wait_until(lambda: not _group(self.pid), f"an end of all that {self.name} has begun")

    def wait_for_log(self, text: str, seconds: float = 60.0) -> None:
        """Wait until `text` is in its log. ProcessTrouble if it ends, or takes longer."""
        self.wait_for(lambda: text in self.log(), f"did not log {text!r}", seconds)

    def trouble(self, what: str) -> ProcessTrouble:
        tail = "\n".join(self.log().splitlines()[-40:])
        return ProcessTrouble(f"{self.name} (pid {self.pid}) {what}. Its log ends:\n{tail}")

    def wait_for(self, ready: Callable[[], bool], otherwise: str, seconds: float) -> None:
        """Wait until `ready`. ProcessTrouble if it ends, or (saying `otherwise`) takes longer."""
        deadline = time.monotonic() + seconds
        while True:
            is_last = time.monotonic() > deadline
            if ready():
                return
            if self.process.poll() is not None:
                code = self.process.returncode
                self.kill()
                raise self.trouble(f"ended with {code}")
            if is_last:
                self.kill()
                raise self.trouble(f"{otherwise} within {seconds} s")
            deadline += _nap()


class Server(Running):
    """A started process that answers HTTP at `url` (no trailing slash)."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log_path: Path, port: int
    ) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._pool = urllib3.PoolManager(maxsize=8, retries=False)
        super().__init__(name, command, environment, log_path)

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
        timeout: float = 60.0,
    ) -> Reply:
        """One request, no retries, no redirects. `path` begins with / and is sent as it is.

        `json` is encoded and given its content type, `token` becomes a bearer token. Raises urllib3's
        HTTPError when there is no answer.
        """
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if json is not None:
            body = json_module.dumps(json).encode()
            sent.setdefault("Content-Type", "application/json")
        answer = self._pool.request(
            method,
            self.url + path,
            body=body,
            headers=sent,
            timeout=timeout,
            redirect=False,
            decode_content=False,
        )
        return Reply(answer.status, answer.headers, answer.data)

    def ask_to_stop(self) -> None:
        # A server that stops waits for the connections that its clients keep open.
        self._pool.clear()
        super().ask_to_stop()

    def wait_until_ready(self, path: str = "/_status", seconds: float = 90.0) -> Server:
        """Wait until a GET of `path` answers 200. ProcessTrouble if it ends, or takes longer."""
        self.wait_for(lambda: self._answers(path), f"did not answer {path}", seconds)
        return self

    def _answers(self, path: str) -> bool:
        try:
            return self.call("GET", path, timeout=5.0).status == 200
        except urllib3.exceptions.HTTPError:
            return False


# Set on some machines; each process whose modules have no bytecode yet would then compile them anew.
_KEEPS_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    unwanted = {*SETTING_NAMES, _KEEPS_NO_BYTECODE}
    inherited = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**inherited, "PYTHONUNBUFFERED": "1", **settings}


def lives(process: psutil.Process) -> bool:
    """Whether anything of a process still runs; not if it has ended and waits for somebody to take notice.

    Who is killed looks like a zombie as soon as its first thread is gone, while another one that writes to the
    disk ends later, and keeps all its files and ports until then.
    """
    try:
        with process.oneshot():
            return bool(process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1)
    except psutil.NoSuchProcess:
        return False


def _group(leader: int) -> list[int]:
    """What still runs of a process group."""
    found = []
    for process in psutil.process_iter():
        with suppress(ProcessLookupError):
            if os.getpgid(process.pid) == leader and lives(process):
                found.append(process.pid)
    return found


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return  # everything in it has ended already
