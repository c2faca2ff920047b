"""The write API's routes. Views catch nothing: web.errors answers what they raise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import structlog
from flask import Response, request

from backdrop.config_api import ConfigApi
from backdrop.core.data_set import DataSet
from backdrop.core.errors import BackdropError, RecordNotFound
from backdrop.core.names import is_valid_data_set_name
from backdrop.core.records import Record, merge, prepare
from backdrop.core.triggers import Cause, Trigger
from backdrop.storage.protocol import Receipt, Storage, Write, Written
from backdrop.web.answers import json_answer
from backdrop.write import audit, auth, record_ids
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
        data_set, token = self._admit(self.config_api.data_set_by_type(data_group, data_type))
        items = read_body(request, self.max_body_bytes).items()
        now = self.clock()
        records, write = self._prepared(items, data_set, now, None)
        written = self.storage.replace(data_set.name, records, write)
        self._finish("replace", data_set, token, now, written, len(records))
        return json_answer({**OK, "message": f"{data_set.name} now contains {len(records)} records"})

    def patch(self, data_group: str, data_type: str, record_id: str) -> Response:
        """`PATCH /data/<data_group>/<data_type>/<record_id>`"""
        data_set, token = self._admit(self.config_api.data_set_by_type(data_group, data_type))
        now = self.clock()
        changes = read_body(request, self.max_body_bytes).as_object()
        written = self.storage.update(
            data_set.name,
            record_id,
            lambda record: merge(record, changes, data_set, now),
            Write(now, self._cause(), capped_size=data_set.capped_size),
        )
        if written is None:
            raise RecordNotFound(record_id)
        self._finish("patch", data_set, token, now, written, 1)
        return json_answer(OK)

    def delete(self, data_group: str, data_type: str, record_id: str) -> Response:
        """`DELETE /data/<data_group>/<data_type>/<record_id>`"""
        data_set, token = self._admit(self.config_api.data_set_by_type(data_group, data_type))
        now = self.clock()
        written = self.storage.delete(data_set.name, record_id, Write(now, self._cause()))
        if written is None:
            raise RecordNotFound(record_id)
        self._finish("delete", data_set, token, now, written, written.removed)
        return json_answer(OK)

    def transform(self, data_group: str, data_type: str) -> Response:
        """`POST /data/<data_group>/<data_type>/transform`"""
        data_set, _ = self._admit(self.config_api.data_set_by_type(data_group, data_type))
        now = self.clock()
        body = read_body(request, self.max_body_bytes).as_object()
        cause = self._cause()
        earliest, latest = transform_range(body, now)
        trigger = Trigger(cause.id, data_set.name, earliest, latest, cause.request_id)
        self.storage.keep_trigger(trigger, now)
        self.outbox.hand_over(trigger)
        return json_answer(OK)

    def drop(self, name: str) -> Response:
        """`DELETE /data-sets/<data_set_name>`"""
        token = auth.check(request.headers.get("Authorization"), [self.drop_token], name)
        written = self.storage.drop(name) if is_valid_data_set_name(name) else None
        if written is None:
            raise NothingToDrop(name)
        audit.done("drop", name, token, self.clock(), written.removed, written)
        return json_answer({**OK, "message": f"Deleted {name}"})

    def _append(self, data_set: DataSet) -> None:
        data_set, token = self._admit(data_set)
        body = read_body(request, self.max_body_bytes)
        now = self.clock()
        mark = receipt(request.headers.get("Idempotency-Key"), body.fingerprint, now)
        records, write = self._prepared(body.items(), data_set, now, mark)
        written = self.storage.append(data_set.name, records, write) if records else None
        count = 0 if written is None else len(records)
        self._finish("append", data_set, token, now, written or Written(), count)

    def _prepared(
        self, items: list[Any], data_set: DataSet, now: datetime, mark: Receipt | None
    ) -> tuple[list[Record], Write]:
        """The records to store for what was sent, and what goes with them."""
        make_id = record_ids.of_receipt(data_set.name, mark) if mark else lambda _: self.new_id()
        records = prepare(items, data_set, now, make_id)
        fresh_ids = record_ids.are_fresh(items, data_set, mark)
        return records, Write(now, self._cause(), mark, data_set.capped_size, fresh_ids)

    def _finish(
        self, action: str, data_set: DataSet, token: str, now: datetime, written: Written, records: int
    ) -> None:
        """What is to do after a write to that number of records."""
        audit.done(action, data_set.name, token, now, records, written)
        if written.trigger is not None:
            self.outbox.hand_over(written.trigger)

    def _admit(self, data_set: DataSet) -> tuple[DataSet, str]:
        """The data set by its latest known config, and the sender's token, which that one lets write to it."""
        header, now = request.headers.get("Authorization"), self.clock()
        if auth.is_unknown(header, data_set.tokens(now)):
            # it may have been made since we asked
            data_set = self.config_api.asked_anew(data_set)
        return data_set, auth.check(header, data_set.tokens(now), data_set.name)

    def _cause(self) -> Cause:
        return Cause(self.new_id(), structlog.contextvars.get_contextvars().get("request_id", ""))
