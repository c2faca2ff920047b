"""The apps' log lines, as structlog writes them in development, in a form for a narrow terminal: pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# 12:30:05 [info     ] the event                     [its.logger] key=value other='of several words'
_LINE = re.compile(r"\S+ \[(?P<level>[a-z]+) *\] (?P<event>.*?) +\[[\w.]+\](?P<fields>(?: \w+=.*)?)")
_FIELD = re.compile(r"""(\w+)=('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\S+)""")
_MILESTONES = re.compile(r"Listening at|.* ready\.")
_REQUEST = ("method", "path", "status", "ms")
_STYLES = {"warning": "yellow", "error": "red", "critical": "bold red"}

Fragment = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LogLine:
    """One log line: its level in lower case, what happened, and with what."""

    level: str
    event: str
    fields: Mapping[str, str]

    @property
    def is_routine(self) -> bool:
        """Whether nobody would miss it while Backdrop starts."""
        return self.level in ("debug", "info") and not _MILESTONES.match(self.event)

    def fragments(self) -> list[Fragment]:
        """The line with a rich style for each part: what matters first, the rest of the fields dim."""
        style = _STYLES.get(self.level, "")
        if self.event == "request" and self.fields.keys() >= set(_REQUEST):
            said = "{method} {path} {status} in {ms} ms".format_map(self.fields)
            rest = {key: value for key, value in self.fields.items() if key not in _REQUEST}
        else:
            said, rest = self.event, dict(self.fields)
        level = f"{self.level}: " if style else ""
        return [
            (level + said, style),
            (" ".join(["", *(f"{k}={v}" for k, v in rest.items())]), style or "dim"),
        ]


def read_log_line(line: str) -> LogLine | None:
    """The parts of a log line; None for anything else that a process writes."""
    found = _LINE.fullmatch(line)
    return LogLine(found["level"], found["event"], dict(_FIELD.findall(found["fields"]))) if found else None
