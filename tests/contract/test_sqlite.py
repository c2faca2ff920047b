"""What the SQLite engine promises beyond the contract: few statements, one file for many, clear trouble."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import apsw
import psutil
import pytest
from hypothesis import given

from backdrop.core.errors import AnswerTooLarge
from backdrop.core.periods import Period
from backdrop.core.query import Collected, Fact, Filter, Grouping, Selection, Sort
from backdrop.core.triggers import Cause
from backdrop.core.values import Value
from backdrop.storage.protocol import Receipt, Record, StorageUnavailable
from backdrop.storage.sqlite import tables
from backdrop.storage.sqlite.engine import SqliteStorage
from backdrop.storage.sqlite.tables import MAX_COLUMNS
from tests.contract.generating import GROUPINGS, SELECTIONS, SORTS, records, thorough
from tests.contract.making import (
    EVERYTHING,
    NOW,
    PLENTY,
    at,
    comparable,
    exactly,
    in_order,
    new_name,
    record,
    selected,
    write,
)
from tests.unit.core.folding import fold

GROUPING = Grouping(
    ("kind",), Period.WEEK, (Collected("size", frozenset(Fact)), Collected("kind", frozenset(Fact)))
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "backdrop.sqlite"


@pytest.fixture
def storage(path: Path) -> Iterator[SqliteStorage]:
    opened = SqliteStorage(path, patience=0.3)
    yield opened
    opened.close()


@contextmanager
def unavailable(why: str, path: Path) -> Iterator[None]:
    """Whoever asks is told nothing of the file; the log names it, and says why."""
    with pytest.raises(StorageUnavailable) as raised:
        yield
    assert str(raised.value) == "storage can't be used just now; try again"
    assert raised.value.trouble.startswith(f"the database {path} can't be used (")
    assert re.search(why, raised.value.trouble)


def many(count: int) -> list[dict[str, Value]]:
    start = at("2020-01-01")
    return [
        record(f"{i:06}", start + timedelta(minutes=i), size=i, kind=f"k{i % 7}", open=None, share_of=i / 8)
        for i in range(count)
    ]


WORK: dict[str, Callable[[SqliteStorage, list[dict[str, Value]]], object]] = {
    "append": lambda storage, records: storage.append(
        "things",
        records,
        write(receipt=Receipt("k", "p", NOW + timedelta(1)), cause=Cause("1", "")),
    ),
    "overwrite": lambda storage, records: storage.append(
        "things", [*records, record("new", size="text")], write()
    ),
    "append fresh": lambda storage, records: storage.append("things", records, write(fresh_ids=True)),
    "update": lambda storage, _: storage.update("things", "000001", dict, write(cause=Cause("1", ""))),
    "delete": lambda storage, _: storage.delete("things", "000001", write(cause=Cause("1", ""))),
    "append capped": lambda storage, records: storage.append("things", records, write(capped_size=1000)),
    "replace": lambda storage, records: storage.replace("things", records, write()),
    "find": lambda storage, _: storage.find("things", Selection(at("2020-01-01")), Sort("size"), 0),
    "fold": lambda storage, _: storage.fold("things", EVERYTHING, GROUPING, PLENTY),
    "last writes": lambda storage, _: storage.last_writes(),
    "drop": lambda storage, _: storage.drop("things"),
}


@pytest.mark.parametrize("work", WORK.values(), ids=WORK.keys())
def test_a_few_statements_and_one_transaction_for_any_number_of_records(
    tmp_path: Path, statements: list[str], work: Callable[[SqliteStorage, list[dict[str, Value]]], object]
) -> None:
    counts = {}
    for count in (10, 10_000):
        storage = SqliteStorage(tmp_path / f"{count}.sqlite")
        records = many(count)
        storage.append("things", records, write())
        statements.clear()
        work(storage, records)
        counts[count] = len(statements)
        assert sum(text.startswith("BEGIN IMMEDIATE") for text in statements) <= 1
        assert sum(text == "COMMIT" for text in statements) <= 2
        storage.close()
    assert counts[10] == counts[10_000]
    assert counts[10] <= 16


def test_keys_that_another_process_added_are_seen_at_once(path: Path, storage: SqliteStorage) -> None:
    other = SqliteStorage(path)
    storage.append("things", [record("a", size=1)], write())
    other.append("things", [record("b", size=2, kind="x")], write())
    grouping = Grouping(("kind",))
    for i in range(20):
        mine, theirs = (storage, other) if i % 2 else (other, storage)
        mine.append("things", [record(f"{i}", **{f"key_{i}": i, "size": f"text {i}"})], write())
        found = theirs.find("things", Selection(filters=(Filter(f"key_{i}", (i,)),)), None, 0)
        assert found == [record(f"{i}", **{f"key_{i}": i, "size": f"text {i}"})]
        mine.replace("others", [record("a", **{f"kind_{i}": True})], write())
        assert theirs.find("others", EVERYTHING, None, 0) == [record("a", **{f"kind_{i}": True})]
    assert storage.fold("things", EVERYTHING, grouping, PLENTY) == other.fold(
        "things", EVERYTHING, grouping, PLENTY
    )
    other.drop("things")
    assert storage.find("things", EVERYTHING, None, 0) == []
    other.close()


def test_records_encoded_for_a_table_that_changes_before_their_turn(
    path: Path, storage: SqliteStorage
) -> None:
    """Another writer takes all of the columns between the look at the catalogue and the writers' turn."""
    storage.append("things", [record("a", first=1)], write())
    patient = SqliteStorage(path)
    mine = record("mine", **{f"mine_{i}": i for i in range(MAX_COLUMNS)})
    theirs = record("a", **{f"theirs_{i}": i for i in range(MAX_COLUMNS)})
    waiting = threading.Thread(target=patient.append, args=("things", [mine], write()))

    def change(_: Record) -> Record:
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        return theirs

    storage.update("things", "a", change, write())
    waiting.join(30)
    assert storage.find("things", EVERYTHING, None, 0) == [theirs, mine]
    found = storage.find("things", Selection(filters=(Filter("mine_7", (7,)),)), None, 0)
    assert found == [mine]
    patient.close()


