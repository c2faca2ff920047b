"""Request bodies: bounded, decompressed, decoded, parsed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import IO, Any

from flask import Request

from backdrop.core.errors import BackdropError, InvalidBody
from backdrop.core.quoting import shown
from backdrop.write.csv_text import parse_csv
from backdrop.write.inflate import PIECE, BadGzip, inflate
from backdrop.write.json_text import NotParseable, parse_json, parse_ndjson

BYTES = "bytes (decompressed)"
LEAST_RECORDS, BYTES_PER_RECORD = 10_000, 20
"""A body of 3-byte records would take a hundred times its size in memory, so a body may have one for each 20
bytes that it may have."""

MOST_DISCARDED = 32 * 1024 * 1024


class BodyTooLarge(BackdropError):
    """A body with more in it than the operator allows. Answered with 413."""

    def __init__(self, most: int, what: str) -> None:
        super().__init__(f"the body has more than {most} {what}; send it in several requests")


@dataclass(frozen=True, slots=True)
class Body:
    """What was sent: a JSON value (a list of objects for the other types), and a digest of type and bytes."""

    value: Any
    fingerprint: str

    def items(self) -> list[Any]:
        """The values that should be records. Raises InvalidBody when it is neither an object nor a list."""
        if isinstance(self.value, list):
            return self.value
        return [self._expected("a JSON object or a list of objects")]

    def as_object(self) -> dict[str, Any]:
        """The one object that was sent. Raises InvalidBody when it is something else."""
        return self._expected("a JSON object")

    def _expected(self, what: str) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            kind = _KINDS.get(type(self.value), "a number")
            raise InvalidBody(f"the body must be {what}, not {kind}")
        return self.value


def read_body(request: Request, most: int) -> Body:
    """The request's body, of at most `most` bytes when decompressed, never holding more of it than that.

    Raises InvalidBody for what can't be read, BodyTooLarge.
    """
    name, parse = _format(request)
    data = _bytes(request, most)
    if not data:
        raise InvalidBody("Expected JSON request body but received zero bytes.")
    digest = hashlib.sha256(name.encode() + b"\n")
    digest.update(data)
    try:
        text = data.decode("utf-8-sig")
        del data
        value = _counted(parse(text), max(LEAST_RECORDS, most // BYTES_PER_RECORD))
        return Body(value, digest.hexdigest())
    except UnicodeDecodeError as error:
        where = f"byte {error.start} is not UTF-8 ({error.reason})"
        raise InvalidBody(f'Error parsing {name}: "{where}"') from error
    except NotParseable as error:
        raise InvalidBody(f'Error parsing {name}: "{error}"') from error


def _counted(value: Any, most: int) -> Any:
    """The value, with a list in the place of an iterator, unless it has too many items."""
    if isinstance(value, Iterator):
        value = list(islice(value, most + 1))
    if isinstance(value, list) and len(value) > most:
        raise BodyTooLarge(most, "records")
    return value


def discard_rest(request: Request) -> None:
    """Reads what is left of a body that was refused: a server that hangs up on a sender who is still sending
    takes the answer from it."""
    left = MOST_DISCARDED
    if (request.content_length or 0) > left:
        return
    # whoever sends no more, or nonsense, has no use for an answer either
    with suppress(Exception):
        while left > 0 and (piece := request.stream.read(PIECE)):
            left -= len(piece)


def _format(request: Request) -> tuple[str, Callable[[str], Any]]:
    known = _FORMATS.get(request.mimetype)
    if known is None:
        raise InvalidBody(
            "Expected header: Content-type: application/json (or application/x-ndjson, or text/csv)"
        )
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise InvalidBody(f"the body's charset must be UTF-8, not {shown(charset)}")
    return known


def _bytes(request: Request, most: int) -> bytearray:
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower() or "identity"
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise InvalidBody(f"Content-Encoding '{shown(encoding)}' is not known here; send gzip, or plain")
    if encoding == "identity":
        read = _bounded(request, most, most)
        return _gathered(iter(partial(read, PIECE), b""), most)
    # gzip makes some input longer, by less than this
    read = _bounded(request, most, most + most // 100 + PIECE)
    try:
        return _gathered(inflate(read), most)
    except BadGzip as error:
        raise InvalidBody(f"the body can't be decompressed: {error}") from error


def _bounded(request: Request, most: int, most_sent: int) -> Callable[[int], bytes]:
    """Reads up to n bytes as they were sent, refusing to go on past `most_sent`."""
    if (request.content_length or 0) > most_sent:
        raise BodyTooLarge(most, BYTES)
    stream: IO[bytes] = request.stream
    received = 0

    def read(size: int) -> bytes:
        nonlocal received
        try:
            piece = stream.read(size)
        except Exception as error:  # every WSGI server has classes of its own for this
            raise InvalidBody("the body ended early, or its chunks are malformed") from error
        received += len(piece)
        if received > most_sent:
            raise BodyTooLarge(most, BYTES)
        # who hangs up half way must not have half of it stored
        if not piece and received < (request.content_length or 0):
            raise InvalidBody(f"the body ended after {received} of {request.content_length} bytes")
        return piece

    return read


def _gathered(pieces: Iterable[bytes], most: int) -> bytearray:
    data = bytearray()
    for piece in pieces:
        if len(data) + len(piece) > most:
            raise BodyTooLarge(most, BYTES)
        data += piece
    return data


_FORMATS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "application/json": ("JSON", parse_json),
    "application/x-ndjson": ("NDJSON", parse_ndjson),
    "text/csv": ("CSV", parse_csv),
}
_KINDS = {list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
