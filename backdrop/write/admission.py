"""Who may write to which data set: the sender's token against the data set's config.

The config may have been kept for a while, and its data set dropped meanwhile. Storage refuses what comes too late for
that; then the config is asked for anew, and the sender admitted by it, or not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Protocol, TypeVar

from flask import request

from backdrop.config_api import ConfigApi
from backdrop.core.data_set import DataSet
from backdrop.storage.protocol import DroppedSince
from backdrop.write import auth
from backdrop.write.body import Body, read_body

TRIES = 3
"""Of which the second is by a config that knows of the drop. More are for a data set that is dropped again."""

UNKNOWN_SECONDS = 0.1
"""How old a config may be that knows nothing of a token: who comes with one made just now hardly notices, and a flood
of wrong ones is ten calls a second."""

STOPPED_SECONDS = 1.0
"""How old a config may be that admits a token which was replaced: what is stopped is refused after that. While one is
in use, its data set's config is asked for that often, and those who use it wait for the answer."""

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Sender:
    """A sender who may write to the data set, the token that says so, and the body, read when first asked for."""

    data_set: DataSet
    token: str
    body: Callable[[], Body]


class _Find(Protocol):
    def __call__(self, *, since: int | None, within: float = ...) -> DataSet: ...


@dataclass(frozen=True, slots=True)
class Admission:
    """Admits the senders of requests. `clock` tells the time; `max_body_bytes` bounds a body when decompressed."""

    config_api: ConfigApi
    clock: Callable[[], datetime]
    max_body_bytes: int

    def by_type(self, data_group: str, data_type: str, write: Callable[[Sender], _Result]) -> _Result:
        """What `write` comes to for the request's sender. It may be called again, after it has raised DroppedSince.

        Raises DataSetNotFound, Unauthorised, and what `write` raises.
        """
        return self._admitted(partial(self.config_api.data_set_by_type, data_group, data_type), write)

    def by_name(self, name: str, write: Callable[[Sender], _Result]) -> _Result:
        """As `by_type`, for the data set of that name."""
        return self._admitted(partial(self.config_api.data_set, name), write)

    def _admitted(self, find: _Find, write: Callable[[Sender], _Result]) -> _Result:
        body = cache(partial(read_body, request, self.max_body_bytes))
        since, tries_left = None, TRIES
        while True:
            try:
                return write(self._sender(find, since, body))
            except DroppedSince as dropped:
                tries_left -= 1
                if not tries_left:
                    raise
                since = dropped.drops

    def _sender(self, find: _Find, since: int | None, body: Callable[[], Body]) -> Sender:
        """By the latest known config of the data set, which may be that of another by now."""
        header, data_set = request.headers.get("Authorization"), find(since=since)
        if auth.is_unknown(header, data_set.tokens(self.clock())):
            # it may have been made since we asked
            data_set = find(since=data_set.as_of, within=UNKNOWN_SECONDS)
        elif auth.is_unknown(header, (data_set.bearer_token,)):
            # the one before: it may have been stopped
            data_set = find(since=data_set.as_of, within=STOPPED_SECONDS)
        return Sender(data_set, auth.check(header, data_set.tokens(self.clock()), data_set.name), body)
