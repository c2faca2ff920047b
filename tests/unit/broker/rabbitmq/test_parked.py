from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from backdrop.broker.rabbitmq.parked import described, headers_to_go_back

NOON = datetime(2013, 1, 1, 12, tzinfo=UTC)
TASK = {"id": "task-1", "task": "run", "argsrepr": "('g_t',)", "retries": 40, "request_id": "req-1"}


def moved(reason: str, queue: str = "transforms") -> dict[str, Any]:
    return {"x-death": [{"queue": queue, "reason": reason, "time": NOON.replace(tzinfo=None), "count": 1}]}


def test_what_a_worker_parked_has_its_reason() -> None:
    parked = described({**TASK, "parked_reason": "why", "parked_at": NOON.timestamp() + 0.7}, b"[]")
    assert (parked.id, parked.what, parked.reason) == ("task-1", "run('g_t',)", "why")
    assert parked.parked_at == NOON


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (moved("rejected"), "a worker rejected it"),
        (moved("delivery_limit"), "handed out more than 20 times"),
        (moved("maxlen", "other"), "from other: maxlen"),
        ({}, "put here by something else"),
        ({"x-death": "text"}, "put here by something else"),
        ({"x-death": ["text"]}, "put here by something else"),
    ],
)
def test_what_the_broker_moved_is_told_as_such(headers: dict[str, Any], reason: str) -> None:
    parked = described({**TASK, **headers}, b"[]")
    assert reason in parked.reason
    assert parked.parked_at.tzinfo is UTC


def test_what_waited_before_it_was_parked_has_the_last_reason() -> None:
    headers = {
        "x-death": [*moved("delivery_limit")["x-death"], *moved("expired", "transforms.wait.1")["x-death"]]
    }
    assert "20 times" in described({**TASK, **headers}, b"").reason


def test_what_is_no_task_has_an_id_of_its_contents() -> None:
    one, same, other = described({}, b"one"), described({"x": 1}, b"one"), described({}, b"other")
    assert one.id == same.id != other.id
    assert one.what == "3 bytes that are no task"


def test_what_goes_back_was_never_tried() -> None:
    headers = {**TASK, **moved("rejected"), "x-delivery-count": 3, "parked_reason": "why", "parked_at": 1.0}
    assert headers_to_go_back(headers) == {**TASK, "retries": 0}
    assert headers_to_go_back({}) == {}
