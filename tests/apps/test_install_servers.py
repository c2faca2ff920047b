"""tools/install_servers.sh on machines that have nothing, and may little."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.apps.bare_machines import NO_NETWORK, REFUSALS, ended
from tests.apps.checkouts import one_line, run
from tests.processes import REPOSITORY
from tests.servers.missing import ServerMissing, rabbitmq_program

SCRIPT = REPOSITORY / "tools/install_servers.sh"
OTHER_TROUBLE = "echo 'E: Package rabbitmq-server has no installation candidate'; exit 100"


def on_a_machine_without(folder: Path, **programs: str) -> subprocess.CompletedProcess[str]:
    """The script where there is no RabbitMQ, but these programs."""
    return ended(SCRIPT, folder, {"BACKDROP_TEST_RABBITMQ": "/nowhere"}, **programs)


@pytest.mark.parametrize(("programs", "why"), REFUSALS)
def test_what_it_may_not_install_it_names(tmp_path: Path, programs: dict[str, str], why: str) -> None:
    refused = on_a_machine_without(tmp_path, **programs)
    assert refused.returncode == 0
    assert "rabbitmq-server" in one_line(refused)
    assert f"can't be installed: {why}" in one_line(refused)
    assert one_line(refused).endswith("The tests that need it will be skipped.")


@pytest.mark.parametrize(
    ("apt_get", "why"),
    [
        (NO_NETWORK, "no connection to the package mirror"),
        (OTHER_TROUBLE, "Package rabbitmq-server has no installation candidate"),
        ("exit 124", "apt-get took too long"),
    ],
)
def test_an_installation_that_fails_is_said_and_no_failure(tmp_path: Path, apt_get: str, why: str) -> None:
    failed = on_a_machine_without(tmp_path, id="echo 0", apt_get=apt_get)
    assert failed.returncode == 0
    progress, line = failed.stderr.splitlines()
    assert progress.startswith("Installing rabbitmq-server")
    assert f"can't be installed: {why}. The tests that need it will be skipped." in line


def test_a_library_among_many_is_found(tmp_path: Path) -> None:
    """Its list may be longer than a pipe holds, and go on after the line in question."""
    listed = r"printf '\tlibcurl.so.4 (libc6,x86-64) => /lib/libcurl.so.4\n%01000000d\n' 0"
    assert "libcurl" not in one_line(on_a_machine_without(tmp_path, ldconfig=listed))


def test_nothing_is_said_when_nothing_is_missing() -> None:
    try:
        rabbitmq_program("rabbitmq-server")
    except ServerMissing as missing:
        pytest.skip(str(missing))
    quiet = run([SCRIPT], {})
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
