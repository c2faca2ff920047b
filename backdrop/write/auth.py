"""Bearer tokens."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

from backdrop.core.errors import BackdropError

_HEADER = re.compile(r"bearer +(?P<token>\S.*)", re.IGNORECASE)


class Unauthorised(BackdropError):
    """No token, or a wrong one. Answered with 401. The text may hold the token that was sent, so it goes into
    no log."""

    def __init__(self, message: str, data_set: str, token: str | None) -> None:
        super().__init__(message)
        self.data_set = data_set
        self.token = token


def check(header: str | None, expected: Iterable[str], data_set: str) -> str:
    """The token of an Authorization header as WSGI has it. Raises Unauthorised unless it is one of those
    expected; an empty one is nobody's."""
    token = _token_of(header)
    if token is None:
        text = "Expected header of form: Authorization: Bearer <token>"
        raise Unauthorised(text, data_set, None)
    if not _is_one_of(token, expected):
        text = f"Unauthorized: Invalid bearer token '{token}' for '{data_set}'"
        raise Unauthorised(text, data_set, token)
    return token


def is_unknown(header: str | None, expected: Iterable[str]) -> bool:
    """Whether the header has a token, but none of those expected."""
    token = _token_of(header)
    return token is not None and not _is_one_of(token, expected)


def _token_of(header: str | None) -> str | None:
    match = _HEADER.fullmatch((header or "").rstrip(" "))
    # WSGI reads bytes as Latin-1; people mean UTF-8
    return None if match is None else match["token"].encode("latin-1", "replace").decode("utf-8", "replace")


def _is_one_of(token: str, expected: Iterable[str]) -> bool:
    # digests, and all of them, so that the time it takes tells nothing, not even the length
    given = _digest(token)
    return sum(hmac.compare_digest(given, _digest(good)) for good in expected if good) > 0


def fingerprint(token: str) -> str:
    """What logs show in a token's place: the same for the same token, and no way back."""
    return _digest(token).hex()[:12]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
