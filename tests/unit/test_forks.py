from __future__ import annotations

import gc
import os

from backdrop import forks


class Watching:
    def __init__(self) -> None:
        self.told: list[str] = []

    def before_fork(self) -> None:
        self.told.append("before")

    def after_fork_in_parent(self) -> None:
        self.told.append("parent")

    def after_fork_in_child(self) -> None:
        self.told.append("child")


def fork(watching: list[Watching]) -> bool:
    """Whether a child finds that all were told, and can fork itself."""
    child = os.fork()
    if child == 0:
        try:
            told = all(one.told == ["before", "child"] for one in watching)
            grandchild = os.fork()
            if grandchild == 0:
                os._exit(0 if all(one.told[2:] == ["before", "child"] for one in watching) else 1)
            os._exit(0 if told and os.waitpid(grandchild, 0)[1] == 0 else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_all_are_told_before_and_after_for_as_long_as_they_live() -> None:
    watching = [Watching() for _ in range(3)]
    for one in watching:
        forks.watch(one)
    gone = Watching()
    heard = gone.told
    forks.watch(gone)
    del gone
    gc.collect()
    assert fork(watching)
    assert [one.told for one in watching] == [["before", "parent"]] * 3
    assert heard == []
