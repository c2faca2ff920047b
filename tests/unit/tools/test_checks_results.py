"""How the checks' results are counted and told."""

from __future__ import annotations

from pathlib import Path

from tools.checks.__main__ import environment_for_checks
from tools.checks.results import Result, of_exit_code, of_reports, summary

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
    assert found.skips == ("tests.unit.test_b.test_far: no MongoDB here",)


def test_a_runner_that_breaks_down_has_failed(tmp_path: Path) -> None:
    assert of_reports("behave", 1, 2, report(tmp_path, ALL_GOOD)).failed == 1
    assert of_reports("pytest", 1, 3, []).failed == 1


def test_a_runner_that_finds_no_test_has_failed(tmp_path: Path) -> None:
    assert of_reports("behave", 1, 0, report(tmp_path, "<testsuite/>")).failed == 1


def test_the_last_line_is_the_one_that_ci_reads() -> None:
    good = [of_exit_code("mypy", 2, 0), Result("pytest", 60, passed=500, failed=0)]
    assert summary(good).splitlines()[-1] == "501 passed, 0 failed"
    bad = [of_exit_code("mypy", 2, 1), Result("pytest", 60, 500, 1, ("test_far: no MongoDB here",))]
    assert summary(bad).splitlines()[-1] == "500 passed, 2 failed, 1 skipped"


def test_the_summary_says_what_was_skipped_and_why() -> None:
    assert "Nothing was skipped." in summary([of_exit_code("mypy", 2, 0)])
    told = summary([Result("pytest", 60, 500, 0, ("test_far: no MongoDB here",))])
    assert "SKIPPED:\n  pytest: test_far: no MongoDB here" in told


def test_settings_of_a_developer_do_not_reach_the_checks(tmp_path: Path) -> None:
    environ = {
        "PATH": "/bin",
        "PIP_INDEX_URL": "https://packages.example",
        "BACKDROP_TEST_MONGODB": "mongodb://db.example",
        "DATABASE_URL": "sqlite:///precious.sqlite",
        "PYTEST_ADDOPTS": "-x",
        "BACKDROP_DATA_DIR": "/precious",
    }
    assert environment_for_checks(environ, tmp_path) == {
        "PATH": "/bin",
        "PIP_INDEX_URL": "https://packages.example",
        "BACKDROP_TEST_MONGODB": "mongodb://db.example",
        "BACKDROP_DATA_DIR": str(tmp_path),
        "PYTHONUNBUFFERED": "1",
    }
