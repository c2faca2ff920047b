"""Two changes that are each right but not together: one of them is refused, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.apps.stagecraft_calls import Caller, faulty_keys
from tests.apps.stagecraft_process import environment, gunicorn, run, serve, succeed
from tests.processes import Reply, start_server


@dataclass(frozen=True)
class Installed:
    """Stagecraft over a database: its settings and folder, for commands, and its server."""

    api: Caller
    settings: dict[str, str]
    folder: Path


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def installed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("stagecraft")
    if request.param == "sqlite":
        yield from _installed(folder, environment(folder))
        return
    url = request.getfixturevalue("postgresql").new_database()
    yield from _installed(folder, environment(folder) | {"STAGECRAFT_DATABASE_URL": url})


def _installed(folder: Path, settings: dict[str, str]) -> Iterator[Installed]:
    # Several at once, as when several machines start.
    succeed(folder, "prepare", settings=settings, times=3)
    server = serve(folder, settings)
    yield Installed(Caller(server), settings, folder)
    server.stop()


def together(*calls: Callable[[], Reply]) -> list[Reply]:
    """What came of them, begun at the same time."""
    begin = threading.Barrier(len(calls))
    replies: list[Reply] = []

    def one(call: Callable[[], Reply]) -> None:
        begin.wait(30)
        replies.append(call())

    threads = [threading.Thread(target=one, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return replies


def plain(group: str, source: str, target: str) -> dict[str, Any]:
    ends = [{"data-group": group, "data-type": kind} for kind in (source, target)]
    return {"type": "user_satisfaction", "input": ends[0], "output": ends[1]}


@pytest.mark.parametrize("path", ["/data-sets", "/data-groups", "/data-types", "/transform-type"])
def test_one_name_is_given_once(installed: Installed, path: str) -> None:
    api = installed.api
    for turn in range(5):
        said = {
            "/data-sets": {"data_group": f"once-{turn}", "data_type": "t"},
            "/transform-type": {"name": f"once-{turn}", "function": "a.b"},
        }.get(path, {"name": f"alone-{turn}"})
        replies = together(*[lambda said=said: api.post(path, said)] * 4)
        assert sorted(reply.status for reply in replies) == [201, 400, 400, 400]
        refusals = [faulty_keys(reply) for reply in replies if reply.status == 400]
        assert all("name" in keys for keys in refusals)


def test_two_transforms_make_no_circle_together(installed: Installed) -> None:
    api = installed.api
    for turn in range(5):
        forth, back = plain(f"ring-{turn}", "a", "b"), plain(f"ring-{turn}", "b", "a")
        replies = together(
            lambda forth=forth: api.post("/transform", forth), lambda back=back: api.post("/transform", back)
        )
        assert sorted(reply.status for reply in replies) == [201, 400]
        (refused,) = [reply for reply in replies if reply.status == 400]
        assert faulty_keys(refused) == ["output"]
        assert f"ring-{turn}/a -> ring-{turn}/b -> ring-{turn}/a" in refused.json()["message"]


def test_of_two_transforms_that_are_the_same_one_is_refused(installed: Installed) -> None:
    api = installed.api
    for turn in range(5):
        same = plain(f"twin-{turn}", "a", "b")
        replies = together(*[lambda same=same: api.post("/transform", same)] * 3)
        assert sorted(reply.status for reply in replies) == [201, 400, 400]
        (made,) = [reply.json() for reply in replies if reply.status == 201]
        assert all(made["id"] in reply.json()["message"] for reply in replies if reply.status == 400)


def test_what_goes_is_not_used_at_the_same_time(installed: Installed) -> None:
    api = installed.api
    for turn in range(5):
        api.made("/data-groups", {"name": f"going-{turn}"})
        said = {"data_group": f"going-{turn}", "data_type": "t"}
        replies = together(
            lambda turn=turn: api.delete(f"/data-groups/going-{turn}"),
            lambda said=said: api.post("/data-sets", said),
        )
        # Either it was used first and stays, or it went first and is made anew.
        assert sorted(reply.status for reply in replies) in ([201, 204], [201, 409])
        assert api.shown(f"/data-groups/going-{turn}")["name"] == f"going-{turn}"


def test_the_rest_is_the_same_on_each(installed: Installed) -> None:
    api = installed.api
    for name in ("b_b", "b-a", "ba", "b0", "b_a"):
        api.made(
            "/data-types", {"name": name, "schema": {"properties": {"z": {}, "a": {"enum": [1.5, "é"]}}}}
        )
    listed = [each["name"] for each in api.shown("/data-types") if each["name"].startswith("b")]
    assert listed == sorted(listed)
    assert api.shown("/data-types/ba")["schema"] == {"properties": {"z": {}, "a": {"enum": [1.5, "é"]}}}
    for path in ("/data-sets?data-group=%00", "/data-types?name=%00", "/transform?type=%00"):
        assert api.shown(path) == []
    assert api.shown("/transactions-explorer-service/a%00b/dashboard") == []
    assert api.get("/data-sets/a%00b").status == 404
    nul = api.server.call(
        "POST",
        "/data-types",
        body=b'{"name": "nul", "schema": {"title": "\\u0000"}}',
        token=api.token,
        headers={"Content-Type": "application/json"},
    )
    assert nul.status == 400
    config = api.made("/data-sets", {"data_group": "same", "data_type": "b_a", "auto_ids": ["z_z", "a_a"]})
    assert api.put("/data-sets/same_b_a", config).json() == config
    assert api.get("/data-sets", If_None_Match=api.get("/data-sets").headers["ETag"]).status == 304


def test_the_database_is_ready_to_be_used(installed: Installed) -> None:
    said = succeed(installed.folder, "prepare", settings=installed.settings)
    assert "nothing was to do" in said
    assert "hush" not in said
    assert "No changes" in succeed(
        installed.folder, "makemigrations", "--check", "--dry-run", settings=installed.settings
    )


def test_a_server_that_is_away_is_a_line_and_a_503(tmp_path: Path) -> None:
    settings = environment(tmp_path) | {"STAGECRAFT_DATABASE_URL": "postgresql://me:hush@127.0.0.1:9/stage"}
    code, _, errors = run(tmp_path, "prepare", settings=settings)
    assert code == 1
    assert len(errors.splitlines()) == 1
    assert "postgresql://127.0.0.1:9/stage" in errors
    server = start_server("stagecraft", gunicorn, environment=settings, log_folder=tmp_path / "logs")
    reply = Caller(server).get("/data-sets")
    assert (reply.status, bool(reply.headers["Retry-After"])) == (503, True)
    server.stop()
    assert "hush" not in errors + server.log() + reply.body.decode()
    assert "Traceback" not in server.log()
