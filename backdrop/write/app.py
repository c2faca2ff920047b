"""The write app, built from its parts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import uuid_utils
from flask import Flask, Response, request
from werkzeug.routing import BaseConverter

from backdrop.config_api import ConfigApi
from backdrop.core.errors import BackdropError, DataSetNotFound
from backdrop.settings import Settings
from backdrop.storage.protocol import IdempotencyKeyReused, Storage
from backdrop.web.answers import error_answer
from backdrop.web.app import NO_CACHE, new_app
from backdrop.web.errors import Answer, plainly
from backdrop.write import audit
from backdrop.write.admission import Admission
from backdrop.write.auth import Unauthorised
from backdrop.write.body import BodyTooLarge, discard_rest
from backdrop.write.dropping import DroppedMeanwhile, DropViews, InvalidIfMatch, NothingToDrop
from backdrop.write.outbox import Outbox
from backdrop.write.views import Views


class _RecordId(BaseConverter):
    """Ids may hold any character, `/` as well: those made from a config's auto_ids do."""

    regex = ".+"
    part_isolating = False
    weight = 200


def create_app(
    settings: Settings,
    *,
    storage: Storage,
    config_api: ConfigApi,
    outbox: Outbox,
    clock: Callable[[], datetime],
    new_id: Callable[[], str] = lambda: str(uuid_utils.uuid7()),
) -> Flask:
    """The write app as a WSGI callable. `clock` tells the time as an aware datetime. The outbox is the
    caller's to start and stop."""
    app = new_app(
        "backdrop.write", storage, {**_ANSWERS, Unauthorised: lambda error: _refused(error, clock())}
    )
    audit.keep_every_line()
    app.after_request(_finish)
    # or an id that begins with / would be redirected
    app.url_map.merge_slashes = False
    app.url_map.converters["record_id"] = _RecordId
    admission = Admission(config_api, clock, settings.max_body_bytes)
    _route(
        app,
        Views(storage, admission, outbox, clock, new_id),
        DropViews(storage, clock, settings.stagecraft_collection_endpoint_token),
    )
    return app


def _route(app: Flask, views: Views, drop_views: DropViews) -> None:
    data, data_set = "/data/<data_group>/<data_type>", "/data-sets/<name>"
    for method, rule, view in (
        ("POST", data, views.append),
        ("PUT", data, views.replace),
        ("PATCH", f"{data}/<record_id:record_id>", views.patch),
        ("DELETE", f"{data}/<record_id:record_id>", views.delete),
        ("POST", f"{data}/transform", views.transform),
        ("POST", "/<name>", views.append_by_name),
        ("GET", data_set, drop_views.drops),
        ("DELETE", data_set, drop_views.drop),
    ):
        app.add_url_rule(
            rule,
            endpoint=view.__name__,
            view_func=view,
            methods=[method],
            provide_automatic_options=False,
        )


def _finish(response: Response) -> Response:
    discard_rest(request)
    for name, value in NO_CACHE.items():
        response.headers.setdefault(name, value)
    return response


def _refused(error: BackdropError, now: datetime) -> Response:
    assert isinstance(error, Unauthorised)
    audit.refused(error.data_set, error.token, now)
    return error_answer(401, str(error), {"WWW-Authenticate": "bearer"})


_ANSWERS: dict[type[BackdropError], Answer] = {
    DataSetNotFound: lambda error: error_answer(404, "Could not find data_set_config"),
    InvalidIfMatch: plainly(400),
    NothingToDrop: plainly(404),
    DroppedMeanwhile: plainly(412),
    BodyTooLarge: plainly(413),
    IdempotencyKeyReused: plainly(422),
}
