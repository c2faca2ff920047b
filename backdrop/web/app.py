"""The Flask app that both apps begin with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from flask import Flask, Response

from backdrop.core.errors import BackdropError
from backdrop.storage.protocol import Storage
from backdrop.web.answers import json_answer
from backdrop.web.errors import Answer, answer_errors
from backdrop.web.requests import follow_requests

NO_CACHE = {"Cache-Control": "no-cache"}


def new_app(name: str, storage: Storage, answers: Mapping[type[BackdropError], Answer]) -> Flask:
    """A Flask app with request ids, a request log, JSON errors, `GET /_status` (the process is up) and
    `GET /_status/ready` (storage answers, too).

    `answers` says how the app answers errors of its own.
    """
    app = Flask(name, static_folder=None)
    app.url_map.strict_slashes = True
    follow_requests(app)
    answer_errors(app, answers)
    for rule, view in (("/_status", _status), ("/_status/ready", partial(_ready, storage))):
        app.add_url_rule(rule, rule, view, methods=["GET"], provide_automatic_options=False)
    return app


def _ready(storage: Storage) -> Response:
    storage.ping()
    return json_answer({"status": "ok", "message": "storage answers"}, headers=NO_CACHE)


def _status() -> Response:
    return json_answer({"status": "ok", "message": "app is up"}, headers=NO_CACHE)
