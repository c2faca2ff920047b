"""The one place that turns exceptions into answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from backdrop.core.errors import (
    BackdropError,
    DataSetNotFound,
    InvalidBody,
    InvalidConfig,
    InvalidQuery,
    InvalidRecords,
    RecordNotFound,
    Unavailable,
)
from backdrop.web.answers import error_answer

log = structlog.get_logger("backdrop.web")

Answer = Callable[[BackdropError], Response]
"""Makes the answer to an error."""

RETRY_AFTER_SECONDS = 5


def plainly(status: int, headers: Mapping[str, str] | None = None) -> Answer:
    """Answers with the status and the error's own text."""
    return lambda error: error_answer(status, str(error), headers)


def answer_errors(app: Flask, answers: Mapping[type[BackdropError], Answer]) -> None:
    """Registers answers for errors of ours (the app's own beside the common ones), for HTTP errors of the
    framework, and for what nobody expected."""
    for kind, answer in {**_COMMON, **answers}.items():
        app.register_error_handler(kind, partial(_known, answer))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _known(answer: Answer, error: BackdropError) -> Response:
    response = answer(error)
    if response.status_code >= 500:
        # what is wrong with what we need is the operator's business, not that of whoever asked
        trouble = error.trouble if isinstance(error, Unavailable) else str(error)
        log.error("cannot answer", error=trouble, kind=type(error).__name__)
    return response


def _http(error: HTTPException) -> Response:
    headers = {name: value for name, value in error.get_headers() if name == "Allow"}
    return error_answer(error.code or 500, _in_our_words(error), headers)


def _in_our_words(error: HTTPException) -> str:
    if isinstance(error, NotFound):
        return f"nothing is at {request.path}"
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        return f"{request.method} is not allowed here; allowed are {', '.join(sorted(error.valid_methods))}"
    return error.description or error.name


def _unexpected(error: Exception) -> Response:
    log.exception("unexpected error", kind=type(error).__name__)
    return error_answer(500, "an unexpected error; it is in our log under this answer's Govuk-Request-Id")


def _unavailable(error: BackdropError) -> Response:
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS), "Cache-Control": "no-cache"}
    return error_answer(503, str(error), headers)


def _invalid_records(error: BackdropError) -> Response:
    assert isinstance(error, InvalidRecords)
    return error_answer(
        400,
        str(error),
        messages=[fault.message for fault in error.faults],
        errors=[{"index": f.index, "key": f.key, "message": f.message} for f in error.faults],
        total_errors=error.found,
    )


_COMMON: dict[type[BackdropError], Answer] = {
    BackdropError: plainly(500),
    InvalidConfig: lambda _: error_answer(500, "this data set's config can't be used; our log says why"),
    DataSetNotFound: plainly(404),
    RecordNotFound: plainly(404),
    InvalidQuery: plainly(400),
    InvalidBody: plainly(400),
    InvalidRecords: _invalid_records,
    Unavailable: _unavailable,
}
