"""Storing, replacing, patching, deleting."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from backdrop.core.instants import whole_milliseconds
from tests.apps.write_scene import ADMINISTRATOR, WrittenDataSet
from tests.processes import Backdrop

SCHEMA = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "properties": {"_timestamp": {"type": "string", "format": "date-time"}, "aa": {"type": "number"}},
    "required": ["_timestamp"],
}


def ids(data_set: WrittenDataSet) -> list[str]:
    return [record["_id"] for record in data_set.records()]


@pytest.mark.parametrize("app", ["read", "write"])
def test_an_app_is_ready_while_its_storage_answers(tmp_path: Path, app: str) -> None:
    with Backdrop(tmp_path, apps=[app]) as backdrop:
        server = getattr(backdrop, app)
        reply = server.call("GET", "/_status/ready")
        assert (reply.status, reply.json()) == (200, {"status": "ok", "message": "storage answers"})
        assert reply.headers["Cache-Control"] == "no-cache"
        for part in tmp_path.glob("backdrop.sqlite*"):
            part.unlink()
        (tmp_path / "backdrop.sqlite").write_text("no database\n" * 1000)
        reply = server.call("GET", "/_status/ready")
        assert (reply.status, reply.json()["status"]) == (503, "error")
        assert reply.headers["Cache-Control"] == "no-cache"
        assert int(reply.headers["Retry-After"]) > 0
        assert str(tmp_path) not in reply.body.decode()
        assert server.call("GET", "/_status").status == 200
        (tmp_path / "backdrop.sqlite").unlink()
        assert server.call("GET", "/_status/ready").status == 200
        assert server.call("POST", "/_status/ready").status == 405


def test_status(writing: Backdrop) -> None:
    reply = writing.write.call("GET", "/_status")
    assert (reply.status, reply.json()) == (200, {"status": "ok", "message": "app is up"})
    assert reply.headers["Cache-Control"] == "no-cache"


def test_records_replace_those_of_their_id(data_set: WrittenDataSet) -> None:
    data_set.post([{"_id": "a", "aa": 1, "bb": 1}, {"_id": "b", "aa": 2}])
    assert data_set.post([{"_id": "a", "aa": 3}, {"_id": "c", "aa": 4}, {"_id": "c", "aa": 5}]).status == 200
    assert data_set.records() == [{"_id": "a", "aa": 3}, {"_id": "b", "aa": 2}, {"_id": "c", "aa": 5}]


def test_records_without_ids_get_ids_that_sort_by_time(data_set: WrittenDataSet) -> None:
    for number in range(3):
        data_set.post([{"aa": number}, {"aa": number}])
    assert len(set(ids(data_set))) == 6
    assert [record["aa"] for record in data_set.records()] == [0, 0, 1, 1, 2, 2]


def test_what_was_read_can_be_posted_back(data_set: WrittenDataSet) -> None:
    before = whole_milliseconds(datetime.now(UTC))
    data_set.post([{"_timestamp": "2013-01-01T01:00:00.0009+01:00", "_start_at": "2013-01-01", "aa": 1.5}])
    (read,) = data_set.backdrop.read.call("GET", data_set.path).json()["data"]
    assert read["_timestamp"] == read["_start_at"] == "2013-01-01T00:00:00+00:00"
    assert before <= datetime.fromisoformat(read["_updated_at"]) <= datetime.now(UTC)
    assert data_set.post([read]).status == 200
    (again,) = data_set.backdrop.read.call("GET", data_set.path).json()["data"]
    assert again["_updated_at"] > read["_updated_at"]
    assert {**again, "_updated_at": None} == {**read, "_updated_at": None}


def test_an_empty_list_stores_nothing(data_set: WrittenDataSet) -> None:
    data_set.post([{"_id": "a"}])
    assert (data_set.post([]).status, ids(data_set)) == (200, ["a"])


def test_auto_ids(data_set_with: Callable[..., WrittenDataSet]) -> None:
    data_set = data_set_with(auto_ids=["aa", "bb"])
    assert data_set.post([{"aa": "x", "bb": 1}, {"aa": "?>", "bb": "~~~"}]).status == 200
    made = [base64.b64encode(text).decode() for text in (b"x.1", b"?>.~~~")]
    assert sorted(ids(data_set)) == sorted(made)
    answer = data_set.post([{"aa": "x", "bb": 2}, {"cc": 1}]).json()
    assert answer["messages"] == ["The following required id fields are missing: aa, bb"]
    assert data_set.call("DELETE", "/" + quote(made[1], safe="")).status == 200
    assert ids(data_set) == [made[0]]


def test_a_schema(data_set_with: Callable[..., WrittenDataSet]) -> None:
    data_set = data_set_with(schema=SCHEMA)
    assert data_set.post({"_id": "a", "_timestamp": "2013-01-01", "aa": 1}).status == 200
    answer = data_set.post([{"aa": 1}, {"_timestamp": "2013-01-01", "aa": "x"}]).json()
    assert answer["errors"] == [
        {"index": 0, "key": "_timestamp", "message": "'_timestamp' is a required property"},
        {"index": 1, "key": "aa", "message": "aa: 'x' is not of type 'number'"},
    ]
    assert ids(data_set) == ["a"]


def test_a_schema_that_makes_no_sense_is_a_plain_500(
    data_set_with: Callable[..., WrittenDataSet], writing: Backdrop
) -> None:
    data_set = data_set_with(schema={"properties": {"aa": {"$ref": "http://127.0.0.1:9/x.json"}}})
    reply = data_set.post({"aa": 1})
    assert reply.status == 500
    assert reply.json()["message"] == "this data set's config can't be used; our log says why"
    assert f"the schema of data set '{data_set.name}' can't be used" in writing.write.log()


def test_put_replaces_the_whole_contents(data_set: WrittenDataSet) -> None:
    data_set.post([{"_id": "a"}, {"_id": "b"}])
    reply = data_set.call("PUT", json=[{"_id": "b", "aa": 1}, {"_id": "c"}, {"_id": "c", "aa": 2}])
    assert (reply.status, reply.json()) == (
        200,
        {"status": "ok", "message": f"{data_set.name} now contains 2 records"},
    )
    assert data_set.records() == [{"_id": "b", "aa": 1}, {"_id": "c", "aa": 2}]
    assert data_set.call("PUT", json=[{"_id": "d"}, {"_foo": 1}]).status == 400
    assert ids(data_set) == ["b", "c"]
    emptied = data_set.call("PUT", json=[])
    assert emptied.json()["message"] == f"{data_set.name} now contains 0 records"
    assert ids(data_set) == []


def test_patch_merges(data_set_with: Callable[..., WrittenDataSet]) -> None:
    data_set = data_set_with(schema=SCHEMA)
    data_set.post({"_id": "a", "_timestamp": "2013-01-01", "aa": 1, "bb": "x"})
    reply = data_set.call("PATCH", "/a", json={"bb": None, "cc": True, "_id": "a"})
    assert (reply.status, reply.json()) == (200, {"status": "ok"})
    patched = {"_id": "a", "_timestamp": "2013-01-01T00:00:00+00:00", "aa": 1, "bb": None, "cc": True}
    assert data_set.records() == [patched]
    for changes in ({"aa": "x"}, {"_id": "b"}, {"_foo": 1}, {"_timestamp": None}, {"aa": []}):
        assert data_set.call("PATCH", "/a", json=changes).status == 400
    for body in ([{"aa": 2}], [], 7, "x"):
        assert data_set.call("PATCH", "/a", json=body).status == 400
    assert data_set.records() == [patched]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_unknown_record(data_set: WrittenDataSet, method: str) -> None:
    data_set.post({"_id": "a"})
    for path, shown in (("/b", "b"), ("/transform", "transform"), ("/a%2Fb", "a/b"), ("/%C3%A9", "é")):
        reply = data_set.call(method, path, json={"aa": 1})
        assert (reply.status, reply.json()["message"]) == (404, f"No record found with id {shown}")
    assert ids(data_set) == ["a"]


@pytest.mark.parametrize(
    "record_id", ["a", "/a//b/", "a+b=c", "é", "%2F", "a?b#c", "..", "';--", "\U0001f600"]
)
def test_any_id_can_be_patched_and_deleted(data_set: WrittenDataSet, record_id: str) -> None:
    data_set.post([{"_id": record_id, "aa": 1}, {"_id": "other"}])
    path = "/" + quote(record_id, safe="").replace("..", "%2E%2E")
    assert data_set.call("PATCH", path, json={"aa": 2}).status == 200
    assert {"_id": record_id, "aa": 2} in data_set.records()
    assert data_set.call("DELETE", path).json() == {"status": "ok"}
    assert ids(data_set) == ["other"]


def test_the_route_by_name_is_deprecated(data_set: WrittenDataSet) -> None:
    reply = data_set.backdrop.write.call("POST", f"/{data_set.name}", json={"_id": "a"}, token=data_set.token)
    assert (reply.status, reply.json()["status"]) == (200, "ok")
    assert "deprecated" in reply.json()["message"]
    assert reply.headers["Deprecation"].startswith("@")
    assert data_set.path in reply.headers["Link"]
    assert ids(data_set) == ["a"]


@pytest.mark.parametrize("name", ["unknown", "Upper", "1st", "a%20b", "data", "_status", "%C3%A9"])
def test_an_unknown_name(writing: Backdrop, name: str) -> None:
    reply = writing.write.call("POST", f"/{name}", json=[])
    assert (reply.status, reply.json()["message"]) == (404, "Could not find data_set_config")


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("OPTIONS", "/data/g/t", 405, {"POST", "PUT"}),
        ("GET", "/data/g/t", 405, {"POST", "PUT"}),
        ("GET", "/data/g/t/x", 405, {"PATCH", "DELETE"}),
        ("POST", "/data/g/t/x", 405, {"PATCH", "DELETE"}),
        ("OPTIONS", "/g_t", 405, {"POST"}),
        ("POST", "/data-sets/g_t", 405, {"GET", "HEAD", "DELETE"}),
        ("TRACE", "/data/g/t", 405, {"POST", "PUT"}),
        ("POST", "/data/g/t/", 404, set()),
        ("GET", "/", 404, set()),
        ("POST", "/data/g", 404, set()),
        ("DELETE", "/data-sets/a/b", 404, set()),
    ],
)
def test_other_paths_and_methods(
    writing: Backdrop, method: str, path: str, status: int, allowed: set[str]
) -> None:
    reply = writing.write.call(method, path)
    assert (reply.status, reply.json()["status"]) == (status, "error")
    assert set(filter(None, reply.headers.get("Allow", "").split(", "))) == allowed
    assert reply.headers["Cache-Control"] == "no-cache"


class TestIdempotency:
    """`Idempotency-Key`"""

    def test_the_same_request_stores_nothing_twice(self, data_set: WrittenDataSet) -> None:
        for _ in range(3):
            reply = data_set.post([{"aa": 1}, {"aa": 2}], Idempotency_Key="k1")
            assert (reply.status, reply.json()) == (200, {"status": "ok"})
        assert len(data_set.records()) == 2
        assert data_set.post([{"aa": 1}, {"aa": 2}], Idempotency_Key="k2").status == 200
        assert len(data_set.records()) == 4

    def test_at_the_same_time_too(self, data_set: WrittenDataSet) -> None:
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda _: data_set.post([{"aa": 1}], Idempotency_Key="k"), range(16)))
        assert {reply.status for reply in replies} == {200}
        assert len(data_set.records()) == 1

    def test_another_body_under_the_key_is_refused(self, data_set: WrittenDataSet) -> None:
        data_set.post([{"aa": 1}], Idempotency_Key="k")
        reply = data_set.post([{"aa": 2}], Idempotency_Key="k")
        assert (reply.status, reply.json()["status"]) == (422, "error")
        assert len(data_set.records()) == 1

    def test_the_records_have_the_same_ids_again_wherever_the_first_try_ended(
        self, data_set: WrittenDataSet
    ) -> None:
        """A drop takes the receipt away, so that the second request is stored, as after a first cut off."""
        found = []
        for _ in range(2):
            records = [{"aa": number} for number in range(12)]
            assert data_set.post(records, Idempotency_Key="k").status == 200
            assert [record["aa"] for record in data_set.records()] == list(range(12))
            found.append(ids(data_set))
            data_set.backdrop.write.call("DELETE", f"/data-sets/{data_set.name}", token=ADMINISTRATOR)
        assert found[0] == found[1]

    def test_a_refused_request_leaves_the_key_free(self, data_set: WrittenDataSet) -> None:
        assert data_set.post([{"_foo": 1}], Idempotency_Key="k").status == 400
        assert data_set.post([{"aa": 1}], Idempotency_Key="k").status == 200

    def test_keys_are_each_data_sets_own(
        self, data_set: WrittenDataSet, data_set_with: Callable[..., WrittenDataSet]
    ) -> None:
        other = data_set_with()
        assert data_set.post([{"aa": 1}], Idempotency_Key="k").status == 200
        assert other.post([{"aa": 2}], Idempotency_Key="k").status == 200
        assert len(other.records()) == 1


def test_every_write_leaves_a_line_in_the_audit_log(data_set: WrittenDataSet) -> None:
    def audit(action: str, **request: Any) -> str:
        request_id = f"{action}-{data_set.name}"
        call = {"method": "POST", "headers": {"Govuk-Request-Id": request_id}, **request}
        assert data_set.call(**call).headers["Govuk-Request-Id"] == request_id
        (line,) = [line for line in data_set.log_of(request_id).splitlines() if "audit" in line]
        assert f"action={action}" in line
        assert f"data_set={data_set.name}" in line
        return line

    def said(line: str) -> tuple[str, ...]:
        about = dict(re.findall(r"(\w+)=(\S+)", line))
        keys = ("records", "removed", "earliest", "latest")
        return tuple(about[key].removesuffix("T00:00:00+00:00") for key in keys)

    records = [{"_id": "a", "_timestamp": "2013-01-02"}, {"_id": "b", "_timestamp": "2013-01-01"}, {}]
    assert said(audit("append", json=records)) == ("3", "0", "2013-01-01", "2013-01-02")
    patch = {"method": "PATCH", "rest": "/a", "json": {"_timestamp": "2013-01-03"}}
    assert said(audit("patch", **patch)) == ("1", "1", "2013-01-02", "2013-01-03")
    delete = audit("delete", method="DELETE", rest="/a")
    assert said(delete) == ("1", "1", "2013-01-03", "2013-01-03")
    replace = audit("replace", method="PUT", json=[{"_timestamp": "2013-01-05"}])
    assert said(replace) == ("1", "2", "2013-01-01", "2013-01-05")
    path = f"/data-sets/{data_set.name}"
    headers = {"Govuk-Request-Id": f"drop-{data_set.name}"}
    assert data_set.backdrop.write.call("DELETE", path, token=ADMINISTRATOR, headers=headers).status == 200
    (drop,) = [
        line for line in data_set.log_of(f"drop-{data_set.name}").splitlines() if "action=drop" in line
    ]
    assert said(drop) == ("1", "1", "2013-01-05", "2013-01-05")


def test_a_request_sent_twice_is_audited_as_storing_nothing(data_set: WrittenDataSet) -> None:
    for number in range(2):
        request_id = f"twice-{number}-{data_set.name}"
        data_set.post([{"_timestamp": "2013-01-01"}], Idempotency_Key="k", Govuk_Request_Id=request_id)
        (line,) = [line for line in data_set.log_of(request_id).splitlines() if "action=append" in line]
        assert f"records={1 - number}" in line


def test_a_request_id_is_made_if_missing(data_set: WrittenDataSet) -> None:
    assert len(data_set.post([]).headers["Govuk-Request-Id"]) > 20
    assert data_set.post([], X_Request_Id="mine").headers["Govuk-Request-Id"] == "mine"


def test_the_request_id_goes_to_the_config_api(data_set: WrittenDataSet) -> None:
    data_set.post([], Govuk_Request_Id=f"sent-{data_set.name}")
    calls = data_set.backdrop.config.calls_to(f"/data-sets?data-group={data_set.config['data_group']}")
    assert f"sent-{data_set.name}" in [call.headers.get("govuk-request-id") for call in calls]
