"""HTTP to the config API: pooled, with time-outs and bounded retries; JSON in, JSON out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
import urllib3

from backdrop.core.errors import Unavailable

log = structlog.get_logger("backdrop.config_api")

CONNECT_SECONDS = 2.0
READ_SECONDS = 3.0
POOLED_CONNECTIONS = 16


class ConfigUnavailable(Unavailable):
    """The config API can't be asked, and what it last said is too old or was never known.

    `answered`: it is there, but its answer was of no use. The text holds no address and no token.
    """

    def __init__(self, message: str, *, answered: bool = False) -> None:
        super().__init__(message)
        self.answered = answered


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `body` is its JSON, None where that means nothing (304, 404, no JSON with an error)."""

    status: int
    body: Any
    etag: str | None


class JsonHttp:
    """Speaks to one config API with one token."""

    def __init__(self, url: str, token: str, *, read_seconds: float = READ_SECONDS) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._pool = urllib3.PoolManager(
            maxsize=POOLED_CONNECTIONS,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds),
            retries=urllib3.Retry(
                total=2,
                connect=2,
                # one who did not answer in time won't be quicker a moment later, and a sender waits
                read=0,
                status=1,
                other=0,
                status_forcelist=(500, 502, 503, 504),
                backoff_factor=0.05,
                raise_on_status=False,
                # a Retry-After could keep a request waiting for as long as it likes
                respect_retry_after_header=False,
            ),
        )

    def get(self, path: str, etag: str | None) -> Reply:
        """What the path answers: 200, 304 (only when an ETag was given) or 404.

        Raises ConfigUnavailable for every other answer, and for none.
        """
        reply = self._request("GET", path, {"If-None-Match": etag} if etag else {})
        if reply.status == 404 or (reply.status == 304 and etag):
            return reply
        if reply.status != 200:
            raise self._useless(path, f"status {reply.status}")
        if reply.body is None:
            raise self._useless(path, "no JSON")
        return reply

    def post(self, path: str, payload: Mapping[str, Any]) -> Reply:
        """Sends JSON and answers what came back, whatever its status below 500; sent twice only where the
        first try can't have arrived. Raises ConfigUnavailable for other answers, and for none."""
        reply = self._request("POST", path, {}, json.dumps(payload).encode())
        if reply.status >= 500:
            raise self._useless(path, f"status {reply.status}")
        return reply

    def _request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Reply:
        try:
            answer = self._pool.request(
                method,
                self._url + path,
                body=body,
                headers={**self._headers(body), **headers},
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            log.warning("config API can't be reached", path=path, error=str(error))
            raise ConfigUnavailable("the config API can't be reached; try again later") from error
        return Reply(answer.status, _json(answer.data), answer.headers.get("ETag"))

    def _headers(self, body: bytes | None) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if request_id := structlog.contextvars.get_contextvars().get("request_id"):
            headers["Govuk-Request-Id"] = str(request_id)
        return headers

    def _useless(self, path: str, what: str) -> ConfigUnavailable:
        hint = "; is our token for it right?" if what in ("status 401", "status 403") else ""
        log.error(f"config API gave an answer of no use{hint}", path=path, answer=what)
        return ConfigUnavailable("the config API gave an answer of no use; try again later", answered=True)


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None  # a proxy's page, or nothing: the caller knows by the status what that means
