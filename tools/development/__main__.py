"""Runs the Procfile in one terminal, loads the demo, says what is where; `./run_development.sh` calls it."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import urllib3
from dotenv import dotenv_values

from tools.development.introduction import (
    MONTHS,
    SALES,
    SALES_TOKEN,
    introduction,
    share_by_month,
)
from tools.development.ports import BadPorts, Ports, check_free, read_ports
from tools.development.processes import Processes, read_procfile
from tools.development.terminal import Terminal

PROCFILE = Path("Procfile")
PATIENCE = 10.0  # seconds for what runs to end by itself; after that it is ended
START_SECONDS, WORKER_SECONDS, TRANSFORM_SECONDS, SILENCE_SECONDS = 120.0, 5.0, 60.0, 1.5


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, and with which environment."""

    ports: Ports
    commands: Mapping[str, str]
    environment: Mapping[str, str]

    @property
    def data_folder(self) -> Path:
        """Where everything is kept."""
        return Path(self.environment["BACKDROP_DATA_DIR"]).resolve()


def main() -> int:
    """Run until Ctrl-C or until one of the processes ends; 1 if one ended by itself."""
    try:
        plan = make_plan(os.environ)
        check_free(plan.ports, plan.environment.get("WEB_HOST", "127.0.0.1"))
    except BadPorts as problem:
        print(f"run_development.sh: {problem}", file=sys.stderr)
        return 1
    return asyncio.run(run(plan, Terminal(sys.stdout, [*plan.commands, "demo"])))


def make_plan(environ: Mapping[str, str]) -> Plan:
    """The Procfile with one environment for all, so that each finds the others. Raises BadPorts."""
    from_file = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    settings = {"BACKDROP_DATA_DIR": "./var", **from_file, **environ}
    ports = read_ports(settings)
    environment = {
        # Celery's warning to root is seven lines, on every start in a container.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
        **settings,
        **ports.settings(),
        "ENVIRONMENT": "development",
        "PYTHONUNBUFFERED": "1",
    }
    return Plan(ports, read_procfile(PROCFILE), environment)


async def run(plan: Plan, terminal: Terminal) -> int:
    """Start everything, introduce it, and stop everything when asked to or when one process ends."""
    asked_to_stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(each, asked_to_stop.set)
    processes = Processes(plan.environment, terminal.line)
    terminal.say(f"Starting {', '.join(plan.commands)} ...")
    terminal.brief = True
    worker_is_ready = asyncio.create_task(processes.line("worker", " ready"))
    for name, command in plan.commands.items():
        await processes.start(name, command)
    ended = asyncio.create_task(processes.first_end())
    asked = asyncio.create_task(asked_to_stop.wait())
    introducing = asyncio.create_task(introduce(plan, processes, terminal, worker_is_ready))
    try:
        await asyncio.wait([ended, asked, introducing], return_when=asyncio.FIRST_COMPLETED)
        if introducing.done():
            introducing.result()
            await asyncio.wait([ended, asked], return_when=asyncio.FIRST_COMPLETED)
        for unfinished in (introducing, worker_is_ready):
            unfinished.cancel()
        terminal.say("\nStopping ..." if asked.done() else _obituary(*ended.result()))
    finally:
        asked_to_stop.clear()
        await _stop(processes, terminal, asked_to_stop)
    terminal.say(f"Stopped. The data stays in {plan.data_folder}")
    return 0 if asked.done() else 1


async def introduce(
    plan: Plan, processes: Processes, terminal: Terminal, worker_is_ready: asyncio.Task[None]
) -> None:
    """Once everything answers: load the demo, wait for its transform and for silence, and show what is where."""
    trouble = await _everything_up(plan.ports, worker_is_ready)
    if not trouble:
        trouble = await _demo_there(plan.ports, processes, shown=not terminal.is_interactive)
    await _until(lambda: terminal.silence() > SILENCE_SECONDS, 10)
    terminal.show(introduction(plan.ports, plan.data_folder, trouble))
    terminal.brief = False


async def _everything_up(ports: Ports, worker_is_ready: asyncio.Task[None]) -> str:
    """What is not up in time, as a sentence; empty when everything is."""
    for app in ("stagecraft", "read", "write"):
        url = f"http://localhost:{getattr(ports, app)}/_status"
        if not await _until(partial(_get, url), START_SECONDS):
            return f"But the {app} app does not answer; its lines above may tell why."
    # It says nothing at a LOG_LEVEL above INFO. Whether it works, the demo's transform will tell.
    with suppress(TimeoutError):
        await asyncio.wait_for(worker_is_ready, WORKER_SECONDS)
    return ""


async def _demo_there(ports: Ports, processes: Processes, *, shown: bool) -> str:
    """Load the demo, unless it is there, and wait for its transform; a sentence if that does not work.

    Not `shown` among the processes' lines, the loader draws its progress bar.
    """
    write, read = (f"http://localhost:{port}/data/{SALES}" for port in (ports.write, ports.read))
    loader = f"{shlex.quote(sys.executable)} -m tools.demo.load --url {write} --read-url {read}"
    await processes.start("demo", f"{loader} --token {SALES_TOKEN}", shown=shown)
    if await processes.finished("demo") != 0:
        return "But the demo could not be loaded; its lines above tell why."
    if not await _until(lambda: _months_there(share_by_month(ports)) >= MONTHS, TRANSFORM_SECONDS):
        return "But the demo's transform has not run yet; the worker's lines above may tell why."
    return ""


async def _until(condition: Callable[[], object], seconds: float) -> bool:
    """Ask a condition that may take a moment until it holds; False if it doesn't in time."""
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(condition):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.5)
    return True


def _months_there(url: str) -> int:
    answer = _get(url)
    return sum(row["_count"] for row in answer["data"]) if answer and "data" in answer else 0


def _get(url: str) -> dict[str, Any] | None:
    try:
        answer = urllib3.request("GET", url, timeout=3.0, retries=False)
        return dict(answer.json())
    except (urllib3.exceptions.HTTPError, ValueError):
        return None  # not up yet


def _obituary(name: str, code: int) -> str:
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended by itself (exit code {code})"
    return f"\n{name} {how}; stopping the others. Its last lines above may tell why."


async def _stop(processes: Processes, terminal: Terminal, asked_again: asyncio.Event) -> None:
    """Stop everything, the worker first, since it uses the others; at once when asked again meanwhile."""
    stopping = asyncio.create_task(processes.stop(PATIENCE, first="worker"))
    again = asyncio.create_task(asked_again.wait())
    await asyncio.wait([stopping, again], return_when=asyncio.FIRST_COMPLETED)
    if not stopping.done():
        processes.kill()
    if not await stopping:
        terminal.say("Not all of it stopped by itself; the rest was killed.", style="yellow")
    again.cancel()


if __name__ == "__main__":
    sys.exit(main())
