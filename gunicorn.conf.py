"""How gunicorn serves the three web apps; start-app.sh adds what differs: app, name and address.

Settings, from the environment: WEB_PROCESSES, WEB_THREADS, WEB_TIMEOUT, WEB_GRACEFUL_TIMEOUT (docs/operations.md).
"""

from __future__ import annotations

import json
import logging
import os
import socket
from pathlib import Path
from typing import Any

import structlog
from gunicorn import util

from backdrop import settings
from backdrop.storage import open_storage
from backdrop.web.logging import brief_exception


def _whole(name: str, default: int) -> int:
    """A setting that counts something; gunicorn takes 0 as a default of its own or as "for ever", we don't."""
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise SystemExit(f"{name} must be a whole number of at least 1 (it is '{text}')")
    return int(text)


def _is_for_a_developer(record: logging.LogRecord) -> bool:
    """gunicorn tells of every process that it starts and stops; a developer wants to see where it listens."""
    return record.levelno > logging.INFO or str(record.msg).startswith("Listening at")


def _logging(*, for_machines: bool) -> dict[str, Any]:
    """gunicorn's own log in the form of the apps' logs: JSON lines in production, readable ones elsewhere."""
    log = structlog.stdlib
    rendering = (
        structlog.processors.JSONRenderer()
        if for_machines
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"terse": {"()": lambda: _is_for_a_developer}},
        "formatters": {
            "lines": {
                "()": log.ProcessorFormatter,
                "foreign_pre_chain": [
                    log.add_log_level,
                    log.add_logger_name,
                    structlog.processors.TimeStamper(
                        fmt="iso" if for_machines else "%H:%M:%S", utc=for_machines
                    ),
                ],
                "processors": [
                    log.ProcessorFormatter.remove_processors_meta,
                    brief_exception,
                    rendering,
                ],
            }
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "lines",
                "filters": [] if for_machines else ["terse"],
            }
        },
        "loggers": {"gunicorn.error": {"level": "INFO", "handlers": ["stderr"], "propagate": False}},
        "root": {"level": "INFO", "handlers": ["stderr"]},
    }


def _write_error(sock: socket.socket, status: int, reason: str, message: str) -> None:
    """What no app gets to see (a request line that is too long, a header that is none) is refused in JSON too."""
    body = json.dumps({"status": "error", "message": message or reason})
    head = [
        f"HTTP/1.1 {status} {reason}",
        "Connection: close",
        "Content-Type: application/json",
        "Cache-Control: no-cache",
        "Access-Control-Allow-Origin: *",
        f"Content-Length: {len(body)}",
    ]
    util.write_nonblock(sock, ("\r\n".join([*head, "", ""]) + body).encode("ascii"))


def post_fork(_server: Any, _worker: Any) -> None:
    """gunicorn has no setting for the form of its own errors."""
    util.write_error = _write_error


def on_starting(server: Any) -> None:
    """A bad setting of the apps is told once, in a line, instead of by every process that can't start for it."""
    if not server.app.app_uri.startswith("backdrop."):
        return
    try:
        open_storage(settings.load().database_url).close()
    except (settings.InvalidSettings, ValueError) as problem:
        raise SystemExit(f"backdrop {server.proc_name}: {problem}") from problem


worker_class = "gthread"
# Each process opens its database and starts its own threads, after the fork.
preload_app = False
workers = _whole("WEB_PROCESSES", 1)
threads = _whole("WEB_THREADS", 16)
timeout = _whole("WEB_TIMEOUT", 60)
graceful_timeout = _whole("WEB_GRACEFUL_TIMEOUT", 30)
# Longer than the 60 seconds of most load balancers, which must be the ones to end an idle connection.
keepalive = 75

limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190

# The apps log each request themselves, with its id.
accesslog = None
logconfig_dict = _logging(for_machines=os.environ.get("ENVIRONMENT") == "production")

# All instances of a user would share one socket file; signals do what we need.
control_socket_disable = True
# A worker shows that it lives by touching a file, which can block for long where that file is on a busy disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - made and removed by gunicorn
