"""The examples in README.md and docs/: commands in `console` blocks with what they print.

    ```console
    $ curl -s http://localhost:3038/_status
    {"status": "ok", "message": "app is up"}
    ```

A printed JSON text is compared as JSON: laid out for readers, it may hold "..." for any one value, and as the last
item of a list for any more of them. Other text is compared line by line, `...` standing for anything.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PROMPT = "$ "
_ANYTHING = "..."


@dataclass(frozen=True, slots=True)
class Example:
    """A command as printed, and what it is said to print."""

    page: str
    line: int
    command: str
    printed: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def examples(page: Path, name: str) -> Iterator[Example]:
    """The page's examples in their order."""
    text = page.read_text(encoding="utf-8")
    for block in _BLOCK.finditer(text):
        first_line = text.count("\n", 0, block.start()) + 2
        yield from _in_block(block[1], name, first_line)


def _in_block(block: str, name: str, first_line: int) -> Iterator[Example]:
    command: list[str] = []
    printed: list[str] = []
    began = first_line
    for number, line in enumerate(block.splitlines(), first_line):
        if line.startswith(_PROMPT):
            if command:
                yield Example(name, began, "\n".join(command), "\n".join(printed))
            command, printed, began = [line.removeprefix(_PROMPT)], [], number
        elif command and command[-1].endswith("\\"):
            command.append(line)
        else:
            printed.append(line)
    if command:
        yield Example(name, began, "\n".join(command), "\n".join(printed))


def on_ports(command: str, ports: Mapping[int, int]) -> str:
    """The command with the documented ports of localhost changed to others."""
    for documented, real in ports.items():
        command = command.replace(f"localhost:{documented}", f"localhost:{real}")
    return command


def agrees(printed: str, output: str) -> bool:
    """Whether the output is what the example says."""
    expected, got = _json(printed), _json(output)
    if expected is not None and got is not None:
        return _same(expected, got)
    pattern = re.escape(printed.strip()).replace(re.escape(_ANYTHING), r"[\s\S]*?")
    return re.fullmatch(pattern, output.strip().replace("\r\n", "\n")) is not None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _same(expected: Any, got: Any) -> bool:
    if expected == _ANYTHING:
        return True
    if isinstance(expected, dict) and isinstance(got, dict):
        return expected.keys() == got.keys() and all(_same(expected[key], got[key]) for key in expected)
    if isinstance(expected, list) and isinstance(got, list):
        if expected and expected[-1] == _ANYTHING:
            expected, got = expected[:-1], got[: len(expected) - 1]
        return len(expected) == len(got) and all(map(_same, expected, got))
    if isinstance(expected, float) and isinstance(got, float):
        # the last digit of a sum of fractions may depend on the order in which they were added
        return math.isclose(expected, got, rel_tol=1e-12)
    return type(expected) is type(got) and expected == got
