"""What several processes say, on one terminal: each line behind the coloured name of its process."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TextIO

from rich.console import Console
from rich.text import Text

from tools.development.log_lines import read_log_line

_COLOURS = ("cyan", "green", "magenta", "blue", "yellow")


class Terminal:
    """Writes to `output`, with colours where it is a terminal that shows them (NO_COLOR is respected).

    While it is `brief`, log lines of ordinary work are left out; warnings, errors and anything that is no log
    line are always there.
    """

    def __init__(self, output: TextIO, names: Sequence[str], environ: Mapping[str, str] = os.environ) -> None:
        # A log line is a line, however narrow the window: the terminal wraps it, a copy of it does not break.
        self._console = Console(
            file=output, soft_wrap=True, highlight=False, emoji=False, markup=False, _environ=environ
        )
        self._width = max(map(len, names), default=0)
        self._styles = {name: _COLOURS[place % len(_COLOURS)] for place, name in enumerate(names)}
        self._last = time.monotonic()
        self.brief = False

    @property
    def is_interactive(self) -> bool:
        """Whether somebody watches, and a progress bar can be drawn."""
        return self._console.is_terminal

    def line(self, name: str, line: str) -> None:
        """One line that the process of this name wrote."""
        self._last = time.monotonic()
        entry = read_log_line(line)
        if not line or (self.brief and entry is not None and entry.is_routine):
            return
        now = (f"{datetime.now().astimezone():%H:%M:%S} ", "dim")
        prefix = (f"{name:<{self._width}} | ", self._styles.get(name, "bold"))
        self._console.print(Text.assemble(now, prefix, *(entry.fragments() if entry else [line])))

    def say(self, sentence: str, *, style: str = "bold") -> None:
        """A line of our own."""
        self._console.print(Text(sentence, style=style))

    def show(self, block: Text) -> None:
        """Something longer of our own, as it is."""
        self._console.print(block)

    def silence(self) -> float:
        """For how many seconds no process has written anything."""
        return time.monotonic() - self._last
