"""The audit log: who changed what, one line each. The request's id comes with every line of our logs."""

from __future__ import annotations

import logging
from datetime import datetime

import structlog

from backdrop.core.instants import render_instant
from backdrop.storage.protocol import Written
from backdrop.write.auth import fingerprint

LOGGER = "backdrop.audit"

log = structlog.get_logger(LOGGER)


def keep_every_line() -> None:
    """A LOG_LEVEL that hides ordinary news must not hide who changed what."""
    logging.getLogger(LOGGER).setLevel(logging.INFO)


def done(action: str, data_set: str, token: str, now: datetime, records: int, written: Written) -> None:
    """An append, replace, patch, delete or drop that was done to so many records: those stored, or those
    removed where none was. The range is that of all that were stored, replaced or removed."""
    span = written.span
    log.info(
        "audit",
        at=render_instant(now),
        action=action,
        data_set=data_set,
        records=records,
        removed=written.removed,
        earliest=render_instant(span[0]) if span else None,
        latest=render_instant(span[1]) if span else None,
        token=fingerprint(token),
    )


def refused(data_set: str, token: str | None, now: datetime) -> None:
    """An authorisation that was refused."""
    log.warning(
        "audit",
        at=render_instant(now),
        action="refused",
        data_set=data_set,
        token=None if token is None else fingerprint(token),
    )
