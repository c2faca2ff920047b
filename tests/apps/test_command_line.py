"""`python -m backdrop settings`."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from backdrop.settings import Settings
from tests.processes import REPOSITORY, SETTING_NAMES


def settings(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in SETTING_NAMES}
    return subprocess.run(
        [sys.executable, "-m", "backdrop", "settings"],
        cwd=folder,
        env={**inherited, "PYTHONPATH": str(REPOSITORY), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_each_setting_with_its_value_and_source(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MAX_RESULT_ROWS=77\nSIGNON_API_USER_TOKEN=hush-hush\n")
    printed = settings(tmp_path, LOG_LEVEL="DEBUG", BROKER_URL="amqp://me:s3cret@mq//")
    assert (printed.returncode, printed.stderr) == (0, "")
    lines = {line.split()[0]: line.split()[1:3] for line in printed.stdout.splitlines()}
    assert lines["LOG_LEVEL"] == ["DEBUG", "environment"]
    assert lines["MAX_RESULT_ROWS"] == ["77", ".env"]
    assert lines["STAGECRAFT_CACHE_SECONDS"] == ["10", "default"]
    assert lines["SIGNON_API_USER_TOKEN"] == ["********", ".env"]
    assert lines["BROKER_URL"] == ["amqp://********@mq//", "environment"]
    assert set(lines) == {"setting", *(f.metadata["name"] for f in fields(Settings))}
    assert "hush-hush" not in printed.stdout
    assert "s3cret" not in printed.stdout


def test_a_bad_setting_is_one_line(tmp_path: Path) -> None:
    for environment, line in (
        ({"MAX_BODY_BYTES": "lots"}, "MAX_BODY_BYTES must be a whole number of at least 1 (it is 'lots')"),
        ({"ENVIRONMENT": "production"}, "DATABASE_URL is not set"),
    ):
        printed = settings(tmp_path, **environment)
        assert (printed.returncode, printed.stdout) == (2, "")
        assert printed.stderr.startswith(line)
        assert printed.stderr.count("\n") == 1
