"""Drops and the marks that they leave, in the file of the SQLite engine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from backdrop.core.triggers import Cause
from backdrop.storage.protocol import DroppedSince
from backdrop.storage.sqlite import catalogue
from backdrop.storage.sqlite.connections import Connections
from backdrop.storage.sqlite.engine import SqliteStorage
from tests.contract.making import EVERYTHING, NOW, record, write

CAUSE = Cause("c", "request")
PROGRAM = (
    "import sys; from pathlib import Path; from backdrop.storage.sqlite.engine import SqliteStorage;"
    " from tests.contract.making import record, write;"
    " SqliteStorage(Path(sys.argv[1])).append('things', [record(sys.argv[2])], write(as_of=0))"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "backdrop.sqlite"


@pytest.fixture(params=[1, 2])
def old_path(path: Path, request: pytest.FixtureRequest) -> Path:
    """A file as it was after so many steps, with a data set and a dropped one. When there was one they weren't counted
    yet."""
    connections = Connections(path, catalogue.STEPS[: request.param], 1.0)
    with connections.writing() as transaction:
        if request.param == 1:
            transaction.run("PRAGMA user_version = 0")
        transaction.run(
            "INSERT INTO data_sets (name, version, table_number, is_full, has_records, last_write, size)"
            " VALUES ('things', 3, 1, 0, 1, 7, 100), ('gone', 5, NULL, 0, 0, 7, 100000)"
        )
        transaction.run(
            "CREATE TABLE t1 (at NOT NULL DEFAULT -1, id NOT NULL UNIQUE, updated_at, start_at, end_at, rest,"
            " PRIMARY KEY (at, id)) WITHOUT ROWID; INSERT INTO t1 (id, updated_at) VALUES ('old', 7)"
        )
    connections.close()
    return path


def ids(storage: SqliteStorage) -> list[object]:
    return [one["_id"] for one in storage.find("things", EVERYTHING, None, 0)]


def test_a_file_of_before_is_read_and_written_and_dropped_from(old_path: Path) -> None:
    storage = SqliteStorage(old_path)
    assert (ids(storage), storage.drops(), storage.version("gone")) == (["old"], 0, 5)
    storage.append("things", [record("new")], write(as_of=0))
    storage.append("gone", [record("new")], write(as_of=0))
    storage.drop("things")
    with pytest.raises(DroppedSince):
        storage.append("things", [record("late")], write(as_of=0))
    storage.close()
    again = SqliteStorage(old_path)
    assert (ids(again), again.drops(), again.version("things")) == ([], 1, 5)
    again.close()


def test_what_was_dropped_in_a_file_of_before_begins_with_no_size(old_path: Path) -> None:
    """Drops once left the size that the data set had had."""
    storage = SqliteStorage(old_path)
    for number in range(3):
        storage.append("gone", [record(f"{number}")], write(capped_size=1000))
    assert len(storage.find("gone", EVERYTHING, None, 0)) == 3
    storage.close()
    connection = apsw.Connection(str(old_path))
    assert connection.execute("SELECT size FROM data_sets WHERE name = 'things'").get == 100
    connection.close()


def test_many_processes_may_open_a_file_of_before_at_once(old_path: Path) -> None:
    pipe = subprocess.PIPE
    started = [
        subprocess.Popen([sys.executable, "-c", PROGRAM, str(old_path), str(i)], stderr=pipe, text=True)
        for i in range(4)
    ]
    for process in started:
        _, complaints = process.communicate(timeout=60)
        assert process.returncode == 0, complaints
    storage = SqliteStorage(old_path)
    assert sorted(map(str, ids(storage))) == ["0", "1", "2", "3", "old"]
    storage.close()


def test_a_file_of_later_is_left_as_it_is(path: Path) -> None:
    storage = SqliteStorage(path)
    storage.append("things", [record("a")], write())
    storage.close()
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA user_version = 99")
    storage.append("things", [record("b")], write(as_of=0))
    assert ids(storage) == ["a", "b"]
    assert connection.pragma("user_version") == 99
    connection.close()
    storage.close()


WORK: dict[str, tuple[int, Callable[[SqliteStorage, int | None], object]]] = {
    "append": (
        9,
        lambda storage, as_of: storage.append("things", [record("b")], write(cause=CAUSE, as_of=as_of)),
    ),
    "replace": (
        10,
        lambda storage, as_of: storage.replace("things", [record("b")], write(cause=CAUSE, as_of=as_of)),
    ),
    "update": (
        7,
        lambda storage, as_of: storage.update("things", "a", dict, write(cause=CAUSE, as_of=as_of)),
    ),
    "delete": (6, lambda storage, as_of: storage.delete("things", "a", write(cause=CAUSE, as_of=as_of))),
}


@pytest.mark.parametrize("work", WORK)
def test_a_write_looks_for_the_mark_where_it_looks_anyway(
    path: Path, statements: list[str], work: str
) -> None:
    """At most as many statements as before there were marks."""
    most, do = WORK[work]
    counts = []
    for as_of in (None, 0):
        storage = SqliteStorage(path)
        storage.replace("things", [record("a")], write(NOW))
        statements.clear()
        do(storage, as_of)
        counts.append(len(statements))
        storage.close()
    assert counts[0] == counts[1] <= most


def test_asking_for_the_count_reads_one_entry_of_an_index(path: Path, statements: list[str]) -> None:
    storage = SqliteStorage(path)
    storage.ping()
    statements.clear()
    assert storage.drops() == 0
    begin, query, commit = statements
    storage.close()
    assert (begin, commit) == ("BEGIN", "COMMIT")
    connection = apsw.Connection(str(path))
    plan = connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
    assert "USING COVERING INDEX data_sets_dropped" in str(plan)
    connection.close()
