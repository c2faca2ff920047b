"""What Backdrop's read app knows of the data: asked while a page is made, so briefly."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from time import monotonic
from typing import Any
from urllib.parse import quote

import urllib3
from django.conf import settings

from stagecraft.datasets.names import is_legal
from stagecraft.instants import read_instant

# Somebody waits for the page. To count takes longer, and what is to be deleted may be looked at twice.
CONNECT_SECONDS, ANSWER_SECONDS, COUNT_SECONDS = 0.5, 1.5, 3.0
# The states of some 200,000 data sets.
MOST_BYTES, AT_ONCE = 32 * 1024 * 1024, 64 * 1024
# Records of other years are counted as well as none: a sum over more years would take the read app longer.
YEARS = "start_at=1000-01-01T00:00:00Z&end_at=3000-01-01T00:00:00Z"


NONSENSE = (KeyError, TypeError, ValueError, OverflowError)


class NoAnswer(Exception):
    """The read app is down, slow, or doesn't say."""


@dataclass(frozen=True, slots=True)
class LastWrite:
    """When a data set was last written, None: never; and by how many seconds it is late, None: it isn't."""

    at: datetime | None
    seconds_late: int | None


def last_write(name: str) -> LastWrite:
    """When a data set was last written. Raises NoAnswer."""
    answer = _ask(f"/_status/data-sets/{quote(name, safe='')}")
    try:
        at = answer["last-updated"]
        late = answer["seconds-out-of-date"]
        return LastWrite(read_instant(at) if at is not None else None, None if late is None else int(late))
    except NONSENSE:
        raise NoAnswer from None


def late_data_sets() -> Mapping[str, datetime]:
    """The data sets that are out of date, and when they were last written. Raises NoAnswer."""
    try:
        return {
            each["name"]: read_instant(each["last-updated"])
            for each in _ask("/_status/data-sets")["data_sets"] or []
            # Not every text can be looked for in every database.
            if isinstance(each["name"], str) and is_legal(each["name"])
        }
    except NONSENSE:
        raise NoAnswer from None


def count_records(data_group: str, data_type: str) -> int:
    """How many records a data set has. Raises NoAnswer, also for one that isn't queryable."""
    path = f"/data/{quote(data_group, safe='')}/{quote(data_type, safe='')}?period=year&{YEARS}"
    try:
        return sum(int(row["_count"]) for row in _ask(path, COUNT_SECONDS)["data"])
    except NONSENSE:
        raise NoAnswer from None


@cache
def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(maxsize=4, retries=False)


def _ask(path: str, seconds: float = ANSWER_SECONDS) -> Any:
    url = settings.ENVIRONMENT.read_url.removesuffix("/data") + path
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=seconds)
    until = monotonic() + seconds
    try:
        reply = _pool().request(
            "GET", url, redirect=False, timeout=timeout, preload_content=False, decode_content=False
        )
        try:
            if reply.status != 200:
                raise NoAnswer
            return json.loads(_whole_body(reply, until))
        finally:
            # What was read to its end is back in the pool already.
            reply.close()
    except (urllib3.exceptions.HTTPError, ValueError, RecursionError):
        raise NoAnswer from None


def _whole_body(reply: urllib3.BaseHTTPResponse, until: float) -> bytes:
    """The time-out is for each piece alone, so one that comes in many needs a bound as well. Raises NoAnswer."""
    body = bytearray()
    while piece := reply.read1(AT_ONCE):
        body += piece
        if monotonic() > until or len(body) > MOST_BYTES:
            raise NoAnswer
    return bytes(body)
