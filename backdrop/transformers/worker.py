"""Where Celery finds its app: `celery -A backdrop.transformers.worker worker`.

Celery looks for an attribute `app` of this module. It is built when somebody asks for it, so that importing the
module does nothing.
"""

from __future__ import annotations

import logging
import os
import warnings
from datetime import UTC, datetime
from functools import cache
from typing import Any

from celery import Celery
from celery.exceptions import CPendingDeprecationWarning
from celery.signals import celeryd_after_setup, setup_logging

from backdrop import settings
from backdrop.broker.celery_app import make_celery, task_sender
from backdrop.config_api import ConfigApi
from backdrop.core.errors import BackdropError
from backdrop.settings import Settings
from backdrop.transformers.client import DataApi
from backdrop.transformers.patience import Patience
from backdrop.transformers.run import MOST_BODY_BYTES, Runner
from backdrop.transformers.runs import Tasks
from backdrop.web.logging import configure_logging

# What these say in several lines, our tasks say in one with more in it.
_SAID_BY_TASKS = ("celery.app.trace", "celery.worker.strategy", "urllib3.connectionpool")

_SECONDS_TO_GIVE_UP = 60
"""How long a task that has run into its time limit has for parking itself; then its process is killed."""


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return _app()


@cache
def _app() -> Celery:
    try:
        return build(settings.load())
    except BackdropError as error:
        raise SystemExit(f"backdrop worker: {error}") from error


def build(known: Settings) -> Celery:
    """The worker's Celery app; connects to nothing yet."""
    celery = make_celery(known.broker_url)
    celery.conf.update(
        task_soft_time_limit=known.transform_time_limit_seconds,
        task_time_limit=known.transform_time_limit_seconds + _SECONDS_TO_GIVE_UP,
    )
    patience = Patience(known.transform_max_retries, float(known.transform_retry_seconds))
    # by process id: one that was forked must not speak through its parent's connections
    runners = cache(lambda _process_id: _runner(known))
    Tasks(celery, lambda: runners(os.getpid()), task_sender(celery), patience).register()

    def set_up(**_: object) -> None:
        configure_logging(known.log_level, for_machines=known.is_production)
        for noisy in _SAID_BY_TASKS:
            logging.getLogger(noisy).setLevel(logging.ERROR)
        logging.getLogger("celery.worker.request").addFilter(_nothing_is_critical)

    def set_up_warnings(**_: object) -> None:
        # of what Celery 6 will do otherwise unless told, as it is: eight lines for each connection that is lost
        warnings.simplefilter("ignore", CPendingDeprecationWarning)

    # with a receiver of ours Celery leaves logging alone, but for warnings, which it turns on after that
    setup_logging.connect(set_up, weak=False)
    celeryd_after_setup.connect(set_up_warnings, weak=False)
    return celery


def _nothing_is_critical(record: logging.LogRecord) -> bool:
    """What can't be acknowledged, since the connection was lost meanwhile, comes again, and changes nothing."""
    if record.levelno == logging.CRITICAL:
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True


def _runner(known: Settings) -> Runner:
    return Runner(
        config=ConfigApi(
            known.stagecraft_url,
            known.stagecraft_oauth_token,
            cache_seconds=known.stagecraft_cache_seconds,
            stale_seconds=known.stagecraft_stale_seconds,
        ),
        data=DataApi(known.backdrop_read_url, known.backdrop_write_url),
        clock=lambda: datetime.now(UTC),
        most_body_bytes=min(MOST_BODY_BYTES, known.max_body_bytes),
    )
