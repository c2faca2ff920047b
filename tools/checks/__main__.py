"""Runs every check, also after one has failed, and sums up; `./run_tests.sh` calls it.

`python -m tools.checks [NAME ...]`: those whose names begin so, without any all. Exits with 1 if anything failed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import BinaryIO

from tools.checks.plan import Check, chosen_checks
from tools.checks.results import Result, not_run, of_exit_code, of_reports, summary

# What a check may see of the environment: what finds programs and packages, and what is meant for tests. A
# setting of Backdrop's, an option for pytest or a path for Python must not change what is tested.
_KEPT = frozenset(
    [
        "BACKDROP_VENV",
        "CI",
        "COLUMNS",
        "HOME",
        "LANG",
        "LC_ALL",
        "LOGNAME",
        "NO_COLOR",
        "PATH",
        "SHELL",
        "TERM",
        "TEST_BROKER_URL",
        "TMPDIR",
        "TZ",
        "USER",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "no_proxy",
    ]
)
_KEPT_BEGINNINGS = ("BACKDROP_TEST_", "PIP_")
_INSTALL_SERVERS = "tools/install_servers.sh"
# Seconds, for a check and for its end once interrupted. Only a check that hangs is to be given up: the longest took
# over 1200 on a machine that had a third of its processor taken away, and was about to pass.
_LONGEST, _PATIENCE = 3000.0, 30.0


def main(beginnings: Sequence[str]) -> int:
    """Run the checks whose names begin so; 0 if nothing failed, 2 for a beginning that none has."""
    try:
        checks = chosen_checks(beginnings)
    except ValueError as unknown:
        print(f"run_tests.sh: {unknown}", file=sys.stderr)
        return 2
    if any(check.uses_servers for check in checks):
        subprocess.run([_INSTALL_SERVERS], stdin=subprocess.DEVNULL, check=True)
    with tempfile.TemporaryDirectory(prefix="backdrop-checks-") as folder:
        results = _run_all(checks, Path(folder))
    print(f"\n{summary(results)}", flush=True)
    return 1 if any(result.failed for result in results) else 0


def environment_for_checks(environ: Mapping[str, str], data_folder: Path) -> dict[str, str]:
    """The part of the environment that checks see; what they keep on disk goes to `data_folder`."""
    kept = {
        name: value for name, value in environ.items() if name in _KEPT or name.startswith(_KEPT_BEGINNINGS)
    }
    return {**kept, "BACKDROP_DATA_DIR": str(data_folder), "PYTHONUNBUFFERED": "1"}


def _run_all(checks: Sequence[Check], folder: Path) -> list[Result]:
    rows = dict.fromkeys(check.beside for check in checks if check.beside)
    stopping = Event()
    with ThreadPoolExecutor(max(1, len(rows))) as pool:
        beside = [
            pool.submit(_run_row, [check for check in checks if check.beside == row], folder, stopping)
            for row in rows
        ]
        try:
            results = [_run(check, folder) for check in checks if not check.beside]
        except BaseException:
            stopping.set()
            raise
        return [*results, *(result for row in beside for result in row.result())]


def _run_row(checks: Sequence[Check], folder: Path, stopping: Event) -> list[Result]:
    results = []
    for check in checks:
        if not stopping.is_set():
            output = folder / f"{check.name}.txt"
            with output.open("wb") as file:
                results.append(_run(check, folder, file))
            print(f"\n{output.read_text('utf-8', 'replace')}", flush=True)
    return results


def _run(check: Check, folder: Path, output: BinaryIO | None = None) -> Result:
    """Runs the check; what it prints goes to the terminal or to the file."""
    _say(f"\n=== {check.name} ===", output)
    reports, data = folder / "reports" / check.name, folder / "data" / check.name
    reports.mkdir(parents=True)
    data.mkdir(parents=True)
    environment = {**environment_for_checks(os.environ, data), **check.environment}
    if missing := _missing(check, environment):
        _say(f"Not run: {missing}", output)
        return not_run(check.name, missing)
    command = [word.replace("{reports}", str(reports)) for word in check.command]
    began = time.monotonic()
    code = _exit_code(command, environment, output)
    seconds = time.monotonic() - began
    if check.reports:
        return of_reports(check.name, seconds, code, sorted(reports.glob("*.xml")))
    return of_exit_code(check.name, seconds, code)


def _say(text: str, output: BinaryIO | None) -> None:
    """A line to the file, or to the terminal where there is none."""
    if output is None:
        print(text, flush=True)
    else:
        output.write(f"{text}\n".encode())
        output.flush()


def _missing(check: Check, environment: Mapping[str, str]) -> str:
    """Why the check can't be run here; empty if it can."""
    if not check.needs:
        return ""
    asked = subprocess.run(
        check.needs,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    # If it breaks down instead, the check is run, and says what is wrong.
    return asked.stdout.strip() if asked.returncode == 1 else ""


def _exit_code(command: Sequence[str], environment: Mapping[str, str], output: BinaryIO | None) -> int:
    with subprocess.Popen(
        command,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output and subprocess.STDOUT,
    ) as process:
        try:
            return process.wait(_LONGEST)
        except subprocess.TimeoutExpired:
            _say(f"It did not end within {_LONGEST:.0f} seconds.", output)
            process.send_signal(signal.SIGINT)
            _give_up(process)
            return 1
        except KeyboardInterrupt:
            # The terminal has told the check as well.
            _give_up(process)
            raise SystemExit(130) from None


def _give_up(process: subprocess.Popen[bytes]) -> None:
    """A test runner that is interrupted stops the processes that its tests have started."""
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
