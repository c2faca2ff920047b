"""What programs and browsers meet at the edges: ETags for HEAD and not for refusals, names that aren't ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.apps.stagecraft_process import TOKEN, environment, prepare, serve, succeed
from tests.processes import REPOSITORY, Server

FOUND = [
    "/_status",
    "/data-sets",
    "/data-sets/g_cloud_sales",
    "/data-sets/g_cloud_sales/transform",
    "/data-groups/g-cloud",
    "/transform-type?name=rate",
    "/openapi.json",
    "/docs",
]
REFUSED = [
    ("/data-sets?colour=red", TOKEN, 400),
    ("/data-sets", None, 401),
    ("/data-sets", "wrong", 401),
    ("/data-sets/nothing", TOKEN, 404),
    ("/nothing/here", TOKEN, 404),
]


@pytest.fixture(scope="module")
def stagecraft(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("stagecraft")
    prepare(folder)
    succeed(folder, "load_demo")
    server = serve(folder)
    yield server
    server.stop()


@pytest.mark.parametrize("path", FOUND)
def test_head_has_the_etag_of_get(stagecraft: Server, path: str) -> None:
    etag = stagecraft.call("GET", path, token=TOKEN).headers["ETag"]
    assert stagecraft.call("HEAD", path, token=TOKEN).headers["ETag"] == etag
    again = stagecraft.call("HEAD", path, token=TOKEN, headers={"If-None-Match": etag})
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", etag)
    other = stagecraft.call("HEAD", path, token=TOKEN, headers={"If-None-Match": '"other"'})
    assert (other.status, other.body) == (200, b"")


@pytest.mark.parametrize(("path", "token", "status"), REFUSED)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_refusal_has_no_etag(
    stagecraft: Server, method: str, path: str, token: str | None, status: int
) -> None:
    for headers in ({}, {"If-None-Match": "*"}):
        reply = stagecraft.call(method, path, token=token, headers=headers)
        assert reply.status == status
        assert "ETag" not in reply.headers


def test_a_change_a_redirect_and_a_page_have_none_either(stagecraft: Server) -> None:
    assert (
        "ETag" not in stagecraft.call("POST", "/data-groups", json={"name": "g-cloud"}, token=TOKEN).headers
    )
    for path, status in (("/", 302), ("/admin/", 302), ("/admin/login/", 200), ("/admin/nothing", 302)):
        reply = stagecraft.call("GET", path)
        assert (reply.status, "ETag" in reply.headers) == (status, False), path


def test_get_if_match_is_answered_as_any_other_refusal(stagecraft: Server) -> None:
    reply = stagecraft.call("GET", "/data-groups", token=TOKEN, headers={"If-Match": '"other"'})
    assert (reply.status, reply.json()["status"], "ETag" in reply.headers) == (412, "error", False)
    etag = stagecraft.call("GET", "/data-groups", token=TOKEN).headers["ETag"]
    assert stagecraft.call("GET", "/data-groups", token=TOKEN, headers={"If-Match": etag}).status == 200


def logged(server: Server) -> list[dict[str, Any]]:
    """What a Stagecraft of production has logged."""
    return [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]


def test_a_name_that_is_not_ours(tmp_path: Path) -> None:
    settings = environment(tmp_path, "production")
    succeed(tmp_path, "prepare", settings=settings)
    server = serve(tmp_path, settings)
    hosts = ["elsewhere.example", "elsewhere.example:1/../x", "[nowhere", "x" * 300]
    for host in hosts:
        for path in ("/", "/admin", "/admin/", "/admin/login/", "/admin/nothing"):
            _asked_under(server, host, path)
    # The setting takes a name without a port, so that is what is told.
    _asked_under(server, "elsewhere.example:8443", "/admin/")
    plain = server.call("GET", "/admin/", headers={"Host": "elsewhere.example"})
    assert plain.status == 400, "a redirect to HTTPS would name the host"
    assert server.call("GET", "//admin/", headers={"Host": "elsewhere.example"}).status == 400
    server.stop()
    unusual = [line for line in logged(server) if line["level"] != "info"]
    assert {line["level"] for line in unusual} == {"warning"}
    assert len(unusual) == 5 * len(hosts) + 3
    assert all("STAGECRAFT_ALLOWED_HOSTS" in line["event"] for line in unusual)
    assert {line["host"] for line in unusual} == {host[:255] for host in hosts}
    assert "Traceback" not in server.log()


def _asked_under(server: Server, host: str, path: str) -> None:
    """Programs get their answer, people a page."""
    headers = {"Host": host, "X-Forwarded-Proto": "https"}
    assert server.call("GET", "/_status", headers=headers).status == 200
    reply = server.call("GET", "/data-sets", headers=headers)
    assert (reply.status, reply.json()["status"]) == (401, "error")
    reply = server.call("GET", path, headers=headers)
    assert (reply.status, reply.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    page = reply.body.decode()
    assert "Not under this name" in page
    assert host not in page
    assert "ALLOWED_HOSTS" not in page


def test_a_post_for_a_name_that_is_not_ours_is_refused_before_it_is_read(stagecraft: Server) -> None:
    sent = {"Host": "elsewhere.example", "Content-Type": "application/x-www-form-urlencoded"}
    reply = stagecraft.call("POST", "/admin/login/", body=b"username=ann&password=hush", headers=sent)
    assert reply.status == 400
    assert "hush" not in stagecraft.log()


def test_each_check_of_django_that_is_silenced_has_its_reason_in_the_docs() -> None:
    settings = (REPOSITORY / "stagecraft/settings.py").read_text(encoding="utf-8")
    silenced = re.findall(
        r'"(\w+\.[EW]\d+)"', settings.partition("SILENCED_SYSTEM_CHECKS")[2].partition("]")[0]
    )
    assert silenced == ["security.W021"]
    for page in ("docs/stagecraft.md", "docs/deploy.md"):
        assert "security.W021" in (REPOSITORY / page).read_text(encoding="utf-8")
