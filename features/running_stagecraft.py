"""Stagecraft for the features of the config API: a real one, started when the first of them needs it.

It drops the data of what is deleted at the write app of the run. Each scenario finds it empty.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from features.scene import ADMINISTRATOR
from stagecraft.api_users.roles import ROLES
from tests.apps.stagecraft_process import environment, script, serve, succeed
from tests.processes import Reply, Server

TOKENS = {role: f"token-of-the-{role}-of-the-features" for role in ROLES}
MAKE_USERS = f"""
from stagecraft.api_users.models import ApiUser
for role, token in {TOKENS!r}.items():
    ApiUser.create(role, role, token)
"""


class Stagecraft:
    """One for the whole run, over a database in `folder`."""

    def __init__(self, folder: Path, write_url: str) -> None:
        self._folder = folder
        self._write_url = write_url
        self._server: Server | None = None

    @property
    def server(self) -> Server:
        """Stagecraft, answering."""
        if self._server is None:
            self._folder.mkdir()
            succeed(self._folder, "prepare")
            script(self._folder, MAKE_USERS)
            backdrops = {
                "BACKDROP_WRITE_URL": f"{self._write_url}/data",
                "STAGECRAFT_COLLECTION_ENDPOINT_TOKEN": ADMINISTRATOR,
            }
            self._server = serve(self._folder, {**environment(self._folder), **backdrops})
        return self._server

    def empty(self) -> None:
        """Takes away what the scenario before has made, in an order in which nothing is used any more."""
        for path, key in (
            ("/transform", "id"),
            ("/data-sets", "name"),
            ("/data-groups", "name"),
            ("/data-types", "name"),
        ):
            for thing in self._ask("GET", path).json():
                self._ask("DELETE", f"{path}/{thing[key]}")

    def make(self, path: str, bodies: Iterable[dict[str, Any]]) -> None:
        """What a feature takes as given: it has to be taken."""
        for body in bodies:
            self._ask("POST", path, body)

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Reply:
        reply = self.server.call(method, path, json=body, token=TOKENS["admin"])
        assert reply.status < 300, f"{method} {path} {json.dumps(body)}: {reply.status} {reply.body!r}"
        return reply
