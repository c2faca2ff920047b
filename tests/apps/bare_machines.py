"""Machines that lack what the tests install: only these programs, each a shell script, and what any machine has."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.apps.checkouts import run

NO_NETWORK = "echo 'Err:1 http://deb.example stable InRelease: Temporary failure resolving'; exit 100"
REFUSALS = [
    ({"id": "echo 0"}, "there is no apt-get here"),
    ({"id": "echo 1000", "apt_get": "exit 0"}, "that takes root, or sudo without a password"),
    (
        {"id": "echo 1000", "apt_get": "exit 0", "sudo": "exit 1"},
        "that takes root, or sudo without a password",
    ),
]
"""Programs of machines where nothing may be installed, and what is said there."""
_COMMANDS = ("bash", "cut", "dirname", "env", "grep", "ldconfig", "mktemp", "rm", "tail", "timeout", "uname")


def ended(
    script: Path, folder: Path, environment: Mapping[str, str] | None = None, /, **programs: str
) -> subprocess.CompletedProcess[str]:
    """The script to its end on such a machine, which is made in the folder."""
    path = folder / "bin"
    path.mkdir()
    for command in set(_COMMANDS) - set(programs):
        found = shutil.which(command, path="/usr/bin:/bin:/usr/sbin:/sbin")
        assert found is not None
        (path / command).symlink_to(found)
    for name, text in programs.items():
        program = path / name.replace("_", "-")
        program.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        program.chmod(0o755)
    return run([script], {"PATH": str(path), **(environment or {})})
