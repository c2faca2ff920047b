"""What is told of a database that can't be used: to whoever asks nothing but that, to the operator all that helps."""

from __future__ import annotations

from pathlib import Path

from tests.apps.write_scene import new_data_set
from tests.processes import Backdrop, free_port, wait_until


def ask_everything(backdrop: Backdrop) -> str:
    """What the log of both apps then has; each answer is a 503 that tells nothing."""
    data_set = new_data_set(backdrop)
    replies = [
        backdrop.read.call("GET", "/_status/ready"),
        backdrop.read.call("GET", data_set.path),
        backdrop.write.call("GET", "/_status/ready"),
        data_set.post([{"_id": "a"}]),
    ]
    for reply in replies:
        assert (reply.status, reply.headers["Retry-After"]) == (503, "5")
        assert reply.json() == {"status": "error", "message": "storage can't be used just now; try again"}
    return backdrop.read.log() + backdrop.write.log()


def test_mongodb_away(tmp_path: Path) -> None:
    host = f"127.0.0.1:{free_port()}"
    url = f"mongodb://somebody:hunter2@{host}/things?replicaSet=rs7&serverSelectionTimeoutMS=200"
    with Backdrop(tmp_path, environment={"DATABASE_URL": url}) as backdrop:
        log = ask_everything(backdrop)
        wait_until(lambda: "can't look for waiting triggers" in backdrop.write.log(), "a sweep that failed")
    assert f"MongoDB, set rs7 ({host} not reached: [Errno 111] Connection refused): no server" in log
    assert "hunter2" not in log
    assert "somebody" not in log


def test_an_sqlite_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my notes, not SQLite at all\n" * 100)
    with Backdrop(tmp_path / "data", environment={"DATABASE_URL": f"sqlite:///{path}"}) as backdrop:
        log = ask_everything(backdrop)
    assert f"the database {path} can't be used (" in log
    assert "it is no SQLite file; give DATABASE_URL another path" in log
    assert "Traceback" not in log
