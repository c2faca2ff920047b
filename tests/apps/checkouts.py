"""Copies of the project, and its scripts run to their end."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from tests.processes import REPOSITORY

# The virtual environment that the scripts would use here, so that copies need not make their own.
VENV = os.environ.get("BACKDROP_VENV", str(REPOSITORY / ".venv"))
_NOT_COPIED = (
    ".git",
    ".venv",
    "var",
    ".env",
    "tests",
    "features",
    "docs",
    "__pycache__",
    ".*cache",
    ".hypothesis",
)


def copy_of_project(folder: Path) -> Path:
    """What a clone would hold, in a folder with an awkward name."""
    copied = folder / "backdrop with spaces"
    shutil.copytree(REPOSITORY, copied, ignore=shutil.ignore_patterns(*_NOT_COPIED))
    return copied


@cache
def make_sure_of_requirements() -> None:
    """Else the first script of a test would install them, and say so, where somebody has just changed them."""
    subprocess.run(
        [REPOSITORY / "tools/install_requirements.sh", "requirements.txt"], check=True, capture_output=True
    )


def run(
    command: Sequence[str | Path], environment: Mapping[str, str], seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """A script to its end, as CI has it: no standard input."""
    make_sure_of_requirements()
    return subprocess.run(
        [str(word) for word in command],
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def one_line(ended: subprocess.CompletedProcess[str]) -> str:
    """What a script that refused to start said, which is one line."""
    (line,) = (ended.stdout + ended.stderr).splitlines()
    return line
