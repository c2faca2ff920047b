"""Where a WSGI server finds the write app: `gunicorn 'backdrop.write.wsgi:build()'`."""

from __future__ import annotations

import atexit

from flask import Flask

from backdrop import settings
from backdrop.broker.celery_app import make_celery
from backdrop.broker.trigger_queue import TriggerQueue
from backdrop.config_api import ConfigApi
from backdrop.storage import open_storage
from backdrop.web.clock import now
from backdrop.web.logging import configure_logging
from backdrop.write.app import create_app
from backdrop.write.outbox import Outbox


def build() -> Flask:
    """The write app with the settings of this process's environment; opens storage, and starts handing
    triggers to the broker until the process ends. Call it in the process that serves, after any fork."""
    known = settings.load()
    configure_logging(known.log_level, for_machines=known.is_production)
    storage = open_storage(known.database_url)
    outbox = Outbox(storage, TriggerQueue(make_celery(known.broker_url)), now)
    outbox.start()
    atexit.register(outbox.stop)
    return create_app(
        known,
        storage=storage,
        config_api=ConfigApi(
            known.stagecraft_url,
            known.signon_api_user_token,
            cache_seconds=known.stagecraft_cache_seconds,
            stale_seconds=known.stagecraft_stale_seconds,
            drops=storage.drops,
        ),
        outbox=outbox,
        clock=now,
    )
