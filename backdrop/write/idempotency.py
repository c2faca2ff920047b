"""Idempotency-Key: the same request sent again stores nothing twice."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from backdrop.core.errors import InvalidBody
from backdrop.storage.protocol import Receipt

REMEMBERED = timedelta(days=1)
_KEY = re.compile(r"[!-~](?:[ -~]{0,253}[!-~])?")


def receipt(key: str | None, fingerprint: str, now: datetime) -> Receipt | None:
    """What to leave in storage for a request with this header and body; None without the header.

    Raises InvalidBody for a header that is no key.
    """
    if key is None:
        return None
    if _KEY.fullmatch(key) is None:
        raise InvalidBody("Idempotency-Key must be 1 to 255 printable ASCII characters")
    return Receipt(key, fingerprint, now + REMEMBERED)
