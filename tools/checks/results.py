"""What the checks found, from their JUnit reports and exit codes, and how a person reads it: pure but for one file."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Result:
    """What one check found; `skips` has a line for each skipped test, saying which and why."""

    name: str
    seconds: float
    passed: int
    failed: int
    skips: tuple[str, ...] = ()


def of_exit_code(name: str, seconds: float, code: int) -> Result:
    """A check that is one test by itself."""
    return Result(name, seconds, passed=int(code == 0), failed=int(code != 0))


def of_reports(name: str, seconds: float, code: int, reports: Sequence[Path]) -> Result:
    """A check that runs many tests and left JUnit reports.

    An exit code that tells of a failure counts as one even if no test of a report failed: a runner may have
    broken down, or have found no test at all.
    """
    cases = [case for report in reports for case in ElementTree.parse(report).iter("testcase")]
    failed = sum(1 for case in cases if case.find("failure") is not None or case.find("error") is not None)
    skips = tuple(_skip(case) for case in cases if case.find("skipped") is not None)
    return Result(
        name,
        seconds,
        passed=len(cases) - failed - len(skips),
        failed=max(failed, int(code != 0 or not cases)),
        skips=skips,
    )


def summary(results: Sequence[Result]) -> str:
    """A table, everything that was skipped with its reason, and the last line that CI reads."""
    return "\n".join([*_table(results), "", *_skipped(results), "", _last_line(results)])


def _table(results: Sequence[Result]) -> list[str]:
    width = max((len(result.name) for result in results), default=0)
    lines = [f"{'check':<{width}}  {'':6}  {'seconds':>7}  {'passed':>6}  {'failed':>6}  {'skipped':>7}"]
    lines += [
        f"{each.name:<{width}}  {'FAILED' if each.failed else 'ok':<6}  {each.seconds:>7.1f}"
        f"  {each.passed:>6}  {each.failed:>6}  {len(each.skips):>7}"
        for each in results
    ]
    return lines


def _skipped(results: Sequence[Result]) -> list[str]:
    skips = [f"  {result.name}: {skip}" for result in results for skip in result.skips]
    return ["SKIPPED:", *skips] if skips else ["Nothing was skipped."]


def _last_line(results: Sequence[Result]) -> str:
    passed, failed = sum(each.passed for each in results), sum(each.failed for each in results)
    skipped = sum(len(each.skips) for each in results)
    return f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")


def _skip(case: ElementTree.Element) -> str:
    skipped = case.find("skipped")
    assert skipped is not None
    why = skipped.get("message") or (skipped.text or "").strip() or "no reason given"
    return f"{case.get('classname', '')}.{case.get('name', '')}: {why.splitlines()[0]}"
