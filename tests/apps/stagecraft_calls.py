"""Calls of Stagecraft's API as its administrator, as several test files make them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.apps.stagecraft_process import TOKEN
from tests.processes import Reply, Server


@dataclass(frozen=True)
class Caller:
    """The API with a token."""

    server: Server
    token: str = TOKEN

    @property
    def headers(self) -> dict[str, str]:
        """What opens the API to another client."""
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str, **headers: str) -> Reply:
        return self._call("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Reply:
        return self._call("POST", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Reply:
        return self._call("PUT", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Reply:
        return self._call("DELETE", path, **headers)

    def made(self, path: str, body: Any) -> Any:
        """What a POST made."""
        reply = self.post(path, body)
        assert reply.status == 201, reply.body
        return reply.json()

    def shown(self, path: str) -> Any:
        """What a GET answers."""
        reply = self.get(path)
        assert reply.status == 200, reply.body
        return reply.json()

    def _call(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.server.call(method, path, json=body, token=self.token, headers=named)


def faulty_keys(reply: Reply, status: int = 400) -> list[str | None]:
    """The keys of a refusal's faults, each of which is in its message too."""
    body = reply.json()
    assert reply.status == status, body
    assert body["status"] == "error"
    assert all(error["message"] in body["message"] for error in body["errors"])
    return [error["key"] for error in body["errors"]]
