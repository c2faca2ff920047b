"""Bearer tokens."""

from __future__ import annotations

import hashlib
import hmac
import re

from backdrop.core.errors import BackdropError

_HEADER = re.compile(r"bearer +(?P<token>\S.*?) *", re.IGNORECASE)


class Unauthorised(BackdropError):
    """No token, or a wrong one. Answered with 401. The text may hold the token that was sent, so it goes into
    no log."""

    def __init__(self, message: str, data_set: str, token: str | None) -> None:
        super().__init__(message)
        self.data_set = data_set
        self.token = token


def check(header: str | None, expected: str, data_set: str) -> str:
    """The token of an Authorization header as WSGI has it. Raises Unauthorised unless it is the expected
    one; an empty one is nobody's."""
    match = _HEADER.fullmatch(header or "")
    if match is None:
        text = "Expected header of form: Authorization: Bearer <token>"
        raise Unauthorised(text, data_set, None)
    # WSGI reads bytes as Latin-1; people mean UTF-8
    token = match["token"].encode("latin-1", "replace").decode("utf-8", "replace")
    # digests, so that the time it takes tells nothing, not even the length
    if not (expected and hmac.compare_digest(_digest(token), _digest(expected))):
        text = f"Unauthorized: Invalid bearer token '{token}' for '{data_set}'"
        raise Unauthorised(text, data_set, token)
    return token


def fingerprint(token: str) -> str:
    """What logs show in a token's place: the same for the same token, and no way back."""
    return _digest(token).hex()[:12]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
