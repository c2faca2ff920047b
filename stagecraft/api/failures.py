"""The one place where what went wrong becomes an answer."""

import logging

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, InterfaceError, OperationalError, ProgrammingError
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from stagecraft.api import errors
from stagecraft.api.answers import error
from stagecraft.api.errors import ApiError, Fault

log = logging.getLogger(__name__)

NO_ROUTE = "There is nothing at this address"
UNREADABLE = "The request could not be read"
UNEXPECTED = "Something went wrong here; the log has it under the request's id"


def answer_for(failure: Exception) -> HttpResponse:
    """The answer to a request that failed. What isn't its sender's fault is logged."""
    match failure:
        case ApiError():
            return error(failure.status, failure.message, failure.faults, failure.headers)
        case ValidationError():
            return error(400, in_a_line(failure), faults_of(failure))
        case UnreadablePostError():
            return error(400, "The body ended before its Content-Length")
        case IntegrityError():
            log.error("the database refused a change", exc_info=failure)
            return error(409, "Something else that is there, or came at the same time, stands in the way")
        # A database that isn't prepared: SQLite says so by the first, PostgreSQL by the last of these.
        case OperationalError() | InterfaceError() | ProgrammingError():
            log.error("the database could not be used", exc_info=failure)
            return error(503, "The database can't be reached just now", headers={"Retry-After": "5"})
        case _:
            log.error("a request failed", exc_info=failure)
            return error(500, UNEXPECTED)


def faults_of(invalid: ValidationError) -> list[Fault]:
    """What a model found wrong with itself."""
    if not hasattr(invalid, "error_dict"):
        return [Fault(None, message) for message in invalid.messages]
    return [
        Fault(None if key == NON_FIELD_ERRORS else key, message)
        for key, messages in sorted(invalid.message_dict.items())
        for message in messages
    ]


def in_a_line(invalid: ValidationError) -> str:
    """All of it in a line."""
    return errors.in_a_line(faults_of(invalid))


def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for what it refuses itself."""
    return error(400, UNREADABLE)


def not_found(_request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for addresses that no route has."""
    return error(404, NO_ROUTE)


def server_error(_request: HttpRequest) -> HttpResponse:
    """Django's handler for a failure outside of our views; Django logs it."""
    return error(500, UNEXPECTED)
