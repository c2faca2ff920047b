"""HTTP to Backdrop's write app, which drops the data of a data set that is deleted here."""

import json
import logging
from functools import cache
from urllib.parse import quote

import urllib3
from django.conf import settings
from structlog.contextvars import get_contextvars

log = logging.getLogger(__name__)

CONNECT_SECONDS, READ_SECONDS = 3.0, 15.0
DROPPED = (200, 404)  # 404: it never had data


@cache
def pool() -> urllib3.PoolManager:
    """The process's connections. No retries: whoever waits for us had better ask again."""
    return urllib3.PoolManager(
        maxsize=4,
        retries=False,
        timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
    )


class NotDropped(Exception):
    """The data isn't known to be gone; the message says why, without a full stop."""


def drop(name: str) -> None:
    """Drop the data of a data set. Raises NotDropped."""
    environment = settings.ENVIRONMENT
    url = f"{environment.write_url.removesuffix('/data')}/data-sets/{quote(name, safe='')}"
    headers = {"Authorization": f"Bearer {environment.drop_token}", **_request_id()}
    try:
        reply = pool().request("DELETE", url, headers=headers, redirect=False)
    except urllib3.exceptions.HTTPError as error:
        # Its message has the URL, which may hold a password.
        log.warning(
            "Backdrop did not say that it dropped a data set", extra=_about(name, type(error).__name__)
        )
        raise NotDropped(_trouble(error)) from None
    if reply.status in DROPPED and _is_backdrops(reply.data):
        return
    log.warning("Backdrop did not drop a data set", extra=_about(name, str(reply.status)))
    raise NotDropped(_reason(reply.status))


def _trouble(error: urllib3.exceptions.HTTPError) -> str:
    if isinstance(error, urllib3.exceptions.ReadTimeoutError):
        return "Backdrop's write app has not said in time whether the data is dropped"
    return "Backdrop's write app can't be reached to drop the data"


def _reason(status: int) -> str:
    if status in (401, 403):
        return "Backdrop's write app doesn't take our STAGECRAFT_COLLECTION_ENDPOINT_TOKEN"
    return f"Backdrop's write app answered {status} instead of dropping the data"


def _is_backdrops(body: bytes) -> bool:
    """Whether the answer is Backdrop's: a 404 of a proxy, or at a wrong address, says nothing of the data."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return False
    if not isinstance(said, dict):
        return False
    message = str(said.get("message"))
    return said.get("status") == "ok" or message.startswith("No collection exists with name")


def _request_id() -> dict[str, str]:
    request_id = get_contextvars().get("request_id")
    return {"Govuk-Request-Id": str(request_id)} if request_id else {}


def _about(name: str, reason: str) -> dict[str, str]:
    return {"data_set": name, "reason": reason}
