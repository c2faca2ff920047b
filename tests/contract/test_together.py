"""Several processes and threads at once, some of them killed: nothing acknowledged is lost, nothing is twice."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest

from backdrop.core.query import Collected, Fact, Grouping
from backdrop.storage.protocol import Receipt, Record, Storage
from tests.contract.appending import BATCH, NAME
from tests.contract.making import EVERYTHING, NOW, PLENTY, record, write

ROUNDS = 10
LATER = NOW + timedelta(seconds=1)


@contextmanager
def process(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", f"tests.contract.{module}", *arguments]
    pipe = subprocess.PIPE
    started = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def output(finished: subprocess.Popen[str]) -> list[str]:
    """The whole lines that it printed; it must have ended well."""
    printed, complaints = finished.communicate(timeout=60)
    assert finished.returncode == 0, complaints
    return printed.splitlines()


def killed(url: str, tag: str, rng: random.Random) -> list[str]:
    """What a writer acknowledged before it was killed at a random moment."""
    with process("appending", url, tag) as victim:
        assert victim.stdout is not None
        assert victim.stderr is not None
        first = victim.stdout.readline()
        time.sleep(rng.uniform(0, 0.1))
        victim.kill()
        # not communicate: it would pass over what readline has taken from the pipe already
        printed, complaints = victim.stdout.read(), victim.stderr.read()
    assert not complaints
    return (first + printed[: printed.rfind("\n") + 1]).splitlines()


@pytest.mark.faults
def test_nothing_is_lost_when_writers_are_killed(
    url: str, storage: Storage, sees_whole_writes: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = random.Random()
    tags = [f"killed{i}" for i in range(ROUNDS)]
    with (
        process("watching", url, "whole" if sees_whole_writes else "parts") as watcher,
        process("appending", url, "one") as one,
        process("appending", url, "two") as two,
        ThreadPoolExecutor(2) as pool,
    ):
        acknowledged = dict(
            zip(tags, map(len, pool.map(lambda tag: killed(url, tag, rng), tags)), strict=True)
        )
        acknowledged |= {"one": len(output(one)), "two": len(output(two))}
        [looks] = output(watcher)
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
    assert all(batch.startswith("killed") for batch in waiting - set(found))
    assert int(looks) > 0


def test_threads_share_a_storage(storage: Storage, sees_whole_writes: bool) -> None:
    stop = threading.Event()

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
        return looks

    with ThreadPoolExecutor(6) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        try:
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
    stop = threading.Event()
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
        return looks

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        try:
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
