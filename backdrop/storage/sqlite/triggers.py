"""Triggers that wait for a broker to take them over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backdrop.core.triggers import Trigger
from backdrop.storage.sqlite.cells import instant_cell, instant_of
from backdrop.storage.sqlite.connections import Transaction
from backdrop.storage.sqlite.sql import Statement


def keep(transaction: Transaction, trigger: Trigger, now: datetime) -> None:
    """Has the trigger wait from now on."""
    transaction.run(
        "INSERT OR REPLACE INTO triggers (id, data_set, earliest, latest, request_id, written)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        trigger.id,
        trigger.data_set,
        instant_cell(trigger.earliest),
        instant_cell(trigger.latest),
        trigger.request_id,
        instant_cell(now),
    )


def waiting(transaction: Transaction, written_before: datetime, at_most: int) -> list[Trigger]:
    """Those written before that time, oldest first."""
    text = (
        "SELECT id, data_set, earliest, latest, request_id FROM triggers WHERE written < ?1"
        " ORDER BY written, number LIMIT ?2"
    )
    return [
        Trigger(id_, data_set, instant_of(earliest), instant_of(latest), request_id)
        for id_, data_set, earliest, latest, request_id in transaction.rows(
            Statement(text, (instant_cell(written_before), at_most))
        )
    ]


def forget(transaction: Transaction, ids: Sequence[str]) -> None:
    """Removes those of the triggers that are there."""
    transaction.run("DELETE FROM triggers WHERE id IN (SELECT k0 FROM batch(?1))", [(id_,) for id_ in ids])


def forget_all(transaction: Transaction, data_set: str) -> None:
    """Removes the triggers of the data set."""
    transaction.run("DELETE FROM triggers WHERE data_set = ?1", data_set)
