from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pytest

from backdrop.broker.process_identity import ProcessIdentity, has_ended, own_identity
from tests.running import wait_until

PRINT_AND_WAIT = """
import sys
from backdrop.broker.process_identity import own_identity
me = own_identity()
print(me.host, me.pid, me.started, sep="|", flush=True)
sys.stdin.read()
"""


# As for a moment somebody who is killed while another thread writes to the disk.
WITHOUT_FIRST_THREAD = """
import ctypes, sys, threading
from backdrop.broker.process_identity import own_identity
me = own_identity()
print(me.host, me.pid, me.started, sep="|", flush=True)
threading.Thread(target=sys.stdin.read).start()
ctypes.CDLL(None).pthread_exit(None)
"""


@pytest.fixture
def other() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PRINT_AND_WAIT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.communicate()


def identity_of(process: subprocess.Popen[str]) -> ProcessIdentity:
    assert process.stdout is not None
    host, pid, started = process.stdout.readline().strip().split("|")
    return ProcessIdentity(host, int(pid), started)


def test_a_process_is_there_until_it_ends(other: subprocess.Popen[str]) -> None:
    me, them = own_identity(), identity_of(other)
    assert not has_ended(me, me)
    assert not has_ended(them, me)
    other.kill()
    # Not yet waited for: a zombie.
    assert other.stdout is not None
    other.stdout.read()
    wait_until(lambda: has_ended(them, me), "its end")
    other.wait()
    assert has_ended(them, me)


def test_a_process_has_not_ended_while_one_of_its_threads_runs() -> None:
    command = [sys.executable, "-c", WITHOUT_FIRST_THREAD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        them = identity_of(process)
        first = psutil.Process(process.pid)
        wait_until(lambda: first.status() == psutil.STATUS_ZOMBIE, "an end of its first thread")
        assert not has_ended(them, own_identity())
        process.communicate()
    assert has_ended(them, own_identity())


def test_another_process_with_the_same_id_is_not_the_same() -> None:
    me = own_identity()
    assert has_ended(replace(me, started="1"), me)


def test_nothing_is_certain_of_another_host_or_namespace(other: subprocess.Popen[str]) -> None:
    me, them = own_identity(), identity_of(other)
    other.kill()
    other.wait()
    assert has_ended(them, me)
    assert not has_ended(replace(them, host="another boot"), me)
    assert not has_ended(replace(them, host=""), replace(me, host=""))
    assert not has_ended(replace(them, started=""), me)
