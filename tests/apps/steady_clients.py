"""Clients that go on writing or reading over HTTP while a test breaks things behind the apps, and what they saw.

Each sends one request after another from a thread of its own, and the same request again while it is answered with
503, as a client of Backdrop should. What was acknowledged is for the test to look for afterwards.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any
from uuid import uuid4

import urllib3

from tests.apps.write_scene import WrittenDataSet
from tests.processes import Reply, Server

RECORDS_PER_REQUEST = 5
_LONGEST_PAUSE = 0.5
"""Seconds; a client would wait for as long as Retry-After says, but then little would be under way at a fault."""
_PACE_SECONDS = 0.04
"""Between two requests of one client, or they take a processor for themselves."""
_TO_THE_END = 90.0


class SteadyClient(ABC):
    """Sends requests from `start` to `finish`; `answers` counts what it got, `good_at` has the time of each 200.
    `is_asking` while a request is under way, or waits to be sent again."""

    def __init__(self) -> None:
        self.is_asking = False
        self.answers: Counter[str] = Counter()
        self.good_at: list[float] = []
        self.troubles: list[str] = []
        self._enough = threading.Event()
        self._deadline = float("inf")
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask_to_finish(self) -> None:
        """No new requests; the one that is under way is repeated until it is answered well."""
        self._deadline = time.monotonic() + _TO_THE_END
        self._enough.set()

    def join(self) -> None:
        self._thread.join(_TO_THE_END + 70)
        assert not self._thread.is_alive(), "a client never got its last answer"

    @abstractmethod
    def turn(self, number: int) -> None:
        """One request, by `insist`, and what follows from its answer."""

    def insist(self, request: Callable[[], Reply]) -> Reply | None:
        """The first answer but a 503; None when there is none in time, or it is one that may not be."""
        while True:
            try:
                reply = request()
            except urllib3.exceptions.TimeoutError:
                self.answers["given up and sent again"] += 1
                continue
            except urllib3.exceptions.HTTPError as error:
                self._trouble(f"no answer: {error}")
                return None
            if reply.status == 200:
                self.answers["200"] += 1
                self.good_at.append(time.monotonic())
                return reply
            if reply.status != 503 or not reply.headers.get("Retry-After", "").isdigit():
                self._trouble(f"{reply.status} {dict(reply.headers)} {reply.body[:500]!r}")
                return None
            self.answers["503 with Retry-After"] += 1
            if time.monotonic() > self._deadline:
                self._trouble("503 to the end")
                return None
            time.sleep(min(int(reply.headers["Retry-After"]), _LONGEST_PAUSE))

    def _run(self) -> None:
        number = 0
        while not self._enough.is_set() and len(self.troubles) < 10:
            self.is_asking = True
            self.turn(number)
            self.is_asking = False
            number += 1
            self._enough.wait(_PACE_SECONDS)

    def _trouble(self, what: str) -> None:
        self.answers["other"] += 1
        self.troubles.append(f"{type(self).__name__}: {what}")


class PostsWithKeys(SteadyClient):
    """Records without ids, each request under an Idempotency-Key; told apart by `batch` and `part`.

    With a short `patience` (seconds) it sends the same again while the first may still be at work.
    """

    def __init__(self, data_set: WrittenDataSet, patience: float = 60.0) -> None:
        super().__init__()
        self._data_set = data_set
        self._patience = patience
        self.acknowledged: list[tuple[str, int]] = []

    def turn(self, number: int) -> None:
        batch = uuid4().hex
        records = [
            {"_timestamp": "2014-01-01", "batch": batch, "part": part} for part in range(RECORDS_PER_REQUEST)
        ]
        key = {"Idempotency-Key": batch}
        if self.insist(
            lambda: self._data_set.call("POST", json=records, headers=key, timeout=self._patience)
        ):
            self.acknowledged += [(batch, part) for part in range(RECORDS_PER_REQUEST)]


class PostsWithIds(SteadyClient):
    """Records with ids that it makes, each stored twice over: new, and with another value for `turn`."""

    def __init__(self, data_set: WrittenDataSet) -> None:
        super().__init__()
        self._data_set = data_set
        self.acknowledged: dict[str, int] = {}

    def turn(self, number: int) -> None:
        if number % 2 == 0:
            self._ids = [uuid4().hex for _ in range(RECORDS_PER_REQUEST)]
        records = [{"_id": record_id, "_timestamp": "2014-01-02", "turn": number} for record_id in self._ids]
        if self.insist(lambda: self._data_set.post(records)):
            self.acknowledged.update(dict.fromkeys(self._ids, number))


class Patches(SteadyClient):
    """A key more in one record, again and again."""

    def __init__(self, data_set: WrittenDataSet, record_id: str) -> None:
        super().__init__()
        self._data_set = data_set
        self._record_id = record_id
        self.acknowledged: dict[str, int] = {}

    def turn(self, number: int) -> None:
        # Not more and more keys: the record would get larger than everything else.
        added = {f"key_{number % 50}": number}
        if self.insist(lambda: self._data_set.call("PATCH", f"/{self._record_id}", json=added)):
            self.acknowledged.update(added)


class Puts(SteadyClient):
    """Other contents for a whole data set, all of one `version`."""

    def __init__(self, data_set: WrittenDataSet, size: int) -> None:
        super().__init__()
        self._data_set = data_set
        self._size = size
        self.acknowledged: int | None = None

    def turn(self, number: int) -> None:
        contents = [{"_timestamp": "2014-01-03", "version": number} for _ in range(self._size)]
        if self.insist(lambda: self._data_set.call("PUT", json=contents)):
            self.acknowledged = number


class Reads(SteadyClient):
    """Asks one read app for the same paths in turn; `check` says what is wrong with a path's answer, if anything."""

    def __init__(self, app: Server, paths: Sequence[str], check: Callable[[str, Any], str | None]) -> None:
        super().__init__()
        self._app = app
        self._paths = paths
        self._check = check

    def turn(self, number: int) -> None:
        path = self._paths[number % len(self._paths)]
        reply = self.insist(lambda: self._app.call("GET", path))
        wrong = self._check(path, reply.json()["data"]) if reply else None
        if wrong:
            self._trouble(wrong)


def answers(clients: Iterable[SteadyClient]) -> Counter[str]:
    """What all of them were answered, and how often."""
    return sum((client.answers for client in clients), Counter())


def longest_wait(clients: Iterable[SteadyClient]) -> float:
    """The longest time, in seconds, in which none of them got a 200."""
    times = sorted(at for client in clients for at in client.good_at)
    return max((later - earlier for earlier, later in pairwise(times)), default=0.0)
