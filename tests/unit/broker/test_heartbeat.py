from __future__ import annotations

import gc
import threading

from backdrop.broker.heartbeat import Heartbeat
from tests.processes import wait_until


class Counted:
    def __init__(self) -> None:
        self.beats = 0

    def beat(self) -> None:
        self.beats += 1


def beating() -> int:
    return sum(thread.name == "broker-heartbeat" for thread in threading.enumerate())


def test_it_beats_until_it_is_stopped() -> None:
    before, counted = beating(), Counted()
    heart = Heartbeat(counted.beat, 0.005)
    wait_until(lambda: counted.beats >= 3, "three beats")
    heart.stop()
    wait_until(lambda: beating() == before, "the thread's end")


def test_it_ends_with_its_owner() -> None:
    before, owners = beating(), [Counted()]
    Heartbeat(owners[0].beat, 0.005)
    wait_until(lambda: owners[0].beats >= 1, "a beat")
    owners.clear()
    gc.collect()
    wait_until(lambda: beating() == before, "the thread's end")
