"""All of Backdrop as ./run_development.sh has it, on ports of its own, for a browser to use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from tests.processes import Running, Server, app_command, free_port, spawn_server, start_worker

PASSWORD = re.compile(r"first administrator is (\S+), password (\S+)")
SHARED = {"ENVIRONMENT": "development", "STAGECRAFT_CACHE_SECONDS": "1", "WORKER_PROCESSES": "1"}


class World:
    """Stagecraft, read, write and worker over one folder, from `__enter__` to `__exit__`."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self._ports = {app: free_port() for app in ("stagecraft", "read", "write")}
        self.environment = {
            **SHARED,
            "BACKDROP_DATA_DIR": str(folder / "var"),
            "STAGECRAFT_URL": f"http://127.0.0.1:{self._ports['stagecraft']}",
            "BACKDROP_READ_URL": f"http://127.0.0.1:{self._ports['read']}/data",
            "BACKDROP_WRITE_URL": f"http://127.0.0.1:{self._ports['write']}/data",
            **(environment or {}),
        }
        self.worker: Running
        self._running: list[Running] = []
        self._servers: dict[str, Server] = {}

    def __enter__(self) -> World:
        try:
            for app in ("stagecraft", "read", "write"):
                self.spawn(app)
            for server in self._servers.values():
                server.wait_until_ready()
            self.worker = start_worker(self.environment, self.folder / "logs")
            self._running.append(self.worker)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: BaseException | type[BaseException] | TracebackType | None) -> None:
        for each in reversed(self._running):
            each.kill()

    def spawn(self, app: str) -> Server:
        """Start an app, also again, on the port that it has."""
        server = spawn_server(
            app,
            app_command(app),
            environment=self.environment,
            log_folder=self.folder / "logs",
            port=self._ports[app],
        )
        self._running.append(server)
        self._servers[app] = server
        return server

    def server(self, app: str) -> Server:
        return self._servers[app]

    @property
    def administrator(self) -> tuple[str, str]:
        """Name and password, as the first start has printed them, once."""
        found: list[tuple[str, str]] = PASSWORD.findall(self.server("stagecraft").log())
        assert len(found) == 1, found
        return found[0]
