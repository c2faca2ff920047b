"""Each request has an id, in its answer and in every log line, and leaves one line when it is done."""

from __future__ import annotations

import re
import time
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger("backdrop.request")

REQUEST_ID_HEADER = "Govuk-Request-Id"
OTHER_REQUEST_ID_HEADER = "X-Request-Id"
_ACCEPTABLE = re.compile(r"[!-~]{1,200}")


def follow_requests(app: Flask) -> None:
    """Gives each request of the app its id (the sender's, else a fresh one) and logs its end."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = time.perf_counter()
    g.request_id = _sent_id() or str(uuid4())
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _sent_id() -> str | None:
    sent = request.headers.get(REQUEST_ID_HEADER) or request.headers.get(OTHER_REQUEST_ID_HEADER) or ""
    return sent if _ACCEPTABLE.fullmatch(sent) else None


def _end(response: Response) -> Response:
    for name in (REQUEST_ID_HEADER, OTHER_REQUEST_ID_HEADER):
        response.headers[name] = g.request_id
    log.info(
        "request",
        method=request.method,
        path=request.path,
        status=response.status_code,
        ms=round((time.perf_counter() - g.began) * 1000, 1),
    )
    return response
