"""Reading a JSON body, strictly."""

import json
import math
from collections import Counter
from typing import Any, NoReturn

from django.conf import settings
from django.http import HttpRequest

from stagecraft.api.errors import ApiError, bad_request

READ_AWAY, PIECE = 16 * 1024 * 1024, 64 * 1024
DEEPEST = 50


def json_object(request: HttpRequest) -> dict[str, Any]:
    """The request's body, a JSON object. Raises a 400 that says what is wrong with it."""
    if request.content_type != "application/json":
        raise bad_request("Expected header: Content-type: application/json")
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        raise ApiError(411, "The body needs a Content-Length")
    _refuse_large(request)
    return parse_object(_whole_body(request))


def _whole_body(request: HttpRequest) -> bytes:
    # The server gives what came before a sender hung up; what looks whole may be the beginning of something else.
    announced = int(request.META.get("CONTENT_LENGTH") or 0)
    if len(request.body) < announced:
        raise bad_request(f"The body ended after {len(request.body)} of {announced} bytes")
    return request.body


def _refuse_large(request: HttpRequest) -> None:
    limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if int(request.META.get("CONTENT_LENGTH") or 0) <= limit:
        return
    # A sender that is still sending when the connection closes doesn't see why: what is left is
    # read and thrown away, within reason.
    for _ in range(READ_AWAY // PIECE):
        if not request.read(PIECE):
            break
    raise ApiError(413, f"The body is too large: at most {limit} bytes are taken")


def parse_object(body: bytes) -> dict[str, Any]:
    """Bytes as a JSON object that any database can keep, and anything that looks into it can walk through.

    So no key twice, no NaN or infinity, no lone surrogate or NUL, and at most `DEEPEST` levels.
    """
    if not body:
        raise bad_request("Expected JSON request body but received zero bytes.")
    try:
        value = json.loads(
            body.decode(),
            object_pairs_hook=_without_twins,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
        _look_through(value)
        # A lone surrogate can be written in JSON but in no database.
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeError:
        raise bad_request("Error parsing JSON: the body is not text in UTF-8") from None
    except RecursionError:
        raise bad_request("Error parsing JSON: it is nested too deeply") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise bad_request(f'Error parsing JSON: "{error.msg} at {place}"') from None
    except ValueError:
        raise bad_request("Error parsing JSON: a number has too many digits") from None
    if not isinstance(value, dict):
        raise bad_request("Expected a JSON object")
    return value


def _look_through(value: Any) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise _refusal(f"it is nested too deeply, more than {DEEPEST} levels")
        if any(isinstance(part, str) and "\0" in part for part in level):
            raise _refusal("a string holds the character NUL")
        level = [inner for part in level for inner in _parts(part)]


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        twin = next(key for key, count in counts.items() if count > 1)
        raise _refusal(f"the key {json.dumps(twin)} is given twice")
    return found


def _refuse_constant(constant: str) -> NoReturn:
    raise _refusal(f"{constant} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _refusal("a number is too large")
    return number


def _refusal(what: str) -> ApiError:
    return bad_request(f"Error parsing JSON: {what}")
