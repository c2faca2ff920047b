"""Where a WSGI server finds the read app: `gunicorn 'backdrop.read.wsgi:build()'`."""

from __future__ import annotations

from flask import Flask

from backdrop import settings
from backdrop.config_api import ConfigApi
from backdrop.read.app import create_app
from backdrop.storage import open_storage
from backdrop.web.clock import now
from backdrop.web.logging import configure_logging


def build() -> Flask:
    """The read app with the settings of this process's environment; opens storage."""
    known = settings.load()
    configure_logging(known.log_level, for_machines=known.is_production)
    return create_app(
        known,
        storage=open_storage(known.database_url),
        config_api=ConfigApi(
            known.stagecraft_url,
            known.signon_api_user_token,
            cache_seconds=known.stagecraft_cache_seconds,
            stale_seconds=known.stagecraft_stale_seconds,
        ),
        clock=now,
    )
