"""The Flask app that both apps begin with."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, Response

from backdrop.core.errors import BackdropError
from backdrop.web.answers import json_answer
from backdrop.web.errors import Answer, answer_errors
from backdrop.web.requests import follow_requests

NO_CACHE = {"Cache-Control": "no-cache"}


def new_app(name: str, answers: Mapping[type[BackdropError], Answer]) -> Flask:
    """A Flask app with request ids, a request log, JSON errors and `GET /_status`.

    `answers` says how the app answers errors of its own.
    """
    app = Flask(name, static_folder=None)
    app.url_map.strict_slashes = True
    follow_requests(app)
    answer_errors(app, answers)
    app.add_url_rule("/_status", "status", _status, methods=["GET"], provide_automatic_options=False)
    return app


def _status() -> Response:
    return json_answer({"status": "ok", "message": "app is up"}, headers=NO_CACHE)
