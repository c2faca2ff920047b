"""Ids of output records, made of what identifies them, so that a second run overwrites the first."""

from __future__ import annotations

from base64 import urlsafe_b64encode


def encode_id(*parts: str) -> str:
    """The URL-safe base64 of the parts joined by `_`."""
    return urlsafe_b64encode("_".join(parts).encode()).decode()
