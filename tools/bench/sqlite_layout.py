"""Measures layouts of one data set in SQLite, side by side: ingest, size and the queries that matter.

    python tools/bench/sqlite_layout.py [records] [folder]

A million records take some five minutes and a gigabyte of disk. Times are milliseconds
of processor, the best of five rounds, in each of which every layout has its turn; compare the rows of one run,
not machines. The decision drawn from it is
docs/decisions/0002-sqlite-layout.md.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import apsw
import orjson

DAY = 24 * 3_600_000_000
WEEK = 7 * DAY
START = 735_234 * DAY  # 2014-01-01, counted from 0001-01-01
SPAN = 730 * DAY
BATCH = 10_000
KEYS = ("channel", "service", "volume", "share", "open", "note")

Row = tuple[object, ...]
Figures = dict[str, float]
Table = dict[str, Figures]
Query = tuple[str, tuple[object, ...]]
Way = tuple[int, Mapping[str, Any]]
"""What part of the records to store, and how `rows` is to make them."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The DDL of table `t`, and whether a record is one JSON value in it or a column for every key."""

    name: str
    create: str
    as_json: bool = False
    page_size: int = 8192

    @property
    def insert(self) -> str:
        """Stores a record."""
        if self.as_json:
            return "INSERT OR REPLACE INTO t (id, at, updated_at, record) VALUES (?, ?, ?, jsonb(?))"
        columns = "id, at, updated_at, c0, c1, c2, c3, c4, c5"
        return f"INSERT OR REPLACE INTO t ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"

    def key(self, name: str) -> str:
        """How a query says a record's key."""
        return f"record ->> '$.{name}'" if self.as_json else f"c{KEYS.index(name)}"


COLUMNS = "updated_at, start_at, end_at, rest, c0, c1, c2, c3, c4, c5"
BY_TIME = f"CREATE TABLE t (at, id UNIQUE, {COLUMNS}, PRIMARY KEY (at, id)) WITHOUT ROWID"
INDEXED = f"CREATE TABLE t (id PRIMARY KEY, at, {COLUMNS}); CREATE INDEX t_at ON t (at)"

INDEX = Layout("columns, index on time", INDEXED)
TIME = Layout("no rowid, by time and id", BY_TIME)
LAYOUTS = (
    Layout(
        "jsonb, index on time",
        "CREATE TABLE t (id PRIMARY KEY, at, updated_at, record); CREATE INDEX t_at ON t (at)",
        as_json=True,
    ),
    Layout("columns", f"CREATE TABLE t (id PRIMARY KEY, at, {COLUMNS})"),
    INDEX,
    Layout(
        "no rowid, by id, index on time",
        f"CREATE TABLE t (id PRIMARY KEY, at, {COLUMNS}) WITHOUT ROWID; CREATE INDEX t_at ON t (at)",
    ),
    TIME,
)
WIDE = (
    Layout("columns, index on time, pages of 4 kB", INDEXED, page_size=4096),
    Layout("columns, index on time, pages of 8 kB", INDEXED),
    Layout("no rowid, by time and id, pages of 4 kB", BY_TIME, page_size=4096),
    Layout("no rowid, by time and id, pages of 8 kB", BY_TIME),
)


