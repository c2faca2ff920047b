"""What one scenario has: its data sets, what its next request carries, and the last answer.

Features write `licensing/volumes`. So that no scenario sees another's records, the group really has a mark
of the scenario behind it (`licensing-x1f0c.../volumes`); it goes into every request, and out of every answer.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from behave.model import Table

from features.cells import records_of
from tests.processes import Backdrop, Reply, Server, wait_until

ADMINISTRATOR = "dev-create-endpoint-token"
READING = ("GET", "HEAD", "OPTIONS")
SOON = 60.0
"""Seconds within which what happens behind the scene has to have happened."""

Json = dict[str, Any]


class Scene:
    """One scenario's use of the running processes."""

    def __init__(self, backdrop: Backdrop) -> None:
        self.backdrop = backdrop
        self.headers: dict[str, str] = {}
        self.compressed = False
        self.etag: str | None = None
        self.flattened: list[Json] = []
        self._mark = f"x{uuid4().hex[:12]}"
        self._data_sets: dict[str, Json] = {}
        self._reply: Reply | None = None

    def leave(self) -> None:
        """Puts the config API right again. The data sets stay in it, for a worker that is still at it, but none
        may be out of date, or make no sense, in the eyes of other scenarios."""
        self.backdrop.config.failing = None
        for config in self._data_sets.values():
            config.update(auto_ids=[], max_age_expected=None)

    # --- data sets

    def add_data_set(self, written: str, **config: Any) -> Json:
        group, data_type = self.marked(written).split("/")
        about = {
            "data_group": group,
            "data_type": data_type,
            "bearer_token": f"token-of-{uuid4().hex}",
            **config,
        }
        self._data_sets[written] = self.backdrop.config.put(about)
        return self._data_sets[written]

    def config_of(self, written: str) -> Json:
        return self._data_sets[written]

    @property
    def current(self) -> str:
        """The data set that was spoken of last, as it is written."""
        return list(self._data_sets)[-1]

    @property
    def config(self) -> Json:
        """Its config, as the config API serves it; steps may change it."""
        return self._data_sets[self.current]

    def marked(self, data_set: str) -> str:
        group, _, data_type = data_set.partition("/")
        return f"{group}-{self._mark}/{data_type}"

    # --- requests and answers

    @property
    def reply(self) -> Reply:
        assert self._reply is not None, "nothing was asked yet"
        return self._reply

    @property
    def answer(self) -> Any:
        """The last answer's JSON, in the words of the feature."""
        return json.loads(self.text)

    @property
    def text(self) -> str:
        return self._unmarked(self.reply.body.decode("utf-8"))

    def header(self, name: str) -> str | None:
        value = self.reply.headers.get(name)
        return None if value is None else self._unmarked(value)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        app: str | None = None,
        token: str | None = None,
        content_type: str | None = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One request to the app that has such routes, or to `app`; what it answers is the last answer."""
        sent = {**self.headers, **(headers or {})}
        if body is not None and content_type is not None:
            sent.setdefault("Content-Type", content_type)
        if body is not None and self.compressed:
            sent.setdefault("Content-Encoding", "gzip")
            body = gzip.compress(body)
        server = self._server(app or ("read" if method in READING else "write"))
        reply = server.call(method, self.real_path(path), body=body, headers=sent, token=token)
        return self.was_answered(reply)

    def was_answered(self, reply: Reply) -> Reply:
        """Takes a reply as the last answer."""
        self._reply = reply
        self.etag = reply.headers.get("ETag", self.etag)
        return reply

    def save(self, records: object) -> None:
        """Stores records in the current data set; they have to be right."""
        group, data_type = self.current.split("/")
        body = json.dumps(records).encode()
        reply = self.send("POST", f"/data/{group}/{data_type}", body, token=self.config["bearer_token"])
        assert reply.status == 200, f"the records of the feature were refused: {self.text}"

    def token_for(self, path: str) -> str:
        """The token of the data set that the path is of, by group and type or by name."""
        for written, config in self._data_sets.items():
            if path.startswith(f"/data/{written}") or path.strip("/").split("/")[-1] == self._unmarked(
                config["name"]
            ):
                return str(config["bearer_token"])
        return str(self.config["bearer_token"])

    def contents(self, data_set: str) -> list[Json]:
        """All records of a data set that allows raw queries."""
        reply = self.send("GET", f"/data/{data_set}")
        assert reply.status == 200, f"{data_set} can't be read: {reply.status} {self.text}"
        records: list[Json] = self.answer["data"]
        return records

    def soon(self, check: Callable[[], None], what: str) -> None:
        """Asks until the check holds; then, or when time is up, what it says counts."""

        def holds() -> bool:
            try:
                check()
            except AssertionError:
                return False
            return True

        try:
            wait_until(holds, what, SOON)
        except AssertionError:
            check()

    # --- words of a feature

    def words(self, text: str) -> str:
        """Text of a feature with years that are told from now filled in: `{last year}-06-01`."""
        year = datetime.now(UTC).year
        years = {
            "this year": year,
            "next year": year + 1,
            "last year": year - 1,
            "the year before last": year - 2,
        }
        for name, number in years.items():
            text = text.replace(f"{{{name}}}", str(number))
        return text

    def body(self, text: str | None, table: Table | None) -> bytes | None:
        """What a step's text or table says has to be sent."""
        if table is not None:
            return json.dumps(records_of(table, self.words)).encode()
        return None if text is None else self.words(text).encode()

    def real_path(self, path: str) -> str:
        """The path with the scenario's own data sets in it."""
        path = self.words(path)
        if path.startswith("/data/"):
            return re.sub(r"^/data/([^/?]+)/", rf"/data/\1-{self._mark}/", path)
        names = {self._unmarked(config["name"]): config["name"] for config in self._data_sets.values()}
        return re.sub(r"^(/data-sets)?/([^/?]+)", lambda found: _renamed(found, names), path)

    def _server(self, app: str) -> Server:
        return self.backdrop.read if app == "read" else self.backdrop.write

    def _unmarked(self, text: str) -> str:
        return re.sub(f"[-_]{self._mark}", "", text)


def _renamed(found: re.Match[str], names: dict[str, str]) -> str:
    folder, name = found[1] or "", found[2]
    return f"{folder}/{names.get(name, name)}"
