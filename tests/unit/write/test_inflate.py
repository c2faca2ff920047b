"""gzip, undone piece by piece."""

from __future__ import annotations

import gzip
import io
import os
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.write.inflate import PIECE, BadGzip, inflate


def inflated(data: bytes) -> bytes:
    return b"".join(inflate(io.BytesIO(data).read))


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 50))
def test_members_are_joined_however_they_arrive(parts: list[bytes], step: int) -> None:
    stream = io.BytesIO(b"".join(gzip.compress(part) for part in parts))
    assert b"".join(inflate(lambda size: stream.read(min(size, step)))) == b"".join(parts)


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_sizes_around_a_piece(size: int) -> None:
    for data in (b"x" * size, os.urandom(size)):
        assert inflated(gzip.compress(data)) == data


def test_nothing_is_nothing_and_padding_is_skipped() -> None:
    assert inflated(b"") == b""
    assert inflated(gzip.compress(b"x") + b"\0" * (PIECE * 2) + gzip.compress(b"y") + b"\0") == b"xy"


@pytest.mark.parametrize(
    "data",
    [
        b"not gzip",
        b"\x1f",
        zlib.compress(b"zlib, not gzip"),
        gzip.compress(b"x" * 1000) + b"rubbish",
        b"\0" + gzip.compress(b"x"),
        gzip.compress(b"damaged" * 100)[:-8] + b"\0" * 8,
    ],
)
def test_what_is_not_gzip_is_refused(data: bytes) -> None:
    with pytest.raises(BadGzip, match=r"gzip"):
        inflated(data)


def test_every_truncation_is_noticed() -> None:
    whole = gzip.compress(os.urandom(200))
    for length in range(1, len(whole)):
        with pytest.raises(BadGzip):
            inflated(whole[:length])


def test_a_bomb_comes_in_small_pieces() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    pieces = inflate(io.BytesIO(bomb).read)
    assert all(len(next(pieces)) <= PIECE for _ in range(100))
