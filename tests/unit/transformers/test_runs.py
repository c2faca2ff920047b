"""What becomes of a task, in a worker of one thread over a queue in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker

from backdrop.broker.celery_app import make_celery
from backdrop.broker.names import ENTRYPOINT, REQUEST_ID, RUN_TRANSFORM
from backdrop.broker.outgoing import TaskMessage
from backdrop.core.errors import DataSetNotFound
from backdrop.transformers.errors import Delayed, Refused
from backdrop.transformers.patience import Patience
from backdrop.transformers.run import Runner
from backdrop.transformers.runs import Tasks
from tests.processes import wait_until

WEEK = ["2013-01-07T00:00:00+00:00", "2013-01-14T00:00:00+00:00"]


@dataclass
class Bench:
    """A worker whose runner fails as it is told. As a parking place it is away for its first `refusals` tasks."""

    celery: Celery
    failure: Exception = field(default_factory=lambda: Refused("nothing"))
    tries: int = 0
    refusals: int = 0
    parked: list[tuple[TaskMessage, str]] = field(default_factory=list)

    def runner(self) -> Runner:
        self.tries += 1
        raise self.failure

    def send(self, task: TaskMessage) -> None:
        self.send_later(task, 0)

    def send_later(self, task: TaskMessage, seconds: float) -> None:
        headers = {REQUEST_ID: task.request_id}
        options = {"task_id": task.id, "headers": headers, "countdown": seconds, "retries": task.retries}
        self.celery.send_task(task.name, args=task.args, **options)

    def park(self, task: TaskMessage, reason: str) -> None:
        if self.refusals:
            self.refusals -= 1
            raise OSError("the parking place is away")
        self.parked.append((task, reason))

    def until_parked(self, failure: Exception, name: str, *args: str, refusals: int = 0) -> str:
        """Runs a task that fails so until it is parked; answers the reason."""
        self.failure, self.tries, self.refusals = failure, 0, refusals
        self.parked.clear()
        self.celery.send_task(name, args=args, task_id="the-task", headers={REQUEST_ID: "req-1"})
        wait_until(lambda: self.parked, "the task to be parked")
        ((task, reason),) = self.parked
        assert (task.name, task.id, task.args, task.request_id) == (name, "the-task", list(args), "req-1")
        return reason


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    celery = make_celery("memory://")
    celery.conf.broker_transport_options = {"polling_interval": 0.01}
    made = Bench(celery)
    Tasks(celery, made.runner, made, Patience(max_retries=3, first_wait=0.01)).register()
    with start_worker(celery, perform_ping_check=False, pool="solo", loglevel="ERROR"):
        yield made


def test_what_can_not_succeed_is_parked_at_once(bench: Bench) -> None:
    assert (
        bench.until_parked(Refused("no such option"), RUN_TRANSFORM, "g_t", "id", *WEEK) == "no such option"
    )
    assert bench.tries == 1


@pytest.mark.parametrize("failure", [Delayed("reading g/t: 503"), DataSetNotFound("data_set not found")])
def test_what_is_away_is_tried_again_then_parked(bench: Bench, failure: Exception) -> None:
    assert bench.until_parked(failure, ENTRYPOINT, "g_t", *WEEK) == f"{failure} (after 3 retries)"
    assert bench.tries == 4


def test_what_nobody_expected_is_parked_with_its_place(bench: Bench) -> None:
    reason = bench.until_parked(ZeroDivisionError("division by zero"), ENTRYPOINT, "g_t", *WEEK)
    assert re.fullmatch(r"unexpected ZeroDivisionError at runner, line \d+", reason)
    assert bench.tries == 1


def test_a_range_that_is_none_is_parked(bench: Bench) -> None:
    reason = bench.until_parked(Refused("not reached"), RUN_TRANSFORM, "g_t", "id", "soon", "later")
    assert reason.startswith("'soon' is not an ISO 8601 date")
    assert bench.tries == 0


def test_a_task_that_can_not_even_be_parked_comes_again(bench: Bench) -> None:
    assert (
        bench.until_parked(Refused("no such option"), ENTRYPOINT, "g_t", *WEEK, refusals=2)
        == "no such option"
    )
    assert bench.tries == 3
