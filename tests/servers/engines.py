"""The production engines for a whole run: MongoDB with transactions, and RabbitMQ."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.servers.missing import ServerMissing, mongod_program, rabbitmq_program
from tests.servers.mongodb import ReplicaSet
from tests.servers.rabbitmq import RabbitMq

BROKER_OF_OTHERS = "TEST_BROKER_URL"
"""Names a RabbitMQ that tests may use where this machine has none; they can't stop, kill or look into it."""


@contextmanager
def production_engines(folder: Path) -> Iterator[dict[str, str]]:
    """DATABASE_URL and BROKER_URL of servers that run from here to the end. Raises ServerMissing."""
    with ExitStack() as running:
        database = running.enter_context(ReplicaSet(folder)).url()
        yield {"DATABASE_URL": database, "BROKER_URL": running.enter_context(broker(folder))}


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """The URL of a RabbitMQ: a private one, else that of others. Raises ServerMissing."""
    try:
        private = RabbitMq(folder)
    except ServerMissing:
        if url := os.environ.get(BROKER_OF_OTHERS):
            yield url
            return
        raise
    with private:
        yield private.url()


def missing_engines() -> list[str]:
    """Why `production_engines` can't be had, if so."""
    reasons = []
    try:
        mongod_program()
    except ServerMissing as missing:
        reasons.append(str(missing))
    try:
        rabbitmq_program("rabbitmq-server")
    except ServerMissing as missing:
        if not os.environ.get(BROKER_OF_OTHERS):
            reasons.append(str(missing))
    return reasons
