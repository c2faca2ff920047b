"""Several processes and threads at once, some of them killed: nothing acknowledged is lost, nothing is twice."""

from __future__ import annotations

import multiprocessing
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import pytest

from backdrop.core.query import Collected, Fact, Grouping
from backdrop.core.triggers import Cause
from backdrop.storage.protocol import Receipt, Record, Storage
from tests.contract.appending import BATCH, DENSE_SECONDS, NAME, SPARSE_SECONDS, append_on, batch
from tests.contract.making import EVERYTHING, NOW, PLENTY, record, write
from tests.contract.watching import watch_on

ROUNDS = 10
LATER = NOW + timedelta(seconds=1)


# Forked from one that has all imports done: to start Python anew takes a second of processor for each. A run of pytest
# has one such process, so where tests that start Stagecraft (tests/apps/warm_start.py) came first, it has theirs.
PROCESSES = multiprocessing.get_context("forkserver")
PRELOADED = [
    "tests.contract.appending",
    "tests.contract.watching",
    "backdrop.storage.mongo.engine",
    "backdrop.storage.sqlite.engine",
]

ONE_THREAD = threading.Lock()
"""A start looks after all processes that were started before; if another thread waits for one, its status is lost."""


@dataclass(frozen=True)
class Part:
    """A process that takes part, until it is killed or asked to finish."""

    process: BaseProcess
    end: Connection
    told: Connection

    def finished(self) -> list[int]:
        """All that it told; it must have ended well."""
        self.end.close()
        told = list(self.all_told())
        assert self.exit_status() == 0
        return told

    def exit_status(self) -> int | None:
        """Of a process that has ended, or is about to."""
        with ONE_THREAD:
            self.process.join(60)
            return self.process.exitcode

    def all_told(self) -> Iterator[int]:
        """To the end of the process."""
        with suppress(EOFError):
            while self.told.poll(60):
                yield self.told.recv()
            raise AssertionError("a process neither tells anything nor ends")


@contextmanager
def taking_part(work: Callable[..., None], *arguments: object) -> Iterator[Part]:
    PROCESSES.set_forkserver_preload(PRELOADED)
    asked, end = PROCESSES.Pipe(duplex=False)
    told, telling = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=work, args=(*arguments, asked, telling))
    with ONE_THREAD:
        process.start()
    asked.close()
    telling.close()
    part = Part(process, end, told)
    try:
        yield part
    finally:
        process.kill()
        part.exit_status()


def killed(url: str, tag: str, rng: random.Random) -> list[int]:
    """What a writer acknowledged before it was killed at a random moment."""
    with taking_part(append_on, url, tag, DENSE_SECONDS) as victim:
        assert victim.told.poll(60), "the writer stores nothing"
        first = victim.told.recv()
        time.sleep(rng.uniform(0, 0.1))
        victim.process.kill()
        acknowledged = [first, *victim.all_told()]
        assert victim.exit_status() == -signal.SIGKILL
    return acknowledged


