"""What the checks found, from their JUnit reports and exit codes, and how a person reads it: pure but for one file."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Result:
    """What one check found; `skips` has the reason of each skipped test."""

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
    skips = tuple(_reason(skipped) for case in cases if (skipped := case.find("skipped")) is not None)
    return Result(
        name,
        seconds,
        passed=len(cases) - failed - len(skips),
        failed=max(failed, int(code != 0 or not cases)),
        skips=skips,
    )


def not_run(name: str, reason: str) -> Result:
    """A check that this machine can't run."""
    return Result(name, 0.0, passed=0, failed=0, skips=(f"none of it was run: {reason}",))


def summary(results: Sequence[Result]) -> str:
    """A table, everything that was skipped with its reason, and the last line that CI reads."""
    return "\n".join([*_table(results), "", *_skipped(results), "", _last_line(results)])


def _table(results: Sequence[Result]) -> list[str]:
    width = max((len(result.name) for result in results), default=0)
    lines = [f"{'check':<{width}}  {'':7}  {'seconds':>7}  {'passed':>6}  {'failed':>6}  {'skipped':>7}"]
    lines += [
        f"{each.name:<{width}}  {_verdict(each):<7}  {each.seconds:>7.1f}"
        f"  {each.passed:>6}  {each.failed:>6}  {len(each.skips):>7}"
        for each in results
    ]
    return lines


def _verdict(result: Result) -> str:
    if result.failed:
        return "FAILED"
    return "ok" if result.passed else "NOT RUN"


def _skipped(results: Sequence[Result]) -> list[str]:
    if not any(result.skips for result in results):
        return ["Nothing was skipped."]
    lines = [
        f"!! {result.name}, {number} skipped: {reason}"
        for result in results
        for reason, number in Counter(result.skips).items()
    ]
    rule = "!" * 100
    return [rule, "!! NOT ALL WAS TESTED", *lines, rule]


def _last_line(results: Sequence[Result]) -> str:
    passed, failed = sum(each.passed for each in results), sum(each.failed for each in results)
    skipped = sum(len(each.skips) for each in results)
    return f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")


def _reason(skipped: ElementTree.Element) -> str:
    why = skipped.get("message") or (skipped.text or "").strip() or "no reason given"
    return why.splitlines()[0]