@given(given_records=records(), selection=SELECTIONS, grouping=GROUPINGS, sort=SORTS)
@thorough
def test_any_question_is_answered_when_most_keys_have_no_column(
    storage: SqliteStorage,
    given_records: list[dict[str, Value]],
    selection: Selection,
    grouping: Grouping,
    sort: Sort,
) -> None:
    name = new_name()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "MAX_COLUMNS", 2)
        for one in (given_records[:3], given_records[3:]):
            storage.append(name, one, write())
    kept = selected(given_records, selection)
    found = storage.find(name, selection, sort, 0)
    assert exactly(found) == exactly(in_order(kept, sort))
    partials = storage.fold(name, selection, grouping, PLENTY)
    assert comparable(partials, grouping) == comparable(fold(kept, grouping), grouping)


def test_the_columns_of_a_wide_data_set_end_somewhere(path: Path, storage: SqliteStorage) -> None:
    storage.append("things", [record("a", **{f"key_{i}": i for i in range(MAX_COLUMNS * 3)})], write())
    storage.close()
    connection = apsw.Connection(str(path))
    assert len(connection.execute("PRAGMA table_info(t1)").fetchall()) < MAX_COLUMNS + 10
    connection.close()


def test_the_log_does_not_grow_while_it_is_read(path: Path, storage: SqliteStorage) -> None:
    for i in range(60):
        storage.append("things", [record(f"{i}/{j}", size=j, kind="x" * 50) for j in range(1000)], write())
        storage.fold("things", EVERYTHING, GROUPING, PLENTY)
        with pytest.raises(AnswerTooLarge):
            storage.fold("things", EVERYTHING, Grouping(("size",)), 5)
    log = path.with_name(path.name + "-wal")
    assert log.stat().st_size < 25_000_000 < path.stat().st_size * 10


def test_a_locked_database_is_unavailable_to_writers_only(path: Path, storage: SqliteStorage) -> None:
    storage.append("things", [record("a")], write())
    blocker = apsw.Connection(str(path))
    blocker.execute("BEGIN IMMEDIATE")
    with unavailable("locked", path):
        storage.append("things", [record("b")], write())
    assert storage.find("things", EVERYTHING, None, 0) == [record("a")]
    storage.ping()
    blocker.execute("ROLLBACK")
    storage.append("things", [record("b")], write())
    assert len(storage.find("things", EVERYTHING, None, 0)) == 2
    blocker.close()


