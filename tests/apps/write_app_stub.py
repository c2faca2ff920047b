"""What answers every DELETE, and GETs of how many drops there were, as it was told: as a write app or a proxy may."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OK = (200, b'{"status": "ok"}')
BROKEN = (500, b"<html>")
DROPPED_SINCE = (412, b'{"status": "error", "message": "It has been dropped since"}')


class WriteApp:
    """`turns` are the next answers to a DELETE, `answer` that of everybody after them; `asked` is what was asked, and
    `as_of` with which If-Match. `count` is the answer to every GET, as many drops as there were DELETEs unless it is
    set. Each DELETE takes `seconds`.

    While it is `held`, those that come are noted and wait for `let_go`.
    """

    def __init__(self) -> None:
        self.answer: tuple[int, bytes] = (200, b"")
        self.turns: list[tuple[int, bytes]] = []
        self.asked: list[str] = []
        self.as_of: list[str | None] = []
        self.count: tuple[int, bytes] | None = None
        self.seconds = 0.0
        self.hold_from = 0  # requests from this one on wait; 0: none
        self._let_go = threading.Event()
        told = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                counted = b'{"status": "ok", "drops": %d}' % len(told.as_of)
                self._say(*(told.count or (200, counted)))

            def do_DELETE(self) -> None:
                told.as_of.append(self.headers["If-Match"])
                told.asked.append(
                    f"{self.path} {self.headers['Authorization']} {self.headers['Govuk-Request-Id']}"
                )
                told.wait_if_held()
                time.sleep(told.seconds)
                self._say(*(told.turns.pop(0) if told.turns else told.answer))

            def _say(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign] # a client that was killed is nothing to print
        self.url = f"http://user:hush@127.0.0.1:{self.server.server_port}/prefix/data/"
        self._serving = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self._serving.start()

    @property
    def names(self) -> list[str]:
        """The data sets that were to be dropped, in their order."""
        return [asked.split()[0].rpartition("/")[2] for asked in self.asked]

    def hold(self, after: int) -> None:
        """Those after that many more wait."""
        self._let_go.clear()
        self.hold_from = len(self.asked) + after + 1

    def let_go(self) -> None:
        self.hold_from = 0
        self._let_go.set()

    def wait_if_held(self) -> None:
        if self.hold_from and len(self.asked) >= self.hold_from:
            assert self._let_go.wait(60), "nobody let go"

    def stop(self) -> None:
        self.let_go()
        self.server.shutdown()
        self.server.server_close()
        self._serving.join()
