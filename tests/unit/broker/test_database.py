"""The file: opened by many at once, over forks, and when it isn't what it should be."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import apsw
import pytest

from backdrop.broker.database import QueueDatabase, QueueUnavailable
from tests.unit.broker.parts import Peer, Peers

OPEN_AND_PUT = """
import sys
from pathlib import Path
from backdrop.broker.consumer import Consumer
from backdrop.broker.database import QueueDatabase
from backdrop.broker.queue_file import QueueFile
database = QueueDatabase(Path(sys.argv[1]))
queue = QueueFile(database, Consumer(database))
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    queue.put(["q"], b"%d" % number)
database.close()
"""

# Puts and takes at once, prints what it acknowledged.
WORK = """
import sys
from pathlib import Path
from backdrop.broker.consumer import Consumer
from backdrop.broker.database import QueueDatabase
from backdrop.broker.queue_file import QueueFile
database = QueueDatabase(Path(sys.argv[1]))
queue = QueueFile(database, Consumer(database))
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    queue.put(["q"], f"{sys.argv[2]}-{number}".encode())
    delivery = queue.lease("q")
    if delivery:
        queue.ack(delivery.lease)
        print(delivery.payload.decode())
"""


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(started: list[subprocess.Popen[str]]) -> list[str]:
    """Let all go at the same moment; their output, none of them in trouble."""
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = []
    for process in started:
        output, trouble = process.communicate(timeout=60)
        assert trouble == ""
        assert process.returncode == 0
        outputs.append(output)
    return outputs


def test_many_processes_may_make_the_file_at_once(peers: Peers) -> None:
    finish([start(OPEN_AND_PUT, peers.path, 5) for _ in range(6)])
    assert len(peers().payloads()) == 30


def test_processes_that_put_and_take_at_once_lose_nothing_and_take_nothing_twice(peers: Peers) -> None:
    outputs = finish([start(WORK, peers.path, name, 60) for name in "abcd"])
    taken = [line for output in outputs for line in output.split()]
    left = [payload.decode() for payload in peers().payloads()]
    everything = sorted(f"{name}-{number}" for name in "abcd" for number in range(60))
    print(f"put 240, taken {len(taken)}, left {len(left)}, twice {len(taken) - len(set(taken))}")
    assert sorted(taken + left) == everything


def test_threads_share_a_connection(peer: Peer) -> None:
    taken: list[bytes] = []

    def work(name: int) -> None:
        for number in range(25):
            peer.queue.put(["q"], b"%d-%d" % (name, number))
            delivery = peer.take()
            taken.append(delivery.payload)
            peer.queue.ack(delivery.lease)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(taken)) == len(taken) == 100


def run_in_child(peer: Peer) -> int:
    """Forks; the child uses what it inherited and leaves as a pool's child does."""
    pid = os.fork()
    if pid == 0:
        try:
            assert peer.database._connection is None
            assert peer.consumer.id is None
            delivery = peer.take()
            assert delivery.payload == b"2"
            peer.queue.ack(delivery.lease)
            peer.queue.put(["q"], b"from the child")
            peer.queue.leave()
            peer.database.close()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_no_connection_and_no_lease_is_carried_across_a_fork(peers: Peers) -> None:
    parent, other = peers(), peers()
    for payload in (b"1", b"2"):
        parent.queue.put(["q"], payload)
    mine = parent.take()
    assert run_in_child(parent) == 0
    assert parent.take().payload == b"from the child"
    other.queue.reclaim()
    assert other.queue.lease("q") is None, "the parent's leases must outlive its child"
    parent.queue.ack(mine.lease)


def test_forks_while_other_threads_use_the_file(peer: Peer) -> None:
    stopping = threading.Event()

    def keep_busy() -> None:
        while not stopping.is_set():
            peer.queue.put(["busy"], b"x")

    threads = [threading.Thread(target=keep_busy) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            peer.queue.put(["q"], b"2")
            assert run_in_child(peer) == 0
            peer.queue.ack(peer.take().lease)
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def test_what_is_committed_is_synced(peer: Peer) -> None:
    with peer.database.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").get == "wal"
        assert connection.execute("PRAGMA synchronous").get == 2


def test_a_transaction_that_raises_leaves_nothing(peer: Peer) -> None:
    with pytest.raises(KeyboardInterrupt), peer.database.writing():
        peer.queue.put(["q"], b"1")
        raise KeyboardInterrupt
    assert peer.payloads() == []
    peer.queue.put(["q"], b"2")
    assert peer.payloads() == [b"2"]


def test_folders_are_made(tmp_path: Path) -> None:
    database = QueueDatabase(tmp_path / "a b" / "c%d" / "q.sqlite")
    database.open()
    database.close()
    assert database.path.exists()


def test_a_file_that_was_replaced_is_refused_and_a_new_connection_takes_it(peers: Peers) -> None:
    old = peers()
    old.queue.put(["q"], b"1")
    peers.path.unlink()
    with pytest.raises(QueueUnavailable, match="removed or replaced"):
        old.queue.put(["q"], b"2")
    new = peers()
    new.queue.put(["q"], b"3")
    old.database.close()
    with pytest.raises(QueueUnavailable, match="removed or replaced"):
        old.queue.lease("q")
    peers.made.remove(old)
    assert new.payloads() == [b"3"]


def test_a_file_that_is_no_queue_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my notes, not SQLite at all\n" * 100)
    with pytest.raises(QueueUnavailable, match=r"notes\.txt can't be used .* a path of its own"):
        QueueDatabase(path).open()
    assert path.read_text().startswith("my notes")


def test_another_kind_of_sqlite_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "backdrop.sqlite"
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE records (id)")
    connection.close()
    with pytest.raises(QueueUnavailable, match="of another kind"):
        QueueDatabase(path).open()
    connection = apsw.Connection(str(path))
    assert connection.execute("SELECT group_concat(name) FROM sqlite_schema").get == "records"
    assert connection.execute("PRAGMA journal_mode").get == "delete"
    connection.close()


def test_a_file_of_a_newer_release_is_refused(peers: Peers) -> None:
    peer = peers()
    with peer.database.writing() as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(QueueUnavailable, match="tables of version 99"):
        peers().database.open()


@pytest.mark.parametrize("path", ["/dev/null/q.sqlite", "/proc/q.sqlite"])
def test_a_place_that_takes_no_file_is_named(path: str) -> None:
    with pytest.raises(QueueUnavailable, match=f"the queue file {path} can't be used"):
        QueueDatabase(Path(path)).open()


def test_a_damaged_file_is_named(peers: Peers) -> None:
    peer = peers()
    for _ in range(50):
        peer.queue.put(["q"], b"x" * 3000)
    peer.close()
    peers.made.clear()
    with peers.path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 40_000)
    with pytest.raises(QueueUnavailable, match="damaged"):
        Peer(peers.path, peers.clock).payloads()
