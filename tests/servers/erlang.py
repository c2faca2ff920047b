"""Erlang below RabbitMQ: its name server, a cheap way to ask a node, and applications that are quick to start."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.servers.ports import lasting_port
from tests.servers.process import ServerProcess

COOKIE = "private-to-the-tests"

_MODULES = re.compile(r"\{\s*modules\s*,\s*\[[^\]]*\]\s*\}")


class Epmd(ServerProcess):
    """Tells Erlang nodes each other's ports. Ours, in the foreground: a node would leave one behind."""

    def __init__(self, folder: Path) -> None:
        self.port = lasting_port()
        program = shutil.which("epmd")
        assert program is not None, "Erlang without epmd"
        command = [program, "-address", "127.0.0.1", "-port", str(self.port)]
        super().__init__("epmd", command, {}, folder / f"epmd-{self.port}.log", self._answers)
        self._names = [program, "-port", str(self.port), "-names"]

    def _answers(self) -> bool:
        return subprocess.run(self._names, capture_output=True, timeout=20, check=False).returncode == 0


def evaluated(port: int, expressions: str, seconds: float) -> str:
    """What the node whose distribution listens on the port answers to them; AssertionError if they fail.

    By `erl_call`, which is no Erlang itself.
    """
    command = [str(_erl_call()), "-address", f"localhost:{port}", "-c", COOKIE, "-r", "-e"]
    ended = subprocess.run(
        [*command, "-timeout", str(int(seconds))],
        input=f"{expressions}.\n",
        capture_output=True,
        text=True,
        timeout=seconds + 10,
        check=False,
    )
    answer = ended.stdout.strip()
    assert answer.startswith("{ok, "), f"{expressions}: {answer}{ended.stderr}"
    return answer.removeprefix("{ok, ").removesuffix("}")


def write_lean_applications(folder: Path, plugins: Path) -> None:
    """The applications that RabbitMQ is built on, as they are but for the list of their modules.

    At each start RabbitMQ loads all modules of all applications, to look for boot steps of its own in them: hundreds
    that it never uses otherwise, a quarter of the processor that a start takes. Where this folder comes first in the
    path, they are loaded when they are called.
    """
    folder.mkdir()
    own = plugins.glob("rabbit*/ebin/*.app")
    for described in {*_root().glob("lib/*/ebin/*.app"), *plugins.glob("*/ebin/*.app")}.difference(own):
        lean, found = _MODULES.subn("{modules, []}", described.read_text(encoding="utf-8"))
        if found == 1:
            (folder / described.name).write_text(lean, encoding="utf-8")


@cache
def _root() -> Path:
    program = shutil.which("erl")
    assert program is not None, "no Erlang"
    return Path(program).resolve().parent.parent


@cache
def _erl_call() -> Path:
    found = sorted(_root().glob("erts-*/bin/erl_call"))
    assert found, "Erlang without erl_call"
    return found[-1]