def spoil_with_text(path: Path) -> None:
    path.write_text("this is no database\n" * 1000)


def spoil_with_folder(path: Path) -> None:
    path.mkdir()


def spoil_with_foreign_tables(path: Path) -> None:
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE data_sets (mine)")
    connection.close()


@pytest.mark.parametrize("spoil", [spoil_with_text, spoil_with_folder, spoil_with_foreign_tables])
def test_a_file_that_is_not_ours_is_unavailable_and_left_alone(
    path: Path, storage: SqliteStorage, spoil: Callable[[Path], None]
) -> None:
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    for work in (storage.ping, lambda: storage.append("things", [record("a")], write())):
        with unavailable("check that|no SQLite file|of another kind", path):
            work()
    assert before == (path.read_bytes() if path.is_file() else None)


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "folder" / "backdrop.sqlite"
    storage = SqliteStorage(path)
    with unavailable("folder can't be made", path):
        storage.ping()


def test_a_full_disk_stores_nothing(path: Path, storage: SqliteStorage) -> None:
    def limit(connection: apsw.Connection) -> None:
        connection.execute("PRAGMA max_page_count = 60")

    storage.append("things", [record("a")], write())
    storage.close()
    apsw.connection_hooks.append(limit)
    try:
        with unavailable("the disk is full", path):
            storage.append("things", many(10_000), write())
        storage.append("things", [record("b")], write())
        assert storage.find("things", EVERYTHING, None, 0) == [record("a"), record("b")]
    finally:
        apsw.connection_hooks.remove(limit)


def test_a_file_that_was_replaced_is_opened_anew(path: Path, storage: SqliteStorage) -> None:
    storage.append("things", [record("a")], write())
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink()
    assert storage.find("things", EVERYTHING, None, 0) == []
    storage.append("things", [record("b")], write())
    assert storage.find("things", EVERYTHING, None, 0) == [record("b")]
    assert path.exists()


def test_closing_gives_back_the_files(path: Path, storage: SqliteStorage) -> None:
    def is_open() -> bool:
        return any(str(path) in file.path for file in psutil.Process().open_files())

    storage.append("things", [record("a")], write())
    assert is_open()
    storage.close()
    assert not is_open()


def in_child(work: Callable[[], bool]) -> bool:
    """Whether the work went well in a forked child."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if work() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_forked_child_goes_on_with_its_own_connections(storage: SqliteStorage) -> None:
    storage.append("things", [record("a")], write())

    def work() -> bool:
        storage.append("things", [record("child")], write())
        return len(storage.find("things", EVERYTHING, None, 0)) == 2

    assert in_child(work)
    storage.append("things", [record("b")], write())
    assert len(storage.find("things", EVERYTHING, None, 0)) == 3


def test_a_child_forked_in_the_middle_of_a_write_says_so(storage: SqliteStorage) -> None:
    storage.append("things", [record("a")], write())
    outcomes = []

    def refuses() -> bool:
        try:
            storage.ping()
        except StorageUnavailable as trouble:
            return "forked" in trouble.trouble
        return False

    def change(old: Record) -> Record:
        outcomes.append(in_child(refuses))
        return {**old, "size": 1}

    storage.update("things", "a", change, write())
    assert outcomes == [True]
    assert storage.find("things", EVERYTHING, None, 0) == [record("a", size=1)]


def test_many_processes_may_make_the_file_at_once(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from backdrop.storage.sqlite.engine import SqliteStorage;"
        " from tests.contract.making import record, write;"
        " SqliteStorage(Path(sys.argv[1])).append('things', [record(sys.argv[2])], write())"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path), str(i)], stderr=subprocess.PIPE, text=True
        )
        for i in range(6)
    ]
    for process in started:
        _, complaints = process.communicate(timeout=60)
        assert process.returncode == 0, complaints
    storage = SqliteStorage(path)
    assert len(storage.find("things", EVERYTHING, None, 0)) == 6
    storage.close()
