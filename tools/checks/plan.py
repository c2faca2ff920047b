"""Which checks there are, and the command of each."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_NOT_FAULTS = ["-m", "not faults"]
_WITH_FAULTS = ["tests/apps", "tests/contract"]
_ELSEWHERE = ["--ignore=tests/unit", "--ignore=tests/contract"]
_NOT_STAGECRAFT = [
    "--ignore=tests/browser",
    "--ignore=tests/unit/stagecraft",
    "--ignore-glob=*stagecraft*.py",
]


@dataclass(frozen=True, slots=True)
class Check:
    """One command, with "{reports}" for the folder of its JUnit reports if it writes any.

    environment    what it gets on top of what all get
    uses_servers   whether it starts database servers and brokers; if some are missing it skips what needs them
    needs          a command that fails, saying why, where there is no use in running the check at all
    beside         in which row of checks it runs beside those of no row: all of a row one after the other; what they
                   print comes at the end
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    uses_servers: bool = False
    needs: Sequence[str] = ()
    beside: str = ""

    @property
    def reports(self) -> bool:
        """Whether it says how each of many tests went."""
        return any("{reports}" in word for word in self.command)


def all_checks() -> list[Check]:
    """The quick ones first."""
    python, scripts = sys.executable, Path(sys.executable).parent
    shell_scripts = sorted(map(str, [*Path().glob("*.sh"), *Path("tools").glob("**/*.sh"), ".ci/run"]))
    pytest = [python, "-m", "pytest", "--junitxml={reports}/pytest.xml"]
    behave = [python, "-m", "behave", "--format=progress2", "--no-snippets"]
    behave += ["--junit", "--junit-directory={reports}"]
    return [
        Check("ruff check", [python, "-m", "ruff", "check"]),
        Check("ruff format", [python, "-m", "ruff", "format", "--check"]),
        Check("shellcheck", [str(scripts / "shellcheck"), *shell_scripts]),
        Check("mypy", [python, "-m", "mypy"]),
        Check("import-linter", [python, str(scripts / "lint-imports"), "--no-logo"]),
        Check("migrations", [python, "-m", "stagecraft", "makemigrations", "--check", "--dry-run"]),
        Check("pytest", [*pytest, *_NOT_FAULTS, *_ELSEWHERE, *_NOT_STAGECRAFT], uses_servers=True),
        Check("behave on SQLite + embedded broker", behave, beside="features"),
        Check(
            "behave on MongoDB + RabbitMQ",
            behave,
            environment={"BACKDROP_TEST_ENGINES": "production"},
            uses_servers=True,
            needs=[python, "-m", "tests.servers"],
            beside="features",
        ),
        Check("pytest of Stagecraft", [*pytest, *_of_stagecraft()], uses_servers=True, beside="features"),
        # what they have counted is worth reading, also when nothing failed
        Check(
            "pytest of faults",
            [*pytest, "-s", "-m", "faults", *_WITH_FAULTS],
            uses_servers=True,
            beside="faults",
        ),
        Check("pytest of pages", [*pytest, "tests/browser"], uses_servers=True, beside="faults"),
        Check(
            "pytest of engines",
            [*pytest, *_NOT_FAULTS, "tests/contract"],
            uses_servers=True,
            beside="engines",
        ),
        Check("pytest of units", [*pytest, "tests/unit", *_NOT_STAGECRAFT], beside="engines"),
    ]


def _of_stagecraft() -> list[str]:
    return [
        "tests/unit/stagecraft",
        *sorted(map(str, Path("tests/apps").glob("test_*stagecraft*.py"))),
    ]


def chosen_checks(beginnings: Sequence[str]) -> list[Check]:
    """The checks whose names begin so, all where no beginning is given; ValueError for one that none has."""
    checks = all_checks()
    for beginning in beginnings:
        if not any(check.name.startswith(beginning) for check in checks):
            known = ", ".join(check.name for check in checks)
            raise ValueError(f"there is no check '{beginning}'; there are {known}")
    return [check for check in checks if not beginnings or check.name.startswith(tuple(beginnings))]
