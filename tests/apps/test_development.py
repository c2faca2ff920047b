"""./run_development.sh, as a newcomer meets it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.apps.checkouts import VENV, copy_of_project, one_line, run
from tests.apps.development import Development
from tests.processes import Running, free_port

STOPPED_WITHIN = 45.0
"""Seconds: ten are the patience with what stops, and a busy machine takes its time for the rest."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return copy_of_project(tmp_path)


@pytest.fixture
def development(checkout: Path) -> Iterator[Development]:
    prepared = Development(checkout)
    yield prepared
    prepared.kill()


def printed_commands(log: str) -> list[str]:
    return [line for line in log.splitlines() if line.startswith("curl ")]


def curl(line: str) -> Any:
    """The answer to a command as printed, by curl itself where the machine has it."""
    if shutil.which("curl"):
        done = subprocess.run(["bash", "-c", line], capture_output=True, check=True, timeout=60)
        return json.loads(done.stdout)
    words = iter(shlex.split(line)[1:])
    url, headers, body = "", {}, None
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        else:
            url = word
    return urllib3.request("POST" if body else "GET", url, headers=headers, body=body, timeout=60).json()


def spend_by_month(answer: Any) -> dict[str, dict[str, float]]:
    return {
        group["sme_or_large"]: {row["_start_at"]: row["evidenced_spend:sum"] for row in group["values"]}
        for group in answer["data"]
    }


def stop(running: Running, development: Development) -> str:
    """Ctrl-C: what it says from then on, once nothing of it runs any more."""
    before = len(running.log())
    os.killpg(running.pid, signal.SIGINT)
    assert running.process.wait(STOPPED_WITHIN) == 0
    assert development.processes() == []
    return running.log()[before:]


def test_development_from_first_start_to_last_stop(development: Development) -> None:
    first = development.start()
    assert "Loaded 9,227 of 9,227 records" in first.log()
    assert "The admin site's first administrator is admin, password " in first.log()
    write, ask, transform, share = printed_commands(first.log())

    assert curl(write)["status"] == "ok"
    spend = spend_by_month(curl(ask))
    assert sum(months["2014-03-01T00:00:00+00:00"] for months in spend.values()) == pytest.approx(
        26299349.6184
    )
    assert curl(transform)["status"] == "ok"
    shares = {row["_start_at"]: row["rate:mean"] for row in curl(share)["data"]}
    assert len(shares) == 3
    for month, rate in shares.items():
        assert rate == pytest.approx(spend["SME"][month] / (spend["SME"][month] + spend["Large"][month]))

    farewell = stop(first, development)
    assert "Stopped. The data stays in" in farewell
    assert "Traceback" not in first.log()
    assert "killed" not in farewell

    second = development.start()
    assert "All 9,227 records of gcloud-spend-2014-04.csv are there already." in second.log()
    assert "But the" not in second.log()
    read = f"http://localhost:{development.ports['READ_PORT']}/data/example/licences"
    (licence,) = curl(f"curl {read}")["data"]
    assert (licence["licence"], licence["applications"]) == ("busking", 3)

    # one process that dies takes the others with it
    serving = [p for p in development.processes() if f":{development.ports['READ_PORT']}" in str(p.cmdline())]
    (master,) = (process for process in serving if process.parent() not in serving)
    master.kill()
    assert second.process.wait(STOPPED_WITHIN) == 1
    assert development.processes() == []
    assert "read was ended by SIGKILL; stopping the others." in second.log()


def test_development_names_a_port_in_use(checkout: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        taken = listening.getsockname()[1]
        ports = {"READ_PORT": str(taken), "WRITE_PORT": str(free_port()), "STAGECRAFT_PORT": str(free_port())}
        ended = run([checkout / "run_development.sh"], {"BACKDROP_VENV": VENV, **ports})
    assert ended.returncode == 1
    assert f"Port {taken} (for the read app) is in use" in one_line(ended)
    assert not (checkout / "var").exists()


def test_ctrl_c_before_everything_is_up(development: Development, tmp_path: Path) -> None:
    script = str(development.checkout / "run_development.sh")
    running = Running("development", [script], development.environment, tmp_path / "early.log")
    running.wait_for_log("Starting stagecraft, read, write, worker")
    farewell = stop(running, development)
    assert "Stopped. The data stays in" in farewell
    assert "Traceback" not in running.log()


def test_an_app_that_can_not_start_ends_the_others(development: Development) -> None:
    script = development.checkout / "run_development.sh"
    ended = run([script], {**development.environment, "WORKER_PROCESSES": "none"})
    assert ended.returncode == 1
    assert "WORKER_PROCESSES must be a whole number of at least 1 (it is 'none')" in ended.stdout
    assert "worker ended by itself (exit code 1); stopping the others." in ended.stdout
    assert development.processes() == []
