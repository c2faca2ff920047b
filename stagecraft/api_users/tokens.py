"""Tokens of API users: made here, shown once, kept as a hash."""

import hashlib
import re
import secrets

BEARER = re.compile(r"bearer +([!-~]+)", re.IGNORECASE)


def new_token() -> str:
    """A fresh token of 256 random bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is kept of a token. No salt and no slow hash: nobody guesses 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def same_hash(one: str, other: str) -> bool:
    """Whether two hashes are equal, in a time that doesn't tell where they differ."""
    return secrets.compare_digest(one, other)


def bearer_token(authorization: str) -> str | None:
    """The token in an `Authorization` header, or None if the header has another form."""
    found = BEARER.fullmatch(authorization.strip())
    return found[1] if found else None
