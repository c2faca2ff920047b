"""A Backdrop under steady writes whose processes fail one after the other, and the counts of what came of it."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import urllib3

from tests.apps.transforming import TOKEN, data_set, stored, transform, week_of
from tests.http_gate import HttpGate
from tests.processes import Backdrop, wait_until
from tests.servers.rabbitmq import RabbitMq

KINDS = ("done", "begun")
NAMES = ("a", "b", "c")
WEEKS = 40

Json = dict[str, Any]


class FaultScene:
    """Three data sets with a `rate` each, a writer, and a gate between the worker and what it reads.

    Each record is one of a kind in one week with a volume of its own, so the derived rates show for every week
    whether the last write to it was counted. Every write is asked for until it is acknowledged, as a careful
    client does; what must be stored is then known exactly.
    """

    def __init__(self, folder: Path, broker: RabbitMq, broker_url: str) -> None:
        self.broker = broker
        self.truth: dict[str, dict[str, Json]] = {name: {} for name in NAMES}
        self.writes = Counter[str]()
        self.chance = random.Random()
        self._serial = 0
        self._stop = threading.Event()
        self._trouble: BaseException | None = None
        sets = [data_set(name) for name in NAMES] + [data_set(f"{name}-rate") for name in NAMES]
        settings = {
            "BROKER_URL": broker_url,
            "STAGECRAFT_CACHE_SECONDS": "0",
            "TRANSFORM_RETRY_SECONDS": "1",
        }
        self.site = Backdrop(folder, sets, environment=settings)
        self.gate: HttpGate

    def __enter__(self) -> FaultScene:
        for name in NAMES:
            self.site.config.transforms[f"g_{name}"] = [transform(name, f"{name}-rate")]
        self.site.__enter__()
        self.gate = HttpGate(self.site.read.url).__enter__()
        self.site._overrides["BACKDROP_READ_URL"] = f"{self.gate.url}/data"
        self.site.start("worker")
        return self

    def __exit__(self, *_: object) -> None:
        self.site.kill()
        self.gate.__exit__(None, None, None)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A write after the other, as long as the block lasts; all of them are acknowledged at its end."""
        self._stop.clear()
        self.writes.clear()
        writer = threading.Thread(target=self._write_on, daemon=True)
        writer.start()
        try:
            yield
        finally:
            self._stop.set()
            writer.join(60)
        assert not writer.is_alive(), "a write takes more than a minute"
        if self._trouble is not None:
            raise self._trouble

    def wait_for_writes(self, count: int) -> None:
        """Until so many more were acknowledged, whatever is broken."""
        wanted = self.writes.total() + count
        wait_until(lambda: self._trouble or self.writes.total() >= wanted, f"{count} more writes", 60)
        if self._trouble is not None:
            raise self._trouble

    def pause(self, longest: float = 0.5) -> None:
        """Some time that nobody can foresee."""
        time.sleep(self.chance.uniform(0, longest))

    def balance(self, fault: str) -> Counter[str]:
        """Prints and answers, for records and derived records, what is there of what was acknowledged."""
        result = Counter[str]()
        for name in NAMES:
            found = Counter((row["_id"], row["volume"]) for row in stored(self.site, name))
            wanted = Counter((id_, row["volume"]) for id_, row in self.truth[name].items())
            result.update(_compared("records", wanted, found))
            derived, recounted = self._derived(name), self.rates(name)
            result.update(_compared("derived", Counter(recounted.items()), Counter(derived.items())))
        counts = ", ".join(f"{what} {result[what]}" for what in _COUNTED)
        print(f"\n{fault}: {self.writes.total()} writes ({dict(self.writes)}): {counts}")
        return result

    def is_settled(self) -> bool:
        """Whether every derived data set is what its input makes it."""
        return all(self._derived(name) == self.rates(name) for name in NAMES)

    def _derived(self, name: str) -> dict[str, float | None]:
        return {row["_start_at"]: row["rate"] for row in stored(self.site, f"{name}-rate")}

    def rates(self, name: str) -> dict[str, float | None]:
        """The derived data set as recounted from what was acknowledged."""
        volumes: dict[tuple[str, str], float] = {}
        for row in self.truth[name].values():
            key = row["_timestamp"], row["kind"]
            volumes[key] = volumes.get(key, 0) + row["volume"]
        weeks = [week for week, _ in volumes]
        if not weeks:
            return {}
        return {
            week: _rate(volumes.get((week, "done")), volumes.get((week, "begun")))
            for week in map(week_of, range(WEEKS))
            if week in weeks
        }

    def _write_on(self) -> None:
        try:
            while not self._stop.is_set():
                self._write_one(self.chance.choice(NAMES))
                time.sleep(self.chance.uniform(0, 0.1))
        except BaseException as trouble:
            self._trouble = trouble

    def _write_one(self, name: str) -> None:
        kind = self.chance.choices(("POST", "PATCH", "DELETE", "PUT"), (80, 20, 10, 1))[0]
        if kind == "PUT":
            self.truth[name] = self._sent("PUT", name, 60)
        elif kind == "POST" or not self.truth[name]:
            self.truth[name].update(self._sent("POST", name, self.chance.randrange(1, 4)))
        else:
            self._edit(kind, name)
        self.writes[kind] += 1

    def _sent(self, method: str, name: str, count: int) -> dict[str, Json]:
        """Records of chance, stored by that method."""
        rows = {row["_id"]: row for row in (self._record() for _ in range(count))}
        self._until_done(method, f"/data/g/{name}", list(rows.values()))
        return rows

    def _edit(self, method: str, name: str) -> None:
        """Patches or deletes one record."""
        known = self.truth[name]
        id_ = self.chance.choice(list(known))
        path = f"/data/g/{name}/{quote(id_)}"
        if method == "PATCH":
            self._serial += 1
            self._until_done("PATCH", path, {"volume": self._serial})
            known[id_] = {**known[id_], "volume": self._serial}
        else:
            self._until_done("DELETE", path, None)
            del known[id_]

    def _record(self) -> Json:
        self._serial += 1
        week, kind = self.chance.randrange(WEEKS), self.chance.choice(KINDS)
        return {
            "_id": f"{week}-{kind}-{self.chance.randrange(2)}",
            "_timestamp": week_of(week),
            "kind": kind,
            "volume": self._serial,
        }

    def _until_done(self, method: str, path: str, body: Any) -> None:
        first = True
        while True:
            with suppress(urllib3.exceptions.HTTPError):
                reply = self.site.write.call(method, path, json=body, token=TOKEN, timeout=20)
                # a DELETE whose answer was lost finds nothing the second time
                if reply.status == 200 or (method == "DELETE" and reply.status == 404 and not first):
                    return
                assert reply.status == 503, (method, path, reply.status, reply.body)
            first = False
            time.sleep(0.1)


_COUNTED = tuple(
    f"{kind} {what}" for kind in ("records", "derived") for what in ("acknowledged", "found", "lost", "twice")
)


def _compared(kind: str, wanted: Counter[Any], found: Counter[Any]) -> dict[str, int]:
    return {
        f"{kind} acknowledged": wanted.total(),
        f"{kind} found": (wanted & found).total(),
        f"{kind} lost": (wanted - found).total(),
        f"{kind} twice": (found - wanted).total(),
    }


def _rate(done: float | None, begun: float | None) -> float | None:
    """As the transform has it: null where either side has no rows."""
    if done is None:
        return None
    return done / (done + (begun or 0))


def in_parallel(*works: Callable[[], Any]) -> None:
    """All at once, until all have ended; what one raises is raised."""
    troubles: list[BaseException] = []

    def guarded(work: Callable[[], Any]) -> None:
        try:
            work()
        except BaseException as trouble:
            troubles.append(trouble)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        raise troubles[0]
