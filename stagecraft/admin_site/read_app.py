"""What Backdrop's read app knows of the data: asked while a page is made, so briefly."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote

import urllib3
from django.conf import settings

from stagecraft.instants import read_instant

CONNECT_SECONDS, READ_SECONDS = 0.5, 1.5
COUNT_SECONDS = 10.0
# Records of other years are counted as well as none: a sum over more years would take the read app longer.
YEARS = "start_at=1000-01-01T00:00:00Z&end_at=3000-01-01T00:00:00Z"


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
    except (KeyError, TypeError, ValueError):
        raise NoAnswer from None


def late_data_sets() -> Mapping[str, datetime]:
    """The data sets that are out of date, and when they were last written. Raises NoAnswer."""
    try:
        return {
            str(each["name"]): read_instant(each["last-updated"])
            for each in _ask("/_status/data-sets")["data_sets"] or []
        }
    except (KeyError, TypeError, ValueError):
        raise NoAnswer from None


def count_records(data_group: str, data_type: str) -> int:
    """How many records a data set has. Raises NoAnswer, also for one that isn't queryable."""
    path = f"/data/{quote(data_group, safe='')}/{quote(data_type, safe='')}?period=year&{YEARS}"
    try:
        return sum(int(row["_count"]) for row in _ask(path, COUNT_SECONDS)["data"])
    except (KeyError, TypeError, ValueError):
        raise NoAnswer from None


@cache
def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(maxsize=4, retries=False)


def _ask(path: str, seconds: float = READ_SECONDS) -> Any:
    url = settings.ENVIRONMENT.read_url.removesuffix("/data") + path
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=seconds)
    try:
        reply = _pool().request("GET", url, redirect=False, timeout=timeout)
        if reply.status != 200:
            raise NoAnswer
        return json.loads(reply.data)
    except (urllib3.exceptions.HTTPError, ValueError, RecursionError):
        raise NoAnswer from None
