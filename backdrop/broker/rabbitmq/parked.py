"""A parked message of RabbitMQ: what an operator is told of it, and how it goes back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from backdrop.broker.names import PARKED_QUEUE
from backdrop.broker.rabbitmq.queues import MOST_DELIVERIES
from backdrop.broker.rabbitmq.sender import PARKED_AT, PARKED_REASON

_MOVED_BECAUSE = {
    "rejected": "moved here by RabbitMQ: a worker rejected it, and says in its log why",
    "delivery_limit": (
        f"moved here by RabbitMQ: handed out more than {MOST_DELIVERIES} times and never acknowledged"
    ),
}
_UNKNOWN_TIME = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """`id` is the task's, or made of the contents where there is none; `what` says what was to be done."""

    id: str
    parked_at: datetime
    what: str
    reason: str


def described(headers: Mapping[str, Any], body: bytes) -> ParkedMessage:
    """A message as it is in the queue of parked ones, whoever made it."""
    return ParkedMessage(_id(headers, body), _parked_at(headers), _what(headers, body), _reason(headers))


def headers_to_go_back(headers: Mapping[str, Any]) -> dict[str, Any]:
    """As if it had never been tried, nor moved."""
    kept = {name: value for name, value in headers.items() if not name.startswith("x-")}
    for ours in (PARKED_REASON, PARKED_AT):
        kept.pop(ours, None)
    if "retries" in kept:
        kept["retries"] = 0
    return kept


def _id(headers: Mapping[str, Any], body: bytes) -> str:
    return str(headers.get("id") or f"message-{hashlib.sha256(body).hexdigest()[:12]}")


def _what(headers: Mapping[str, Any], body: bytes) -> str:
    if not isinstance(headers.get("task"), str):
        return f"{len(body)} bytes that are no task"
    return f"{headers['task']}{headers.get('argsrepr') or ''}"


def _reason(headers: Mapping[str, Any]) -> str:
    if PARKED_REASON in headers:
        return str(headers[PARKED_REASON])
    moved = _moved(headers)
    if moved is None:
        return "put here by something else than Backdrop"
    why = str(moved.get("reason"))
    return _MOVED_BECAUSE.get(why, f"moved here by RabbitMQ from {moved.get('queue')}: {why}")


def _parked_at(headers: Mapping[str, Any]) -> datetime:
    at = headers.get(PARKED_AT)
    if isinstance(at, int | float):
        return datetime.fromtimestamp(int(at), UTC)
    moved = _moved(headers)
    time = None if moved is None else moved.get("time")
    if not isinstance(time, datetime):
        return _UNKNOWN_TIME
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _moved(headers: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The broker's note of the last time that it moved the message."""
    deaths = headers.get("x-death")
    if not isinstance(deaths, Sequence) or isinstance(deaths, str | bytes):
        return None
    notes = [note for note in deaths if isinstance(note, Mapping) and note.get("queue") != PARKED_QUEUE]
    return notes[0] if notes else None
