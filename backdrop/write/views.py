"""The write API's routes. Views catch nothing: web.errors answers what they raise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import structlog
from flask import Response, request

from backdrop.config_api import ConfigApi
from backdrop.core.data_set import DataSet
from backdrop.core.errors import BackdropError, RecordNotFound
from backdrop.core.names import is_valid_data_set_name
from backdrop.core.records import Record, merge, prepare
from backdrop.core.triggers import Trigger
from backdrop.storage.protocol import Storage, Write
from backdrop.web.answers import json_answer
from backdrop.write import audit, auth
from backdrop.write.body import read_body
from backdrop.write.idempotency import receipt
from backdrop.write.outbox import Outbox
from backdrop.write.transform_range import transform_range

OK = {"status": "ok"}
DEPRECATED = "Deprecation Warning: writing by data set name is deprecated, use /data/<data_group>/<data_type>"
DEPRECATED_SINCE = "@1388534400"
"""RFC 9745: the start of 2014."""


class NothingToDrop(BackdropError):
    """Storage has no data set of that name. Answered with 404."""

    def __init__(self, name: str) -> None:
        super().__init__(f'No collection exists with name "{name}"')


@dataclass(frozen=True, slots=True)
class Views:
    """The routes with what they need. `clock` tells the time, `new_id` makes ids that sort by time;
    `max_body_bytes` bounds a body when decompressed, `drop_token` may drop data sets."""

    storage: Storage
    config_api: ConfigApi
    outbox: Outbox
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    max_body_bytes: int
    drop_token: str

    def append(self, data_group: str, data_type: str) -> Response:
        """`POST /data/<data_group>/<data_type>`"""
        self._append(self.config_api.data_set_by_type(data_group, data_type))
        return json_answer(OK)

    def append_by_name(self, name: str) -> Response:
        """`POST /<data_set_name>`, deprecated"""
        data_set = self.config_api.data_set(name)
        self._append(data_set)
        successor = f"/data/{quote(data_set.data_group, safe='')}/{quote(data_set.data_type, safe='')}"
        headers = {"Deprecation": DEPRECATED_SINCE, "Link": f'<{successor}>; rel="successor-version"'}
        return json_answer({**OK, "message": DEPRECATED}, headers=headers)

    def replace(self, data_group: str, data_type: str) -> Response:
        """`PUT /data/<data_group>/<data_type>`"""
        data_set = self.config_api.data_set_by_type(data_group, data_type)
        token = self._admit(data_set)
        now = self.clock()
        records = prepare(read_body(request, self.max_body_bytes).items(), data_set, now, self.new_id)
        self.storage.replace(data_set.name, records, Write(now, capped_size=data_set.capped_size))
        audit.done("replace", data_set.name, token, now, records=len(records), span=_span(records))
        return json_answer({**OK, "message": f"{data_set.name} now contains {len(records)} records"})

    def patch(self, data_group: str, data_type: str, record_id: str) -> Response:
        """`PATCH /data/<data_group>/<data_type>/<record_id>`"""
        data_set = self.config_api.data_set_by_type(data_group, data_type)
        token = self._admit(data_set)
        now = self.clock()
        changes = read_body(request, self.max_body_bytes).as_object()
        changed = self.storage.update(
            data_set.name,
            record_id,
            lambda record: merge(record, changes, data_set, now),
            lambda record: Write(now, capped_size=data_set.capped_size),
        )
        if changed is None:
            raise RecordNotFound(record_id)
        audit.done("patch", data_set.name, token, now, records=1, span=_span([dict(changed)]))
        return json_answer(OK)

    def delete(self, data_group: str, data_type: str, record_id: str) -> Response:
        """`DELETE /data/<data_group>/<data_type>/<record_id>`"""
        data_set = self.config_api.data_set_by_type(data_group, data_type)
        token = self._admit(data_set)
        now = self.clock()
        if not self.storage.delete(data_set.name, record_id, Write(now)):
            raise RecordNotFound(record_id)
        audit.done("delete", data_set.name, token, now, records=1)
        return json_answer(OK)

    def transform(self, data_group: str, data_type: str) -> Response:
        """`POST /data/<data_group>/<data_type>/transform`"""
        data_set = self.config_api.data_set_by_type(data_group, data_type)
        self._admit(data_set)
        now = self.clock()
        body = read_body(request, self.max_body_bytes).as_object()
        trigger = self._trigger(data_set, transform_range(body, now))
        self.storage.append(data_set.name, [], Write(now, trigger=trigger))
        self.outbox.hand_over(trigger)
        return json_answer(OK)

    def drop(self, name: str) -> Response:
        """`DELETE /data-sets/<data_set_name>`"""
        token = auth.check(request.headers.get("Authorization"), self.drop_token, name)
        if not (is_valid_data_set_name(name) and self.storage.drop(name)):
            raise NothingToDrop(name)
        audit.done("drop", name, token, self.clock())
        return json_answer({**OK, "message": f"Deleted {name}"})

    def _append(self, data_set: DataSet) -> None:
        token = self._admit(data_set)
        now = self.clock()
        body = read_body(request, self.max_body_bytes)
        mark = receipt(request.headers.get("Idempotency-Key"), body.fingerprint, now)
        records = prepare(body.items(), data_set, now, self.new_id)
        span = _span(records)
        trigger = self._trigger(data_set, span) if span else None
        write = Write(now, trigger, mark, data_set.capped_size)
        is_new = bool(records) and self.storage.append(data_set.name, records, write)
        audit.done("append", data_set.name, token, now, records=len(records) if is_new else 0, span=span)
        if trigger is not None and is_new:
            self.outbox.hand_over(trigger)

    def _admit(self, data_set: DataSet) -> str:
        """The sender's token, which may write to the data set."""
        return auth.check(request.headers.get("Authorization"), data_set.bearer_token, data_set.name)

    def _trigger(self, data_set: DataSet, span: audit.Span) -> Trigger:
        request_id = structlog.contextvars.get_contextvars().get("request_id", "")
        return Trigger(self.new_id(), data_set.name, *span, request_id=request_id)


def _span(records: list[Record]) -> audit.Span | None:
    """The first and last `_timestamp`; None where no record has one."""
    timestamps = [at for record in records if isinstance(at := record.get("_timestamp"), datetime)]
    return (min(timestamps), max(timestamps)) if timestamps else None
