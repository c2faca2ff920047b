"""The routes that drop data sets, for the administrator's token."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Response, request

from backdrop.core.errors import BackdropError
from backdrop.core.names import is_valid_data_set_name
from backdrop.storage.protocol import DroppedSince, Storage, Written
from backdrop.web.answers import json_answer
from backdrop.write import audit, auth

NO_STORE = {"Cache-Control": "no-store"}
_ETAG = re.compile(r'"(0|[1-9][0-9]{0,17})"')


class NothingToDrop(BackdropError):
    """Storage has no data set of that name. Answered with 404."""

    def __init__(self, name: str) -> None:
        super().__init__(f'No collection exists with name "{name}"')


class DroppedMeanwhile(BackdropError):
    """The data set was dropped after what the request's If-Match says. Answered with 412."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"data set '{name}' was dropped after this ETag was asked for; nothing is changed, as what is in it now was"
            " written since"
        )


class InvalidIfMatch(BackdropError):
    """An If-Match that is no ETag of ours. Answered with 400."""

    def __init__(self) -> None:
        super().__init__(
            'If-Match must be one ETag as GET /data-sets/<data_set_name> of the write API answers it, like "12"'
        )


@dataclass(frozen=True, slots=True)
class DropViews:
    """The routes with what they need. `clock` tells the time, who has `token` may drop data sets."""

    storage: Storage
    clock: Callable[[], datetime]
    token: str

    def drops(self, name: str) -> Response:
        """`GET /data-sets/<data_set_name>`: how many drops there have been, of any data sets. A drop may be bound to
        that, be there such a data set or not."""
        self._admit(name)
        count = self.storage.drops()
        return json_answer({"status": "ok", "drops": count}, headers={"ETag": f'"{count}"', **NO_STORE})

    def drop(self, name: str) -> Response:
        """`DELETE /data-sets/<data_set_name>`"""
        token = self._admit(name)
        written = self._dropped(name, _as_of(request.headers.get("If-Match")))
        if written is None:
            raise NothingToDrop(name)
        audit.done("drop", name, token, self.clock(), written.removed, written)
        return json_answer({"status": "ok", "message": f"Deleted {name}"})

    def _admit(self, name: str) -> str:
        return auth.check(request.headers.get("Authorization"), [self.token], name)

    def _dropped(self, name: str, as_of: int | None) -> Written | None:
        if not is_valid_data_set_name(name):
            return None
        try:
            return self.storage.drop(name, as_of)
        except DroppedSince:
            # of a write it means: try again; of a drop: never again
            raise DroppedMeanwhile(name) from None


def _as_of(if_match: str | None) -> int | None:
    if if_match is None:
        return None
    found = _ETAG.fullmatch(if_match)
    if found is None:
        raise InvalidIfMatch
    return int(found[1])
