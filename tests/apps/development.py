"""`./run_development.sh` of a copy of the project, for tests to use as a newcomer would."""

from __future__ import annotations

from pathlib import Path

import psutil

from tests.apps.checkouts import VENV
from tests.processes import Running, free_port


class Development:
    """`./run_development.sh` of a checkout, on ports of its own."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        self.ports = {f"{app}_PORT": str(free_port()) for app in ("READ", "WRITE", "STAGECRAFT")}
        self.environment = {"BACKDROP_VENV": VENV, "NO_COLOR": "1", **self.ports}
        self.starts = 0

    @property
    def documented_ports(self) -> dict[int, int]:
        """Its ports, by those that the documentation has."""
        documented = {3038: "READ_PORT", 3039: "WRITE_PORT", 3103: "STAGECRAFT_PORT"}
        return {port: int(self.ports[name]) for port, name in documented.items()}

    def start(self) -> Running:
        """Start it and wait until it has said that everything runs."""
        self.starts += 1
        log = self.checkout.parent / f"development-{self.starts}.log"
        running = Running("development", [str(self.checkout / "run_development.sh")], self.environment, log)
        try:
            running.wait_for_log("Ctrl-C stops everything", 200)
        except BaseException:
            self.kill()
            raise
        return running

    def processes(self) -> list[psutil.Process]:
        """Everything that runs in the checkout, whoever started it."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def kill(self) -> None:
        for process in self.processes():
            process.kill()

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == self.checkout
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False
