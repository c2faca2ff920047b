"""POST /data-sets, over HTTP to a real gunicorn."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.apps.stagecraft_process import TOKEN, prepare, script, serve
from tests.processes import Reply, Server, wait_until

DEFAULTS = {
    "bearer_token": "",
    "auto_ids": [],
    "upload_format": "",
    "upload_filters": [],
    "raw_queries_allowed": False,
    "queryable": True,
    "realtime": False,
    "published": True,
    "capped_size": None,
    "max_age_expected": 2678400,
}


@pytest.fixture(scope="module")
def stagecraft(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("stagecraft")
    prepare(folder)
    server = serve(folder)
    yield server
    server.stop()


def post(stagecraft: Server, body: Any) -> Reply:
    return stagecraft.call("POST", "/data-sets", json=body, token=TOKEN)


def faulty_keys(reply: Reply) -> list[str]:
    body = reply.json()
    assert reply.status == 400, body
    assert body["status"] == "error"
    assert all(error["message"] for error in body["errors"])
    assert all(error["key"] in body["message"] for error in body["errors"])
    return [error["key"] for error in body["errors"]]


def count(stagecraft: Server) -> int:
    return len(stagecraft.call("GET", "/data-sets", token=TOKEN).json())


def test_group_and_type_are_enough(stagecraft: Server) -> None:
    reply = post(stagecraft, {"data_group": "new-group", "data_type": "new-type"})
    assert reply.status == 201
    config = reply.json()
    assert config["name"] == "new_group_new_type"
    assert {key: config[key] for key in DEFAULTS} == DEFAULTS
    assert reply.headers["Location"] == "/data-sets/new_group_new_type"
    again = stagecraft.call("GET", "/data-sets/new_group_new_type", token=TOKEN)
    assert again.json() == config
    by_both = stagecraft.call("GET", "/data-sets?data-group=new-group&data-type=new-type", token=TOKEN)
    assert by_both.json() == [config]


def test_every_value_is_kept(stagecraft: Server) -> None:
    values = {
        "name": "a-name-of-its-own",
        "data_group": "full-group",
        "data_type": "full-type",
        "bearer_token": "a~token/of+all=sorts",
        "auto_ids": ["a_key", "_timestamp"],
        "upload_format": "csv",
        "upload_filters": ["one", "two"],
        "raw_queries_allowed": True,
        "queryable": False,
        "realtime": True,
        "published": False,
        "capped_size": 2**63 - 1,
        "max_age_expected": 0,
    }
    reply = post(stagecraft, values)
    assert reply.status == 201
    config = reply.json()
    assert {key: config[key] for key in values} == values
    # What was read can be posted back, as another data set.
    copy = post(stagecraft, {**config, "name": "copy", "data_type": "copied-type"})
    assert copy.status == 201
    assert copy.json() == {**config, "name": "copy", "data_type": "copied-type"}


def test_a_group_and_a_type_that_are_there_are_used(stagecraft: Server) -> None:
    assert post(stagecraft, {"data_group": "shared", "data_type": "one"}).status == 201
    assert post(stagecraft, {"data_group": "shared", "data_type": "two"}).status == 201
    assert post(stagecraft, {"data_group": "other", "data_type": "one"}).status == 201
    found = stagecraft.call("GET", "/data-sets?data-group=shared", token=TOKEN).json()
    assert [each["name"] for each in found] == ["shared_one", "shared_two"]


def test_what_is_taken_is_refused_and_nothing_is_left_behind(stagecraft: Server) -> None:
    assert post(stagecraft, {"data_group": "taken", "data_type": "type"}).status == 201
    before = count(stagecraft)
    twin = post(stagecraft, {"data_group": "taken", "data_type": "type", "name": "twin"})
    assert faulty_keys(twin) == ["data_type"]
    assert "taken_type" in twin.json()["message"]
    assert faulty_keys(post(stagecraft, {"data_group": "x", "data_type": "y", "name": "taken_type"})) == [
        "name"
    ]
    again = post(stagecraft, {"data_group": "taken", "data_type": "type"})
    assert faulty_keys(again) == ["data_type", "name"]
    # Two pairs with one default name: the second needs a name.
    assert post(stagecraft, {"data_group": "a-b", "data_type": "c"}).status == 201
    assert faulty_keys(post(stagecraft, {"data_group": "a", "data_type": "b-c"})) == ["name"]
    assert post(stagecraft, {"data_group": "a", "data_type": "b-c", "name": "abc"}).status == 201
    assert count(stagecraft) == before + 2


def test_every_fault_is_named_and_nothing_stored(stagecraft: Server) -> None:
    before = count(stagecraft)
    body = {
        "data_group": "No",
        "realtime": "yes",
        "max_age_expected": -1,
        "color": "red",
        "bearer_token": "hush hush",
    }
    reply = post(stagecraft, body)
    assert faulty_keys(reply) == [
        "data_type",
        "data_group",
        "realtime",
        "max_age_expected",
        "bearer_token",
        "color",
    ]
    assert b"hush" not in reply.body
    assert faulty_keys(post(stagecraft, {"data_group": "a", "data_type": "z", "schema": {"a": 1}})) == [
        "schema"
    ]
    assert count(stagecraft) == before


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"data_group": "\\ud800"}', "application/json", 400),
        (b'{"data_group": "a", "data_group": "b"}', "application/json", 400),
        (b'{"capped_size": NaN}', "application/json", 400),
        (b'{"capped_size": 1e999}', "application/json", 400),
        (b'{"a":' * 50_000, "application/json", 400),
        (b"data_group=a&data_type=b", "application/x-www-form-urlencoded", 400),
        (b'{"data_group": "a", "data_type": "b"}', "", 400),
        (b'{"name": "' + b"a" * 2_000_000 + b'"}', "application/json", 413),
    ],
)
def test_bodies_that_are_none(stagecraft: Server, body: bytes, content_type: str, status: int) -> None:
    before = count(stagecraft)
    reply = stagecraft.call(
        "POST", "/data-sets", body=body, token=TOKEN, headers={"Content-Type": content_type}
    )
    assert reply.status == status
    assert reply.json()["status"] == "error"
    assert reply.json()["message"]
    assert count(stagecraft) == before


def test_a_charset_may_be_named(stagecraft: Server) -> None:
    reply = stagecraft.call(
        "POST",
        "/data-sets",
        body=b'{"data_group": "char", "data_type": "set"}',
        token=TOKEN,
        headers={"Content-Type": "application/json; charset=utf-8"},
    )
    assert reply.status == 201


@pytest.mark.parametrize("sent", [b'{"data_group"', b'{"data_group": "cut", "data_type": "off"}'])
def test_a_body_that_breaks_off(stagecraft: Server, sent: bytes) -> None:
    """Also where what came looks whole."""
    request_id = f"broken-off-{len(sent)}"
    head = (
        "POST /data-sets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {TOKEN}\r\nX-Request-Id: {request_id}\r\nContent-Length: 1000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", stagecraft.port)) as connection:
        connection.sendall(head.encode() + sent)
    stagecraft.wait_for_log(request_id)
    (line,) = [line for line in stagecraft.log().splitlines() if request_id in line]
    assert "status=400" in line


def test_many_at_once_and_one_wins(stagecraft: Server) -> None:
    statuses: list[int] = []

    def race(number: int) -> None:
        for _ in range(3):
            one = {"data_group": "race", "data_type": "same"}
            statuses.append(post(stagecraft, one).status)
            assert post(stagecraft, {"data_group": "race", "data_type": f"t{number}-{_}"}).status == 201

    racers = [threading.Thread(target=race, args=(number,)) for number in range(8)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)
    assert sorted(statuses) == [201] + [400] * 23
    found = stagecraft.call("GET", "/data-sets?data-group=race", token=TOKEN).json()
    assert len(found) == 25


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    prepare(tmp_path)
    server = serve(tmp_path)
    acknowledged: list[str] = []

    def go_on(sender: int) -> None:
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            for number in range(10_000):
                reply = post(server, {"data_group": f"g{sender}", "data_type": f"t{number}"})
                acknowledged.append(reply.json()["name"])

    senders = [threading.Thread(target=go_on, args=(sender,)) for sender in range(3)]
    for sender in senders:
        sender.start()
    wait_until(lambda: len(acknowledged) > 20, "some data sets")
    server.kill()
    for sender in senders:
        sender.join(60)
    left = json.loads(script(tmp_path, LEFT))
    assert set(acknowledged) <= set(left)
    assert len(left) <= len(acknowledged) + len(senders)


LEFT = """
import json
from stagecraft.datasets.models import DataSet
print(json.dumps(sorted(DataSet.objects.values_list("name", flat=True))))
"""
