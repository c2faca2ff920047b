"""HTTP to the read and write API: where a transform's rows come from and its records go."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import structlog
import urllib3

from backdrop.transformers.definition import Row
from backdrop.transformers.errors import Delayed, NotSettled, Refused

CONNECT_SECONDS = 5.0
READ_SECONDS = 120.0
POOLED_CONNECTIONS = 4
REQUEST_ID_HEADER = "Govuk-Request-Id"

_LATER = frozenset({408, 425, 429})
# A data set or token that is minutes old is not known to every process: they keep configs for some seconds.
_NOT_KNOWN_YET = frozenset({401, 404})

# The other 404 of a DELETE: the data set is there, the record is not.
_NO_RECORD = "No record found with id"


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows of the read API, and the ETag that tells whether they are still the same."""

    rows: Sequence[Row]
    etag: str | None


class DataApi:
    """A client of the read and the write API for one process. `read_url` and `write_url` end before the data
    group, as in `http://localhost:3038/data`.

    Every method raises Delayed when there is no answer or one of 500 and above, NotSettled when the data set or
    token is not known (yet), and Refused, with the answer's message, when asking again would change nothing.
    """

    def __init__(self, read_url: str, write_url: str, *, read_seconds: float = READ_SECONDS) -> None:
        self._read_url = read_url.rstrip("/")
        self._write_url = write_url.rstrip("/")
        self._pool = urllib3.PoolManager(
            maxsize=POOLED_CONNECTIONS,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds),
            # Longer waits are the task's. Once more at once, for a kept connection that was closed meanwhile;
            # records have ids, so a POST may be sent twice.
            retries=urllib3.Retry(
                total=1, other=0, status=0, allowed_methods=None, respect_retry_after_header=False
            ),
        )

    def ask(
        self,
        data_group: str,
        data_type: str,
        parameters: Sequence[tuple[str, str]],
        known_etag: str | None = None,
    ) -> Answer | None:
        """The rows that the query gives; None where `known_etag` still holds."""
        url = f"{_url(self._read_url, data_group, data_type)}?{urlencode(parameters)}"
        # a cache on the way must not answer: what it kept may be what has just changed
        headers = {"Cache-Control": "no-cache"} | ({"If-None-Match": known_etag} if known_etag else {})
        what = f"reading {data_group}/{data_type}"
        answer = self._request("GET", url, headers, what)
        if answer.status == 304 and known_etag:
            return None
        _check(answer, what)
        rows = _json(answer).get("data")
        if not isinstance(rows, list):
            raise Delayed(f"{what}: the answer has no rows")
        return Answer(rows, answer.headers.get("ETag"))

    def post(self, data_group: str, data_type: str, token: str, body: bytes) -> None:
        """Stores a JSON list of records."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        what = f"writing {data_group}/{data_type}"
        url = _url(self._write_url, data_group, data_type)
        # the write API echoes a wrong token to its sender, which here means to our log
        _check(self._request("POST", url, headers, what, body), what, secret=token)

    def delete(self, data_group: str, data_type: str, token: str, record_id: str) -> bool:
        """Removes a record; False where there is none of that id."""
        what = f"taking back from {data_group}/{data_type}"
        url = f"{_url(self._write_url, data_group, data_type)}/{quote(record_id, safe='')}"
        answer = self._request("DELETE", url, {"Authorization": f"Bearer {token}"}, what)
        if answer.status == 404 and _said(answer).startswith(_NO_RECORD):
            return False
        _check(answer, what, secret=token)
        return True

    def _request(
        self, method: str, url: str, headers: Mapping[str, str], what: str, body: bytes | None = None
    ) -> urllib3.BaseHTTPResponse:
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        named = {REQUEST_ID_HEADER: str(request_id)} if request_id else {}
        try:
            return self._pool.request(method, url, body=body, headers={**headers, **named}, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise Delayed(f"{what}: no answer ({type(error).__name__})") from error


def _url(base: str, data_group: str, data_type: str) -> str:
    return f"{base}/{quote(data_group, safe='')}/{quote(data_type, safe='')}"


def _check(answer: urllib3.BaseHTTPResponse, what: str, secret: str = "") -> None:
    if answer.status == 200:
        return
    said = _said(answer)
    if secret:
        said = said.replace(secret, "********")
    message = f"{what}: {answer.status} {said}"
    if answer.status >= 500 or answer.status in _LATER:
        raise Delayed(message)
    if answer.status in _NOT_KNOWN_YET:
        raise NotSettled(message)
    raise Refused(message)


def _said(answer: urllib3.BaseHTTPResponse) -> str:
    body = _json(answer)
    faults = body.get("messages")
    more = (
        f" ({'; '.join(str(fault) for fault in faults[:3])})" if isinstance(faults, list) and faults else ""
    )
    return f"{body.get('message') or answer.reason or ''}{more}"


def _json(answer: urllib3.BaseHTTPResponse) -> Mapping[str, Any]:
    try:
        body = json.loads(answer.data)
    except (ValueError, RecursionError):
        # a proxy's page: the caller knows by the status, or by what is missing, what that means
        return {}
    return body if isinstance(body, Mapping) else {}
