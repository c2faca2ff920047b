from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import pytest
from celery import Celery

from backdrop.broker import InvalidBrokerUrl, NotParked, broker_url, open_parking, parked_tasks
from backdrop.broker.celery_app import make_celery, task_sender
from backdrop.broker.envelope import task_summary
from backdrop.broker.names import ENTRYPOINT, QUEUE, REQUEST_ID, RUN_TRANSFORM
from backdrop.broker.outgoing import TaskMessage
from backdrop.broker.trigger_queue import TriggerQueue
from backdrop.core.instants import parse_instant
from backdrop.core.triggers import BrokerUnavailable, Trigger
from tests.stopwatch import Stopwatch

TRIGGER = Trigger(
    "trigger-1", "g_t", parse_instant("2013-01-01"), parse_instant("2013-01-02T10:00:00.5Z"), "req-1"
)
TASK = TaskMessage(RUN_TRANSFORM, "task-1", ["g_t", "id", "2013-01-01", "2013-01-02"], "req-1", retries=3)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return broker_url(tmp_path / "q.sqlite")


def take(celery: Celery, queue: str) -> tuple[dict[str, str], list[object]]:
    """The headers and arguments of the next task of the queue, acknowledged."""
    with celery.connection_for_read() as connection:
        message = connection.default_channel.basic_get(queue)
        assert message is not None
        args, _, _ = message.decode()
        message.ack()
        return message.headers, args


def test_making_an_app_connects_to_nothing(tmp_path: Path, url: str) -> None:
    make_celery(url)
    assert list(tmp_path.iterdir()) == []


def test_delivery_is_late_and_one_at_a_time(url: str) -> None:
    conf = make_celery(url).conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert not conf.task_acks_on_failure_or_timeout
    assert conf.worker_prefetch_multiplier == 1
    assert conf.accept_content == ["json"]


def test_a_trigger_becomes_a_task(url: str) -> None:
    TriggerQueue(make_celery(url)).send(TRIGGER)
    headers, args = take(make_celery(url), QUEUE)
    assert args == ["g_t", "2013-01-01T00:00:00+00:00", "2013-01-02T10:00:00.500000+00:00"]
    assert (headers["task"], headers["id"], headers[REQUEST_ID]) == (ENTRYPOINT, "trigger-1", "req-1")


@pytest.mark.parametrize(
    "url", ["amqp://someone:secret@127.0.0.1:9//", "sqlite-queue:////proc/none/q.sqlite"]
)
def test_a_broker_that_is_away_is_told_within_seconds(url: str) -> None:
    with Stopwatch() as took, pytest.raises(BrokerUnavailable) as raised:
        TriggerQueue(make_celery(url)).send(TRIGGER)
    assert took.seconds < 10
    assert "secret" not in str(raised.value)


def test_a_trigger_is_sent_once_the_broker_is_there(tmp_path: Path) -> None:
    url = broker_url(tmp_path / "folder" / "q.sqlite")
    (tmp_path / "folder").write_text("in the way")
    queue = TriggerQueue(make_celery(url))
    with pytest.raises(BrokerUnavailable):
        queue.send(TRIGGER)
    (tmp_path / "folder").unlink()
    queue.send(TRIGGER)
    assert take(make_celery(url), QUEUE)[0]["id"] == "trigger-1"


def test_a_parked_task_goes_back_as_it_was_sent(url: str) -> None:
    task_sender(make_celery(url)).park(TASK, "there is no function 'x'")
    with open_parking(url) as parking:
        (parked,) = parking.list_parked()
        assert parked.reason == "there is no function 'x'"
        summary = task_summary(parked.payload)
        assert summary is not None
        assert (summary.name, summary.id, summary.retries) == (RUN_TRANSFORM, "task-1", 0)
        assert "g_t" in summary.args
        parking.requeue(parked.id)
    headers, args = take(make_celery(url), QUEUE)
    assert args == TASK.args
    assert (headers["task"], headers[REQUEST_ID]) == (RUN_TRANSFORM, "req-1")


def test_a_task_that_is_sent_later_waits_for_its_time(url: str) -> None:
    began = time.time()
    task_sender(make_celery(url)).send_later(TASK, 30)
    ended = time.time()
    headers, args = take(make_celery(url), QUEUE)
    assert args == TASK.args
    assert (headers["id"], headers["retries"], headers[REQUEST_ID]) == ("task-1", 3, "req-1")
    assert began - 0.1 < datetime.fromisoformat(headers["eta"]).timestamp() - 30 < ended + 0.1


def test_an_operator_lists_parked_tasks_and_puts_them_back(url: str) -> None:
    assert list(parked_tasks.describe(url)) == []
    parking = task_sender(make_celery(url))
    for reason in ("one", "two", "three"):
        parking.park(TASK, reason)
    first, *_ = parked_tasks.describe(url)
    assert first.startswith("1  parked 20")
    assert f"{RUN_TRANSFORM}('g_t', 'id', '2013-01-01', '2013-01-02')" in first
    assert first.endswith("\n    one")
    assert parked_tasks.put_back(url, "2") == 1
    assert [text.rpartition(" ")[2] for text in parked_tasks.describe(url)] == ["one", "three"]
    assert parked_tasks.put_back(url, "all") == 2
    assert list(parked_tasks.describe(url)) == []
    with pytest.raises(NotParked):
        parked_tasks.put_back(url, "2")
    with pytest.raises(
        parked_tasks.NotAnId, match="'two' must be the id of a parked task, as listed, or all"
    ):
        parked_tasks.put_back(url, "two")
    with pytest.raises(InvalidBrokerUrl):
        list(parked_tasks.describe("redis://localhost//"))
