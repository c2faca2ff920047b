"""Who holds messages: a row in the queue file that says which process it is and until when its lease runs."""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Callable

from backdrop.broker.database import QueueDatabase, QueueUnavailable, Transaction
from backdrop.broker.heartbeat import Heartbeat
from backdrop.broker.process_identity import ProcessIdentity, own_identity

LEASE_SECONDS = 30.0

_RENEWALS_PER_LEASE = 3

_ENROL = """
INSERT INTO consumer (id, host, pid, started, lease_until) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until
"""

logger = logging.getLogger(__name__)


class Consumer:
    """The right to hold messages, for one connection of one process.

    The lease is the consumer's, not the message's: a thread renews one row three times per lease, so a task may
    take as long as it likes, and so may a message that waits in the worker for its countdown. The thread lives
    as long as the process does; a process that is killed, frozen or cut off stops renewing. Where another
    process can see for certain that it ended (see process_identity), nobody waits for the lease.

    A child made by a fork is another consumer: it holds nothing of its parent's.
    """

    def __init__(
        self,
        database: QueueDatabase,
        lease_seconds: float = LEASE_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._lease_seconds = lease_seconds
        self._clock = clock
        self._pid = 0
        self._id = 0
        self._identity = own_identity()
        self._heartbeat: Heartbeat | None = None

    @property
    def id(self) -> int | None:
        """None until it holds something in this process."""
        return self._id if self._pid == os.getpid() else None

    @property
    def identity(self) -> ProcessIdentity:
        return self._identity

    def enrol(self, connection: Transaction) -> int:
        """Its id, with a fresh lease, inside the caller's transaction."""
        if self.id is None:
            self._pid = os.getpid()
            self._id = secrets.randbits(62)
            self._identity = own_identity()
            self._heartbeat = Heartbeat(self._beat, self._lease_seconds / _RENEWALS_PER_LEASE)
        who = self._identity
        lease_until = self._clock() + self._lease_seconds
        connection.execute(_ENROL, (self._id, who.host, who.pid, who.started, lease_until))
        return self._id

    def renew(self) -> None:
        """A fresh lease for all that it holds; nothing if it holds nothing. Raises QueueUnavailable."""
        with self._database.writing() as connection:
            if self.id is not None:
                self.enrol(connection)

    def leave(self) -> None:
        """Stop renewing. Its row is the caller's to remove."""
        if self.id is not None and self._heartbeat is not None:
            self._heartbeat.stop()
        self._pid = 0

    def _beat(self) -> None:
        try:
            self.renew()
        except QueueUnavailable as error:
            logger.warning("the lease was not renewed, it runs out in %s s: %s", self._lease_seconds, error)
