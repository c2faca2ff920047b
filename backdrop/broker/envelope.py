"""A kombu message as the bytes that are kept in the file: JSON, its body in base64.

{"body": "W1tdLCB7fSwge31d", "content-type": "application/json", "content-encoding": "utf-8",
 "headers": {"task": ..., "id": ..., "argsrepr": ..., ...},
 "properties": {"body_encoding": "base64", "delivery_info": {...}, "priority": 0, ...}}
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from kombu.utils.json import dumps, loads


class Undecodable(ValueError):
    """Bytes that are no message; the text says why."""


@dataclass(frozen=True, slots=True)
class TaskSummary:
    """What a person wants to know of a queued Celery task; texts are empty where the message has none."""

    name: str
    id: str
    args: str
    kwargs: str
    retries: int


def encode(message: dict[str, Any]) -> bytes:
    """The bytes of a message as kombu's virtual channels make it."""
    return dumps(message).encode()


def decode(payload: bytes) -> dict[str, Any]:
    """The message of such bytes, checked as far as a consumer relies on it: its shape, and a JSON body's syntax.

    Raises Undecodable.
    """
    try:
        message = loads(payload)
    except (ValueError, TypeError) as error:
        raise Undecodable(f"the message is not JSON: {error}") from error
    if not isinstance(message, dict) or not isinstance(message.get("properties"), dict):
        raise Undecodable("the message has no properties")
    if not isinstance(message["properties"].setdefault("delivery_info", {}), dict):
        raise Undecodable("the message's delivery_info is not a mapping")
    if not isinstance(message.setdefault("headers", {}), dict):
        raise Undecodable("the message's headers are not a mapping")
    _check_body(message)
    return message


def task_summary(payload: bytes) -> TaskSummary | None:
    """Which task a message asks for; None if it can't be told."""
    try:
        headers = decode(payload)["headers"]
    except Undecodable:
        return None
    if not isinstance(headers.get("task"), str):
        return None
    retries = headers.get("retries")
    return TaskSummary(
        name=headers["task"],
        id=str(headers.get("id") or ""),
        args=str(headers.get("argsrepr") or ""),
        kwargs=str(headers.get("kwargsrepr") or ""),
        retries=retries if isinstance(retries, int) else 0,
    )


def _check_body(message: dict[str, Any]) -> None:
    body = message.get("body")
    if body is None:
        return
    if not isinstance(body, str | bytes):
        raise Undecodable("the message's body is not text")
    if message["properties"].get("body_encoding") == "base64":
        try:
            body = base64.b64decode(body, validate=True)
        except binascii.Error as error:
            raise Undecodable(f"the message's body is not base64: {error}") from error
    if message.get("content-type") == "application/json" and not message["headers"].get("compression"):
        try:
            json.loads(body)
        except ValueError as error:
            raise Undecodable(f"the message's body is not JSON: {error}") from error
