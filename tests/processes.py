"""Real processes for tests and features: start on free ports, wait until they answer, stop, kill, restart.

    with Backdrop(tmp_path, [data_set_config]) as backdrop:     # config stub, read app, write app
        backdrop.write.call("POST", "/data/g/t", json=[...], token="...")
        backdrop.read.call("GET", "/data/g/t?period=week&duration=4").json()

`start_app` starts one process by `./start-app.sh`, `start_server` any command that answers HTTP.
Everything that was started is gone when its `stop` or `kill` returns, and at the latest when Python exits.
"""

from __future__ import annotations

import json as json_module
import os
import signal
import socket
import subprocess
import time
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil
import urllib3

from tests.config_stub import API_TOKEN, ConfigStub

REPOSITORY = Path(__file__).resolve().parent.parent
START_APP = REPOSITORY / "start-app.sh"

# What settings are read from: a developer's own values must not leak into a test.
SETTING_NAMES = frozenset(
    [
        "BACKDROP_DATA_DIR",
        "BACKDROP_READ_URL",
        "BACKDROP_WRITE_URL",
        "BROKER_URL",
        "DATABASE_URL",
        "ENVIRONMENT",
        "LOG_LEVEL",
        "MAX_BODY_BYTES",
        "MAX_RESULT_ROWS",
        "SIGNON_API_USER_TOKEN",
        "STAGECRAFT_CACHE_SECONDS",
        "STAGECRAFT_COLLECTION_ENDPOINT_TOKEN",
        "STAGECRAFT_OAUTH_TOKEN",
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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], Any], what: str, seconds: float = 20.0) -> Any:
    """The first truthy result of `condition`, asked every 20 ms; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for: {what}")
        time.sleep(0.02)


class Running:
    """A started process, leader of its own process group, its output in `log_path`."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log_path: Path
    ) -> None:
        self.name = name
        self.log_path = log_path
        log_path.parent.mkdir(parents=True, exist_ok=True)
        with log_path.open("ab") as log:
            self.process = subprocess.Popen(
                list(command),
                cwd=REPOSITORY,
                env=_environment(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._at_exit = weakref.finalize(self, _kill_group, self.process.pid)

    @property
    def pid(self) -> int:
        return self.process.pid

    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def children(self) -> list[int]:
        """Process ids of everything below it (gunicorn's or Celery's workers), for tests that kill one."""
        return [child.pid for child in psutil.Process(self.pid).children(recursive=True)]

    def stop(self, patience: float = 20.0) -> int:
        """Ask it to stop (SIGTERM) and wait; returns the exit code. ProcessTrouble if it takes longer."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired as slow:
            raise self.trouble(f"did not stop within {patience} s of SIGTERM") from slow
        finally:
            self.kill()

    def kill(self) -> None:
        """SIGKILL to it and all its children at once; nothing happens if it is gone."""
        self._at_exit()
        self.process.wait()

    def wait_for_log(self, text: str, seconds: float = 60.0) -> None:
        """Wait until `text` is in its log. ProcessTrouble if it ends, or takes longer."""
        self._wait(lambda: text in self.log(), f"did not log {text!r}", seconds)

    def trouble(self, what: str) -> ProcessTrouble:
        tail = "\n".join(self.log().splitlines()[-40:])
        return ProcessTrouble(f"{self.name} (pid {self.pid}) {what}. Its log ends:\n{tail}")

    def _wait(self, ready: Callable[[], bool], otherwise: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            if self.process.poll() is not None:
                code = self.process.returncode
                self.kill()
                raise self.trouble(f"ended with {code}")
            if time.monotonic() > deadline:
                self.kill()
                raise self.trouble(f"{otherwise} within {seconds} s")
            time.sleep(0.02)


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

    def stop(self, patience: float = 20.0) -> int:
        """As of any process; our own kept connections are closed first, for a server waits for those."""
        self._pool.clear()
        return super().stop(patience)

    def wait_until_ready(self, path: str = "/_status", seconds: float = 90.0) -> Server:
        """Wait until a GET of `path` answers 200. ProcessTrouble if it ends, or takes longer."""
        self._wait(lambda: self._answers(path), f"did not answer {path}", seconds)
        return self

    def _answers(self, path: str) -> bool:
        try:
            return self.call("GET", path, timeout=5.0).status == 200
        except urllib3.exceptions.HTTPError:
            return False


def start_server(
    name: str,
    command: Callable[[int], Sequence[str]],
    *,
    environment: Mapping[str, str],
    log_folder: Path,
    port: int | None = None,
    ready_path: str = "/_status",
) -> Server:
    """Start `command(port)` and wait until it answers `ready_path`; on a free port unless one is given."""
    server = spawn_server(name, command, environment=environment, log_folder=log_folder, port=port)
    return server.wait_until_ready(ready_path)


def spawn_server(
    name: str,
    command: Callable[[int], Sequence[str]],
    *,
    environment: Mapping[str, str],
    log_folder: Path,
    port: int | None = None,
) -> Server:
    """As `start_server`, without waiting: to start several at once."""
    chosen = port or free_port()
    return Server(name, command(chosen), environment, log_folder / f"{name}-{chosen}.log", chosen)


def app_command(app: str) -> Callable[[int], list[str]]:
    """The front door of one app, `read`, `write` or `stagecraft`, as a command by port."""
    return lambda port: [str(START_APP), app, str(port)]


def start_app(app: str, environment: Mapping[str, str], log_folder: Path, port: int | None = None) -> Server:
    """Start the read, write or stagecraft app by `./start-app.sh` and wait until it answers /_status."""
    return start_server(app, app_command(app), environment=environment, log_folder=log_folder, port=port)


def start_worker(environment: Mapping[str, str], log_folder: Path) -> Running:
    """Start the transforms' worker by `./start-app.sh worker` and wait until Celery says that it is ready."""
    worker = Running("worker", [str(START_APP), "worker"], environment, log_folder / "worker.log")
    # The log of an earlier worker of the same test would say "ready" too early.
    already = worker.log().count("ready")
    worker._wait(lambda: worker.log().count("ready") > already, "did not get ready", 90.0)
    return worker


class Backdrop:
    """A config stub and the apps over one data folder, as a context manager.

    `environment` overrides settings; `apps` says what to start at once. More (a second write app, the worker,
    or one that was killed) by `start`.
    """

    def __init__(
        self,
        folder: Path,
        data_sets: Iterable[dict[str, Any]] = (),
        *,
        apps: Sequence[str] = ("read", "write"),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.config = ConfigStub(data_sets)
        self._apps = tuple(apps)
        self._overrides = dict(environment or {})
        self._ports = {"read": free_port(), "write": free_port()}
        self._running: list[Running] = []
        self._latest: dict[str, Running] = {}

    @property
    def environment(self) -> dict[str, str]:
        """The settings that every process of this Backdrop is started with."""
        return {
            "ENVIRONMENT": "test",
            "BACKDROP_DATA_DIR": str(self.folder),
            "DATABASE_URL": f"sqlite:///{self.folder / 'backdrop.sqlite'}",
            "STAGECRAFT_URL": self.config.url,
            "SIGNON_API_USER_TOKEN": API_TOKEN,
            "STAGECRAFT_OAUTH_TOKEN": API_TOKEN,
            "STAGECRAFT_CACHE_SECONDS": "1",
            "BACKDROP_READ_URL": f"http://127.0.0.1:{self._ports['read']}/data",
            "BACKDROP_WRITE_URL": f"http://127.0.0.1:{self._ports['write']}/data",
            **self._overrides,
        }

    @property
    def read(self) -> Server:
        return self._server("read")

    @property
    def write(self) -> Server:
        return self._server("write")

    @property
    def worker(self) -> Running:
        return self._latest["worker"]

    def start(self, app: str) -> Running:
        """Start one more process and wait until it is ready; `read`, `write`, `worker` then mean it."""
        running: Running
        if app == "worker":
            running = start_worker(self.environment, self._logs)
        else:
            running = self._spawn(app).wait_until_ready()
        return self._keep(app, running)

    def __enter__(self) -> Backdrop:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config.start()
        try:
            servers = [self._keep(app, self._spawn(app)) for app in self._apps if app != "worker"]
            for server in servers:
                assert isinstance(server, Server)
                server.wait_until_ready()
            if "worker" in self._apps:
                self.start("worker")
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        if kind is not None:
            self.kill()
            return
        try:
            for running in self._running:
                running.stop()
        finally:
            self.kill()

    def kill(self) -> None:
        """SIGKILL to everything, and the config stub away."""
        for running in self._running:
            running.kill()
        self.config.stop()

    @property
    def _logs(self) -> Path:
        return self.folder / "logs"

    def _server(self, app: str) -> Server:
        server = self._latest[app]
        assert isinstance(server, Server)
        return server

    def _spawn(self, app: str) -> Server:
        """On the port that the settings tell the others, unless a living process has it."""
        port = self._ports.get(app)
        taken = any(
            isinstance(running, Server) and running.port == port and running.process.poll() is None
            for running in self._running
        )
        return spawn_server(
            app,
            app_command(app),
            environment=self.environment,
            log_folder=self._logs,
            port=None if taken else port,
        )

    def _keep(self, app: str, running: Running) -> Running:
        self._running.append(running)
        self._latest[app] = running
        return running


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in SETTING_NAMES}
    return {**inherited, "PYTHONUNBUFFERED": "1", **settings}


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return  # everything in it has ended already
