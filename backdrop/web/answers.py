"""JSON answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from flask import Response

from backdrop.core.instants import render_instant


def to_json(payload: object) -> bytes:
    """The payload as JSON; datetimes as `2013-01-01T00:00:00+00:00`, integers of any size exactly."""
    try:
        return orjson.dumps(payload)
    except TypeError:
        # orjson stops at 64 bits, and an exact sum may not
        return json.dumps(payload, default=_render, ensure_ascii=False, allow_nan=False).encode()


def json_answer(payload: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer with the payload as its JSON body."""
    return Response(to_json(payload), status, headers, mimetype="application/json")


def error_answer(
    status: int, message: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """The one shape that all errors have: `{"status": "error", "message": ..., ...}`."""
    return json_answer({"status": "error", "message": message, **more}, status, headers)


def _render(value: object) -> str:
    if isinstance(value, datetime):
        return render_instant(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
