"""Request bodies: bounded, decompressed, decoded, parsed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import IO, Any, NamedTuple

from flask import Request

from backdrop.core.errors import BackdropError, InvalidBody
from backdrop.core.quoting import shown
from backdrop.write.csv_text import parse_csv
from backdrop.write.inflate import PIECE, BadGzip, inflate
from backdrop.write.json_text import (
    Extent,
    NotParseable,
    exact_extent,
    parse_json,
    parse_ndjson,
    rough_extent,
)

EMPTY = "Expected JSON request body but received zero bytes."
BYTES = "bytes (decompressed)"
LEAST_RECORDS, BYTES_PER_RECORD = 10_000, 20
"""Records cost memory and time even when they are empty (in JSON, `{},` makes one), so a body may have one for
each 20 bytes that it may have."""

LEAST_VALUES, BYTES_PER_VALUE = 100_000, 3
"""So do values (in CSV, a comma makes one): some 100 bytes and a few microseconds each."""

LEAST_CELLS, CELLS_PER_BYTE, MOST_COUNTED_KEYS = 1_000_000, 1, 128
"""And so do the cells of the table that the records become, given or not: each of the first 128 keys makes one in
every record."""

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
    form = _format(request)
    name = form.name
    data = _bytes(request, most)
    if not data:
        raise InvalidBody(EMPTY)
    digest = hashlib.sha256(name.encode() + b"\n")
    digest.update(data)
    try:
        text = data.decode("utf-8-sig")
        del data
        return Body(_parsed(form, text, _limits(most)), digest.hexdigest())
    except UnicodeDecodeError as error:
        where = f"byte {error.start} is not UTF-8 ({error.reason})"
        raise InvalidBody(f'Error parsing {name}: "{where}"') from error
    except NotParseable as error:
        raise InvalidBody(f'Error parsing {name}: "{error}"') from error


class _Limits(NamedTuple):
    """So many of each may be in a body."""

    records: int
    values: int
    cells: int


class _Format(NamedTuple):
    """A content type: how errors call it, what parses it, and whether its text is to be weighed before."""

    name: str
    parse: Callable[[str], Any]
    is_json: bool


def _limits(most: int) -> _Limits:
    return _Limits(
        max(LEAST_RECORDS, most // BYTES_PER_RECORD),
        max(LEAST_VALUES, most // BYTES_PER_VALUE),
        max(LEAST_CELLS, most * CELLS_PER_BYTE),
    )


def _parsed(form: _Format, text: str, limits: _Limits) -> Any:
    """The value, with a list in the place of an iterator, unless there is too much in it."""
    if form.is_json and _excess(rough_extent(text), limits):
        refusal = _excess(exact_extent(text), limits)
        if refusal is not None:
            raise refusal
    value = form.parse(text)
    return list(_counted(value, limits)) if isinstance(value, (list, Iterator)) else value


def _excess(extent: Extent, limits: _Limits) -> BodyTooLarge | None:
    """What is wrong with a text of that extent; parsing it would already cost too much."""
    if extent.objects > limits.records:
        return BodyTooLarge(limits.records, "records")
    # the records, and the list of them, are values to JSON
    if extent.values > limits.values + limits.records + 2:
        return BodyTooLarge(limits.values, "values")
    return None


def _counted(items: Iterable[Any], limits: _Limits) -> Iterator[Any]:
    """The items, until there is too much in them."""
    keys = set[str]()
    values = 0
    for count, item in enumerate(items, 1):
        if count > limits.records:
            raise BodyTooLarge(limits.records, "records")
        if isinstance(item, dict):
            values += len(item)
            keys.update(item)
        if values > limits.values:
            raise BodyTooLarge(limits.values, "values")
        if count * min(len(keys), MOST_COUNTED_KEYS) > limits.cells:
            what = f"cells (its records times their different keys, of which {MOST_COUNTED_KEYS} count)"
            raise BodyTooLarge(limits.cells, what)
        yield item


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


def _format(request: Request) -> _Format:
    known = _FORMATS.get(request.mimetype)
    if known is None and _is_empty(request):
        # who sends nothing has no type to tell
        raise InvalidBody(EMPTY)
    if known is None:
        raise InvalidBody(
            "Expected header: Content-type: application/json (or application/x-ndjson, or text/csv)"
        )
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise InvalidBody(f"the body's charset must be UTF-8, not {shown(charset)}")
    return known


def _is_empty(request: Request) -> bool:
    return not request.content_length and "Transfer-Encoding" not in request.headers


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


_FORMATS: Mapping[str, _Format] = {
    "application/json": _Format("JSON", parse_json, is_json=True),
    "application/x-ndjson": _Format("NDJSON", parse_ndjson, is_json=True),
    "text/csv": _Format("CSV", parse_csv, is_json=False),
}
_KINDS = {list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
