"""A queue file and its consumers, each as if it were a process of its own, with a clock that tests turn."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from backdrop.broker.consumer import Consumer
from backdrop.broker.database import QueueDatabase
from backdrop.broker.parking import Parking
from backdrop.broker.queue_file import Delivery, QueueFile
from backdrop.broker.routing import Routing

LEASE = 30.0


@dataclass
class Clock:
    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


class Peer:
    """One connection to the file: its own SQLite connection, its own consumer."""

    def __init__(self, path: Path, clock: Clock, max_deliveries: int = 3) -> None:
        self.database = QueueDatabase(path, busy_seconds=10.0)
        self.consumer = Consumer(self.database, LEASE, clock)
        self.queue = QueueFile(self.database, self.consumer, max_deliveries, clock)
        self.routing = Routing(self.database, self.consumer)
        self.parking = Parking(self.database, clock)

    def payloads(self, queue: str = "q") -> list[bytes]:
        """Everything ready, leased one by one."""
        found = []
        while (delivery := self.queue.lease(queue)) is not None:
            found.append(delivery.payload)
        return found

    def take(self, queue: str = "q") -> Delivery:
        delivery = self.queue.lease(queue)
        assert delivery is not None
        return delivery

    def close(self) -> None:
        self.queue.leave()
        self.database.close()


@dataclass
class Peers:
    """Makes peers over one new file."""

    path: Path
    clock: Clock = field(default_factory=Clock)
    made: list[Peer] = field(default_factory=list)

    def __call__(self, max_deliveries: int = 3) -> Peer:
        peer = Peer(self.path, self.clock, max_deliveries)
        self.made.append(peer)
        return peer

    def close(self) -> None:
        for peer in self.made:
            peer.close()
