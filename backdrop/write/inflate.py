"""gzip, undone piece by piece."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

PIECE = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


class BadGzip(ValueError):
    """Bytes that are not gzip, or not all of it; the text says which."""


def inflate(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """The decompressed pieces, at most PIECE bytes each, of one or more gzip members; `read(n)` answers up to
    n compressed bytes, none at the end. No input at all is no output. Raises BadGzip."""
    unread = read(PIECE)
    while unread:
        member = zlib.decompressobj(_GZIP)
        yield from _member(member, unread, read)
        # zeros may fill up the last block of a tape
        unread = member.unused_data.lstrip(b"\0")
        while not unread and (more := read(PIECE)):
            unread = more.lstrip(b"\0")


def _member(member: zlib._Decompress, unread: bytes, read: Callable[[int], bytes]) -> Iterator[bytes]:
    while not member.eof:
        try:
            piece = member.decompress(unread, PIECE)
        except zlib.error as error:
            raise BadGzip(f"not valid gzip: {error}") from error
        yield piece
        unread = member.unconsumed_tail
        # a full piece may have more behind it although all input is taken
        if not unread and len(piece) < PIECE and not member.eof:
            unread = read(PIECE)
            if not unread:
                raise BadGzip("the gzip ends before its end")
