"""HTTP to Backdrop's write app, which drops the data of a data set that is deleted here."""

import json
import logging
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

import urllib3
from django.conf import settings
from structlog.contextvars import get_contextvars

log = logging.getLogger(__name__)

CONNECT_SECONDS, COUNT_SECONDS, DROP_SECONDS = 3.0, 5.0, 15.0
TOO_OLD = (
    "What answers at BACKDROP_WRITE_URL doesn't say how often the data was dropped: it is a write app older than "
    "this Stagecraft, which has to be brought up to date first, or none at all"
)


@cache
def pool() -> urllib3.PoolManager:
    """The process's connections. No retries: whoever waits for us had better ask again."""
    return urllib3.PoolManager(maxsize=4, retries=False)


class NotDropped(Exception):
    """The data isn't known to be gone; the message says why, without a full stop."""


def drop(name: str) -> None:
    """Drop the data of a data set. Raises NotDropped.

    A drop that we gave up waiting for may be carried out at any time later, when there is a new data set of this
    name. So it is told how many drops there had been before it, and does nothing if this one was dropped since.
    """
    drops = _count_of_drops(name)
    reply = _asked("DELETE", name, DROP_SECONDS, {"If-Match": f'"{drops}"'})
    if not _is_gone(reply.status, _said(reply)):
        raise _refused(name, reply.status, "dropping the data")


def _count_of_drops(name: str) -> int:
    reply = _asked("GET", name, COUNT_SECONDS, {})
    said = _said(reply)
    drops = said.get("drops")
    if reply.status == 200 and said.get("status") == "ok" and type(drops) is int:
        return drops
    if reply.status in (200, 404, 405):
        log.warning("Backdrop's write app did not count drops", extra=_about(name, str(reply.status)))
        raise NotDropped(TOO_OLD)
    raise _refused(name, reply.status, "saying how often the data was dropped")


def _asked(method: str, name: str, seconds: float, more: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
    environment = settings.ENVIRONMENT
    url = f"{environment.write_url.removesuffix('/data')}/data-sets/{quote(name, safe='')}"
    headers = {"Authorization": f"Bearer {environment.drop_token}", **_request_id(), **more}
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=seconds)
    try:
        return pool().request(method, url, headers=headers, redirect=False, timeout=timeout)
    except urllib3.exceptions.HTTPError as error:
        # Its message has the URL, which may hold a password.
        log.warning(
            "Backdrop did not say that it dropped a data set", extra=_about(name, type(error).__name__)
        )
        raise NotDropped(_trouble(error)) from None


def _trouble(error: urllib3.exceptions.HTTPError) -> str:
    if isinstance(error, urllib3.exceptions.ReadTimeoutError):
        return "Backdrop's write app has not said in time whether the data is dropped"
    return "Backdrop's write app can't be reached to drop the data"


def _refused(name: str, status: int, what: str) -> NotDropped:
    log.warning("Backdrop did not drop a data set", extra=_about(name, str(status)))
    if status in (401, 403):
        return NotDropped("Backdrop's write app doesn't take our STAGECRAFT_COLLECTION_ENDPOINT_TOKEN")
    return NotDropped(f"Backdrop's write app answered {status} instead of {what}")


def _said(reply: urllib3.BaseHTTPResponse) -> Mapping[str, Any]:
    """What Backdrop said; nothing where it wasn't Backdrop: a 404 of a proxy says nothing of the data."""
    try:
        said = json.loads(reply.data)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _is_gone(status: int, said: Mapping[str, Any]) -> bool:
    match status:
        case 200:
            return said.get("status") == "ok"
        case 404:  # it never had data
            return str(said.get("message")).startswith("No collection exists with name")
        case 412:  # dropped meanwhile, by somebody else or by one of ours that came late
            return said.get("status") == "error"
    return False


def _request_id() -> dict[str, str]:
    request_id = get_contextvars().get("request_id")
    return {"Govuk-Request-Id": str(request_id)} if request_id else {}


def _about(name: str, reason: str) -> dict[str, str]:
    return {"data_set": name, "reason": reason}
