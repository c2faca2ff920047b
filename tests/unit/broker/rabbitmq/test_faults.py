from __future__ import annotations

import re
import socket

import pytest
from amqp.exceptions import AccessRefused, ConnectionForced, MessageNacked, NotAllowed, PreconditionFailed
from kombu.exceptions import OperationalError

from backdrop.broker.rabbitmq.faults import in_words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (AccessRefused("Login was refused", (0, 0)), "refuses the user, the password or"),
        (NotAllowed("vhost x not found", (10, 40)), "no such virtual host.*vhost x not found"),
        (
            PreconditionFailed("inequivalent arg\n 'x'", (50, 10)),
            r"declared otherwise.*\(inequivalent arg 'x'\)",
        ),
        (MessageNacked(), "refuses the message: its queue is full"),
        (ConnectionForced("broker forced connection closure", (0, 0)), "^RabbitMQ: broker forced"),
        (TimeoutError("timed out"), "does not answer in time"),
        (ConnectionRefusedError(111, "any text"), r"is not there \(Connection refused\)"),
        (socket.gaierror(-2, "Name or service not known"), r"is not there \(.*\)"),
        (OperationalError("amqp://me:secret@mq//"), r"is not there \(OperationalError\)"),
    ],
)
def test_one_line_that_says_what_to_do(error: Exception, words: str) -> None:
    text = in_words(error)
    assert re.search(words, text), text
    assert "\n" not in text
    assert "secret" not in text
