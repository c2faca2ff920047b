"""What can be wrong with a request, each with the status that tells its sender so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

MOST_FAULTS, LONGEST_KEY = 100, 200


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


def invalid(faults: Sequence[Fault]) -> ApiError:
    """400 with all that is wrong, in a line too, for clients that show nothing but a message."""
    listed = [Fault(fault.key and fault.key[:LONGEST_KEY], fault.message) for fault in faults[:MOST_FAULTS]]
    if len(faults) > MOST_FAULTS:
        listed.append(Fault(None, f"and {len(faults) - MOST_FAULTS} more faults"))
    return bad_request(in_a_line(listed), listed)


def in_a_line(faults: Iterable[Fault]) -> str:
    """All of it, each with its key."""
    return "; ".join(f"{fault.key} {fault.message}" if fault.key else fault.message for fault in faults)


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


def conflict(message: str, faults: Sequence[Fault] = ()) -> ApiError:
    """409: the request is right, but what is there stands in its way."""
    return ApiError(409, message, faults)


def unavailable(message: str) -> ApiError:
    """503: something that we need is away; the same request may do later."""
    return ApiError(503, message, headers={"Retry-After": "5"})
