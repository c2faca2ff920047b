"""Runs every check, also after one has failed, and sums up; `./run_tests.sh` calls it.

`python -m tools.checks [NAME ...]`; without names all of them. Exits with 1 if anything failed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.checks.results import Result, of_exit_code, of_reports, summary

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
_LONGEST, _PATIENCE = 1200.0, 30.0  # seconds, for a check and for its end once interrupted


@dataclass(frozen=True, slots=True)
class Check:
    """One command, with "{reports}" for the folder of its JUnit reports if it writes any."""

    name: str
    command: Sequence[str]

    @property
    def reports(self) -> bool:
        """Whether it says how each of many tests went."""
        return any("{reports}" in word for word in self.command)


def all_checks() -> list[Check]:
    """The quick ones first."""
    python, scripts = sys.executable, Path(sys.executable).parent
    shell_scripts = sorted(map(str, [*Path().glob("*.sh"), *Path("tools").glob("**/*.sh"), ".ci/run"]))
    return [
        Check("ruff check", [python, "-m", "ruff", "check"]),
        Check("ruff format", [python, "-m", "ruff", "format", "--check"]),
        Check("shellcheck", [str(scripts / "shellcheck"), *shell_scripts]),
        Check("mypy", [python, "-m", "mypy"]),
        Check("import-linter", [python, str(scripts / "lint-imports"), "--no-logo"]),
        Check("migrations", [python, "-m", "stagecraft", "makemigrations", "--check", "--dry-run"]),
        Check("pytest", [python, "-m", "pytest", "--junitxml={reports}/pytest.xml"]),
        Check(
            "behave",
            [
                python,
                "-m",
                "behave",
                "--format=progress2",
                "--no-snippets",
                "--junit",
                "--junit-directory={reports}",
            ],
        ),
    ]


def main(names: Sequence[str]) -> int:
    """Run the checks of these names; 0 if nothing failed, 2 for a name that there is not."""
    checks = all_checks()
    unknown = set(names).difference(check.name for check in checks)
    if unknown:
        known = ", ".join(check.name for check in checks)
        print(f"run_tests.sh: there is no check '{unknown.pop()}'; there are {known}", file=sys.stderr)
        return 2
    results = []
    with tempfile.TemporaryDirectory(prefix="backdrop-checks-") as folder:
        for check in checks:
            if not names or check.name in names:
                results.append(_run(check, Path(folder)))
    print(f"\n{summary(results)}", flush=True)
    return 1 if any(result.failed for result in results) else 0


def environment_for_checks(environ: Mapping[str, str], data_folder: Path) -> dict[str, str]:
    """The part of the environment that checks see; what they keep on disk goes to `data_folder`."""
    kept = {
        name: value for name, value in environ.items() if name in _KEPT or name.startswith(_KEPT_BEGINNINGS)
    }
    return {**kept, "BACKDROP_DATA_DIR": str(data_folder), "PYTHONUNBUFFERED": "1"}


def _run(check: Check, folder: Path) -> Result:
    print(f"\n=== {check.name} ===", flush=True)
    reports, data = folder / "reports" / check.name, folder / "data"
    reports.mkdir(parents=True)
    data.mkdir(exist_ok=True)
    command = [word.replace("{reports}", str(reports)) for word in check.command]
    began = time.monotonic()
    code = _exit_code(command, environment_for_checks(os.environ, data))
    seconds = time.monotonic() - began
    if check.reports:
        return of_reports(check.name, seconds, code, sorted(reports.glob("*.xml")))
    return of_exit_code(check.name, seconds, code)


def _exit_code(command: Sequence[str], environment: Mapping[str, str]) -> int:
    with subprocess.Popen(command, env=dict(environment), stdin=subprocess.DEVNULL) as process:
        try:
            return process.wait(_LONGEST)
        except subprocess.TimeoutExpired:
            print(f"It did not end within {_LONGEST:.0f} seconds.", file=sys.stderr)
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
