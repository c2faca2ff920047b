"""A small Celery app over the embedded broker, for its fault tests. Settings come from the environment:
BROKER_URL, BROKER_OPTIONS (JSON), NOTES (the file that tasks write to)."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from celery import Celery
from celery.exceptions import Reject

from backdrop.broker import register

register()

app = Celery("broker-tests", broker=os.environ["BROKER_URL"])
app.conf.update(
    broker_transport_options=json.loads(os.environ.get("BROKER_OPTIONS", "{}")),
    broker_connection_retry_on_startup=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    worker_lost_wait=1.0,
)


def note(line: str) -> None:
    """One line, whole, whoever else writes or is killed."""
    file = os.open(os.environ["NOTES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{line} {os.getpid()}\n".encode())
    os.close(file)


@app.task(name="work")
def work(key: str, seconds: float = 0.0) -> None:
    note(f"start {key}")
    time.sleep(seconds)
    note(f"end {key}")


@app.task(name="hold")
def hold(key: str, gate: str) -> None:
    """Goes on when there is a file `gate`."""
    note(f"start {key}")
    while not Path(gate).exists():
        time.sleep(0.01)
    note(f"end {key}")


@app.task(name="die")
def die(key: str) -> None:
    """Takes its process along, without a word."""
    note(f"start {key}")
    os.kill(os.getpid(), signal.SIGKILL)


@app.task(name="leave")
def leave(key: str) -> None:
    """Takes its process along, in good manners."""
    note(f"start {key}")
    sys.exit(3)


@app.task(name="refuse")
def refuse(key: str) -> None:
    note(f"start {key}")
    raise Reject("it can't be done", requeue=False)


def publish(count: int) -> None:
    """Publish tasks as fast as can be and print the key of each that was taken."""
    for key in range(count):
        work.delay(str(key))
        print(key, flush=True)


if __name__ == "__main__":
    publish(int(sys.argv[1]))
