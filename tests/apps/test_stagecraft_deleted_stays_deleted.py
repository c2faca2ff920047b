"""A data set that is deleted in Stagecraft takes nothing more, though Backdrop's processes still have its config."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.apps.stagecraft_calls import Caller
from tests.apps.stagecraft_process import environment, prepare, serve
from tests.processes import Server, free_port, start_app, wait_until

CACHE_SECONDS = "10"  # as in production: longer than a test waits for anything
ROUNDS = 5


@dataclass(frozen=True)
class Platform:
    """Stagecraft, two write apps over one storage, and a read app."""

    api: Caller
    writes: tuple[Server, ...]
    read: Server

    def make(self, group: str, token: str) -> None:
        said = {"data_group": group, "data_type": "t", "bearer_token": token, "raw_queries_allowed": True}
        self.api.made("/data-sets", said)

    def post(self, write: Server, group: str, token: str, note: str) -> int:
        record = {"_timestamp": "2014-04-01T00:00:00Z", "note": note}
        return write.call("POST", f"/data/{group}/t", json=record, token=token).status

    def notes(self, group: str) -> list[str]:
        """The notes of the records that are there."""
        reply = self.read.call("GET", f"/data/{group}/t", headers={"Cache-Control": "no-cache"})
        assert reply.status == 200, reply.body
        rows: list[dict[str, Any]] = reply.json()["data"]
        return sorted(row["note"] for row in rows)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder: Path = tmp_path_factory.mktemp("platform")
    prepare(folder)
    port = free_port()
    settings = environment(folder) | {"BACKDROP_WRITE_URL": f"http://127.0.0.1:{port}/data"}
    stagecraft = serve(folder, settings)
    apps = settings | {
        "DATABASE_URL": f"sqlite:///{folder / 'backdrop.sqlite'}",
        "STAGECRAFT_URL": stagecraft.url,
        "STAGECRAFT_CACHE_SECONDS": CACHE_SECONDS,
    }
    writes = (start_app("write", apps, folder / "logs", port), start_app("write", apps, folder / "logs-2"))
    read = start_app("read", apps, folder / "logs")
    yield Platform(Caller(stagecraft), writes, read)
    for server in (*writes, read, stagecraft):
        server.kill()


def test_a_dead_token_opens_nothing_and_only_new_records_are_there(platform: Platform) -> None:
    platform.make("dead", "old-token")
    for write in platform.writes:
        assert platform.post(write, "dead", "old-token", "before") == 200
    assert platform.notes("dead") == ["before", "before"]
    assert platform.api.delete("/data-sets/dead_t").status == 204
    for write in platform.writes:
        assert platform.post(write, "dead", "old-token", "after") in (401, 404)
    platform.make("dead", "new-token")
    for write in platform.writes:
        assert platform.post(write, "dead", "old-token", "after") in (401, 404)
        # That there was none of this name is remembered for a moment.
        taken = partial(platform.post, write, "dead", "new-token", "new")
        wait_until(lambda taken=taken: taken() == 200, "the new token to work", 5)
        assert platform.post(write, "dead", "old-token", "after") == 401
    assert platform.notes("dead") == ["new", "new"]


@dataclass
class Senders:
    """Two who go on sending with one token to the write apps, whatever is answered, until told to stop."""

    platform: Platform
    group: str
    token: str
    taken: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def send(self, number: int) -> None:
        write, count = self.platform.writes[number], 0
        while not self.stop.is_set():
            count += 1
            note = f"old-{number}-{count}"
            if self.platform.post(write, self.group, self.token, note) == 200:
                self.taken.append(note)


def test_under_load_nothing_of_a_deleted_data_set_comes_back(platform: Platform) -> None:
    with ThreadPoolExecutor(2) as pool:
        for turn in range(ROUNDS):
            group = f"loaded{turn}"
            platform.make(group, "old-token")
            senders = Senders(platform, group, "old-token")
            sending = [pool.submit(senders.send, number) for number in range(2)]
            try:
                wait_until(lambda senders=senders: len(senders.taken) > 4, "records to come in", 30)
                assert platform.api.delete(f"/data-sets/{group}_t").status == 204
                known = len(senders.taken)
                platform.make(group, "new-token")
                write = platform.writes[turn % 2]
                taken = partial(platform.post, write, group, "new-token", "new")
                wait_until(lambda taken=taken: taken() == 200, "the new token to work", 5)
                assert platform.notes(group) == ["new"]
            finally:
                senders.stop.set()
            for each in sending:
                each.result(60)
            # One that was being taken while the answer to the deletion came may be told so a moment later.
            assert len(senders.taken) <= known + 2
            assert platform.notes(group) == ["new"]
