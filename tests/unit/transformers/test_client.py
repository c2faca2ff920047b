"""The client against a real HTTP server that answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import structlog

from backdrop.transformers.client import DataApi
from backdrop.transformers.errors import Delayed, NotSettled, Refused


@dataclass
class Server:
    """`answer` is status, headers and body; `asked` what came in."""

    url: str = ""
    answer: tuple[int, Mapping[str, str], bytes] = (200, {}, b'{"data": []}')
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def api(self, **more: Any) -> DataApi:
        return DataApi(f"{self.url}/r/data", f"{self.url}/w/data/", **more)


def handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            server.asked.append((self.command, self.path, headers, body))
            status, sent, content = server.answer
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in sent.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

        def log_message(self, *_: object) -> None:
            """`asked` is the log."""

    return Handler


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler(told))
    told.url = f"http://127.0.0.1:{http.server_address[1]}"
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    yield told
    http.shutdown()
    http.server_close()


def ask(server: Server, etag: str | None = None) -> Any:
    return server.api().ask("g-c", "a b", [("period", "week"), ("collect", "v:sum"), ("collect", "w")], etag)


def post(server: Server) -> None:
    server.api().post("g", "t", "the-token", b"[]")


def delete(server: Server) -> Any:
    return server.api().delete("g", "t", "the-token", "a/b=")


def test_a_question(server: Server) -> None:
    server.answer = (
        200,
        {"ETag": '"e"'},
        b'{"data": [{"v:sum": 123456789012345678901234567890}], "warning": "w"}',
    )
    with structlog.contextvars.bound_contextvars(request_id="req-7"):
        answer = ask(server)
    assert answer.rows == [{"v:sum": 123456789012345678901234567890}]
    assert answer.etag == '"e"'
    method, path, headers, _ = server.asked[0]
    assert (method, path) == ("GET", "/r/data/g-c/a%20b?period=week&collect=v%3Asum&collect=w")
    assert headers["govuk-request-id"] == "req-7"
    assert headers["cache-control"] == "no-cache"
    assert "if-none-match" not in headers


def test_an_unchanged_answer(server: Server) -> None:
    server.answer = (304, {}, b"")
    assert ask(server, '"e"') is None
    assert server.asked[0][2]["if-none-match"] == '"e"'


def test_a_post(server: Server) -> None:
    server.api().post("g", "t", "the-token", b'[{"_id": "1"}]')
    method, path, headers, body = server.asked[0]
    assert (method, path, body) == ("POST", "/w/data/g/t", b'[{"_id": "1"}]')
    assert headers["authorization"] == "Bearer the-token"
    assert headers["content-type"] == "application/json"


def test_a_delete(server: Server) -> None:
    server.answer = (200, {}, b'{"status": "ok"}')
    assert delete(server) is True
    method, path, headers, _ = server.asked[0]
    assert (method, path) == ("DELETE", "/w/data/g/t/a%2Fb%3D")
    assert headers["authorization"] == "Bearer the-token"


def test_a_record_that_is_not_there_needs_no_delete(server: Server) -> None:
    server.answer = (404, {}, b'{"status": "error", "message": "No record found with id a/b="}')
    assert delete(server) is False


@pytest.mark.parametrize("act", [ask, post, delete])
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, Delayed),
        (503, Delayed),
        (429, Delayed),
        (401, NotSettled),
        (404, NotSettled),
        (400, Refused),
        (403, Refused),
        (413, Refused),
        (302, Refused),
    ],
)
def test_other_answers_are_told_apart(
    server: Server, act: Callable[[Server], Any], status: int, kind: type[Exception]
) -> None:
    server.answer = (
        status,
        {"Location": "/elsewhere", "Retry-After": "600"},
        b'{"status": "error", "message": "what is wrong", "messages": ["one", "two"]}',
    )
    with pytest.raises(
        kind, match=rf"(reading|writing|taking back from) g.*: {status} what is wrong \(one; two\)"
    ) as raised:
        act(server)
    assert type(raised.value) is kind
    assert len(server.asked) == 1


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'{"data": null}', b"[" * 100_000])
def test_a_proxys_page(server: Server, body: bytes) -> None:
    server.answer = (200, {}, body)
    with pytest.raises(Delayed, match="reading g-c/a b: the answer has no rows"):
        ask(server)
    server.answer = (502, {}, body)
    with pytest.raises(Delayed, match="reading g-c/a b: 502 Bad Gateway"):
        ask(server)


def test_the_token_that_the_write_api_echoes_is_masked(server: Server) -> None:
    server.answer = (401, {}, b"{\"message\": \"Unauthorized: Invalid bearer token 'the-token' for 'g_t'\"}")
    with pytest.raises(NotSettled) as raised:
        post(server)
    assert str(raised.value) == "writing g/t: 401 Unauthorized: Invalid bearer token '********' for 'g_t'"


@pytest.mark.parametrize("act", [ask, post, delete])
def test_nobody_answers(server: Server, act: Callable[[Server], Any]) -> None:
    server.answer = (0, {}, b"")
    with pytest.raises(Delayed, match="no answer"):
        act(server)
    assert len(server.asked) == 2, "once more at once, for a kept connection that was closed"
    server.url = "http://127.0.0.1:9"
    with pytest.raises(Delayed, match="no answer"):
        act(server)
