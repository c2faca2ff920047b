"""Request bodies: bounded, decompressed, decoded, parsed."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from typing import Any

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from backdrop.core.errors import InvalidBody
from backdrop.write.body import MOST_DISCARDED, Body, BodyTooLarge, discard_rest, read_body

MOST = 1000


def request(data: bytes, headers: dict[str, str] | None = None, **more: Any) -> Request:
    sent = {"Content-Type": "application/json", **(headers or {})}
    return Request(EnvironBuilder(method="POST", data=data, headers=sent, **more).get_environ())


def read(data: bytes, headers: dict[str, str] | None = None, most: int = MOST) -> Body:
    return read_body(request(data, headers), most)


def refusal(data: bytes, headers: dict[str, str] | None = None) -> str:
    with pytest.raises(InvalidBody) as raised:
        read(data, headers)
    return str(raised.value)


def chunked(data: bytes, headers: dict[str, str] | None = None) -> Request:
    """As servers hand over a body that came in chunks: no length, but an end."""
    environ = request(b"", headers).environ
    environ.pop("CONTENT_LENGTH", None)
    return Request({**environ, "wsgi.input": io.BytesIO(data), "wsgi.input_terminated": True})


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"; x=y'],
)
def test_json_in_utf_8(content_type: str) -> None:
    headers = {"Content-Type": content_type}
    assert read('[{"aa": "é"}]'.encode(), headers).items() == [{"aa": "é"}]
    assert read(b'\xef\xbb\xbf{"aa": 1}', headers).items() == [{"aa": 1}]


def test_other_types() -> None:
    assert read(b'{"aa":1}\n{"aa":2}\n', {"Content-Type": "application/x-ndjson"}).items() == [
        {"aa": 1},
        {"aa": 2},
    ]
    assert read(b"aa,bb\n1,x\n", {"Content-Type": "text/csv; charset=utf-8"}).items() == [
        {"aa": 1, "bb": "x"}
    ]


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", " GZIP "])
@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson"])
def test_each_may_be_gzipped(encoding: str, kind: str) -> None:
    headers = {"Content-Type": kind, "Content-Encoding": encoding}
    assert read(gzip.compress(b'{"aa": 1}'), headers).items() == [{"aa": 1}]


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "json", "multipart/form-data"]
)
def test_another_content_type_is_refused_naming_the_accepted_ones(content_type: str) -> None:
    text = refusal(b"{}", {"Content-Type": content_type})
    assert text.startswith("Expected header: Content-type: application/json")
    assert "application/x-ndjson" in text
    assert "text/csv" in text


@pytest.mark.parametrize(
    ("data", "headers", "message"),
    [
        (b"", {}, "Expected JSON request body but received zero bytes."),
        (b"", {"Content-Type": "text/csv"}, "received zero bytes"),
        (gzip.compress(b""), {"Content-Encoding": "gzip"}, "received zero bytes"),
        (b"foo", {}, 'Error parsing JSON: "Expecting value: line 1 column 1 (char 0)"'),
        (b"  ", {}, "Error parsing JSON"),
        (b"\xff{}", {}, 'Error parsing JSON: "byte 0 is not UTF-8'),
        ('{"aa": 1}'.encode("utf-16"), {}, "Error parsing JSON"),
        (b"{}\n{", {"Content-Type": "application/x-ndjson"}, 'Error parsing NDJSON: "line 2'),
        (b"a,b\n1\n", {"Content-Type": "text/csv"}, 'Error parsing CSV: "line 2'),
        (b"{}", {"Content-Type": "application/json; charset=latin-1"}, "must be UTF-8, not latin-1"),
        (b"{}", {"Content-Encoding": "br"}, "Content-Encoding 'br' is not known"),
        (b"{}", {"Content-Encoding": "gzip"}, "the body can't be decompressed"),
        (gzip.compress(b"{}")[:-1], {"Content-Encoding": "gzip"}, "the gzip ends before its end"),
    ],
)
def test_what_cannot_be_read_is_refused(data: bytes, headers: dict[str, str], message: str) -> None:
    assert message in refusal(data, headers)


@pytest.mark.parametrize("data", [b"1", b'"x"', b"null", b"true", b"1.5"])
def test_neither_object_nor_list(data: bytes) -> None:
    with pytest.raises(InvalidBody, match="must be a JSON object or a list of objects, not"):
        read(data).items()


def test_one_object_is_not_a_list_of_one() -> None:
    assert read(b"{}").as_object() == {}
    with pytest.raises(InvalidBody, match="not a list"):
        read(b"[{}]").as_object()


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("in_chunks", [False, True])
def test_the_limit_is_on_the_byte(encoding: str, in_chunks: bool) -> None:
    def sent(size: int) -> Request:
        data = json.dumps("x" * (size - 2)).encode()
        data = gzip.compress(data) if encoding == "gzip" else data
        headers = {"Content-Encoding": encoding}
        return chunked(data, headers) if in_chunks else request(data, headers)

    assert len(read_body(sent(MOST), MOST).value) == MOST - 2
    with pytest.raises(BodyTooLarge, match="more than 1000 bytes"):
        read_body(sent(MOST + 1), MOST)


def test_a_length_over_the_limit_is_refused_unread() -> None:
    class Unread(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise AssertionError("the body was read")

    environ = {**request(b"{}").environ, "CONTENT_LENGTH": "999999999", "wsgi.input": Unread()}
    with pytest.raises(BodyTooLarge):
        read_body(Request(environ), MOST)


def test_endless_empty_gzip_members_end() -> None:
    with pytest.raises(BodyTooLarge):
        read_body(chunked(gzip.compress(b"") * 100_000, {"Content-Encoding": "gzip"}), MOST)


def test_a_gzip_bomb_never_unfolds() -> None:
    bomb = gzip.compress(b"\0" * 100_000_000)
    sent = chunked(bomb, {"Content-Encoding": "gzip"})
    tracemalloc.start()
    with pytest.raises(BodyTooLarge):
        read_body(sent, 1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000


def test_a_sender_who_goes_away_is_not_our_failure() -> None:
    environ = {**request(b"{}").environ, "CONTENT_LENGTH": "500"}
    with pytest.raises(InvalidBody, match="ended early"):
        read_body(Request(environ), MOST)
    as_gunicorn_has_it = {**request(b"{}").environ, "CONTENT_LENGTH": "500", "wsgi.input_terminated": True}
    with pytest.raises(InvalidBody, match="ended after 2 of 500 bytes"):
        read_body(Request(as_gunicorn_has_it), MOST)


def test_the_rest_of_a_refused_body_is_read_but_not_for_ever() -> None:
    for size, left in ((MOST_DISCARDED, 0), (MOST_DISCARDED + 1, MOST_DISCARDED + 1)):
        sent = request(b"x" * size)
        discard_rest(sent)
        assert len(sent.stream.read()) == left
    endless = chunked(b"x" * (2 * MOST_DISCARDED))
    discard_rest(endless)
    assert len(endless.stream.read()) == MOST_DISCARDED


def test_the_fingerprint_is_of_type_and_bytes() -> None:
    one = read(b"{}").fingerprint
    assert read(gzip.compress(b"{}"), {"Content-Encoding": "gzip"}).fingerprint == one
    assert read(b"{ }").fingerprint != one
    assert read(b"{}", {"Content-Type": "application/x-ndjson"}).fingerprint != one


@pytest.mark.parametrize(
    ("kind", "record", "start", "end"),
    [
        ("application/json", b"{}", b"[", b"{}]"),
        ("application/x-ndjson", b"{}", b"", b"{}"),
        ("text/csv", b"x", b"aa\n", b"x"),
    ],
)
def test_tiny_records_are_counted(kind: str, record: bytes, start: bytes, end: bytes) -> None:
    between = b"," if kind == "application/json" else b"\n"
    headers = {"Content-Type": kind}
    most = start + (record + between) * 9_999 + end
    assert len(read(most, headers, 100_000).items()) == 10_000
    with pytest.raises(BodyTooLarge, match="more than 10000 records"):
        read(start + record + between + most.removeprefix(start), headers, 100_000)
    assert len(read(start + record + between + most.removeprefix(start), headers, 300_000).items()) == 10_001


MEBIBYTE = 1024 * 1024
CSV, NDJSON = {"Content-Type": "text/csv"}, {"Content-Type": "application/x-ndjson"}


def refused_within(memory: int, data: bytes, headers: dict[str, str], most: int) -> str:
    """The message of the refusal, which must come before so much memory is taken (copies of the text not counted)."""
    sent = request(data, headers)
    tracemalloc.start()
    with pytest.raises((BodyTooLarge, InvalidBody)) as raised:
        read_body(sent, most)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak - 3 * len(data) < memory
    return str(raised.value)


def test_empty_cells_are_counted_while_they_are_read() -> None:
    def table(rows: int) -> bytes:
        return ",".join(f"k{i}" for i in range(1000)).encode() + (b"\n" + b"," * 999) * rows

    assert len(read(table(349), CSV, MEBIBYTE).items()) == 349
    with pytest.raises(BodyTooLarge, match="more than 349525 values; send it in several requests"):
        read(table(350), CSV, MEBIBYTE)
    refused_within(40_000_000, table(1047), CSV, MEBIBYTE)


@pytest.mark.parametrize(
    ("start", "record", "end", "headers", "message"),
    [
        (b"[", b"{},", b"{}]", {}, "more than 52428 records"),
        (b"[", b"[],", b"[]]", {}, "more than 349525 values"),
        (b"[", b"1,", b"1]", {}, "more than 349525 values"),
        (b'{"aa":[', b"1,", b"1]}", {}, "more than 349525 values"),
        (b"", b"{}\n", b"{}", NDJSON, "more than 52428 records"),
        (b"", b"\n", b"{", NDJSON, "values"),
    ],
)
def test_json_is_refused_before_it_is_parsed(
    start: bytes, record: bytes, end: bytes, headers: dict[str, str], message: str
) -> None:
    many = start + record * ((MEBIBYTE - 20) // len(record)) + end
    assert message in refused_within(500_000, many, headers, MEBIBYTE)


def test_a_header_of_a_hundred_thousand_names() -> None:
    names = ",".join(f"k{i}" for i in range(100_000)).encode()
    assert "line 1 has more than 10000 cells" in refused_within(2_000_000, names, CSV, MEBIBYTE)


def test_what_is_inside_strings_does_not_count() -> None:
    records = [{"text": '{"[,\\' * 200} for _ in range(500)]
    assert read(json.dumps(records).encode(), most=MEBIBYTE).items() == records


def test_cells_nobody_gave_are_counted() -> None:
    def sparse(count: int) -> bytes:
        return json.dumps([{f"k{i % 200}": i} for i in range(count)]).encode()

    assert len(read(sparse(8192), most=MEBIBYTE).items()) == 8192
    with pytest.raises(BodyTooLarge, match="more than 1048576 cells"):
        read(sparse(8193), most=MEBIBYTE)


def ordinary(keys: int, most: int) -> list[dict[str, object]]:
    one: dict[str, object] = {f"key_{i}": "a text" if i % 3 else i for i in range(keys)}
    return [one] * (most // len(json.dumps(one) + ", "))


@pytest.mark.parametrize("keys", [2, 20, 50, 400])
def test_a_full_body_of_ordinary_records_is_fine(keys: int) -> None:
    records = ordinary(keys, MEBIBYTE)
    assert read(json.dumps(records).encode(), most=MEBIBYTE).items() == records
    lines = "\n".join(map(json.dumps, records)).encode()
    assert read(lines, NDJSON, MEBIBYTE).items() == records


@pytest.mark.parametrize("keys", [20, 50])
def test_a_full_table_of_short_numbers_is_fine(keys: int) -> None:
    header = ",".join(f"key_{i}" for i in range(keys)) + "\n"
    row = ",".join(str(7 * i % 900 + 100) for i in range(keys)) + "\n"
    rows = (MEBIBYTE - len(header)) // len(row)
    assert len(read((header + row * rows).encode(), CSV, MEBIBYTE).items()) == rows


def test_thousands_of_keys_over_thousands_of_records_are_fine() -> None:
    records = [{f"k{(i * 17 + n * 31) % 3000}": i for i in range(20)} for n in range(5000)]
    assert read(json.dumps(records).encode(), most=10 * MEBIBYTE).items() == records
