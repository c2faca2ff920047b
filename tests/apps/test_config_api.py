"""The config API's client against a real HTTP server that answers, fails, dawdles and goes away."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from backdrop.config_api import ConfigApi, ConfigUnavailable
from backdrop.config_api.http import JsonHttp
from backdrop.core.errors import DataSetNotFound, InvalidConfig
from tests.config_stub import API_TOKEN, ConfigStub
from tests.http_gate import HttpGate
from tests.processes import wait_until

SALES = {"data_group": "g-cloud", "data_type": "sales", "bearer_token": "sales-secret"}


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stub() -> Iterator[ConfigStub]:
    with ConfigStub([SALES]) as started:
        yield started


@pytest.fixture
def api(stub: ConfigStub, clock: Clock) -> ConfigApi:
    return ConfigApi(stub.url, API_TOKEN, cache_seconds=10, stale_seconds=100, clock=clock)


@contextmanager
def raw_server(respond: Callable[[http.server.BaseHTTPRequestHandler], None]) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            respond(self)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def answering(body: bytes, status: int = 200) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    def respond(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return respond


def test_a_data_set_is_found_by_name_and_by_group_and_type(api: ConfigApi) -> None:
    by_name, by_type = api.data_set("g_cloud_sales"), api.data_set_by_type("g-cloud", "sales")
    assert by_name == by_type
    assert (by_name.bearer_token, by_name.queryable) == ("sales-secret", True)
    assert [d.name for d in api.data_sets()] == ["g_cloud_sales"]


@pytest.mark.parametrize("name", ["other", "", "Upper", "a/b", "a b", "é", "../transform", "x?y=z"])
def test_an_unknown_name_is_not_found(api: ConfigApi, name: str) -> None:
    with pytest.raises(DataSetNotFound):
        api.data_set(name)


@pytest.mark.parametrize(("group", "kind"), [("other", "sales"), ("a&b=c/d", "é?#"), ("", "")])
def test_an_unknown_type_is_not_found(api: ConfigApi, group: str, kind: str) -> None:
    with pytest.raises(DataSetNotFound):
        api.data_set_by_type(group, kind)


def test_groups_and_types_are_quoted(api: ConfigApi, stub: ConfigStub) -> None:
    stub.put({"name": "odd", "data_group": "a&b=c/d", "data_type": "é?#"})
    assert api.data_set_by_type("a&b=c/d", "é?#").name == "odd"


def test_an_answer_is_kept_and_then_revalidated(api: ConfigApi, stub: ConfigStub, clock: Clock) -> None:
    first = api.data_set("g_cloud_sales")
    clock.now += 9.9
    assert api.data_set("g_cloud_sales") is first
    assert len(stub.calls) == 1
    clock.now += 0.2
    assert api.data_set("g_cloud_sales") is first
    assert (api.counts.calls, api.counts.not_modified) == (2, 1)
    clock.now += 9.9
    api.data_set("g_cloud_sales")
    assert len(stub.calls) == 2


def test_a_changed_token_is_seen_when_the_cache_has_expired(
    api: ConfigApi, stub: ConfigStub, clock: Clock
) -> None:
    api.data_set("g_cloud_sales")
    stub.put({**SALES, "bearer_token": "new"})
    clock.now += 10
    assert api.data_set("g_cloud_sales").bearer_token == "new"


def test_an_unknown_data_set_is_remembered_briefly(api: ConfigApi, stub: ConfigStub, clock: Clock) -> None:
    for _ in range(20):
        with pytest.raises(DataSetNotFound):
            api.data_set("late")
    assert len(stub.calls) == 1
    stub.put({"name": "late", "data_group": "g", "data_type": "t"})
    clock.now += 2
    assert api.data_set("late").data_group == "g"


def test_a_flood_for_one_name_is_one_call(api: ConfigApi, stub: ConfigStub) -> None:
    stub.delay = 0.2
    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(lambda _: api.data_set("g_cloud_sales"), range(50)))
    assert all(data_set is found[0] for data_set in found)
    assert len(stub.calls) == 1


def test_a_flood_for_an_unknown_name_is_one_call(api: ConfigApi, stub: ConfigStub) -> None:
    stub.delay = 0.2

    def is_unknown(_: int) -> bool:
        with pytest.raises(DataSetNotFound):
            api.data_set("nobody")
        return True

    with ThreadPoolExecutor(50) as pool:
        assert all(pool.map(is_unknown, range(50)))
    assert len(stub.calls) == 1


@pytest.mark.parametrize("trouble", ["down", "500", "401", "garbage"])
def test_the_last_known_config_is_used_for_a_while(stub: ConfigStub, clock: Clock, trouble: str) -> None:
    api = ConfigApi(stub.url, API_TOKEN, 10, 100, clock=clock)
    known = api.data_set("g_cloud_sales")
    _break(stub, trouble)
    clock.now += 99
    with capture_logs() as logs:
        assert api.data_set("g_cloud_sales") is known
    assert "using the last known config" in [line["event"] for line in logs]
    assert API_TOKEN not in str(logs)
    assert api.counts.stale_answers == 1
    clock.now += 2
    with pytest.raises(ConfigUnavailable) as raised:
        api.data_set("g_cloud_sales")
    assert API_TOKEN not in str(raised.value)
    assert stub.url not in str(raised.value)


def _break(stub: ConfigStub, trouble: str) -> None:
    if trouble == "down":
        stub.stop()
    elif trouble == "garbage":
        stub.data_sets["g_cloud_sales"] = float("nan")  # type: ignore[assignment]  # not even JSON
    else:
        stub.failing = int(trouble)


def test_it_recovers_when_the_config_api_is_back(api: ConfigApi, stub: ConfigStub, clock: Clock) -> None:
    api.data_set("g_cloud_sales")
    stub.stop()
    clock.now += 11
    api.data_set("g_cloud_sales")
    stub.start()
    stub.put({**SALES, "bearer_token": "new"})
    assert api.data_set("g_cloud_sales").bearer_token == "sales-secret"
    clock.now += 2
    assert api.data_set("g_cloud_sales").bearer_token == "new"


def test_what_was_never_fetched_is_unavailable_while_it_is_down(api: ConfigApi, stub: ConfigStub) -> None:
    stub.stop()
    for call in (lambda: api.data_set("g_cloud_sales"), api.data_sets, lambda: api.transforms("x")):
        with pytest.raises(ConfigUnavailable):
            call()


def test_a_deleted_data_set_does_not_come_back_while_it_is_down(
    api: ConfigApi, stub: ConfigStub, clock: Clock
) -> None:
    api.data_set("g_cloud_sales")
    del stub.data_sets["g_cloud_sales"]
    clock.now += 10
    with pytest.raises(DataSetNotFound):
        api.data_set("g_cloud_sales")
    stub.stop()
    clock.now += 10
    with pytest.raises(ConfigUnavailable):
        api.data_set("g_cloud_sales")


def test_a_failing_data_set_leaves_the_others_fresh(api: ConfigApi, stub: ConfigStub, clock: Clock) -> None:
    """A 500 for one must not keep the rest from being revalidated."""
    stub.put({"name": "other", "data_group": "g", "data_type": "t", "bearer_token": "old"})
    api.data_set("other")
    stub.data_sets["g_cloud_sales"] = float("nan")  # type: ignore[assignment]  # not even JSON
    stub.put({"name": "other", "data_group": "g", "data_type": "t", "bearer_token": "new"})
    clock.now += 10
    with pytest.raises(ConfigUnavailable):
        api.data_set("g_cloud_sales")
    assert api.data_set("other").bearer_token == "new"


def test_while_it_hangs_one_thread_waits_and_the_others_use_what_is_known(
    stub: ConfigStub, clock: Clock
) -> None:
    with HttpGate(stub.url) as gate, ThreadPoolExecutor(10) as pool:
        api = ConfigApi(gate.url, API_TOKEN, 10, 1000, clock=clock)
        api.data_set("g_cloud_sales")
        gate.shut("GET")
        clock.now += 11
        api._http = JsonHttp(gate.url, API_TOKEN, read_seconds=0.1)
        api.data_set("g_cloud_sales")
        gate.open(drop=True)
        gate.shut("GET")
        clock.now += 11
        api._http = JsonHttp(gate.url, API_TOKEN, read_seconds=60)
        calls = api.counts.calls
        asking = [pool.submit(api.data_set, "g_cloud_sales") for _ in range(10)]
        gate.wait_for(1)
        wait_until(lambda: sum(one.done() for one in asking) == 9, "nine answers from what is known", 30)
        assert api.counts.calls == calls + 1
        gate.open()
        assert len({one.result() for one in asking}) == 1
    assert api.counts.calls == calls + 1


@pytest.mark.parametrize("body", [b"<html>", b"[" * 100_000, b"\xff", b"", b"NaN"])
def test_an_answer_that_is_no_config_is_of_no_use(body: bytes, clock: Clock) -> None:
    with raw_server(answering(body)) as url, pytest.raises((ConfigUnavailable, InvalidConfig)):
        ConfigApi(url, API_TOKEN, 10, 10, clock=clock).data_set("sales")


def test_a_redirect_is_not_followed(clock: Clock, stub: ConfigStub) -> None:
    """The token would go with it."""

    def redirect(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", stub.url + handler.path)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with raw_server(redirect) as url, pytest.raises(ConfigUnavailable):
        ConfigApi(url, API_TOKEN, 10, 10, clock=clock).data_set("g_cloud_sales")
    assert stub.calls == []


def test_retries_are_bounded(api: ConfigApi, stub: ConfigStub) -> None:
    stub.failing = 503
    with pytest.raises(ConfigUnavailable):
        api.data_set("g_cloud_sales")
    assert len(stub.calls) == 2


def test_one_nonsensical_config_is_an_error_of_its_own(api: ConfigApi, stub: ConfigStub) -> None:
    stub.put({"name": "broken", "data_group": "g", "data_type": "t", "auto_ids": "not a list"})
    with (
        capture_logs() as logs,
        pytest.raises(InvalidConfig, match="'broken' has auto_ids that is not a list of"),
    ):
        api.data_set("broken")
    assert "broken" in str(logs)
    assert [d.name for d in api.data_sets()] == ["g_cloud_sales"]
    assert api.data_set("g_cloud_sales").name == "g_cloud_sales"


def test_lists_skip_what_is_no_object(api: ConfigApi, stub: ConfigStub) -> None:
    stub.data_sets["junk"] = 7  # type: ignore[assignment]  # what the stub serves is the test's choice
    stub.transforms["g_cloud_sales"] = [{"id": "1"}, "junk"]  # type: ignore[list-item]  # likewise
    with capture_logs() as logs:
        assert api.transforms("g_cloud_sales") == [{"id": "1"}]
    assert len(logs) == 1


def test_transforms_and_dashboards(api: ConfigApi, stub: ConfigStub) -> None:
    stub.dashboards["g_cloud_sales"] = [{"slug": "sales", "published": True}]
    stub.service_dashboards["bis/annual returns"] = [{"slug": "returns"}]
    assert api.transforms("g_cloud_sales") == []
    assert api.dashboards("g_cloud_sales") == [{"slug": "sales", "published": True}]
    assert api.service_dashboards("bis/annual returns") == []
    stub.service_dashboards["bis-annual-returns"] = [{"slug": "returns"}]
    assert api.service_dashboards("bis-annual-returns") == [{"slug": "returns"}]
    with pytest.raises(DataSetNotFound):
        api.transforms("other")


def test_a_created_data_set_is_known_at_once(api: ConfigApi) -> None:
    with pytest.raises(DataSetNotFound):
        api.data_set_by_type("g", "out")
    made = api.create_data_set({"data_group": "g", "data_type": "out", "bearer_token": "t"})
    assert made.name == "g_out"
    assert api.data_set_by_type("g", "out") == api.data_set("g_out") == made
    assert len(api.data_sets()) == 2


def test_a_refused_creation_says_why_without_tokens(clock: Clock) -> None:
    class Refusing(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b'{"message": "no room for token hush-hush"}'
            self.send_response(400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.handle_request, daemon=True).start()
    api = ConfigApi(f"http://127.0.0.1:{server.server_port}", API_TOKEN, 10, 10, clock=clock)
    with pytest.raises(InvalidConfig, match=r"g/t: no room for token \*+$"):
        api.create_data_set({"data_group": "g", "data_type": "t", "bearer_token": "hush-hush"})
    server.server_close()


def test_a_request_id_goes_out_with_every_call(api: ConfigApi, stub: ConfigStub) -> None:
    with structlog.contextvars.bound_contextvars(request_id="req-1"):
        api.data_set("g_cloud_sales")
    api.data_sets()
    assert [call.headers.get("govuk-request-id") for call in stub.calls] == ["req-1", None]


def test_the_token_is_in_no_repr(api: ConfigApi) -> None:
    assert API_TOKEN not in repr(api) + repr(api._http)


def test_a_flood_of_made_up_names_forgets_no_config(
    api: ConfigApi, stub: ConfigStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backdrop.config_api.kept.MOST_KEPT", 50)
    known = api.data_set("g_cloud_sales")
    for n in range(120):
        with pytest.raises(DataSetNotFound):
            api.data_set(f"made-up-{n}")
    assert len(api._kept._kept) <= 51
    assert api.data_set("g_cloud_sales") is known


def test_a_config_in_doubt_is_asked_for_anew(api: ConfigApi, stub: ConfigStub, clock: Clock) -> None:
    api.data_set_by_type("g-cloud", "sales")
    clock.now += 2
    stub.put({**SALES, "bearer_token": "rotated"})
    assert api.data_set_by_type("g-cloud", "sales").bearer_token == "sales-secret"
    assert api.data_set_by_type("g-cloud", "sales", within=0.1).bearer_token == "rotated"


def test_many_doubts_are_one_call(api: ConfigApi, clock: Clock) -> None:
    known = api.data_set_by_type("g-cloud", "sales")
    clock.now += 2
    for _ in range(100):
        assert api.data_set_by_type("g-cloud", "sales", within=0.1) == known
    assert api.counts.calls == 2


def test_in_doubt_while_nobody_answers_the_last_known_config_is_used(
    api: ConfigApi, stub: ConfigStub, clock: Clock
) -> None:
    known = api.data_set_by_type("g-cloud", "sales")
    clock.now += 2
    stub.stop()
    assert api.data_set_by_type("g-cloud", "sales", within=0.1) == known
