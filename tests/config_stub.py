"""A config API for tests: real HTTP from a thread, answers what the read, write and worker processes ask.

What it answers is in plain dicts that a test may change at any time; what it was asked is in `calls`. It
can be told to fail, to be slow, to go away and to come back on the same port.
"""

from __future__ import annotations

import hashlib
import json
import socket
import socketserver
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

API_TOKEN = "development-oauth-access-token"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One request that the stub got: `path` with its query string, header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Resource:
    """What one request is answered with, before headers."""

    status: int
    body: Any


class ConfigStub:
    """Serves config JSON on a free port of 127.0.0.1 from `start()` to `stop()`; also a context manager.

    `data_sets`, `transforms`, `dashboards` are keyed by data set name, `service_dashboards` by service id.
    Set `failing` to a status to answer everything with it; `delay` (seconds) to answer slowly.
    """

    def __init__(self, data_sets: Iterable[Json] = (), *, token: str = API_TOKEN) -> None:
        self.token = token
        self.data_sets: dict[str, Json] = {}
        self.transforms: dict[str, list[Json]] = {}
        self.dashboards: dict[str, list[Json]] = {}
        self.service_dashboards: dict[str, list[Json]] = {}
        self.calls: list[Call] = []
        self.failing: int | None = None
        self.delay = 0.0
        self._port = 0
        self._server: _HttpServer | None = None
        for config in data_sets:
            self.put(config)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def put(self, config: Json) -> Json:
        """Add or change a data set; the name defaults to group and type. Returns the config as served."""
        default = f"{config['data_group']}_{config['data_type']}".replace("-", "_")
        served = {"name": default, **config}
        self.data_sets[served["name"]] = served
        return served

    def calls_to(self, path_prefix: str) -> list[Call]:
        return [call for call in self.calls if call.path.startswith(path_prefix)]

    def start(self) -> ConfigStub:
        """Listen; after a `stop()` again on the same port."""
        assert self._server is None, "the config stub is already started"
        self._server = _HttpServer(("127.0.0.1", self._port), self)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Go away: refuse connections and break those that are open."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def __enter__(self) -> ConfigStub:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def answer(self, call: Call) -> Resource:
        if self.failing is not None:
            return Resource(self.failing, {"status": "error", "message": "told to fail"})
        if call.path == "/_status":
            return Resource(200, {"status": "ok"})
        if call.headers.get("authorization") != f"Bearer {self.token}":
            return Resource(401, {"status": "error", "message": "Unauthorized"})
        if call.method == "POST":
            return self._create(call)
        return self._find(call)

    def _create(self, call: Call) -> Resource:
        if urlsplit(call.path).path.rstrip("/") != "/data-sets":
            return _missing()
        return Resource(201, self.put(json.loads(call.body)))

    def _find(self, call: Call) -> Resource:
        url = urlsplit(call.path)
        match url.path.strip("/").split("/"):
            case ["data-sets"]:
                return Resource(200, self._listed(parse_qs(url.query)))
            case ["data-sets", name] if name in self.data_sets:
                return Resource(200, self.data_sets[name])
            case ["data-sets", name, "transform"] if name in self.data_sets:
                return Resource(200, self.transforms.get(name, []))
            case ["data-sets", name, "dashboard"] if name in self.data_sets:
                return Resource(200, self.dashboards.get(name, []))
            case ["transactions-explorer-service", service, "dashboard"]:
                return Resource(200, self.service_dashboards.get(service, []))
        return _missing()

    def _listed(self, query: Mapping[str, list[str]]) -> list[Json]:
        wanted = {name.replace("-", "_"): values[0] for name, values in query.items()}
        return [
            config
            for config in list(self.data_sets.values())
            if all(config.get(name) == value for name, value in wanted.items())
        ]


def _missing() -> Resource:
    return Resource(404, {"status": "error", "message": "not found"})


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], stub: ConfigStub) -> None:
        self.stub = stub
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # The parent looks up the host's name, which can take seconds where there is no DNS.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed, or that we cut off, is nothing to print."""

    def close(self) -> None:
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                self._open.discard(connection)  # it was already gone


class _Handler(BaseHTTPRequestHandler):
    server: _HttpServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        stub = self.server.stub
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        call = Call(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        stub.calls.append(call)
        if stub.delay:
            time.sleep(stub.delay)
        self._send(stub.answer(call), call.headers.get("if-none-match"))

    def _send(self, resource: Resource, known_etag: str | None) -> None:
        payload = json.dumps(resource.body).encode()
        etag = f'"{hashlib.sha256(payload).hexdigest()[:32]}"'
        unchanged = resource.status == 200 and known_etag == etag
        self.send_response(304 if unchanged else resource.status)
        self.send_header("ETag", etag)
        if not unchanged:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if not unchanged:
            self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:
        """`calls` is the log."""
