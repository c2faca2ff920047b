"""The apps' log lines as ./run_development.sh shows them."""

from __future__ import annotations

import io

import pytest

from tools.development.log_lines import read_log_line
from tools.development.terminal import Terminal

REQUEST = (
    "01:22:35 [info     ] request                        [backdrop.request] method=GET ms=15.8 "
    "path=/data/g-cloud/sales request_id=16703822 status=200"
)
WARNING = "01:24:00 [warning  ] to be tried again [backdrop.transforms] reason='reading: no answer' retries=0"


def shown(*lines: str, brief: bool = False, color: bool = False) -> list[str]:
    output = io.StringIO()
    terminal = Terminal(output, ["read", "worker"], {"FORCE_COLOR": "1", "TERM": "xterm"} if color else {})
    terminal.brief = brief
    for line in lines:
        terminal.line("read", line)
    return [line.split(" ", 1)[1] for line in output.getvalue().splitlines()]


def test_a_request_is_told_in_a_few_words() -> None:
    assert shown(REQUEST) == ["read   | GET /data/g-cloud/sales 200 in 15.8 ms request_id=16703822"]


def test_quoted_fields_stay_whole_and_levels_that_matter_are_named() -> None:
    assert shown(WARNING) == ["read   | warning: to be tried again reason='reading: no answer' retries=0"]
    entry = read_log_line(WARNING)
    assert entry is not None
    assert entry.fields == {"reason": "'reading: no answer'", "retries": "0"}


@pytest.mark.parametrize(
    "line", ["Traceback (most recent call last):", "  File [x] y [z]", "[bold]not markup[/bold]"]
)
def test_anything_else_is_shown_as_it_is(line: str) -> None:
    assert shown(line) == [f"read   | {line}"]


def test_a_brief_terminal_leaves_out_ordinary_work_alone() -> None:
    listening = "01:22:35 [info     ] Listening at: http://127.0.0.1:3038 (12) [gunicorn.error]"
    lines = [REQUEST, listening, WARNING, "Stagecraft is ready"]
    assert len(shown(*lines)) == 4
    assert [line.split(" | ")[-1].split(" ")[0] for line in shown(*lines, brief=True)] == [
        "Listening",
        "warning:",
        "Stagecraft",
    ]


def test_long_lines_are_not_broken() -> None:
    assert shown("x" * 1000) == ["read   | " + "x" * 1000]


def test_colours_where_they_can_be_shown() -> None:
    assert "\x1b[" in shown(WARNING, color=True)[0]
    assert "\x1b[" not in shown(WARNING)[0]
