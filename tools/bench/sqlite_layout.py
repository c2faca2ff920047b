"""Measures layouts of one data set in SQLite, side by side: ingest, size and the queries that matter.

    python tools/bench/sqlite_layout.py [records] [folder]

Prints one row per layout (a million records take some three minutes and half a gigabyte of disk), then what
the open choices of the column layout cost: how to find the month, how to sum, cache, mmap. Times are medians
of three; compare rows, not machines. The decision drawn from it is docs/decisions/0002-sqlite-layout.md.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

import apsw
import orjson

HOUR = 3_600_000_000
DAY = 24 * HOUR
WEEK = 7 * DAY
START = 735_234 * DAY  # 2014-01-01, counted from 0001-01-01
SPAN = 730 * DAY
BATCH = 10_000
KEYS = ("channel", "service", "volume", "share", "open", "note")

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """DDL of table `t`, the INSERT, and how a key is said in a query."""

    name: str
    create: str
    insert: str
    key: str
    as_json: bool = False


_NATIVE = "INSERT OR REPLACE INTO t (id, at, updated_at, c0, c1, c2, c3, c4, c5) VALUES (?,?,?,?,?,?,?,?,?)"
_COLUMNS = "updated_at, rest, c0, c1, c2, c3, c4, c5"

LAYOUTS = (
    Layout(
        "jsonb + index",
        "CREATE TABLE t (id PRIMARY KEY, at, updated_at, record); CREATE INDEX t_at ON t (at)",
        "INSERT OR REPLACE INTO t (id, at, updated_at, record) VALUES (?, ?, ?, jsonb(?))",
        "record ->> '$.{}'",
        as_json=True,
    ),
    Layout("columns", f"CREATE TABLE t (id PRIMARY KEY, at, {_COLUMNS})", _NATIVE, "{}"),
    Layout(
        "columns + index",
        f"CREATE TABLE t (id PRIMARY KEY, at, {_COLUMNS}); CREATE INDEX t_at ON t (at)",
        _NATIVE,
        "{}",
    ),
    Layout(
        "rowless, by id + index",
        f"CREATE TABLE t (id PRIMARY KEY, at, {_COLUMNS}) WITHOUT ROWID; CREATE INDEX t_at ON t (at)",
        _NATIVE,
        "{}",
    ),
    Layout(
        "rowless, by time and id",
        f"CREATE TABLE t (at, id UNIQUE, {_COLUMNS}, PRIMARY KEY (at, id)) WITHOUT ROWID",
        _NATIVE,
        "{}",
    ),
)


def rows(count: int, *, ordered: bool, seed: int = 1) -> Iterator[Row]:
    """Records as (id, at, updated_at, six keys), in the order of their time, with ordered or random ids."""
    rng = random.Random(seed)
    step = SPAN // count
    for i in range(count):
        name = (
            f"{START + i * step:020x}{rng.getrandbits(48):012x}"
            if ordered
            else f"{rng.getrandbits(128):032x}"
        )
        yield (
            name,
            START + i * step,
            START + SPAN,
            f"channel-{rng.randrange(5)}",
            f"service-{rng.randrange(50):02d}",
            rng.randrange(10_000),
            rng.random(),
            b"\x01" if rng.random() < 0.5 else b"\x00",
            f"note {rng.randrange(100_000)}",
        )


def as_json(row: Row) -> Row:
    """The same for the JSON layout."""
    record = dict(zip(KEYS, row[3:], strict=True)) | {"open": row[7] == b"\x01"}
    return (*row[:3], orjson.dumps(record).decode())


def connect(path: Path, *pragmas: str) -> apsw.Connection:
    """A connection as the engine opens it, but for the pragmas given."""
    connection = apsw.Connection(str(path))
    for pragma in ("journal_mode = wal", "synchronous = full", "cache_size = -16384", *pragmas):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def ingest(connection: apsw.Connection, layout: Layout, source: Iterator[Row]) -> float:
    """Seconds that it takes to store the rows in transactions of 10,000; making them is not counted."""
    spent = 0.0
    while batch := list(islice(source, BATCH)):
        encoded = [as_json(row) for row in batch] if layout.as_json else batch
        began = time.perf_counter()
        with connection:
            connection.executemany(layout.insert, encoded)
        spent += time.perf_counter() - began
    return spent


def timed(connection: apsw.Connection, query: str, parameters: Sequence[object] = ()) -> float:
    """Milliseconds, the median of three."""
    return median(_once(lambda: connection.execute(query, parameters).fetchall()) for _ in range(3))


def _once(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return (time.perf_counter() - began) * 1000


def queries(layout: Layout) -> dict[str, tuple[str, tuple[object, ...]]]:
    """The queries by name, in the layout's words."""
    k = {key: layout.key.format(key if layout.as_json else f"c{i}") for i, key in enumerate(KEYS)}
    day, month = (START + 400 * DAY, START + 401 * DAY), (START + 400 * DAY, START + 430 * DAY)
    most = (START + 30 * DAY, START + SPAN)
    window = "WHERE at >= ? AND at < ?"
    week_by_channel = (
        f"SELECT {k['channel']}, at / {WEEK}, count(*), sum({k['volume']}) FROM t {{}} GROUP BY 1, 2"
    )
    return {
        "week x 5, sum": (week_by_channel.format(""), ()),
        "same, most of it": (week_by_channel.format(window), most),
        "same, a month": (week_by_channel.format(window), month),
        "50 groups, mean": (f"SELECT {k['service']}, count(*), sum({k['share']}) FROM t GROUP BY 1", ()),
        "days, count": (f"SELECT at / {DAY}, count(*) FROM t GROUP BY 1", ()),
        "set of 50 by 5": (f"SELECT DISTINCT {k['channel']}, {k['service']} FROM t", ()),
        "filter, days": (
            f"SELECT at / {DAY}, sum({k['volume']}) FROM t WHERE {k['service']} = ? GROUP BY 1",
            ("service-07",),
        ),
        "a day's records": (f"SELECT * FROM t {window} ORDER BY at, id", day),
        "100 newest": ("SELECT * FROM t ORDER BY at DESC, id LIMIT 100", ()),
    }


