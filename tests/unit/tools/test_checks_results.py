"""How the checks' results are counted and told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.checks.__main__ import environment_for_checks
from tools.checks.plan import all_checks, chosen_checks
from tools.checks.results import Result, not_run, of_exit_code, of_reports, summary

REPORT = """<testsuites><testsuite>
  <testcase classname="tests.unit.test_a" name="test_good"/>
  <testcase classname="tests.unit.test_a" name="test_bad"><failure message="no">trace</failure></testcase>
  <testcase classname="tests.unit.test_a" name="test_broken"><error message="no">trace</error></testcase>
  <testcase classname="tests.unit.test_b" name="test_far"><skipped message="no MongoDB here"/></testcase>
</testsuite></testsuites>"""
ALL_GOOD = '<testsuite><testcase classname="features.read" name="A query"/></testsuite>'


def report(folder: Path, text: str) -> list[Path]:
    path = folder / "report.xml"
    path.write_text(text, encoding="utf-8")
    return [path]


def test_reports_are_counted(tmp_path: Path) -> None:
    found = of_reports("pytest", 1.5, 1, report(tmp_path, REPORT))
    assert (found.passed, found.failed) == (1, 2)
    assert found.skips == ("no MongoDB here",)


def test_a_runner_that_breaks_down_has_failed(tmp_path: Path) -> None:
    assert of_reports("behave", 1, 2, report(tmp_path, ALL_GOOD)).failed == 1
    assert of_reports("pytest", 1, 3, []).failed == 1


def test_a_runner_that_finds_no_test_has_failed(tmp_path: Path) -> None:
    assert of_reports("behave", 1, 0, report(tmp_path, "<testsuite/>")).failed == 1


def test_the_last_line_is_the_one_that_ci_reads() -> None:
    good = [of_exit_code("mypy", 2, 0), Result("pytest", 60, passed=500, failed=0)]
    assert summary(good).splitlines()[-1] == "501 passed, 0 failed"
    bad = [of_exit_code("mypy", 2, 1), Result("pytest", 60, 500, 1, ("no MongoDB here",))]
    assert summary(bad).splitlines()[-1] == "500 passed, 2 failed, 1 skipped"


def test_the_summary_says_what_was_skipped_and_why() -> None:
    assert "Nothing was skipped." in summary([of_exit_code("mypy", 2, 0)])
    told = summary([Result("pytest", 60, 500, 0, ("no MongoDB here", "too slow", "no MongoDB here"))])
    assert "!! NOT ALL WAS TESTED\n" in told
    assert "!! pytest, 2 skipped: no MongoDB here\n!! pytest, 1 skipped: too slow\n" in told


def test_a_check_that_this_machine_cannot_run_is_no_success() -> None:
    told = summary([of_exit_code("mypy", 2, 0), not_run("behave on MongoDB", "no mongod")])
    assert "behave on MongoDB  NOT RUN" in told
    assert "!! behave on MongoDB, 1 skipped: none of it was run: no mongod\n" in told
    assert told.splitlines()[-1] == "1 passed, 0 failed, 1 skipped"


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        ([], len(all_checks())),
        (["pytest of units"], 1),
        (["ruff"], 2),
        (["behave", "mypy"], 3),
        (["behave on MongoDB"], 1),
    ],
)
def test_checks_are_chosen_by_how_their_names_begin(asked: list[str], chosen: int) -> None:
    assert len(chosen_checks(asked)) == chosen


def test_a_check_that_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match=r"there is no check 'pyteste'; there are ruff check"):
        chosen_checks(["mypy", "pyteste"])


def test_settings_of_a_developer_do_not_reach_the_checks(tmp_path: Path) -> None:
    environ = {
        "PATH": "/bin",
        "PIP_INDEX_URL": "https://packages.example",
        "TEST_BROKER_URL": "amqp://broker.example",
        "DATABASE_URL": "sqlite:///precious.sqlite",
        "BROKER_URL": "amqp://precious.example",
        "PYTEST_ADDOPTS": "-x",
        "BACKDROP_DATA_DIR": "/precious",
    }
    assert environment_for_checks(environ, tmp_path) == {
        "PATH": "/bin",
        "PIP_INDEX_URL": "https://packages.example",
        "TEST_BROKER_URL": "amqp://broker.example",
        "BACKDROP_DATA_DIR": str(tmp_path),
        "PYTHONUNBUFFERED": "1",
    }
