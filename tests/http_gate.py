"""An HTTP proxy that tests hold shut: what a process does between two requests can be made to take as long as needed.

with HttpGate(write_url) as gate:
    gate.shut("POST", "/data/g/t")  # from now on POSTs to such paths wait at the gate
    ...
    gate.wait_for(1)            # until one does
    gate.open()                 # they go on, as do all later ones; drop=True: they get no answer and never arrive
"""

from __future__ import annotations

import socketserver
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3

from tests.processes import wait_until

NOT_PASSED_ON = frozenset({"host", "connection", "content-length", "transfer-encoding", "server", "date"})


@dataclass
class _Bar:
    """One closing of the gate: those who came meanwhile wait for `lifted`."""

    method: str
    path: str
    lifted: threading.Event
    dropping: bool = False


class HttpGate:
    """Passes requests on to `target` from `__enter__` to `__exit__`."""

    def __init__(self, target: str) -> None:
        self.target = target.rstrip("/")
        self.seen: list[str] = []
        self._bar: _Bar | None = None
        self._waiting = 0
        self._pool = urllib3.PoolManager(retries=False, maxsize=8)
        self._server = _GateServer(("127.0.0.1", 0), self)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def shut(self, method: str, path: str = "/") -> None:
        """For requests whose path begins so."""
        self._bar = _Bar(method, path, threading.Event())

    def cut(self, method: str, path: str = "/") -> None:
        """Until `open`, such requests get no answer and never arrive."""
        bar = _Bar(method, path, threading.Event(), dropping=True)
        bar.lifted.set()
        self._bar = bar

    def wait_for(self, count: int) -> None:
        wait_until(lambda: self._waiting >= count, f"{count} requests at the gate", 30)

    def open(self, *, drop: bool = False) -> None:
        bar, self._bar = self._bar, None
        if bar is not None:
            bar.dropping = drop
            bar.lifted.set()
            wait_until(lambda: not self._waiting, "the gate to be free")

    def __enter__(self) -> HttpGate:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.open(drop=True)
        self._server.shutdown()
        self._server.server_close()

    def goes_through(self, method: str, path: str) -> bool:
        """Waits where it has to; False: the request is to be dropped."""
        bar = self._bar
        if bar is None or bar.method != method or not path.startswith(bar.path):
            return True
        self._waiting += 1
        try:
            assert bar.lifted.wait(60), "nobody opened the gate"
        finally:
            self._waiting -= 1
        return not bar.dropping

    def pass_on(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> urllib3.BaseHTTPResponse:
        self.seen.append(f"{method} {path}")
        return self._pool.request(
            method,
            self.target + path,
            body=body,
            headers=headers,
            redirect=False,
            timeout=60,
            decode_content=False,
        )


class _GateServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], gate: HttpGate) -> None:
        self.gate = gate
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # The parent looks up the host's name, which can take seconds where there is no DNS.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed, or a target that is away, is nothing to print: the client sees it."""


class _Handler(BaseHTTPRequestHandler):
    server: _GateServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        gate = self.server.gate
        if not gate.goes_through(self.command, self.path):
            self.close_connection = True
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in NOT_PASSED_ON}
        answer = gate.pass_on(self.command, self.path, headers, body)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in NOT_PASSED_ON:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.data)))
        self.end_headers()
        self.wfile.write(answer.data)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """`seen` is the log."""
