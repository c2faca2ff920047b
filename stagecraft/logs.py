"""How Stagecraft logs: JSON lines on standard error in production, readable lines elsewhere."""

import sys
from pathlib import Path
from traceback import extract_tb
from typing import Any

import structlog
from django.db import OperationalError, ProgrammingError

OUR_CODE = Path(__file__).parent


def logging_config(level: str, *, readable: bool) -> dict[str, Any]:
    """The `LOGGING` setting: one handler, one formatter, everything through it."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [
                    structlog.contextvars.merge_contextvars,
                    structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name,
                    structlog.stdlib.ExtraAdder(),
                    without_request,
                    structlog.processors.TimeStamper(fmt="%H:%M:%S" if readable else "iso", utc=not readable),
                ],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    brief_exception,
                    structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
                    if readable
                    else structlog.processors.JSONRenderer(),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        # Each refused request has its line from request_log already; what failed has one of ours.
        "loggers": {"django": {"propagate": True}, "django.request": {"level": "ERROR"}},
    }


def without_request(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Drop Django's request of a line: in words it has the query string, which request_log leaves out."""
    event.pop("request", None)
    return event


def brief_exception(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Replace an exception by its type and place.

    A stack trace is many lines, and a message may quote what was sent, a token perhaps. Only what a
    database says of itself is kept, its tables, locks and connections: what it says of a row may quote it.
    """
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exception()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["at"] = _place(error)
        if isinstance(error, OperationalError | ProgrammingError):
            event["reason"] = str(error).partition("\n")[0]
    return event


def _place(error: BaseException) -> str:
    frames = extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(OUR_CODE)]
    frame = (ours or frames)[-1] if frames else None
    if frame is None:
        return "unknown"
    path = Path(frame.filename)
    name = path.relative_to(OUR_CODE.parent) if ours else path.name
    return f"{name}:{frame.lineno} {frame.name}"
