"""The worker's side of RabbitMQ: what of Celery's consumer is done otherwise."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from amqp.exceptions import AccessRefused, AMQPError, NotAllowed, PreconditionFailed
from celery.exceptions import WorkerShutdown
from celery.worker import consumer
from celery.worker.state import maybe_shutdown

from backdrop.broker.rabbitmq.faults import in_words
from backdrop.broker.rabbitmq.queues import all_queues

_MISCONFIGURED = 78
"""The exit status, EX_CONFIG of sysexits.h: to be started again helps only once something was changed."""

_LONGEST_SECONDS_BETWEEN_TRIES = 3.0

_Blueprint: Any = consumer.Consumer.Blueprint

logger = logging.getLogger(__name__)


class Consumer(consumer.Consumer):
    """Celery's, without its delayed delivery: its 28 queues do what our few `wait` queues do, and it has a message
    whose time is in its header held by a worker whose clock is behind.

    It has all queues there before it takes anything out of one. What can't be decoded is parked, not dropped. What
    only a person can put right ends the worker with one line.
    """

    class Blueprint(_Blueprint):  # type: ignore[misc]  # its type is lost in celery-types
        default_steps: ClassVar = [
            step for step in _Blueprint.default_steps if not step.endswith(":DelayedDelivery")
        ]

    def connect(self) -> Any:
        try:
            # not on the connection of the event loop, which must not wait for an answer
            with self.connection_for_write() as connection:
                for queue in all_queues():
                    queue(connection.default_channel).declare()
        except (AccessRefused, NotAllowed, PreconditionFailed) as error:
            logger.critical("%s", in_words(error))
            raise WorkerShutdown(_MISCONFIGURED) from error
        return super().connect()

    def ensure_connected(self, conn: Any) -> Any:
        """Waits for as long as it takes. Celery's waits grow to half a minute, and its words to three lines."""

        def told(error: Exception, seconds: float) -> None:
            logger.warning("%s: %s; next try in %g s", conn.as_uri(), in_words(error), seconds)

        conn.ensure_connection(told, None, 0.5, 0.5, _LONGEST_SECONDS_BETWEEN_TRIES, callback=maybe_shutdown)
        self.first_connection_attempt = False
        return conn

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        logger.error("a message can't be decoded and is parked: %s", type(exc).__name__)
        message.reject_log_error(logger, (OSError, AMQPError))
