"""The queues: each is declared by whoever comes first, and is the same everywhere.

    transforms          what workers take
    transforms.wait.N   what is to be tried again, for at most N seconds; then the broker moves it to `transforms`
    transforms.parked   what was given up; also what the broker takes out of `transforms` by itself

All are quorum queues: on the disk of most of the nodes before a send is confirmed. What the broker moves, it moves
at least once: it keeps a message where it was until the other queue has confirmed it.

An argument can't be changed once a queue is there; a queue that was declared otherwise is refused by the broker.
"""

from __future__ import annotations

import math
from typing import Any

from kombu import Exchange, Queue

from backdrop.broker.names import PARKED_QUEUE, QUEUE

MOST_DELIVERIES = 20
"""What is handed out once more than this, without an acknowledgement, is parked: it may be what kills workers."""

_LONGEST_WAIT = 1024

# RabbitMQ 4 would drop what was looked at twenty times
_ANY_NUMBER_OF_DELIVERIES = 1_000_000_000


def work_queue() -> Queue:
    """What workers take."""
    return _quorum(QUEUE, {"x-delivery-limit": MOST_DELIVERIES, **_moving_to(PARKED_QUEUE)})


def parked_queue() -> Queue:
    """What was given up."""
    return _quorum(PARKED_QUEUE, {"x-delivery-limit": _ANY_NUMBER_OF_DELIVERIES})


def all_queues() -> list[Queue]:
    """All, to be declared in this order before anything is sent: the target of a move before its source.

    All at once, and the least used one last: RabbitMQ (3.10, seen with its node killed) writes the name of a new
    quorum queue to the disk some seconds after it has confirmed the queue and what is in it. A node that is killed
    before forgets the contents of the queue that was declared last.
    """
    waits = [wait_queue(2**power) for power in range(_LONGEST_WAIT.bit_length())]
    return [parked_queue(), work_queue(), *waits]


def wait_queue(seconds: float) -> Queue:
    """Where a message waits that is published with this expiration.

    One queue for each power of two, because only the first message of a queue can expire: one that has longer to
    wait holds up those behind it, here until twice their time at most.
    """
    longest = min(2 ** math.ceil(math.log2(max(seconds, 1.0))), _LONGEST_WAIT)
    arguments = {"x-message-ttl": longest * 1000, **_moving_to(QUEUE)}
    return _quorum(f"{QUEUE}.wait.{longest}", arguments)


def _moving_to(queue: str) -> dict[str, Any]:
    return {
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": queue,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",  # the broker asks for it beside at-least-once
    }


def _quorum(name: str, arguments: dict[str, Any]) -> Queue:
    # the default exchange routes to each queue by its name: nothing to declare or bind that could be missing
    everything = {"x-queue-type": "quorum", **arguments}
    return Queue(name, Exchange(""), routing_key=name, durable=True, queue_arguments=everything)
