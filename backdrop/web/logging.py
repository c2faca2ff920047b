"""Logs go to standard error: JSON lines in production, readable ones in development."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from traceback import extract_tb
from typing import Any

import structlog
from structlog.types import EventDict, Processor

_OUR_CODE = Path(__file__).parents[1]


def configure_logging(level: str, *, for_machines: bool) -> None:
    """Sends structlog, the standard library's loggers (gunicorn's, Celery's) and Python's warnings down one path."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso" if for_machines else "%H:%M:%S", utc=for_machines),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(for_machines),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.captureWarnings(True)


def _rendering(for_machines: bool) -> list[Processor]:
    if for_machines:
        return [brief_exception, structlog.processors.JSONRenderer()]
    return [brief_exception, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)]


def brief_exception(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Puts an exception's type and place into the line instead of its stack trace, which is many lines,
    and its text, which may quote what was sent: a token perhaps."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exception()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["kind"] = type(error).__name__
        event["at"] = _place(error)
    return event


def _place(error: BaseException) -> str:
    """Where in our code it was raised or passed through last, and the line of a library that raised it."""
    frames = extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_OUR_CODE)]
    places = [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in (*ours[-1:], *frames[-1:])
    ]
    return " < ".join(reversed(list(dict.fromkeys(places))))