def measure_layout(layout: Layout, folder: Path, count: int) -> dict[str, float]:
    """One row of the table."""
    path = folder / "layout.sqlite"
    _remove(path)
    random_ids = connect(path)
    random_ids.execute(layout.create)
    few = count // 5
    rate_of_random = few / ingest(random_ids, layout, rows(few, ordered=False)) / 1000
    random_ids.close()
    _remove(path)
    connection = connect(path)
    connection.execute(layout.create)
    rate = count / ingest(connection, layout, rows(count, ordered=True)) / 1000
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    figures = {"ingest k/s": rate, "random ids": rate_of_random, "MB": path.stat().st_size / 1e6}
    for name, (query, parameters) in queries(layout).items():
        figures[name] = timed(connection, query, parameters)
    connection.close()
    return figures


_DAY_OF = f"(at / {DAY})"
_R = f"((4 * {_DAY_OF} + 1227) % 146097 / 4)"
MONTH = (
    f"(((4 * {_DAY_OF} + 1227) / 146097 * 100 + (4 * {_R} + 3) / 1461) * 12"
    f" + (5 * ((4 * {_R} + 3) % 1461 / 4) + 2) / 153 - 10)"
)


def choices(path: Path) -> dict[str, float]:
    """What the open choices of the column layout cost, on a database left by `measure_layout`."""
    connection = connect(path)
    by = "SELECT c0, {} AS period, count(*) AS n, sum(c2) AS s FROM t GROUP BY 1, 2"
    by_day = by.format(_DAY_OF)
    checked = (
        "sum(c2) FILTER (WHERE typeof(c2) = 'integer'), sum(c2) FILTER (WHERE typeof(c2) = 'real'),"
        " count(*) FILTER (WHERE typeof(c2) = 'text'), count(*) FILTER (WHERE c2 = x'01')"
    )
    halves = "sum(c2 >> 32), sum(c2 & 4294967295)"
    outer = MONTH.replace(_DAY_OF, "period")
    figures = {
        "week": timed(connection, by.format(f"at / {WEEK}")),
        "month: strftime": timed(
            connection, by.format("strftime('%Y%m', at / 1000000 - 62135596800, 'unixepoch')")
        ),
        "month: arithmetic": timed(connection, by.format(MONTH)),
        "month: days first": timed(
            connection, f"SELECT c0, {outer}, sum(n), sum(s) FROM ({by_day}) GROUP BY 1, 2"
        ),
        "week, sum of checked types": timed(
            connection, by.format(f"at / {WEEK}").replace("sum(c2) AS s", checked)
        ),
        "week, sum in halves": timed(connection, by.format(f"at / {WEEK}").replace("sum(c2) AS s", halves)),
        "most of it, no index": timed(
            connection,
            by.format(f"at / {WEEK}").replace("FROM t", "FROM t WHERE +at >= ? AND +at < ?"),
            (START + 30 * DAY, START + SPAN),
        ),
    }
    connection.close()
    for label, pragmas in {
        "week, cache 64 MB": ("cache_size = -65536",),
        "week, mmap": ("mmap_size = 4294967296",),
        "week, temp in memory": ("temp_store = memory",),
        "week, cache 64 MB + mmap": ("cache_size = -65536", "mmap_size = 4294967296"),
        "week, 2 sorters": ("threads = 2",),
    }.items():
        connection = connect(path, *pragmas)
        figures[label] = timed(connection, by.format(f"at / {WEEK}"))
        connection.close()
    return figures


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def main(count: int, folder: Path) -> None:
    """Measures and prints."""
    print(f"{count} records, SQLite {apsw.sqlite_lib_version()}, {os.cpu_count()} cores; queries in ms")
    header = False
    for layout in LAYOUTS:
        figures = measure_layout(layout, folder, count)
        if not header:
            print("layout | " + " | ".join(figures), flush=True)
            header = True
        print(f"{layout.name} | " + " | ".join(f"{f:.3g}" for f in figures.values()), flush=True)
        if layout.name == "columns + index":
            figures_of_choices = choices(folder / "layout.sqlite")
    for name, figure in figures_of_choices.items():
        print(f"{name} | {figure:.3g} ms")


if __name__ == "__main__":
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as where:
        main(records, Path(where))
