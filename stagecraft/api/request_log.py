"""One log line for each request, and the id that ties what happens in several apps together."""

import logging
import re
import time
from collections.abc import Callable, Mapping
from urllib.parse import quote
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bound_contextvars

log = logging.getLogger(__name__)

ID_HEADERS = ("Govuk-Request-Id", "X-Request-Id")
SAFE_ID = re.compile(r"[!-~]{1,200}")


def request_log(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: the id is in the answer and in every line logged meanwhile."""

    def middleware(request: HttpRequest) -> HttpResponse:
        identifier = request_id(request.headers)
        began = time.monotonic()
        with bound_contextvars(request_id=identifier):
            response = get_response(request)
            for header in ID_HEADERS:
                response.headers[header] = identifier
            log.info(
                "request",
                extra={
                    "method": request.method,
                    # Without its query, which may hold anything, and quoted, so that a line stays a line.
                    "path": quote(request.path),
                    "status": response.status_code,
                    "ms": round((time.monotonic() - began) * 1000, 1),
                },
            )
        return response

    return middleware


def request_id(headers: Mapping[str, str]) -> str:
    """The id that the request came with, if it is fit for a header and a log line, else a new one."""
    for header in ID_HEADERS:
        given = headers.get(header, "")
        if SAFE_ID.fullmatch(given):
            return given
    return uuid4().hex