@pytest.mark.faults
def test_nothing_is_lost_when_writers_are_killed(
    url: str, storage: Storage, sees_whole_writes: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = random.Random()
    tags = [f"killed{i}" for i in range(ROUNDS)]
    with (
        taking_part(watch_on, url, sees_whole_writes) as watcher,
        taking_part(append_on, url, "one", SPARSE_SECONDS) as one,
        taking_part(append_on, url, "two", SPARSE_SECONDS) as two,
        ThreadPoolExecutor(2) as pool,
    ):
        acknowledged = dict(
            zip(tags, map(len, pool.map(lambda tag: killed(url, tag, rng), tags)), strict=True)
        )
        acknowledged |= {"one": len(one.finished()), "two": len(two.finished())}
        [looks] = watcher.finished()
    # whoever writes next takes back what the last of the killed has left
    storage.append(NAME, batch("last", 0), write(cause=Cause("last/0", "")))
    acknowledged["last"] = 1
    found = Counter(str(one["_id"]).rsplit("/", 1)[0] for one in storage.find(NAME, EVERYTHING, None, 0))
    batches = Counter(name.split("/")[0] for name in found)
    promised = [f"{tag}/{number}" for tag, count in acknowledged.items() for number in range(count)]
    lost = [name for name in promised if found[name] != BATCH]
    twice = [name for name, count in found.items() if count > BATCH]
    with capsys.disabled():
        print(
            f"\n{ROUNDS} writers killed, {looks} looks: {len(promised) * BATCH} records acknowledged,"
            f" {sum(found.values())} found, {len(lost) * BATCH} lost, {len(twice)} twice"
        )
    assert (lost, twice) == ([], [])
    assert set(found.values()) == {BATCH}, "part of a batch"
    # a batch may be stored and its writer killed before it could say so
    assert all(0 <= batches[tag] - count <= 1 for tag, count in acknowledged.items())
    assert storage.version(NAME) >= len(found)
    triggers = storage.waiting_triggers(LATER, PLENTY)
    waiting = {one.id for one in triggers}
    assert waiting >= set(found)
    # where readers see half of a write that is taken back later, transforms have to run once more after that
    assert all(name.startswith("killed") for name in waiting - set(found))
    assert looks > 0


def test_threads_share_a_storage(storage: Storage, sees_whole_writes: bool) -> None:
    stop, all_read = threading.Event(), threading.Barrier(3)

    def append(thread: int) -> None:
        for i in range(20):
            new = {f"key_{thread}_{i}": i}
            storage.append(
                "things", [record(f"{thread}/{i}/{j}", kind=thread, **new) for j in range(5)], write()
            )

    def read() -> int:
        looks = 0
        while not stop.is_set():
            for partial in storage.fold("things", EVERYTHING, Grouping(("kind",)), PLENTY):
                assert partial.count % 5 == 0 or not sees_whole_writes
            looks += 1
            if looks == 1:
                all_read.wait(60)
        return looks

    with ThreadPoolExecutor(6) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        try:
            # Nothing is written before both read.
            all_read.wait(60)
            for writer in [pool.submit(append, thread) for thread in range(4)]:
                writer.result(timeout=60)
        finally:
            stop.set()
        assert all(reader.result(timeout=60) > 0 for reader in readers)
    assert len(storage.find("things", EVERYTHING, None, 0)) == 4 * 20 * 5
    assert storage.version("things") >= 80


def test_updates_of_one_record_follow_one_another(storage: Storage) -> None:
    storage.append("things", [record("a", size=0)], write())

    def add_one(old: Record) -> Record:
        size = old["size"]
        assert isinstance(size, int)
        return {**old, "size": size + 1}

    def often() -> None:
        for _ in range(25):
            storage.update("things", "a", add_one, write())

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(often) for _ in range(4)]:
            done.result(timeout=60)
    assert storage.find("things", EVERYTHING, None, 0) == [record("a", size=100)]


def test_readers_see_the_old_contents_or_the_new(storage: Storage) -> None:
    contents = [
        [record(f"{i}", size=version, **{f"only_{version}": True}) for i in range(200)]
        for version in range(30)
    ]
    storage.replace("things", contents[0], write())
    stop, all_read = threading.Event(), threading.Barrier(3)
    grouping = Grouping(
        collected=(Collected("size", frozenset({Fact.DISTINCT, Fact.VALUES, Fact.EXTREMES})),)
    )

    def read() -> int:
        newest = looks = 0
        while not stop.is_set():
            found = storage.find("things", EVERYTHING, None, 0)
            [size] = {one["size"] for one in found}
            assert isinstance(size, int)
            assert len(found) == 200
            assert size >= newest
            [partial] = storage.fold("things", EVERYTHING, grouping, PLENTY)
            known = partial.folds["size"]
            assert partial.count == known.values == 200
            assert known.minimum == known.maximum == known.distinct[0] >= size
            newest, looks = size, looks + 1
            if looks == 1:
                all_read.wait(60)
        return looks

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        try:
            all_read.wait(60)
            for version in contents:
                storage.replace("things", version, write())
        finally:
            stop.set()
        assert all(reader.result(timeout=60) > 0 for reader in readers)


def test_a_request_sent_twice_at_once_is_stored_once(storage: Storage) -> None:
    def send(number: int) -> bool:
        receipt = Receipt("key", "print", NOW + timedelta(days=1))
        done = storage.append("things", [record(f"made for {number}")], write(receipt=receipt))
        return done is not None

    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(send, range(8)))
    assert sum(stored) == 1
    assert len(storage.find("things", EVERYTHING, None, 0)) == 1
