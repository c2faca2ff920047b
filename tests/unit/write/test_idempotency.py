"""Idempotency-Key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backdrop.core.errors import InvalidBody
from backdrop.storage.protocol import Receipt
from backdrop.write.idempotency import receipt

NOW = datetime(2014, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize("key", ["x", "8e03978e-40d5-43dd-bc93-6894a57f9324", "a b", "k" * 255])
def test_a_key_is_good_for_a_day(key: str) -> None:
    assert receipt(key, "digest", NOW) == Receipt(key, "digest", NOW + timedelta(days=1))


def test_no_key_no_receipt() -> None:
    assert receipt(None, "digest", NOW) is None


@pytest.mark.parametrize("key", ["", " ", " x", "é", "k" * 256, "a\tb"])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidBody, match="Idempotency-Key"):
        receipt(key, "digest", NOW)
