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
from backdrop.write.holding import HOLD_SECONDS
from tests.apps.write_scene import WrittenDataSet, new_data_set, queued
from tests.processes import Backdrop, wait_until
from tests.stopwatch import Stopwatch

JANUARY, FEBRUARY, MARCH, APRIL, MAY = (f"2013-0{month}-01T00:00:00+00:00" for month in range(1, 6))
LEFT_BEHIND_SECONDS = 60
"""A trigger that could not be handed over waits for a sweep, which takes those of fifteen seconds ago."""


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


def taken(broker: Broker, count: int, seconds: float = 60) -> list[dict[str, Any]]:
    """The first tasks to arrive; fails unless there are as many in time."""
    tasks: list[dict[str, Any]] = []
    wait_until(lambda: tasks.extend(broker.take()) or len(tasks) >= count, f"{count} tasks", seconds)
    return tasks


def spans(tasks: list[dict[str, Any]], data_set: WrittenDataSet) -> list[tuple[str, str]]:
    return [(task["args"][1], task["args"][2]) for task in tasks if task["args"][0] == data_set.name]


def covered(tasks: list[dict[str, Any]], data_set: WrittenDataSet, *instants: str) -> bool:
    """Whether there is a task for each of the instants; as all are in UTC and of a shape, their texts tell."""
    known = spans(tasks, data_set)
    return all(any(first <= instant <= last for first, last in known) for instant in instants)


def test_only_stored_timestamps_trigger(shared: Scene) -> None:
    data_set, broker = shared.new_data_set(), shared.broker
    for nothing in ([], {"aa": 1}, [{"_timestamp": MARCH}, {"_foo": 1}]):
        data_set.post(nothing)
    data_set.call("PUT", json=[{"_id": "a"}])
    data_set.call("PATCH", "/a", json={"aa": 1})
    data_set.call("PATCH", "/x", json={"_timestamp": MARCH})
    data_set.call("DELETE", "/a")
    data_set.call("DELETE", "/x")
    records = [{"_timestamp": MARCH}, {"aa": 1}, {"_timestamp": "2013-01-01"}]
    assert data_set.post(records, Govuk_Request_Id="req-7", Idempotency_Key="k").status == 200
    assert data_set.post(records, Govuk_Request_Id="req-8", Idempotency_Key="k").status == 200
    (task,) = taken(broker, 1)
    assert task["args"] == [data_set.name, JANUARY, MARCH]
    assert task["request_id"] == "req-7"


def test_every_write_triggers_over_what_was_there_and_what_is(shared: Scene) -> None:
    writes: dict[str, tuple[dict[str, Any], str, str]] = {
        "put": ({"method": "PUT", "json": [{"_id": "c", "_timestamp": MAY}]}, JANUARY, MAY),
        "patch": ({"method": "PATCH", "rest": "/a", "json": {"_timestamp": FEBRUARY}}, JANUARY, FEBRUARY),
        "delete": ({"method": "DELETE", "rest": "/b"}, MARCH, MARCH),
        "moved": ({"method": "POST", "json": {"_id": "b", "_timestamp": APRIL}}, MARCH, APRIL),
        "emptied": ({"method": "PUT", "json": []}, JANUARY, MARCH),
    }
    data_sets = {name: shared.new_data_set() for name in writes}
    for data_set in data_sets.values():
        data_set.post([{"_id": "a", "_timestamp": JANUARY}, {"_id": "b", "_timestamp": MARCH}])
    taken(shared.broker, len(writes))
    for name, (call, _, _) in writes.items():
        reply = data_sets[name].call(**call, headers={"Govuk-Request-Id": f"req-{name}"})
        assert reply.status == 200, reply.body
    tasks = taken(shared.broker, len(writes))
    found = {task["request_id"]: tuple(task["args"]) for task in tasks}
    assert found == {
        f"req-{name}": (data_sets[name].name, first, last) for name, (_, first, last) in writes.items()
    }


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


def test_many_writes_at_once_become_few_tasks(scene: Scene) -> None:
    data_set, broker = scene.new_data_set(), scene.broker
    days = [f"2013-01-{day:02}T00:00:00+00:00" for day in range(1, 32)]
    began = time.monotonic()
    for number in range(300):
        data_set.post({"_timestamp": days[number % 31]}, Govuk_Request_Id=f"req-{number}-")
    took = time.monotonic() - began
    assert scene.backdrop.write.stop() == 0
    tasks = broker.take()
    assert covered(tasks, data_set, *days)
    assert len(tasks) <= 2 + took / HOLD_SECONDS
    handed_over = "".join(
        line for line in scene.backdrop.write.log().splitlines() if "handed over as one" in line
    )
    alone = {task["request_id"] for task in tasks}
    unnamed = [n for n in range(300) if f"req-{n}-" not in handed_over and f"req-{n}-" not in alone]
    assert unnamed == []


def test_a_broker_that_is_down_and_a_process_that_is_killed_lose_no_trigger(scene: Scene) -> None:
    first, second, broker = scene.new_data_set(), scene.new_data_set(), scene.broker
    broker.go_away()
    with Stopwatch() as took:
        for month in (JANUARY, MARCH, MAY):
            assert first.post({"_id": month, "_timestamp": month}).status == 200
    assert took.seconds < 5
    scene.backdrop.write.kill()
    scene.backdrop.start("write")
    for month in (FEBRUARY, APRIL):
        assert second.post({"_id": month, "_timestamp": month}).status == 200
    broker.come_back()
    tasks: list[dict[str, Any]] = []

    def is_all_there() -> bool:
        tasks.extend(broker.take())
        return covered(tasks, first, JANUARY, MARCH, MAY) and covered(tasks, second, FEBRUARY, APRIL)

    wait_until(is_all_there, "a task for each write", LEFT_BEHIND_SECONDS)


def test_a_stopped_process_has_sent_what_it_had(scene: Scene) -> None:
    data_set, broker = scene.new_data_set(), scene.broker
    months = (JANUARY, FEBRUARY, MARCH, APRIL, MAY)
    for number in range(30):
        assert data_set.post({"_id": str(number), "_timestamp": months[number % 5]}).status == 200
    assert scene.backdrop.write.stop() == 0
    assert covered(broker.take(), data_set, *months)
