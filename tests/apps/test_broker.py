"""The embedded broker under real Celery workers that are killed, frozen, stopped and restarted."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from backdrop.broker import broker_url, open_parking, register
from backdrop.broker.database import QueueDatabase
from backdrop.broker.envelope import task_summary
from tests.processes import WORKER_STOP_SECONDS, Running, wait_until

START_SECONDS = 60.0
"""For what begins with the start of a worker, as long as a start is waited for."""
LEASE_SECONDS = 9.0
"""Renewed three times as often, so that a machine which stands still for seconds costs nobody a lease."""


class Site:
    """A folder with a broker in it, the workers that use it, and what their tasks noted."""

    def __init__(self, folder: Path) -> None:
        register()
        self.folder = folder
        self.url = broker_url(folder / "broker.sqlite")
        self.gate = folder / "gate"
        self.client = Celery("client", broker=self.url)
        self.client.conf.task_ignore_result = True
        self.database = QueueDatabase(folder / "broker.sqlite")
        self.workers: list[Running] = []

    def environment(self, **options: Any) -> dict[str, str]:
        notes = str(self.folder / "notes")
        return {"BROKER_URL": self.url, "BROKER_OPTIONS": json.dumps(options), "NOTES": notes}

    def spawn(self, *flags: str, **options: Any) -> Running:
        """A worker with one task at a time in its only process, unless `flags` say otherwise; not waited for."""
        name = f"worker{len(self.workers)}"
        command = [sys.executable, "-m", "celery", "-A", "tests.apps.broker_tasks", "worker"]
        command += ["-n", f"{name}@test", "--loglevel", "INFO", *(flags or ("--pool", "solo", "-c", "1"))]
        worker = Running(name, command, self.environment(**options), self.folder / f"{name}.log")
        self.workers.append(worker)
        return worker

    def start(self, *flags: str, **options: Any) -> Running:
        worker = self.spawn(*flags, **options)
        worker.wait_for_log(" ready.")
        return worker

    def send(self, task: str, *arguments: Any, **options: Any) -> None:
        self.client.send_task(task, arguments, **options)

    def noted(self, what: str) -> list[str]:
        """Keys of the tasks that noted `start` or `end`, in order, as often as they did."""
        notes = self.folder / "notes"
        lines = notes.read_text().splitlines() if notes.exists() else []
        return [line.split()[1] for line in lines if line.startswith(what)]

    def workers_that(self, what: str) -> set[str]:
        """Process ids that noted it."""
        lines = (self.folder / "notes").read_text().splitlines()
        return {line.split()[2] for line in lines if line.startswith(what)}

    def wait_for(self, what: str, keys: Iterable[str], seconds: float = START_SECONDS) -> None:
        wanted = set(keys)
        wait_until(lambda: wanted <= set(self.noted(what)), f"{what} of all of {len(wanted)} tasks", seconds)

    def wait_for_more(self, what: str, count: int) -> None:
        already = len(self.noted(what))
        wait_until(
            lambda: len(self.noted(what)) >= already + count,
            f"{what} of {count} more tasks",
            START_SECONDS,
        )

    def ends_before(self, worker: Running, key: str) -> bool:
        """Waits until the worker ends or some worker has done the task; answers whether it ended."""
        wait_until(
            lambda: worker.process.poll() is not None or key in self.noted("end"),
            f"an end or that of {key}",
            START_SECONDS,
        )
        return worker.process.poll() is not None

    def messages(self) -> int:
        """Those of tasks that are still in the file, ready or leased."""
        with self.database.reading() as connection:
            count: int = connection.execute("SELECT count(*) FROM message WHERE queue = 'celery'").get
            return count

    def wait_until_empty(self) -> None:
        wait_until(lambda: self.messages() == 0, "every message is acknowledged")

    def balance(self, published: Iterable[str]) -> Counter[str]:
        """Prints and answers what came of the tasks whose publishing was acknowledged."""
        wanted, ends = set(published), Counter(self.noted("end"))
        result = Counter(
            acknowledged=len(wanted),
            found=len(wanted & set(ends)),
            lost=len(wanted - set(ends)),
            twice=sum(count - 1 for count in ends.values()),
        )
        print(", ".join(f"{name} {result[name]}" for name in ("acknowledged", "found", "lost", "twice")))
        return result

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
        self.client.close()
        self.database.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.close()


def test_a_killed_workers_task_is_done_by_another_one_at_once(site: Site) -> None:
    first, second = site.start("--concurrency", "1"), site.spawn()
    site.send("hold", "held", str(site.gate))
    site.wait_for("start", ["held"])
    second.wait_for_log(" ready.")
    first.process.kill()
    killed_at = time.monotonic()
    wait_until(lambda: len(site.noted("start")) == 2, "another worker takes it")
    print(f"taken over {time.monotonic() - killed_at:.1f} s after the kill, of a lease of 30 s")
    site.gate.touch()
    site.wait_until_empty()
    assert site.balance(["held"]) == Counter(acknowledged=1, found=1, lost=0, twice=0)


def test_a_full_queue_outlives_every_process_and_random_kills(site: Site) -> None:
    keys: list[str] = []
    kills = 0
    for _ in range(3):
        # Full again, however much the workers before have done until they were killed.
        for _ in range(60 - site.messages()):
            keys.append(str(len(keys)))
            site.send("work", keys[-1], 0.02)
        workers = [site.spawn(), site.spawn()]
        site.wait_for_more("end", 5)
        time.sleep(random.uniform(0, 0.05))
        for worker in workers:
            worker.kill()
            kills += 1
    site.start()
    site.wait_for("end", keys)
    site.wait_until_empty()
    balance = site.balance(keys)
    assert (balance["found"], balance["lost"]) == (len(keys), 0)
    # A kill may come between the end of a task and its acknowledgement.
    assert balance["twice"] <= kills


def test_two_workers_share_the_work_and_do_nothing_twice(site: Site) -> None:
    keys, held = [str(key) for key in range(100)], [f"held-{key}" for key in range(4)]
    pools = [site.spawn("--concurrency", "2"), site.spawn("--pool", "threads", "--concurrency", "2")]
    for worker in pools:
        worker.wait_for_log(" ready.")
    # As many as all of them can do at once: each has its share, whoever is the quickest.
    for key in held:
        site.send("hold", key, str(site.gate))
    site.wait_for("start", held)
    site.gate.touch()
    for key in keys:
        site.send("work", key, 0.02)
    site.wait_for("end", [*held, *keys])
    site.wait_until_empty()
    assert site.balance([*held, *keys]) == Counter(acknowledged=104, found=104, lost=0, twice=0)
    assert len(site.noted("start")) == 104
    assert str(pools[1].pid) in site.workers_that("end")
    assert len(site.workers_that("end")) == 3, "two processes of the one, the threads of the other"


def test_a_task_longer_than_the_lease_and_one_that_waits_for_its_time_run_once(site: Site) -> None:
    for _ in range(2):
        site.spawn("--concurrency", "1", lease_seconds=LEASE_SECONDS)
    for worker in site.workers:
        worker.wait_for_log(" ready.")
    site.send("work", "long", LEASE_SECONDS + 2)
    site.send("work", "later", countdown=LEASE_SECONDS + 2)
    site.wait_for("end", ["long", "later"])
    site.wait_until_empty()
    assert sorted(site.noted("start")) == ["later", "long"]


def test_a_frozen_workers_lease_runs_out(site: Site) -> None:
    frozen = site.start(lease_seconds=1.0)
    site.send("hold", "held", str(site.gate))
    site.wait_for("start", ["held"])
    os.killpg(frozen.pid, signal.SIGSTOP)
    other = site.start(lease_seconds=1.0)
    wait_until(lambda: len(site.noted("start")) == 2, "the other worker takes it")
    site.gate.touch()
    site.wait_for("end", ["held"])
    os.killpg(frozen.pid, signal.SIGCONT)
    wait_until(lambda: len(site.noted("end")) == 2, "the frozen one finishes too")
    site.send("work", "after")
    site.wait_for("end", ["after"])
    site.wait_until_empty()
    assert [worker.process.poll() for worker in (frozen, other)] == [None, None]
    with open_parking(site.url) as parking:
        assert parking.count() == 0


@pytest.mark.parametrize(("task", "flags"), [("die", "--pool=solo"), ("leave", "-c1")])
def test_a_task_that_takes_its_process_along_is_parked_and_the_others_are_done(
    site: Site, task: str, flags: str
) -> None:
    site.send(task, "poison")
    site.send("work", "fine")
    ended = 0
    while "fine" not in site.noted("end") and ended < 5:
        ended += site.ends_before(site.spawn(flags, max_deliveries=2), "fine")
    site.wait_until_empty()
    print(f"{task}: {ended} workers ended, started {site.noted('start').count('poison')} times")
    with open_parking(site.url) as parking:
        (parked,) = parking.list_parked()
    assert (parked.queue, parked.deliveries) == ("celery", 2)
    summary = task_summary(parked.payload)
    assert summary is not None
    assert (summary.name, summary.args) == (task, "('poison',)")


def test_a_killed_pool_process_costs_its_task_nothing(site: Site) -> None:
    worker = site.start("--concurrency", "2")
    site.send("hold", "held", str(site.gate))
    site.wait_for("start", ["held"])
    os.kill(int(site.workers_that("start").pop()), signal.SIGKILL)
    wait_until(lambda: len(site.noted("start")) == 2, "the pool starts it again")
    site.gate.touch()
    site.wait_until_empty()
    assert site.balance(["held"])["lost"] == 0
    assert worker.process.poll() is None


def test_what_no_worker_can_do_is_parked_with_its_reason_and_can_be_put_back(site: Site) -> None:
    broken = json.dumps({"headers": {"task": "work"}, "properties": {}, "content-type": "application/json"})
    connection = site.client.connection_for_write()
    transport: Any = connection.transport
    transport.messages.put(["celery"], b"no message at all")
    transport.messages.put(["celery"], (broken[:-1] + ', "body": "{"}').encode())
    connection.release()
    site.send("unheard of", "x")
    site.send("refuse", "y")
    site.send("work", "fine")
    worker = site.start()
    site.wait_for("end", ["fine"])
    site.wait_until_empty()
    with open_parking(site.url) as parking:
        reasons = {message.payload: message.reason for message in parking.list_parked()}
        assert len(reasons) == 4
        for message in parking.list_parked():
            parking.requeue(message.id)
        wait_until(lambda: parking.count() == 4, "they are parked again")
    assert site.noted("start").count("y") == 2
    assert worker.process.poll() is None


def test_a_producer_killed_while_it_publishes_loses_nothing_it_was_told_is_kept(site: Site) -> None:
    command = [sys.executable, "-m", "tests.apps.broker_tasks", "100000"]
    environment = {**os.environ, **site.environment()}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as producer:
        assert producer.stdout is not None
        for _ in range(30):
            producer.stdout.readline()
        time.sleep(random.uniform(0, 0.05))
        producer.kill()
        rest = producer.stdout.read().split()
    acknowledged = [str(key) for key in range(30 + len(rest))]
    site.start("--pool", "threads", "--concurrency", "4")
    site.wait_for("end", acknowledged)
    site.wait_until_empty()
    balance = site.balance(acknowledged)
    assert (balance["lost"], balance["twice"]) == (0, 0)
    # What was being published at that moment may be there as well.
    assert len(site.noted("end")) - len(acknowledged) in (0, 1)


def test_a_stopped_worker_finishes_its_task_and_puts_the_rest_back_at_once(site: Site) -> None:
    worker = site.start("--concurrency", "1")
    site.send("work", "waits", countdown=3600)
    site.send("hold", "held", str(site.gate))
    site.send("work", "queued")
    site.wait_for("start", ["held"])
    worker.process.terminate()
    worker.wait_for_log("Warm shutdown")
    site.gate.touch()
    assert worker.stop(WORKER_STOP_SECONDS) == 0
    assert site.noted("end") == ["held"]
    with site.database.reading() as connection:
        query = "SELECT deliveries - returned, consumer FROM message ORDER BY id"
        assert connection.execute(query).fetchall() == [(0, None), (0, None)]
        assert connection.execute("SELECT count(*) FROM consumer").get == 0


def test_a_worker_whose_broker_file_is_removed_goes_on_with_a_new_one(site: Site) -> None:
    worker = site.start("--concurrency", "1")
    site.send("work", "before")
    site.wait_for("end", ["before"])
    site.wait_until_empty()
    for file in site.folder.glob("broker.sqlite*"):
        file.unlink()
    site.send("work", "after")
    site.wait_for("end", ["after"])
    assert worker.process.poll() is None


def test_a_worker_with_no_flags_is_quiet_and_answers_remote_control(site: Site) -> None:
    worker = site.start("--concurrency", "1")
    assert site.client.control.inspect(timeout=60.0, limit=1).ping() == {"worker0@test": {"ok": "pong"}}
    assert worker.stop() == 0
    for trouble in ("ERROR", "WARNING", "Traceback"):
        assert trouble not in worker.log()
