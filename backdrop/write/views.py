"""The write API's routes that write to data sets. Views catch nothing: web.errors answers what they raise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote

import structlog
from flask import Response, request

from backdrop.core.data_set import DataSet
from backdrop.core.errors import RecordNotFound
from backdrop.core.records import Record, merge, prepare
from backdrop.core.triggers import Cause, Trigger
from backdrop.storage.protocol import Receipt, Storage, Write, Written
from backdrop.web.answers import json_answer
from backdrop.write import audit, record_ids
from backdrop.write.admission import Admission, Sender
from backdrop.write.idempotency import receipt
from backdrop.write.outbox import Outbox
from backdrop.write.transform_range import transform_range

OK = {"status": "ok"}
DEPRECATED = "Deprecation Warning: writing by data set name is deprecated, use /data/<data_group>/<data_type>"
DEPRECATED_SINCE = "@1388534400"
"""RFC 9745: the start of 2014."""


@dataclass(frozen=True, slots=True)
class Views:
    """The routes with what they need. `clock` tells the time, `new_id` makes ids that sort by time."""

    storage: Storage
    admission: Admission
    outbox: Outbox
    clock: Callable[[], datetime]
    new_id: Callable[[], str]

    def append(self, data_group: str, data_type: str) -> Response:
        """`POST /data/<data_group>/<data_type>`"""
        self.admission.by_type(data_group, data_type, self._append)
        return json_answer(OK)

    def append_by_name(self, name: str) -> Response:
        """`POST /<data_set_name>`, deprecated"""
        data_set = self.admission.by_name(name, self._append)
        successor = f"/data/{quote(data_set.data_group, safe='')}/{quote(data_set.data_type, safe='')}"
        headers = {"Deprecation": DEPRECATED_SINCE, "Link": f'<{successor}>; rel="successor-version"'}
        return json_answer({**OK, "message": DEPRECATED}, headers=headers)

    def replace(self, data_group: str, data_type: str) -> Response:
        """`PUT /data/<data_group>/<data_type>`"""
        message = self.admission.by_type(data_group, data_type, self._replace)
        return json_answer({**OK, "message": message})

    def patch(self, data_group: str, data_type: str, record_id: str) -> Response:
        """`PATCH /data/<data_group>/<data_type>/<record_id>`"""
        self.admission.by_type(data_group, data_type, partial(self._patch, record_id))
        return json_answer(OK)

    def delete(self, data_group: str, data_type: str, record_id: str) -> Response:
        """`DELETE /data/<data_group>/<data_type>/<record_id>`"""
        self.admission.by_type(data_group, data_type, partial(self._delete, record_id))
        return json_answer(OK)

    def transform(self, data_group: str, data_type: str) -> Response:
        """`POST /data/<data_group>/<data_type>/transform`"""
        self.outbox.hand_over(self.admission.by_type(data_group, data_type, self._keep_trigger))
        return json_answer(OK)

    def _append(self, sender: Sender) -> DataSet:
        data_set, body, now = sender.data_set, sender.body(), self.clock()
        mark = receipt(request.headers.get("Idempotency-Key"), body.fingerprint, now)
        records, write = self._prepared(body.items(), data_set, now, mark)
        written = self.storage.append(data_set.name, records, write) if records else None
        count = 0 if written is None else len(records)
        self._finish("append", sender, now, written or Written(), count)
        return data_set

    def _replace(self, sender: Sender) -> str:
        data_set, items, now = sender.data_set, sender.body().items(), self.clock()
        records, write = self._prepared(items, data_set, now, None)
        written = self.storage.replace(data_set.name, records, write)
        self._finish("replace", sender, now, written, len(records))
        return f"{data_set.name} now contains {len(records)} records"

    def _patch(self, record_id: str, sender: Sender) -> None:
        data_set, now = sender.data_set, self.clock()
        changes = sender.body().as_object()
        written = self.storage.update(
            data_set.name,
            record_id,
            lambda record: merge(record, changes, data_set, now),
            Write(now, self._cause(), capped_size=data_set.capped_size, as_of=data_set.as_of),
        )
        if written is None:
            raise RecordNotFound(record_id)
        self._finish("patch", sender, now, written, 1)

    def _delete(self, record_id: str, sender: Sender) -> None:
        data_set, now = sender.data_set, self.clock()
        write = Write(now, self._cause(), as_of=data_set.as_of)
        written = self.storage.delete(data_set.name, record_id, write)
        if written is None:
            raise RecordNotFound(record_id)
        self._finish("delete", sender, now, written, written.removed)

    def _keep_trigger(self, sender: Sender) -> Trigger:
        data_set, now, cause = sender.data_set, self.clock(), self._cause()
        earliest, latest = transform_range(sender.body().as_object(), now)
        trigger = Trigger(cause.id, data_set.name, earliest, latest, cause.request_id)
        self.storage.keep_trigger(trigger, now, data_set.as_of)
        return trigger

    def _prepared(
        self, items: list[Any], data_set: DataSet, now: datetime, mark: Receipt | None
    ) -> tuple[list[Record], Write]:
        """The records to store for what was sent, and what goes with them."""
        make_id = record_ids.of_receipt(data_set.name, mark) if mark else lambda _: self.new_id()
        records = prepare(items, data_set, now, make_id)
        fresh_ids = record_ids.are_fresh(items, data_set, mark)
        return records, Write(now, self._cause(), mark, data_set.capped_size, fresh_ids, data_set.as_of)

    def _finish(self, action: str, sender: Sender, now: datetime, written: Written, records: int) -> None:
        """What is to do after a write to that number of records."""
        audit.done(action, sender.data_set.name, sender.token, now, records, written)
        if written.trigger is not None:
            self.outbox.hand_over(written.trigger)

    def _cause(self) -> Cause:
        return Cause(self.new_id(), structlog.contextvars.get_contextvars().get("request_id", ""))
