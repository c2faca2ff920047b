"""The read app, built from its parts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Flask, Response

from backdrop.config_api import ConfigApi
from backdrop.core.errors import BackdropError, DataSetNotFound
from backdrop.read.views import Views
from backdrop.settings import Settings
from backdrop.storage.protocol import Storage
from backdrop.web.answers import error_answer
from backdrop.web.app import new_app


def create_app(
    settings: Settings, *, storage: Storage, config_api: ConfigApi, clock: Callable[[], datetime]
) -> Flask:
    """The read app as a WSGI callable. `clock` tells the time as an aware datetime."""
    app = new_app("backdrop.read", storage, {DataSetNotFound: _not_found})
    app.after_request(_open_to_all)
    views = Views(storage, config_api, clock, settings.max_result_rows)
    app.add_url_rule(
        "/_status/data-sets", view_func=views.data_sets, methods=["GET"], provide_automatic_options=False
    )
    app.add_url_rule(
        "/_status/data-sets/<name>",
        view_func=views.freshness_of,
        methods=["GET"],
        provide_automatic_options=False,
    )
    for rule, view in (("/data/<data_group>/<data_type>", views.by_type), ("/<name>", views.by_name)):
        app.add_url_rule(rule, view_func=view, methods=["GET"], provide_automatic_options=False)
        app.add_url_rule(
            rule,
            f"preflight {rule}",
            views.preflight,
            methods=["OPTIONS"],
            provide_automatic_options=False,
        )
    return app


def _not_found(error: BackdropError) -> Response:
    return error_answer(404, "data_set not found")


def _open_to_all(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
