"""Two at once, killed processes, a config API that is away: what was acknowledged is there, once."""

from __future__ import annotations

import gzip
import os
import signal
import threading
import time
from pathlib import Path

import psutil
import urllib3

from tests.apps.write_scene import WrittenDataSet, new_data_set
from tests.processes import Backdrop, Server, wait_until


def test_two_processes_post_while_one_is_killed_again_and_again(tmp_path: Path) -> None:
    with Backdrop(tmp_path) as backdrop:
        _post_and_kill(backdrop)


def _post_and_kill(backdrop: Backdrop) -> None:
    data_set = new_data_set(backdrop)
    steady = backdrop.write
    shaken = backdrop.start("write")
    assert isinstance(shaken, Server)
    acknowledged: list[set[str]] = [set(), set()]
    refused: list[bytes] = []
    done = threading.Event()

    def post(server: Server, mine: set[str], prefix: str) -> None:
        for number in range(10_000):
            if done.is_set():
                return
            ids = [f"{prefix}-{number}-{part}" for part in range(20)]
            records = [{"_id": record_id, "_timestamp": "2013-01-01", "nn": number} for record_id in ids]
            try:
                reply = server.call("POST", data_set.path, json=records, token=data_set.token, timeout=20)
            except urllib3.exceptions.HTTPError:
                time.sleep(0.02)
                continue
            mine.update(ids) if reply.status == 200 else refused.append(reply.body)

    threads = [
        threading.Thread(target=post, args=(steady, acknowledged[0], "steady")),
        threading.Thread(target=post, args=(shaken, acknowledged[1], "shaken-a")),
        threading.Thread(target=post, args=(shaken, acknowledged[1], "shaken-b")),
    ]
    for thread in threads:
        thread.start()
    for _ in range(5):
        before = len(acknowledged[1])
        wait_until(lambda before=before: len(acknowledged[1]) > before + 40, "more from the shaken one", 30)
        os.kill(shaken.children()[0], signal.SIGKILL)
    done.set()
    for thread in threads:
        thread.join(30)
    stored = [record["_id"] for record in data_set.records()]
    assert refused == []
    assert len(stored) == len(set(stored))
    assert acknowledged[0] | acknowledged[1] <= set(stored)
    # all or nothing: of each request all twenty are there
    assert len(stored) % 20 == 0


def test_the_config_api_away(tmp_path: Path) -> None:
    settings = {"LOG_LEVEL": "CRITICAL", "STAGECRAFT_CACHE_SECONDS": "0"}
    with Backdrop(tmp_path, apps=["write"], environment=settings) as backdrop:
        _take_the_config_api_away(backdrop)
        # whatever the level hides, who changed what is logged
        assert "action=append" in backdrop.write.log()


def _take_the_config_api_away(backdrop: Backdrop) -> None:
    known = new_data_set(backdrop)
    unknown = new_data_set(backdrop)
    assert all(known.post([]).status == 200 for _ in range(6))  # both processes have asked
    backdrop.config.stop()
    assert known.post([{"_id": "a"}]).status == 200
    reply = unknown.post([{"_id": "a"}])
    assert (reply.status, reply.json()["status"]) == (503, "error")
    assert int(reply.headers["Retry-After"]) > 0
    assert "config API can't be reached" in reply.json()["message"]
    backdrop.config.start()
    wait_until(lambda: unknown.post([{"_id": "a"}]).status == 200, "recovery", 10)


def test_concurrent_patches_lose_nothing(data_set: WrittenDataSet) -> None:
    data_set.post({"_id": "a"})

    def patch(prefix: str) -> None:
        for number in range(20):
            reply = data_set.call("PATCH", "/a", json={f"{prefix}_{number}": number})
            assert reply.status == 200, reply.body

    threads = [threading.Thread(target=patch, args=(f"p{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(data_set.records()[0]) == 81


def test_readers_see_the_old_contents_or_the_new(data_set: WrittenDataSet) -> None:
    contents = [[{"_id": f"{which}-{n}", "which": which} for n in range(500)] for which in ("old", "new")]
    data_set.call("PUT", json=contents[0])
    seen: list[tuple[int, set[str]]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            records = data_set.records()
            seen.append((len(records), {record["which"] for record in records}))

    reader = threading.Thread(target=read)
    reader.start()
    wait_until(lambda: seen, "a first look", 60)
    for turn in range(1, 12):
        assert data_set.call("PUT", json=contents[turn % 2]).status == 200
    done.set()
    reader.join(30)
    assert {count for count, _ in seen} == {500}
    assert all(len(which) == 1 for _, which in seen)


def test_memory_stays_bounded_while_a_bomb_is_refused(data_set: WrittenDataSet) -> None:
    bomb = gzip.compress(b"\0" * 200_000_000, 1)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    for _ in range(4):
        assert data_set.call("POST", body=bomb, headers=headers).status == 413
    processes = data_set.backdrop.write.children()
    assert all(psutil.Process(pid).memory_info().rss < 150_000_000 for pid in processes)
