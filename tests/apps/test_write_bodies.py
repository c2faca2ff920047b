"""Bodies of every kind, over HTTP: stored, or refused with what to change."""

from __future__ import annotations

import gzip
import json
import os
import socket
from typing import Any

import pytest

from tests.apps.conftest import MAX_BODY_BYTES
from tests.apps.write_scene import WrittenDataSet

JSON = {"Content-Type": "application/json"}


def send(data_set: WrittenDataSet, body: bytes, **headers: str) -> Any:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return data_set.call("POST", body=body, headers={**JSON, **named})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"_id": "x", "aa": 1, "bb": null, "cc": "1", "dd": true, "ee": 1.5}'),
        ("application/json; charset=utf-8", b'[{"_id": "x", "aa":1,"bb":null,"cc":"1","dd":true,"ee":1.5}]'),
        ("application/x-ndjson", b'{"_id": "x", "aa":1,"bb":null,"cc":"1","dd":true,"ee":1.5}\r\n\n'),
        ("text/csv", b'_id,aa,bb,cc,dd,ee\nx,1,,"1",true,1.5\n'),
    ],
)
@pytest.mark.parametrize("compress", [False, True])
def test_every_type_stores_the_same(data_set: WrittenDataSet, kind: str, body: bytes, compress: bool) -> None:
    encoding = {"Content_Encoding": "gzip"} if compress else {}
    reply = send(data_set, gzip.compress(body) if compress else body, Content_Type=kind, **encoding)
    assert (reply.status, reply.json()) == (200, {"status": "ok"})
    assert reply.headers["Content-Type"] == "application/json"
    (record,) = data_set.records()
    assert record == {"_id": "x", "aa": 1, "bb": None, "cc": "1", "dd": True, "ee": 1.5}
    assert [type(record[key]) for key in ("aa", "cc", "dd", "ee")] == [int, str, bool, float]


BAD: list[tuple[bytes, dict[str, str], str]] = [
    (b"", {}, "Expected JSON request body but received zero bytes."),
    (b"foo", {}, 'Error parsing JSON: "Expecting value: line 1 column 1 (char 0)"'),
    (b'{"aa": 1', {}, 'Error parsing JSON: "'),
    (b"\xff\xfe", {}, 'Error parsing JSON: "'),
    (b"7", {}, "the body must be a JSON object"),
    (b"null", {}, "the body must be a JSON object"),
    (b'{"aa": NaN}', {}, "NaN is not JSON"),
    (b'{"aa": -Infinity}', {}, "-Infinity is not JSON"),
    (b'{"aa": 1, "aa": 2}', {}, "the key 'aa' is given twice"),
    (b"[" * 100_000, {}, "nested too deeply"),
    (b'{"aa":' * 40_000, {}, "nested too deeply"),
    (b'{"aa": ' + b"9" * 100_000 + b"}", {}, "too many digits"),
    (b"{}", {"Content_Type": "text/plain"}, "Expected header: Content-type: application/json"),
    (b"aa=1", {"Content_Type": "application/x-www-form-urlencoded"}, "Expected header: Content-type"),
    (b"{}", {"Content_Encoding": "gzip"}, "can't be decompressed"),
    (gzip.compress(b"{}" * 99)[:-9], {"Content_Encoding": "gzip"}, "can't be decompressed"),
    (b"{}", {"Content_Encoding": "br"}, "Content-Encoding 'br'"),
    (b"{}\n}", {"Content_Type": "application/x-ndjson"}, "line 2"),
    (b"aa,bb\n1,2\n3\n", {"Content_Type": "text/csv"}, "line 3 has 1 cells"),
    (b"aa,aa\n1,2\n", {"Content_Type": "text/csv"}, "'aa' twice"),
    (b"{}", {"Idempotency_Key": "k" * 256}, "Idempotency-Key"),
]


