"""The scripts that a newcomer and an operator call, as they call them."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.apps.checkouts import VENV, copy_of_project, one_line, run
from tests.processes import (
    REPOSITORY,
    Running,
    Server,
    app_command,
    free_port,
    spawn_server,
    start_app,
    start_worker,
    wait_until,
)

# What the scripts use of a machine besides Python.
COMMANDS = ("bash", "cat", "cmp", "cut", "dirname", "env", "find", "grep", "mkdir", "rm", "tail")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return copy_of_project(tmp_path)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture(scope="module")
def read_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("read")
    started = start_app("read", {"BACKDROP_DATA_DIR": str(folder), "ENVIRONMENT": "test"}, folder / "logs")
    yield started
    started.kill()


# ---- ./start-app.sh


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "an app is missing"),
        (["reed", "3038"], "there is no app 'reed'"),
        (["read"], "read takes a port"),
        (["read", "3038", "3039"], "read takes a port"),
        (["write", "http"], "'http' is no port"),
        (["write", "0"], "'0' is no port"),
        (["stagecraft", "65536"], "'65536' is no port"),
        (["worker", "3038"], "worker takes no port"),
    ],
)
def test_start_app_says_how_it_is_called(arguments: list[str], complaint: str) -> None:
    ended = run([REPOSITORY / "start-app.sh", *arguments], {})
    assert ended.returncode == 2
    assert complaint in one_line(ended)
    assert "Usage: ./start-app.sh read|write|stagecraft PORT" in one_line(ended)


@pytest.mark.parametrize("app", ["read", "write", "stagecraft"])
def test_start_app_names_a_port_in_use(app: str, taken_port: int, tmp_path: Path) -> None:
    settings = {"BACKDROP_VENV": VENV, "BACKDROP_DATA_DIR": str(tmp_path)}
    ended = run([REPOSITORY / "start-app.sh", app, str(taken_port)], settings)
    assert ended.returncode == 1
    assert f"port {taken_port}, which {app} was to listen on, is in use" in one_line(ended)


@pytest.mark.parametrize(
    ("app", "name"),
    [("read", "WEB_THREADS"), ("read", "WEB_GRACEFUL_TIMEOUT"), ("worker", "WORKER_PROCESSES")],
)
@pytest.mark.parametrize("value", ["0", "many"])
def test_start_app_names_a_bad_setting(app: str, name: str, value: str, tmp_path: Path) -> None:
    arguments = [app] if app == "worker" else [app, str(free_port())]
    settings = {"BACKDROP_VENV": VENV, "BACKDROP_DATA_DIR": str(tmp_path), name: value}
    ended = run([REPOSITORY / "start-app.sh", *arguments], settings)
    assert ended.returncode == 1
    assert f"{name} must be a whole number of at least 1 (it is '{value}')" in one_line(ended)


@pytest.mark.parametrize("app", ["read", "write", "worker"])
def test_a_bad_setting_of_the_apps_stops_their_start_with_a_line(app: str, tmp_path: Path) -> None:
    arguments = [app] if app == "worker" else [app, str(free_port())]
    settings = {"BACKDROP_VENV": VENV, "BACKDROP_DATA_DIR": str(tmp_path), "LOG_LEVEL": "LOUD"}
    ended = run([REPOSITORY / "start-app.sh", *arguments], settings)
    assert ended.returncode == 1
    assert f"backdrop {app}: LOG_LEVEL must be one of" in one_line(ended)


def test_a_database_that_cannot_be_right_stops_the_start_with_a_line(tmp_path: Path) -> None:
    settings = {"BACKDROP_VENV": VENV, "BACKDROP_DATA_DIR": str(tmp_path)}
    ended = run(
        [REPOSITORY / "start-app.sh", "read", str(free_port())],
        settings | {"DATABASE_URL": "mongodb://me:s3cret@db/backdrop?fooBar=1"},
    )
    assert ended.returncode == 1
    assert "backdrop read: DATABASE_URL must be mongodb://user:password@host" in one_line(ended)
    assert "s3cret" not in one_line(ended)


@pytest.mark.parametrize(
    ("request_line", "status", "complaint"),
    [
        (f"GET /{'a' * 9000} HTTP/1.1", 414, "Request Line is too large"),
        ("nonsense", 400, "Invalid Request Line"),
    ],
)
def test_what_is_no_request_is_refused_in_json(
    read_app: Server, request_line: str, status: int, complaint: str
) -> None:
    with socket.create_connection(("127.0.0.1", read_app.port), timeout=60) as connection:
        connection.sendall(f"{request_line}\r\nHost: localhost\r\n\r\n".encode())
        head, body = b"".join(iter(lambda: connection.recv(65536), b"")).decode().split("\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert "Access-Control-Allow-Origin: *" in head
    assert complaint in json.loads(body)["message"]


def test_sigterm_stops_each_app_cleanly(tmp_path: Path) -> None:
    settings, logs = {"BACKDROP_DATA_DIR": str(tmp_path), "ENVIRONMENT": "test"}, tmp_path / "logs"
    servers = [
        spawn_server(app, app_command(app), environment=settings, log_folder=logs)
        for app in ("read", "write", "stagecraft")
    ]
    running: list[Running] = list(servers)
    try:
        for server in servers:
            server.wait_until_ready()
        running.append(start_worker(settings, logs))
        everything = [pid for each in running for pid in (each.pid, *each.children())]
        codes = {each.name: each.stop() for each in running}
        assert codes == {"read": 0, "write": 0, "stagecraft": 0, "worker": 0}
        # Of a child whose parent has ended, somebody else takes notice.
        wait_until(lambda: not any(map(psutil.pid_exists, everything)), "an end of everything")
        assert not any("Traceback" in each.log() for each in running)
    finally:
        for each in running:
            each.kill()


# ---- what a machine may lack


def machine(folder: Path, **programs: str) -> str:
    """A PATH with what the scripts use, and with these shell scripts in place of any Python."""
    folder.mkdir()
    for command in COMMANDS:
        found = shutil.which(command)
        assert found is not None
        (folder / command).symlink_to(found)
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    return str(folder)


@pytest.mark.parametrize("script", [["run_development.sh"], ["run_tests.sh"], ["start-app.sh", "worker"]])
def test_a_too_old_python_is_named(checkout: Path, tmp_path: Path, script: list[str]) -> None:
    path = machine(tmp_path / "bin", python3="echo Python 3.9.18")
    ended = run([checkout / script[0], *script[1:]], {"PATH": path})
    assert ended.returncode == 1
    assert "Python 3.11 or newer is needed, found python3 3.9.18" in one_line(ended)
    assert not (checkout / ".venv").exists()


def test_no_python_at_all(checkout: Path, tmp_path: Path) -> None:
    ended = run([checkout / "run_development.sh"], {"PATH": machine(tmp_path / "bin")})
    assert ended.returncode == 1
    assert "Python 3.11 or newer is needed, found none" in one_line(ended)


def test_a_python_without_venv_tells_what_to_install(checkout: Path, tmp_path: Path) -> None:
    path = machine(tmp_path / "bin", python3='[ "$1" = --version ] && echo Python 3.11.2')
    ended = run([checkout / "run_development.sh"], {"PATH": path})
    assert ended.returncode == 1
    assert "apt-get install python3.11-venv" in one_line(ended)


def test_no_network_is_said_in_a_line(checkout: Path) -> None:
    # An environment that has all but one package: with one that has none this takes half a minute.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", checkout / ".venv"], check=True)
    (site_packages,) = (checkout / ".venv/lib").glob("python*/site-packages")
    (site_packages / "others.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    with (checkout / "requirements.txt").open("a", encoding="utf-8") as requirements:
        requirements.write("a-package-that-is-missing==1.0\n")
    nowhere = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_RETRIES": "1",
    }
    ended = run([checkout / "start-app.sh", "worker"], nowhere)
    assert ended.returncode == 1
    progress, line = ended.stderr.splitlines()
    assert progress.startswith("Installing what is missing")
    assert "no connection to the package index" in line


def test_an_interrupted_installation_is_made_anew_once_by_two_at_once(checkout: Path, tmp_path: Path) -> None:
    """With a newer Python that is only found behind an old one."""
    newer = {f"python3.{sys.version_info.minor}": f'exec {shlex.quote(sys.executable)} "$@"'}
    path = machine(tmp_path / "bin", python3="echo Python 3.9.18", **newer)
    (checkout / "requirements.txt").write_text("")
    half_made = checkout / ".venv"
    (half_made / "lib/python3/half").mkdir(parents=True)
    (half_made / ".installing").touch()
    both = [
        subprocess.Popen(
            [checkout / "tools/install_requirements.sh", "requirements.txt"],
            env={"PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [each.communicate(timeout=110) for each in both]
    assert [each.returncode for each in both] == [0, 0]
    assert {folder for folder, _ in said} == {f"{half_made}\n"}
    assert sum("anew: an earlier installation was interrupted" in progress for _, progress in said) == 1
    assert not (half_made / ".installing").exists()
    assert not (half_made / "lib/python3/half").exists()
    again = run([checkout / "tools/install_requirements.sh", "requirements.txt"], {})
    assert (again.returncode, again.stderr) == (0, "")


# ---- ./run_tests.sh


def test_every_check_runs_and_the_last_line_counts(checkout: Path) -> None:
    settings = {"BACKDROP_VENV": VENV, "CI": "true", "PYTEST_ADDOPTS": "--nonsense", "PYTHONPATH": "/nowhere"}
    (checkout / "tools/bad.py").write_text("import os\n", encoding="utf-8")
    ended = run([checkout / "run_tests.sh", "ruff check", "migrations"], settings)
    assert ended.returncode == 1
    assert "Nothing was skipped." in ended.stdout
    assert ended.stdout.splitlines()[-1] == "1 passed, 1 failed"


def test_an_unknown_check_is_named(checkout: Path) -> None:
    ended = run([checkout / "run_tests.sh", "pyteste"], {"BACKDROP_VENV": VENV})
    assert ended.returncode == 2
    assert "there is no check 'pyteste'; there are ruff check" in one_line(ended)
