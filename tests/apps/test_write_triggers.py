"""Triggers: queued once their records are stored, whatever becomes of the broker or the process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backdrop.broker import broker_url
from tests.apps.write_scene import WrittenDataSet, new_data_set, queued
from tests.processes import Backdrop, wait_until

JANUARY = "2013-01-01T00:00:00+00:00"
MARCH = "2013-03-01T00:00:00+00:00"


class Broker:
    """A queue file in a folder that a test can put out of reach."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.url = broker_url(folder / "broker.sqlite")

    def go_away(self) -> None:
        """In the folder's place there is a file, so that nobody can open anything in it."""
        if self._folder.exists():
            self._folder.rename(self._folder.with_suffix(".away"))
        self._folder.touch()

    def come_back(self) -> None:
        self._folder.unlink()
        away = self._folder.with_suffix(".away")
        away.rename(self._folder) if away.exists() else self._folder.mkdir()

    def take(self) -> list[dict[str, Any]]:
        return list(queued(self.url))


@dataclass(frozen=True)
class Scene:
    """One write process and its broker."""

    backdrop: Backdrop
    broker: Broker

    def new_data_set(self) -> WrittenDataSet:
        return new_data_set(self.backdrop)


@contextmanager
def started(folder: Path) -> Iterator[Scene]:
    broker = Broker(folder / "broker")
    settings = {"BROKER_URL": broker.url, "WEB_PROCESSES": "1"}
    with Backdrop(folder / "data", apps=["write"], environment=settings) as backdrop:
        yield Scene(backdrop, broker)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with started(tmp_path_factory.mktemp("triggers")) as scene:
        yield scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """For tests that kill or stop."""
    with started(tmp_path) as own:
        yield own


def taken(broker: Broker, count: int, seconds: float = 20) -> list[dict[str, Any]]:
    """The first tasks to arrive; fails unless there are as many in time."""
    tasks: list[dict[str, Any]] = []
    wait_until(lambda: tasks.extend(broker.take()) or len(tasks) >= count, f"{count} tasks", seconds)
    return tasks


def test_only_stored_timestamps_trigger(shared: Scene) -> None:
    data_set, broker = shared.new_data_set(), shared.broker
    for nothing in ([], {"aa": 1}, [{"_timestamp": MARCH}, {"_foo": 1}]):
        data_set.post(nothing)
    data_set.call("PATCH", "/x", json={"aa": 1})
    records = [{"_timestamp": MARCH}, {"aa": 1}, {"_timestamp": "2013-01-01"}]
    assert data_set.post(records, Govuk_Request_Id="req-7", Idempotency_Key="k").status == 200
    assert data_set.post(records, Govuk_Request_Id="req-8", Idempotency_Key="k").status == 200
    (task,) = taken(broker, 1)
    assert task["args"] == [data_set.name, JANUARY, MARCH]
    assert task["request_id"] == "req-7"


def test_a_range_can_be_transformed_on_demand(shared: Scene) -> None:
    data_set, broker = shared.new_data_set(), shared.broker
    body = {"_start_at": "2013-01-01", "_end_at": "2013-03-01T01:00:00+01:00"}
    reply = data_set.call("POST", "/transform", json=body, headers={"Govuk-Request-Id": "req-9"})
    assert (reply.status, reply.json()) == (200, {"status": "ok"})
    (task,) = taken(broker, 1)
    assert (task["args"], task["request_id"]) == ([data_set.name, JANUARY, MARCH], "req-9")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "You must specify a _start_at timestamp"),
        ({"_start_at": "nonsense"}, "_start_at: 'nonsense' is not an ISO 8601 date"),
        ({"_start_at": "2013-02-01", "_end_at": "2013-01-01"}, "_end_at must not be before _start_at"),
        ([], "must be a JSON object"),
    ],
)
def test_a_bad_range(shared: Scene, body: Any, message: str) -> None:
    reply = shared.new_data_set().call("POST", "/transform", json=body)
    assert (reply.status, reply.json()["status"]) == (400, "error")
    assert message in reply.json()["message"]


def test_a_broker_that_is_down_neither_fails_nor_delays_a_write(shared: Scene) -> None:
    data_set, broker = shared.new_data_set(), shared.broker
    broker.go_away()
    began = time.monotonic()
    for number in range(20):
        assert data_set.post({"_id": str(number), "_timestamp": JANUARY}).status == 200
    assert time.monotonic() - began < 10
    broker.come_back()
    tasks = taken(broker, 20)
    assert len({task["id"] for task in tasks}) == 20


def test_a_killed_process_leaves_its_triggers_to_the_next(scene: Scene) -> None:
    data_set, broker = scene.new_data_set(), scene.broker
    broker.go_away()
    for number in range(5):
        assert data_set.post({"_id": str(number), "_timestamp": JANUARY}).status == 200
    scene.backdrop.write.kill()
    broker.come_back()
    assert broker.take() == []
    scene.backdrop.start("write")
    assert len({task["id"] for task in taken(broker, 5)}) == 5


def test_a_stopped_process_has_sent_what_it_had(scene: Scene) -> None:
    data_set, broker = scene.new_data_set(), scene.broker
    for number in range(30):
        assert data_set.post({"_id": str(number), "_timestamp": JANUARY}).status == 200
    assert scene.backdrop.write.stop() == 0
    assert len({task["id"] for task in broker.take()}) == 30