@pytest.mark.parametrize(("body", "headers", "message"), BAD)
def test_a_bad_body_is_refused_with_a_reason(
    data_set: WrittenDataSet, body: bytes, headers: dict[str, str], message: str
) -> None:
    reply = send(data_set, body, **headers)
    assert (reply.status, reply.json()["status"]) == (400, "error")
    assert message in reply.json()["message"]
    assert data_set.records() == []


def test_a_body_without_a_content_type(data_set: WrittenDataSet) -> None:
    reply = data_set.call("POST", body=b"{}")
    assert reply.status == 400
    assert reply.json()["message"].startswith("Expected header: Content-type: application/json")


def test_no_body_without_a_content_type_is_no_body(data_set: WrittenDataSet) -> None:
    reply = data_set.call("POST", body=b"")
    assert reply.status == 400
    assert reply.json()["message"] == "Expected JSON request body but received zero bytes."


BAD_RECORDS = [
    b'{"aa": 1e400}',
    b'{"aa": 9223372036854775808}',
    b'{"aa": -9223372036854775809}',
    b'{"aa": "\\ud800"}',
    b'{"\\udfff": 1}',
    b'{"_timestamp": "\\ud83d"}',
    b'{"aa": [1]}',
    b'{"aa": {"bb": 1}}',
    b'{"_foo": 1}',
    b'{"foo-bar": 1}',
    b'{"_id": "a b"}',
    b'{"_timestamp": "tomorrow"}',
    b"[]",
    b"null",
    b"7",
]


@pytest.mark.parametrize("record", BAD_RECORDS)
def test_one_bad_record_keeps_all_out(data_set: WrittenDataSet, record: bytes) -> None:
    reply = send(data_set, b'[{"aa": 1}, ' + record + b', {"aa": 2}]')
    answer = reply.json()
    assert (reply.status, answer["message"]) == (400, "1 of 3 records were not valid")
    assert [error["index"] for error in answer["errors"]] == [1]
    assert answer["messages"] == [error["message"] for error in answer["errors"]]
    assert data_set.records() == []


def test_a_hundred_faults_are_listed_and_all_counted(data_set: WrittenDataSet) -> None:
    answer = data_set.post([{"_foo": n} for n in range(2000)]).json()
    assert answer["message"] == "2000 of 2000 records were not valid"
    assert (len(answer["errors"]), len(answer["messages"]), answer["total_errors"]) == (100, 100, 2000)
    assert answer["errors"][0] == {
        "index": 0,
        "key": "_foo",
        "message": "_foo is not a recognised internal field",
    }


def sized(size: int) -> bytes:
    frame = b'{"aa": ""}'
    return frame[:-2] + b"x" * (size - len(frame)) + frame[-2:]


def test_the_limit_holds_for_the_decompressed_size(data_set: WrittenDataSet) -> None:
    for body, encoding in ((sized, "identity"), (lambda n: gzip.compress(sized(n)), "gzip")):
        assert send(data_set, body(MAX_BODY_BYTES), Content_Encoding=encoding).status == 200
        reply = send(data_set, body(MAX_BODY_BYTES + 1), Content_Encoding=encoding)
        assert (reply.status, reply.json()["status"]) == (413, "error")
        assert str(MAX_BODY_BYTES) in reply.json()["message"]


def test_much_too_much_is_refused_and_the_answer_arrives(data_set: WrittenDataSet) -> None:
    assert send(data_set, sized(20_000_000)).status == 413
    assert send(data_set, gzip.compress(b" " * 200_000_000), Content_Encoding="gzip").status == 413
    assert send(data_set, gzip.compress(os.urandom(5_000_000)), Content_Encoding="gzip").status == 413
    assert data_set.post([]).status == 200


