"""The read API's routes. Views catch nothing: web.errors answers what they raise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from flask import Response, request
from werkzeug.exceptions import MethodNotAllowed

from backdrop import __version__
from backdrop.config_api import ConfigApi
from backdrop.core.data_set import DataSet
from backdrop.core.errors import AnswerTooLarge, DataSetNotFound
from backdrop.core.names import is_valid_data_set_name
from backdrop.core.present import Row, rows, slide
from backdrop.core.query import Query
from backdrop.read import formats, freshness, rules
from backdrop.read.parse import parse
from backdrop.storage.protocol import Storage
from backdrop.web.answers import json_answer
from backdrop.web.app import NO_CACHE

PREFLIGHT = {
    "Access-Control-Max-Age": "86400",
    "Access-Control-Allow-Headers": "cache-control, govuk-request-id, request-id",
}
MAX_AGE, MAX_AGE_REALTIME = 1800, 120


@dataclass(frozen=True, slots=True)
class Views:
    """The routes with what they need; `clock` tells the time, `max_rows` is the most that one answer may have."""

    storage: Storage
    config_api: ConfigApi
    clock: Callable[[], datetime]
    max_rows: int

    def by_type(self, data_group: str, data_type: str) -> Response:
        """`GET /data/<data_group>/<data_type>`"""
        return self._answer(self.config_api.data_set_by_type(data_group, data_type))

    def by_name(self, name: str) -> Response:
        """`GET /<data_set_name>`"""
        if not is_valid_data_set_name(name):
            raise DataSetNotFound("data_set not found")
        return self._answer(self.config_api.data_set(name))

    def preflight(self, name: str = "any", **_: str) -> Response:
        """`OPTIONS` on both: what a browser asks before a dashboard's query."""
        if not is_valid_data_set_name(name):
            raise MethodNotAllowed(["GET", "HEAD"])
        return Response(headers=PREFLIGHT, mimetype="text/plain")

    def data_sets(self) -> Response:
        """`GET /_status/data-sets`"""
        configs = self.config_api.data_sets()
        return json_answer(
            freshness.report(configs, self.storage.last_writes(), self.clock()), headers=NO_CACHE
        )

    def freshness_of(self, name: str) -> Response:
        """`GET /_status/data-sets/<name>`"""
        if not is_valid_data_set_name(name):
            raise DataSetNotFound("data_set not found")
        data_set = self.config_api.data_set(name)
        last_write = self.storage.last_writes().get(name)
        return json_answer(freshness.report_of_one(data_set, last_write, self.clock()), headers=NO_CACHE)

    def _answer(self, data_set: DataSet) -> Response:
        if not data_set.queryable:
            raise DataSetNotFound("data_set not found")
        query = parse(request.args.to_dict(flat=False), self.clock(), self.max_rows)
        rules.check(query, data_set)
        etag = _etag(data_set, query, self.storage.version(data_set.name))
        if request.if_none_match.contains_weak(etag):
            return _labelled(Response(status=304), data_set, etag)
        return _labelled(_rendered(query, data_set, self._rows(data_set, query)), data_set, etag)

    def _rows(self, data_set: DataSet, query: Query) -> list[Row]:
        if query.is_raw:
            return self._records(data_set, query)
        partials = self.storage.fold(data_set.name, query.selection, query.grouping, self.max_rows)
        if (moved := slide(query, partials)) is not None:
            query = moved
            partials = self.storage.fold(data_set.name, query.selection, query.grouping, self.max_rows)
        return rows(query, partials, self.max_rows)

    def _records(self, data_set: DataSet, query: Query) -> list[Row]:
        limit = min(query.limit or self.max_rows + 1, self.max_rows + 1)
        records = self.storage.find(data_set.name, query.selection, query.sort, limit)
        if len(records) > self.max_rows:
            raise AnswerTooLarge(self.max_rows)
        return records  # type: ignore[return-value]  # a record is a row without lists


def _etag(data_set: DataSet, query: Query, version: int) -> str:
    """Names the answer by what it follows from, so that it is known to be unchanged before any data is read."""
    shown = (__version__, data_set.name, data_set.published, data_set.realtime, query, version)
    return blake2b(repr(shown).encode(), digest_size=16).hexdigest()


def _rendered(query: Query, data_set: DataSet, answer: list[Row]) -> Response:
    if query.format == "csv":
        download = {"Content-Disposition": "attachment; filename=export.csv"}
        return Response(formats.as_csv(answer, nested=query.is_nested), headers=download, mimetype="text/csv")
    body = formats.as_json(answer, published=data_set.published)
    return Response(body, mimetype="application/json")


def _labelled(response: Response, data_set: DataSet, etag: str) -> Response:
    max_age = MAX_AGE_REALTIME if data_set.realtime else MAX_AGE
    kept = f"max-age={max_age}, must-revalidate"
    response.headers["Cache-Control"] = kept if data_set.published else NO_CACHE["Cache-Control"]
    response.set_etag(etag)
    return response
