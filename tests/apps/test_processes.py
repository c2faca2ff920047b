"""The process support that other tests rest on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import urllib3

from tests.config_stub import API_TOKEN, ConfigStub
from tests.processes import ProcessTrouble, Server, start_server, wait_until
from tests.running import lives
from tests.servers.process import exists

AUTHORISED = {"Authorization": f"Bearer {API_TOKEN}"}
SALES = {"data_group": "g-cloud", "data_type": "sales", "bearer_token": "secret"}

# A parent that answers HTTP and has a child, as gunicorn has.
SERVER = """
import http.server, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
http.server.test(http.server.SimpleHTTPRequestHandler, port=int(sys.argv[1]), bind="127.0.0.1")
"""

# As for a moment somebody who is killed while another thread writes to the disk.
WITHOUT_FIRST_THREAD = """
import ctypes, sys, threading
threading.Thread(target=sys.stdin.read).start()
ctypes.CDLL(None).pthread_exit(None)
"""


def serve(port: int) -> list[str]:
    return [sys.executable, "-c", SERVER, str(port)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = start_server(
        "files", serve, environment={}, log_folder=tmp_path, ready_path="/requirements.txt"
    )
    yield started
    started.kill()


@pytest.fixture
def stub() -> Iterator[ConfigStub]:
    with ConfigStub([SALES]) as started:
        yield started


def get(stub: ConfigStub, path: str, headers: dict[str, str] | None = None) -> urllib3.BaseHTTPResponse:
    sent = AUTHORISED if headers is None else headers
    return urllib3.request("GET", stub.url + path, headers=sent, retries=False, timeout=60.0)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_stopped_server_leaves_no_child(server: Server, how: str) -> None:
    children = server.children()
    assert children
    getattr(server, how)()
    wait_until(lambda: not any(map(exists, [server.pid, *children])), "an end of the server and its child")
    server.stop()
    server.kill()


def test_a_process_without_its_first_thread_still_lives() -> None:
    command = [sys.executable, "-c", WITHOUT_FIRST_THREAD]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        watched = psutil.Process(process.pid)
        wait_until(lambda: watched.status() == psutil.STATUS_ZOMBIE, "an end of the first thread")
        assert lives(watched)
        process.communicate()
    assert not lives(watched)


def test_a_server_that_ends_at_once_shows_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('no such setting'); raise SystemExit(3)"]
    with pytest.raises(ProcessTrouble, match=r"(?s)ended with 3.*no such setting"):
        start_server("broken", lambda port: command, environment={}, log_folder=tmp_path)


def test_the_stub_finds_data_sets_by_name_and_by_group_and_type(stub: ConfigStub) -> None:
    served = {"name": "g_cloud_sales", **SALES}
    assert get(stub, "/data-sets/g_cloud_sales").json() == served
    assert get(stub, "/data-sets").json() == [served]
    for query in ("data-group=g-cloud&data-type=sales", "data_group=g-cloud&data_type=sales"):
        assert get(stub, f"/data-sets?{query}").json() == [served]
    assert get(stub, "/data-sets?data-group=g-cloud&data-type=other").json() == []
    assert get(stub, "/data-sets/other").status == 404
    assert get(stub, "/data-sets/g_cloud_sales/transform").json() == []


def test_the_stub_wants_its_token_and_revalidates(stub: ConfigStub) -> None:
    assert get(stub, "/data-sets", {}).status == 401
    assert get(stub, "/_status", {}).status == 200
    etag = get(stub, "/data-sets").headers["ETag"]
    assert get(stub, "/data-sets", {**AUTHORISED, "If-None-Match": etag}).status == 304
    stub.put({**SALES, "realtime": True})
    assert get(stub, "/data-sets", {**AUTHORISED, "If-None-Match": etag}).status == 200
    assert len(stub.calls_to("/data-sets")) == 4


def test_the_stub_creates_a_data_set(stub: ConfigStub) -> None:
    body = json.dumps({"data_group": "g", "data_type": "t-2"})
    made = urllib3.request("POST", stub.url + "/data-sets", headers=AUTHORISED, body=body, retries=False)
    assert made.json()["name"] == "g_t_2"
    assert get(stub, "/data-sets/g_t_2").status == 200


def test_the_stub_fails_goes_away_and_comes_back(stub: ConfigStub) -> None:
    pool = urllib3.PoolManager(retries=False)
    stub.failing = 503
    assert pool.request("GET", stub.url + "/data-sets").status == 503
    stub.failing = None
    stub.stop()
    with pytest.raises(urllib3.exceptions.HTTPError):
        pool.request("GET", stub.url + "/data-sets", timeout=60.0)
    stub.start()
    assert pool.request("GET", stub.url + "/data-sets", headers=AUTHORISED).status == 200