@pytest.mark.parametrize(
    ("kind", "body", "status", "message"),
    [
        ("application/json", b"[" + b"{}," * 90_000 + b"{}]", 413, "more than 15000 records"),
        ("application/json", b"[" + b"1," * 140_000 + b"1]", 413, "more than 100000 values"),
        ("text/csv", b"aa,bb,cc,dd,ee,ff,gg,hh,ii,jj\n" + b",,,,,,,,,\n" * 10_001, 413, "100000 values"),
        ("text/csv", ",".join(f"k{i}" for i in range(10_001)).encode(), 400, "more than 10000 cells"),
    ],
)
def test_a_small_body_with_too_much_in_it(
    data_set: WrittenDataSet, kind: str, body: bytes, status: int, message: str
) -> None:
    reply = send(data_set, body, Content_Type=kind)
    assert reply.status == status
    assert message in reply.json()["message"]
    assert data_set.records() == []


@pytest.mark.parametrize("size", [100_000, 5_000_000])
@pytest.mark.parametrize(
    ("token", "kind", "status"), [("wrong", "application/json", 401), (None, "text/plain", 400)]
)
def test_who_is_refused_at_the_start_of_a_long_body_still_gets_the_answer(
    data_set: WrittenDataSet, size: int, token: str | None, kind: str, status: int
) -> None:
    for _ in range(5):
        reply = data_set.call(
            "POST", body=sized(size), token=token or data_set.token, headers={"Content-Type": kind}
        )
        assert reply.status == status


def chunked(data_set: WrittenDataSet, chunks: bytes) -> bytes:
    """The whole answer to a request whose body is sent as these bytes."""
    with socket.create_connection(("127.0.0.1", data_set.backdrop.write.port), timeout=60) as connection:
        head = (
            f"POST {data_set.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {data_set.token}\r\n"
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        connection.sendall(head.encode() + chunks)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while received := connection.recv(65536):
            answer += received
        return answer


def in_chunks(body: bytes, size: int) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def test_a_chunked_body(data_set: WrittenDataSet) -> None:
    assert chunked(data_set, in_chunks(b'{"aa": 1}', 2)).startswith(b"HTTP/1.1 200")
    assert [record["aa"] for record in data_set.records()] == [1]
    assert chunked(data_set, in_chunks(b"", 2)).startswith(b"HTTP/1.1 400")
    assert b" 413 " in chunked(data_set, in_chunks(sized(MAX_BODY_BYTES + 1), 4096))[:20]


@pytest.mark.parametrize("chunks", [b"xyz\r\n{}\r\n0\r\n\r\n", b'9\r\n{"aa": 1}\r\n', b"-1\r\n\r\n", b""])
def test_malformed_chunks_are_the_senders_fault(data_set: WrittenDataSet, chunks: bytes) -> None:
    answer = chunked(data_set, chunks)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
    assert data_set.records() == []


def test_a_sender_who_hangs_up_half_way_stores_nothing(data_set: WrittenDataSet) -> None:
    with socket.create_connection(("127.0.0.1", data_set.backdrop.write.port), timeout=60) as connection:
        head = (
            f"POST {data_set.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {data_set.token}\r\n"
            "Content-Type: application/json\r\nContent-Length: 500\r\n\r\n"
        )
        connection.sendall(head.encode() + b'[{"aa": 1}]')
    assert data_set.post({"_id": "later", "aa": 2}).status == 200
    assert data_set.records() == [{"_id": "later", "aa": 2}]


def test_values_come_back_exactly_as_posted(data_set: WrittenDataSet) -> None:
    values = {
        "_id": "x/+=é",
        "Mixed_Case": "Ünï\u0000cøde \U0001f600 \u2028 'quote\" --;",
        "mixed_case": "other",
        "whole": 2**63 - 1,
        "least": -(2**63),
        "fraction": 0.1 + 0.2,
        "tiny": 5e-324,
        "yes": True,
        "no": False,
        "one": 1,
        "nothing": None,
        "empty": "",
        "long": "é" * 50_000,
    }
    assert send(data_set, json.dumps(values, ensure_ascii=False).encode()).status == 200
    (record,) = data_set.records()
    assert record == values
    assert {key: type(value) for key, value in record.items()} == {k: type(v) for k, v in values.items()}
