"""tools/install_browser.sh on machines that have no browser, and may little."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.apps.bare_machines import NO_NETWORK, REFUSALS, ended
from tests.apps.checkouts import one_line, run
from tests.processes import REPOSITORY

SCRIPT = REPOSITORY / "tools/install_browser.sh"
SNAP_ONLY = "echo 'E: Package chromium has no installation candidate'; exit 100"


@pytest.mark.parametrize(("programs", "why"), REFUSALS)
def test_what_it_may_not_install_it_says(tmp_path: Path, programs: dict[str, str], why: str) -> None:
    refused = ended(SCRIPT, tmp_path, **programs)
    assert refused.returncode == 0
    assert f"chromium can't be installed: {why}" in one_line(refused)
    assert one_line(refused).endswith("The tests that need it will be skipped.")


@pytest.mark.parametrize(
    ("apt_get", "why"),
    [
        (NO_NETWORK, "no connection to the package mirror"),
        (SNAP_ONLY, "Package chromium has no installation candidate"),
        ("exit 124", "apt-get took too long"),
    ],
)
def test_what_can_not_be_installed_has_a_reason(tmp_path: Path, apt_get: str, why: str) -> None:
    refused = ended(SCRIPT, tmp_path, id="echo 0", apt_get=apt_get)
    assert refused.returncode == 0
    assert refused.stderr.splitlines()[-1].startswith(f"Backdrop: chromium can't be installed: {why}")


def test_it_installs_what_is_missing_once_and_is_quiet_afterwards(tmp_path: Path) -> None:
    browser, asked = tmp_path / "bin" / "chromium", tmp_path / "asked"
    chmod = shutil.which("chmod")
    apt_get = (
        f"echo \"$@\" >>'{asked}'; case $* in *no-download*) echo >'{browser}'; {chmod} +x '{browser}';; esac"
    )
    done = ended(SCRIPT, tmp_path, id="echo 0", apt_get=apt_get)
    assert done.returncode == 0
    assert "Installed in" in done.stderr
    calls = asked.read_text(encoding="utf-8").splitlines()
    assert [" ".join(call.split()[-2:]) for call in calls[1:]] == ["chromium fonts-dejavu-core"] * 2
    again = run([SCRIPT], {"PATH": str(tmp_path / "bin")})
    assert (again.returncode, again.stderr) == (0, "")
