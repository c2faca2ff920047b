"""What can be wrong with a request, each with the status that tells its sender so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a body: the key it is about (None: the whole) and what to change."""

    key: str | None
    message: str


class ApiError(Exception):
    """A request that is answered with a 4xx status, and why."""

    def __init__(
        self,
        status: int,
        message: str,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.faults = tuple(faults)
        self.headers = dict(headers or {})


def bad_request(message: str, faults: Sequence[Fault] = ()) -> ApiError:
    """400: the request can't be understood, or breaks a rule."""
    return ApiError(400, message, faults)


def unauthorised(message: str) -> ApiError:
    """401: nobody known is asking."""
    return ApiError(401, message, headers={"WWW-Authenticate": "Bearer"})


def forbidden(message: str) -> ApiError:
    """403: we know who is asking, and they may not."""
    return ApiError(403, message)


def not_found(message: str) -> ApiError:
    """404: no such thing."""
    return ApiError(404, message)


def method_not_allowed(method: str, allowed: Sequence[str]) -> ApiError:
    """405: the thing is there but doesn't do that."""
    listed = ", ".join(allowed)
    return ApiError(405, f"{method} is not possible here, only {listed}", headers={"Allow": listed})
