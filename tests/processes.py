"""Real processes for tests and features: start on free ports, wait until they answer, stop, kill, restart.

    with Backdrop(tmp_path, [data_set_config]) as backdrop:     # config stub, read app, write app
        backdrop.write.call("POST", "/data/g/t", json=[...], token="...")
        backdrop.read.call("GET", "/data/g/t?period=week&duration=4").json()

`start_app` starts one process by `./start-app.sh`, `start_server` any command that answers HTTP.
Everything that was started is gone when its `stop` or `kill` returns, and at the latest when Python exits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.config_stub import API_TOKEN, ConfigStub
from tests.running import (
    REPOSITORY,
    SETTING_NAMES,
    STOP_SECONDS,
    ProcessTrouble,
    Reply,
    Running,
    Server,
    free_port,
    wait_until,
)
from tests.servers.ports import lasting_port

__all__ = [
    "REPOSITORY",
    "SETTING_NAMES",
    "WORKER_STOP_SECONDS",
    "Backdrop",
    "ProcessTrouble",
    "Reply",
    "Running",
    "Server",
    "app_command",
    "free_port",
    "spawn_server",
    "start_app",
    "start_server",
    "start_worker",
    "wait_until",
]

START_APP = REPOSITORY / "start-app.sh"
WORKER_STOP_SECONDS = 60.0
"""A process of the worker's that did its last task as it was told to stop waits for half a minute (billiard's
`_ensure_messages_consumed`) until the worker has read the result, which may not happen any more."""


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
    worker.wait_for(lambda: worker.log().count("ready") > already, "did not get ready", 90.0)
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
        # lasting: a process that is killed is started again on its port
        self._ports = {"read": lasting_port(), "write": lasting_port()}
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
        if app == "worker":
            return self._keep(app, start_worker(self.environment, self._logs))
        return self._keep(app, self._spawn(app).wait_until_ready())

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
                running.ask_to_stop()
            for running in self._running:
                running.stop(WORKER_STOP_SECONDS if running.name == "worker" else STOP_SECONDS)
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
