"""What Backdrop's read app knows of the data: asked while a page is made, so briefly."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread
from time import monotonic
from typing import Any
from urllib.parse import quote

import urllib3
from django.conf import settings

from stagecraft.datasets.names import is_legal
from stagecraft.instants import read_instant

# Somebody waits for the page, so these are for all of an answer, from connecting to its last byte. To count takes
# longer, and what is to be deleted may be looked at twice.
CONNECT_SECONDS, ANSWER_SECONDS, COUNT_SECONDS = 0.5, 2.0, 3.0
MOST_AT_ONCE = 16
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


@cache
def _places() -> BoundedSemaphore:
    """Of those who ask. Without one, the read app has yet to answer many; one more would help nobody."""
    return BoundedSemaphore(MOST_AT_ONCE)


def _ask(path: str, seconds: float = ANSWER_SECONDS) -> Any:
    """The answer, read as JSON. Raises NoAnswer, at the latest after so many seconds.

    A socket's time-out is for each piece that comes, so all of them together are waited for in another thread.
    """
    if not _places().acquire(blocking=False):
        raise NoAnswer
    answers: SimpleQueue[Any] = SimpleQueue()
    Thread(target=_put, args=(answers, path, seconds), daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise NoAnswer from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _put(answers: "SimpleQueue[Any]", path: str, seconds: float) -> None:
    try:
        answers.put(_answer(path, seconds))
    except Exception as error:  # raised again by who asked
        answers.put(error)
    finally:
        _places().release()


def _answer(path: str, seconds: float) -> Any:
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
    """Not more of it than somebody waits for. Raises NoAnswer."""
    body = bytearray()
    while piece := reply.read1(AT_ONCE):
        body += piece
        if monotonic() > until or len(body) > MOST_BYTES:
            raise NoAnswer
    return bytes(body)
