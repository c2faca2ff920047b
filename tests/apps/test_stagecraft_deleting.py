"""Deleting a data set drops its data in Backdrop: Stagecraft and Backdrop's two apps, for real."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.apps.stagecraft_calls import Caller, faulty_keys
from tests.apps.stagecraft_process import DROP_TOKEN, environment, prepare, script, serve
from tests.apps.write_app_stub import DROPPED_SINCE, WriteApp
from tests.processes import Server, free_port, start_app

MODULE = """
from stagecraft.dashboards.models import Dashboard, Module
from stagecraft.datasets.models import DataSet
page = Dashboard(slug="page")
page.save()
Module(dashboard=page, slug="graph", data_set=DataSet.objects.get(name="shown_t")).save()
"""
RECORD = {"_timestamp": "2014-04-01T00:00:00Z", "count": 3}


@dataclass(frozen=True)
class Platform:
    """All three; `settings` start the write app again."""

    api: Caller
    read: Server
    write: Server
    folder: Path


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("platform")
    prepare(folder)
    write_port = free_port()
    settings = environment(folder) | {"BACKDROP_WRITE_URL": f"http://127.0.0.1:{write_port}/data"}
    stagecraft = serve(folder, settings)
    apps = settings | {
        "DATABASE_URL": f"sqlite:///{folder / 'backdrop.sqlite'}",
        "STAGECRAFT_URL": stagecraft.url,
        "STAGECRAFT_CACHE_SECONDS": "1",
    }
    write = start_app("write", apps, folder / "logs", port=write_port)
    read = start_app("read", apps, folder / "logs")
    yield Platform(Caller(stagecraft), read, write, folder)
    for server in (write, read, stagecraft):
        server.stop()


def filled(platform: Platform, group: str) -> dict[str, Any]:
    """A new data set with a record."""
    said = {"data_group": group, "data_type": "t", "bearer_token": "secret", "raw_queries_allowed": True}
    made: dict[str, Any] = platform.api.made("/data-sets", said)
    reply = platform.write.call("POST", f"/data/{group}/t", json=[RECORD], token="secret")
    assert reply.status == 200, reply.body
    assert records(platform, group) == 1
    return made


def records(platform: Platform, group: str) -> int:
    reply = platform.read.call("GET", f"/data/{group}/t", headers={"Cache-Control": "no-cache"})
    assert reply.status == 200, reply.body
    return len(reply.json()["data"])


def test_its_data_goes_with_it(platform: Platform) -> None:
    made = filled(platform, "goes")
    reply = platform.api.delete("/data-sets/goes_t")
    assert (reply.status, reply.body) == (204, b"")
    assert platform.api.get("/data-sets/goes_t").status == 404
    # Made anew it is empty.
    assert platform.api.made("/data-sets", made) == made
    assert records(platform, "goes") == 0
    # And one without any data can go as well.
    assert platform.api.delete("/data-sets/goes_t").status == 204
    # What is left are its group and type, which now can go too.
    assert platform.api.delete("/data-groups/goes").status == 204


def test_what_shows_it_keeps_it(platform: Platform) -> None:
    filled(platform, "shown")
    script(platform.folder, MODULE)
    reply = platform.api.delete("/data-sets/shown_t")
    assert faulty_keys(reply, 409) == ["dashboard"]
    assert "page shows it in its module graph" in reply.json()["message"]
    assert records(platform, "shown") == 1


def test_one_that_a_transform_for_every_group_reads_can_go(platform: Platform) -> None:
    filled(platform, "general")
    said = {"type": "user_satisfaction", "input": {"data-type": "t"}, "output": {"data-type": "out"}}
    made = platform.api.made("/transform", said)
    assert len(platform.api.shown("/data-sets/general_t/transform")) == 1
    assert platform.api.delete("/data-sets/general_t").status == 204
    assert platform.api.delete(f"/transform/{made['id']}").status == 204


def test_many_deletes_at_once_and_one_wins(platform: Platform) -> None:
    filled(platform, "raced")
    statuses: list[int] = []

    def delete() -> None:
        statuses.append(platform.api.delete("/data-sets/raced_t").status)

    threads = [threading.Thread(target=delete) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(statuses) == [204, 404, 404, 404]


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Caller, WriteApp]]:
    """Stagecraft with a data set, over a write app that answers as it is told."""
    folder = tmp_path_factory.mktemp("another")
    prepare(folder)
    write = WriteApp()
    api = Caller(serve(folder, environment(folder) | {"BACKDROP_WRITE_URL": write.url}))
    api.made("/data-sets", {"data_group": "g", "data_type": "t"})
    yield api, write
    write.stop()
    api.server.kill()


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (401, b'{"status": "error", "message": "Unauthorized"}', "STAGECRAFT_COLLECTION_ENDPOINT_TOKEN"),
        (500, b"<html>", "answered 500"),
        (404, b"<html>no such site</html>", "answered 404"),
        (200, b"[" * 100_000, "answered 200"),
        (302, b"", "answered 302"),
        (412, b"<html>", "answered 412"),
    ],
)
def test_nothing_is_deleted_unless_the_data_is_known_to_be_gone(
    another: tuple[Caller, WriteApp], status: int, body: bytes, says: str
) -> None:
    api, write = another
    write.answer = (status, body)
    reply = api.delete("/data-sets/g_t", X_Request_Id="the-request")
    assert reply.status == 503
    assert reply.headers["Retry-After"]
    assert says in reply.json()["message"]
    assert api.shown("/data-sets/g_t")["name"] == "g_t"
    assert write.asked[-1] == f"/prefix/data-sets/g_t Bearer {DROP_TOKEN} the-request"
    assert DROP_TOKEN not in api.server.log() + reply.body.decode()


@pytest.mark.parametrize(
    "count",
    [
        (404, b'{"status": "error", "message": "Not Found"}'),
        (405, b"<!doctype html>"),
        (200, b'{"status": "ok"}'),
        (200, b'{"status": "ok", "drops": "3"}'),
        (200, b"<html>welcome</html>"),
    ],
)
def test_nothing_is_dropped_by_a_write_app_that_does_not_count_drops(
    another: tuple[Caller, WriteApp], count: tuple[int, bytes]
) -> None:
    api, write = another
    write.count = count
    asked = len(write.asked)
    reply = api.delete("/data-sets/g_t")
    write.count = None
    assert reply.status == 503
    assert "older than this Stagecraft" in reply.json()["message"]
    assert len(write.asked) == asked


@pytest.mark.parametrize(
    ("count", "says"),
    [
        ((401, b'{"status": "error"}'), "STAGECRAFT_COLLECTION_ENDPOINT_TOKEN"),
        ((503, b'{"status": "error"}'), "answered 503"),
    ],
)
def test_nothing_is_dropped_by_a_write_app_that_will_not_say(
    another: tuple[Caller, WriteApp], count: tuple[int, bytes], says: str
) -> None:
    api, write = another
    write.count = count
    reply = api.delete("/data-sets/g_t")
    write.count = None
    assert (reply.status, says in reply.json()["message"]) == (503, True)


def test_what_was_dropped_since_is_gone(another: tuple[Caller, WriteApp]) -> None:
    api, write = another
    api.made("/data-sets", {"data_group": "since", "data_type": "t"})
    write.answer = DROPPED_SINCE
    before = len(write.as_of)
    assert api.delete("/data-sets/since_t").status == 204
    assert write.as_of[before:] == [f'"{before}"', f'"{before + 1}"']


def test_nothing_is_deleted_while_backdrop_is_away(another: tuple[Caller, WriteApp]) -> None:
    api, write = another
    write.stop()
    reply = api.delete("/data-sets/g_t")
    assert reply.status == 503
    assert "can't be reached" in reply.json()["message"]
    assert api.shown("/data-sets/g_t")["name"] == "g_t"
    assert "hush" not in api.server.log() + reply.body.decode()
    assert "Traceback" not in api.server.log()
