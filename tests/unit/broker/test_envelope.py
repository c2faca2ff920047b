from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.broker.envelope import TaskSummary, Undecodable, decode, encode, task_summary


def message(**changes: Any) -> dict[str, Any]:
    return {
        "body": base64.b64encode(b"[[1], {}, {}]").decode(),
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"task": "double", "id": "77", "argsrepr": "(1,)", "kwargsrepr": "{}", "retries": 2},
        "properties": {"body_encoding": "base64", "delivery_info": {"exchange": "", "routing_key": "q"}},
        **changes,
    }


def test_a_message_comes_back() -> None:
    assert decode(encode(message())) == message()


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[1, 2]", "no properties"),
        (b"null", "no properties"),
        (encode(message(properties=None)), "no properties"),
        (encode(message(properties={"delivery_info": 3})), "delivery_info"),
        (encode(message(headers=[1])), "headers"),
        (encode(message(body={"a": 1})), "not text"),
        (encode(message(body="*** not base64 ***")), "not base64"),
        (encode(message(body=base64.b64encode(b"{'python': True}").decode())), "body is not JSON"),
        (encode(message(body="{", properties={"delivery_info": {}})), "body is not JSON"),
        (b'{"__type__": "unheard of", "__value__": 1}', "not JSON"),
    ],
)
def test_what_is_no_message_is_told_apart(payload: bytes, reason: str) -> None:
    with pytest.raises(Undecodable, match=reason):
        decode(payload)
    assert task_summary(payload) is None


@pytest.mark.parametrize(
    "sent",
    [
        message(body=None),
        message(body=base64.b64encode(b"\x80pickle").decode(), **{"content-type": "application/x-pickle"}),
        message(body=base64.b64encode(b"zip").decode(), headers={"compression": "gzip"}),
    ],
)
def test_other_bodies_are_the_consumers_to_judge(sent: dict[str, Any]) -> None:
    assert decode(encode(sent)) == sent


@given(st.binary())
def test_no_bytes_do_anything_worse_than_being_undecodable(payload: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(payload)


def test_a_task_is_summed_up() -> None:
    assert task_summary(encode(message())) == TaskSummary("double", "77", "(1,)", "{}", 2)
    assert task_summary(encode(message(headers={"task": "t", "retries": "x"}))) == TaskSummary(
        "t", "", "", "", 0
    )
    assert task_summary(encode(message(headers={}))) is None
    assert task_summary(json.dumps({"properties": {}, "headers": None}).encode()) is None
