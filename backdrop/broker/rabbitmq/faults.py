"""What went wrong with RabbitMQ, in one line that has no URL, and so no password, in it."""

from __future__ import annotations

import os

from amqp.exceptions import AccessRefused, AMQPError, MessageNacked, NotAllowed, PreconditionFailed


class PublishersBlocked(OSError):
    """The broker takes no messages for now."""


_ADVICE: dict[type[Exception], str] = {
    AccessRefused: "RabbitMQ refuses the user, the password or what the user wants to do; look at BROKER_URL",
    NotAllowed: "RabbitMQ has no such virtual host for the user; look at BROKER_URL",
    PreconditionFailed: (
        "RabbitMQ has a queue of that name that was declared otherwise; take out what is in it and delete it, or give"
        " Backdrop a virtual host of its own"
    ),
    MessageNacked: (
        "RabbitMQ refuses the message: its queue is full, has lost too many of its nodes, or is electing another leader"
    ),
    PublishersBlocked: "RabbitMQ takes no messages for now: it is short of memory or disk; its log says of which",
}


def in_words(error: Exception) -> str:
    """What is wrong, and what to do where that is known. Of the broker's words only those that name things."""
    for kind, advice in _ADVICE.items():
        if isinstance(error, kind):
            return f"{advice} ({said})" if (said := _said(error)) else advice
    if isinstance(error, AMQPError) and (said := _said(error)):
        return f"RabbitMQ: {said}"
    if isinstance(error, TimeoutError):
        return "RabbitMQ does not answer in time"
    if isinstance(error, OSError) and error.errno is not None:
        return f"RabbitMQ is not there ({os.strerror(error.errno)})"
    return f"RabbitMQ is not there ({type(error).__name__})"


def _said(error: Exception) -> str:
    return " ".join(str(getattr(error, "reply_text", None) or "").split())
