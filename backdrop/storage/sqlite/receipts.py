"""Receipts of requests that were done under an Idempotency-Key."""

from __future__ import annotations

from datetime import datetime

from backdrop.storage.protocol import IdempotencyKeyReused, Receipt
from backdrop.storage.sqlite.cells import instant_cell
from backdrop.storage.sqlite.connections import Transaction
from backdrop.storage.sqlite.sql import Statement


def is_new(transaction: Transaction, data_set: str, receipt: Receipt, now: datetime) -> bool:
    """Whether the request was not done before; if so, it is remembered as done. Raises IdempotencyKeyReused."""
    transaction.run("DELETE FROM receipts WHERE expires <= ?1", instant_cell(now))
    text = "SELECT fingerprint FROM receipts WHERE data_set = ?1 AND key = ?2"
    if rows := transaction.rows(Statement(text, (data_set, receipt.key))):
        if rows[0][0] != receipt.fingerprint:
            raise IdempotencyKeyReused(
                "the Idempotency-Key was used before, for another request; use a new key for each request"
            )
        return False
    transaction.run(
        "INSERT INTO receipts VALUES (?1, ?2, ?3, ?4)",
        data_set,
        receipt.key,
        receipt.fingerprint,
        instant_cell(receipt.expires),
    )
    return True


def forget(transaction: Transaction, data_set: str) -> None:
    """Forgets what was done to the data set."""
    transaction.run("DELETE FROM receipts WHERE data_set = ?1", data_set)