def rows(
    count: int, *, ordered_ids: bool = True, shuffled: bool = False, note: str = "note"
) -> Iterator[Row]:
    """Records as (id, at, updated_at, six keys), spread over two years, in the order of time or shuffled."""
    rng = random.Random(1)
    order = list(range(count))
    if shuffled:
        rng.shuffle(order)
    for i in order:
        at = START + i * (SPAN // count)
        yield (
            f"{at:020x}{rng.getrandbits(48):012x}" if ordered_ids else f"{rng.getrandbits(128):032x}",
            at,
            START + SPAN,
            f"channel-{rng.randrange(5)}",
            f"service-{rng.randrange(50):02d}",
            rng.randrange(10_000),
            rng.random(),
            b"\x01" if rng.random() < 0.5 else b"\x00",
            f"{note} {rng.randrange(100_000)}",
        )


def as_json(row: Row) -> Row:
    """The same for the JSON layout."""
    record = dict(zip(KEYS, row[3:], strict=True)) | {"open": row[7] == b"\x01"}
    return (*row[:3], orjson.dumps(record).decode())


def connect(path: Path, *pragmas: str) -> apsw.Connection:
    """A connection as the engine opens it, but for the pragmas given."""
    connection = apsw.Connection(str(path))
    for pragma in (*pragmas, "journal_mode = wal", "synchronous = full"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection


def fill(path: Path, layout: Layout, source: Iterator[Row]) -> tuple[apsw.Connection, float]:
    """A new file with the rows, stored in transactions of 10,000, and how many thousands a second went in."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    connection = connect(path, f"page_size = {layout.page_size}", "cache_size = -16384")
    connection.execute(layout.create)
    spent, stored = 0.0, 0
    while batch := list(islice(source, BATCH)):
        encoded = [as_json(row) for row in batch] if layout.as_json else sorted(batch, key=lambda row: row[1])
        began = time.perf_counter()
        with connection:
            connection.executemany(layout.insert, encoded)
        spent += time.perf_counter() - began
        stored += len(batch)
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    return connection, stored / spent / 1000


def timed(connection: apsw.Connection, query: Query) -> float:
    """Milliseconds of processor: other work on the machine doesn't count."""
    began = time.process_time()
    connection.execute(*query).fetchall()
    return (time.process_time() - began) * 1000


def best(candidates: Mapping[str, tuple[apsw.Connection, Query]]) -> Figures:
    """The best of five rounds, in each of which every candidate has its turn."""
    figures: Figures = {}
    for _ in range(5):
        for name, (connection, query) in candidates.items():
            figures[name] = min(figures.get(name, float("inf")), timed(connection, query))
    return figures


def queries(layout: Layout) -> Mapping[str, Query]:
    """What dashboards ask, in the layout's words."""
    channel, service = layout.key("channel"), layout.key("service")
    volume, share = layout.key("volume"), layout.key("share")
    weeks = f"SELECT {channel}, at / {WEEK}, count(*), sum({volume}) FROM t {{}} GROUP BY 1, 2"
    filtered = f"SELECT at / {DAY}, sum({volume}) FROM t WHERE {service} = ? GROUP BY 1"
    window = "WHERE at >= ? AND at < ?"
    month, day = (START + 400 * DAY, START + 430 * DAY), (START + 400 * DAY, START + 401 * DAY)
    return {
        "week x 5, sum": (weeks.format(""), ()),
        "same, 700 of 730 days": (weeks.format(window), (START + 30 * DAY, START + SPAN)),
        "same, a month": (weeks.format(window), month),
        "50 groups, mean": (f"SELECT {service}, count(*), sum({share}) FROM t GROUP BY 1", ()),
        "days, count": (f"SELECT at / {DAY}, count(*) FROM t GROUP BY 1", ()),
        "set of 50 by 5": (f"SELECT DISTINCT {channel}, {service} FROM t", ()),
        "filter, days": (filtered, ("service-07",)),
        "a day's records": (f"SELECT * FROM t {window} ORDER BY at, id", day),
        "100 newest": ("SELECT * FROM t ORDER BY at DESC, id LIMIT 100", ()),
    }


def measure(layouts: Iterable[Layout], folder: Path, count: int, ways: Mapping[str, Way]) -> Table:
    """A row for each layout: how fast records go in each way, how large the last made it, the queries on that."""
    table: Table = {}
    connections = {}
    for i, layout in enumerate(layouts):
        figures = table[layout.name] = {}
        for name, (part, way) in ways.items():
            connection, figures[f"{name} k/s"] = fill(
                folder / f"{i}.sqlite", layout, rows(count // part, **way)
            )
            connections[layout.name] = connection
        figures["MB"] = (folder / f"{i}.sqlite").stat().st_size / 1e6
    asked = {layout.name: queries(layout) for layout in layouts}
    for query in queries(LAYOUTS[0]):
        candidates = {name: (connection, asked[name][query]) for name, connection in connections.items()}
        for name, figure in best(candidates).items():
            table[name][query] = figure
    return table


_DAY_OF = f"(at / {DAY})"
_R = f"((4 * {_DAY_OF} + 1227) % 146097 / 4)"
MONTH = (
    f"(((4 * {_DAY_OF} + 1227) / 146097 * 100 + (4 * {_R} + 3) / 1461) * 12"
    f" + (5 * ((4 * {_R} + 3) % 1461 / 4) + 2) / 153 - 10)"
)


def choices(path: Path) -> Figures:
    """What the open choices of the layout by time cost, on a database left by `measure`."""
    by = "SELECT c0, {} AS period, count(*) AS n, {} FROM t GROUP BY 1, 2"
    total, week = "sum(c2) AS s", f"at / {WEEK}"
    checked = (
        "sum(c2) FILTER (WHERE typeof(c2) = 'integer'), sum(c2) FILTER (WHERE typeof(c2) = 'real'),"
        " count(*) FILTER (WHERE typeof(c2) = 'text'), count(*) FILTER (WHERE c2 = x'01')"
    )
    days = by.format(_DAY_OF, total)
    strftime = "strftime('%Y%m', at / 1000000 - 62135596800, 'unixepoch')"
    texts = {
        "week": by.format(week, total),
        "month by strftime": by.format(strftime, total),
        "month by arithmetic": by.format(MONTH, total),
        "month, folding days first": f"SELECT c0, {MONTH.replace(_DAY_OF, 'period')}, sum(n), sum(s)"
        f" FROM ({days}) GROUP BY 1, 2",
        "week, sum with types checked": by.format(week, checked),
        "week, sum in two halves": by.format(week, "sum(c2 >> 32), sum(c2 & 4294967295)"),
    }
    settings = {
        "cache 4 MB": ("cache_size = -4096",),
        "cache 16 MB": ("cache_size = -16384",),
        "cache 64 MB": ("cache_size = -65536",),
        "memory-mapped": ("cache_size = -16384", "mmap_size = 4294967296"),
        "sorts in memory": ("cache_size = -16384", "temp_store = memory"),
    }
    connections = {name: connect(path, *pragmas) for name, pragmas in settings.items()}
    figures = best({name: (connections["cache 16 MB"], (text, ())) for name, text in texts.items()})
    figures |= best({f"week, {name}": (c, (texts["week"], ())) for name, c in connections.items()})
    return figures | best(
        {f"plain sum, {n}": (c, ("SELECT sum(c2) FROM t", ())) for n, c in connections.items()}
    )


def unused_columns(path: Path, count: int) -> Iterator[tuple[str, Figures]]:
    """What columns cost that most records don't use, and what a key in a JSON text of ten keys costs."""
    for columns in (16, 64, 128, 256, 512):
        more = "".join(f", c{i}" for i in range(6, columns))
        wide = Layout("", BY_TIME.replace("c5,", f"c5{more},"))
        connection, rate = fill(path, wide, rows(count))
        megabytes = path.stat().st_size / 1e6
        connection.execute(f"UPDATE t SET c{columns - 1} = c2")
        [last] = best({"": (connection, (f"SELECT sum(c{columns - 1}) FROM t", ()))}).values()
        yield f"{columns} columns", {"ingest k/s": rate, "MB": megabytes, "sum of the last": last}
        connection.close()
    connection, rate = fill(path, Layout("", BY_TIME), rows(count))
    connection.execute(
        "UPDATE t SET rest = ?", (orjson.dumps({f"key_{i}": i * 1.5 for i in range(10)}).decode(),)
    )
    value = (
        """CASE json_type(rest, '$."key_7"') WHEN 'true' THEN 1 ELSE json_extract(rest, '$."key_7"') END"""
    )
    yield (
        "a JSON text",
        best({"sum of the eighth of ten keys": (connection, (f"SELECT sum({value}) FROM t", ()))}),
    )
    connection.close()


def show(name: str, figures: Figures, *, header: bool) -> None:
    """Prints a row, under the names of its columns if asked for."""
    if header:
        print("\n| layout | " + " | ".join(figures) + " |\n|" + " --- |" * (len(figures) + 1))
    print(f"| {name} | " + " | ".join(f"{figure:.3g}" for figure in figures.values()) + " |", flush=True)


def show_table(table: Table) -> None:
    """Prints the rows under one header."""
    for i, (name, figures) in enumerate(table.items()):
        show(name, figures, header=i == 0)


def main(count: int, folder: Path) -> None:
    """Measures and prints."""
    print(f"{count} records, SQLite {apsw.sqlite_lib_version()}, {os.cpu_count()} cores")
    ordered: Way = (1, {})
    few_ways = {
        "random ids": (5, {"ordered_ids": False}),
        "shuffled": (5, {"shuffled": True}),
        "ingest": ordered,
    }
    show_table(measure(LAYOUTS, folder, count, few_ways))
    print()
    for name, figure in choices(folder / f"{len(LAYOUTS) - 1}.sqlite").items():
        print(f"{name}: {figure:.3g}", flush=True)
    print("\nA fifth of them, stored in no order")
    show_table(measure((INDEX, TIME), folder, count // 5, {"shuffled": (1, {"shuffled": True})}))
    print("\nA fortieth of them, of 1.5 kB each")
    show_table(measure(WIDE, folder, count // 40, {"ingest": (1, {"note": "x" * 1500})}))
    print("\nThe same in no order")
    show_table(measure(WIDE, folder, count // 40, {"shuffled": (1, {"shuffled": True, "note": "x" * 1500})}))
    for i, (name, figures) in enumerate(unused_columns(folder / "wide.sqlite", count // 20)):
        show(name, figures, header=i == 0 or len(figures) == 1)


if __name__ == "__main__":
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as where:
        main(records, Path(where))
