"""PUT and DELETE of data sets' configs, data groups and data types, over HTTP to a real gunicorn."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.apps.stagecraft_calls import Caller, faulty_keys
from tests.apps.stagecraft_process import prepare, script, serve
from tests.processes import Reply, wait_until

COLLECTOR = """
from stagecraft.api_users.models import ApiUser
for role in ("collector", "omniscient", "dashboard-editor"):
    ApiUser.create(role, role, role + "-token")
"""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    folder = tmp_path_factory.mktemp("stagecraft")
    prepare(folder)
    script(folder, COLLECTOR)
    server = serve(folder)
    yield Caller(server)
    server.stop()


def data_set(api: Caller, group: str, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = api.made("/data-sets", {"data_group": group, "data_type": "t", **more})
    return made


def test_what_was_read_can_be_put_back_with_a_change(api: Caller) -> None:
    config = data_set(api, "round", bearer_token="secret", raw_queries_allowed=True, auto_ids=["a_b"])
    reply = api.put("/data-sets/round_t", {**config, "published": False, "capped_size": 1000})
    assert reply.status == 200
    assert reply.json() == {**config, "published": False, "capped_size": 1000}
    assert api.shown("/data-sets/round_t") == reply.json()


def test_a_put_replaces_all_but_the_tokens(api: Caller) -> None:
    config = data_set(api, "part", bearer_token="secret", realtime=True, auto_ids=["a_b"], max_age_expected=7)
    plain = api.made("/data-sets", {"data_group": "part", "data_type": "plain", "bearer_token": "secret"})
    names = {key: config[key] for key in ("name", "data_group", "data_type")}
    assert api.put("/data-sets/part_t", {}).json() == {**plain, **names}
    assert api.put("/data-sets/part_t", {"bearer_token": ""}).json()["bearer_token"] == ""


def test_every_fault_is_named_and_nothing_changed(api: Caller) -> None:
    config = data_set(api, "faulty", bearer_token="secret")
    body = {
        "name": "moved",
        "data_group": "moved",
        "data_type": "moved",
        "queryable": "no",
        "capped_size": 0,
        "schema": {"type": "object"},
        "colour": "red",
        "bearer_token": "hush hush",
    }
    reply = api.put("/data-sets/faulty_t", body)
    assert set(faulty_keys(reply)) == set(body)
    assert b"hush" not in reply.body
    assert api.shown("/data-sets/faulty_t") == config
    assert api.get("/data-groups/moved").status == 404


@pytest.mark.parametrize("method", ["get", "delete"])
@pytest.mark.parametrize(
    "path", ["/data-sets", "/data-groups", "/data-types", "/transform", "/transform-type"]
)
@pytest.mark.parametrize(
    "name", ["nobody", "No", "%00", "%ff", "12345678-1234-1234-1234-123456789012", "'--", "a" * 500]
)
def test_what_is_not_there(api: Caller, method: str, path: str, name: str) -> None:
    reply: Reply = getattr(api, method)(f"{path}/{name}")
    assert faulty_keys(reply, 404) == []
    assert api.put(f"{path}/{name}", {}).status == 404


@pytest.mark.parametrize("path", ["/data-groups", "/data-types"])
def test_groups_and_types(api: Caller, path: str) -> None:
    made = api.post(path, {"name": "some-thing", "description": "What it is"})
    assert (made.status, made.headers["Location"]) == (201, f"{path}/some-thing")
    described = {**made.json(), "description": "What it is"}
    assert made.json() == api.shown(f"{path}/some-thing") == described
    assert api.shown(f"{path}?name=some-thing") == [described]
    assert api.shown(f"{path}?name=nobody") == api.shown(f"{path}?name=%00") == []
    assert described in api.shown(path)
    changed = api.put(f"{path}/some-thing", {**described, "description": "Another"})
    assert changed.json() == {**described, "description": "Another"}
    assert api.put(f"{path}/some-thing", {}).json()["description"] == ""
    assert faulty_keys(api.put(f"{path}/some-thing", {"name": "other"})) == ["name"]
    assert faulty_keys(api.post(path, {"name": "some-thing", "description": 3})) == ["description", "name"]
    assert faulty_keys(api.post(path, {"colour": "red"})) == ["name", "colour"]
    assert api.delete(f"{path}/some-thing").status == 204
    assert api.get(f"{path}/some-thing").status == 404


def test_a_data_types_schema_is_what_records_must_fit(api: Caller) -> None:
    own = {"required": ["count"], "properties": {"count": {"type": "integer"}}}
    api.made("/data-types", {"name": "counted", "schema": own})
    assert api.shown("/data-types/counted")["schema"] == own
    config = api.made("/data-sets", {"data_group": "pay", "data_type": "counted"})
    assert config["schema"]["required"] == ["count"]
    assert api.put("/data-sets/pay_counted", config).status == 200
    for schema in ({"type": 3}, {"properties": {"a": {"$ref": "#/properties/a"}}}, "x", []):
        assert faulty_keys(api.put("/data-types/counted", {"schema": schema})) == ["schema"]
    assert api.put("/data-types/counted", {"schema": None}).json()["schema"] is None
    assert "allOf" not in api.shown("/data-sets/pay_counted")["schema"]


def test_what_is_used_stays_and_its_users_are_named(api: Caller) -> None:
    for number in range(25):
        api.made("/data-sets", {"data_group": "used", "data_type": f"used-{number}"})
    reply = api.delete("/data-groups/used")
    assert faulty_keys(reply, 409) == ["data set"] * 20 + [None]
    assert "used_used_0" in reply.json()["message"]
    assert "and 5 more" in reply.json()["message"]
    assert "used_used_7" in api.delete("/data-types/used-7").json()["message"]
    assert api.shown("/data-groups/used")["name"] == "used"


def test_a_change_to_what_was_seen_and_to_nothing_else(api: Caller) -> None:
    data_set(api, "seen")
    path = "/data-sets/seen_t"
    old = api.get(path).headers["ETag"]
    assert api.put(path, {"realtime": True}, If_Match=old).status == 200
    new = api.get(path).headers["ETag"]
    assert new != old
    for stale in (api.put(path, {}, If_Match=old), api.delete(path, If_Match=old)):
        assert faulty_keys(stale, 412) == []
    assert api.shown(path)["realtime"] is True
    assert api.put(path, {}, If_Match=f'"other", {new}').status == 200
    assert api.put(path, {}, If_Match="*").status == 200
    api.made("/data-groups", {"name": "seen-group"})
    assert api.delete("/data-groups/seen-group", If_Match='"other"').status == 412


def test_a_previous_token_is_shown_until_its_time(api: Caller) -> None:
    config = data_set(api, "rotated", bearer_token="old")
    # With more time where the machine stood still until it was over.
    for seconds in (2, 10, 50):
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        pair = {"previous_bearer_token": "old", "previous_bearer_token_until": until.isoformat()}
        rotated = api.put("/data-sets/rotated_t", {"bearer_token": "new", **pair})
        again = [api.put("/data-sets/rotated_t", one).json() for one in (rotated.json(), {})]
        etag = api.get("/data-sets/rotated_t").headers["ETag"]
        if datetime.now(UTC) < until:
            break
    assert rotated.json() == {**config, "bearer_token": "new", **pair}
    assert again == [rotated.json()] * 2
    wait_until(lambda: "previous_bearer_token" not in api.shown("/data-sets/rotated_t"), "its end", 70)
    assert api.get("/data-sets/rotated_t", If_None_Match=etag).status == 200
    later = {**pair, "previous_bearer_token_until": "2999-01-01T00:00:00+00:00"}
    assert api.put("/data-sets/rotated_t", later).json()["previous_bearer_token"] == "old"
    ended = {"previous_bearer_token": "", "previous_bearer_token_until": None}
    assert api.put("/data-sets/rotated_t", ended).json() == {**config, "bearer_token": "new"}
    alone = api.put("/data-sets/rotated_t", {"previous_bearer_token": "old"})
    assert faulty_keys(alone) == ["previous_bearer_token_until"]


@pytest.mark.parametrize("role", ["collector", "omniscient", "dashboard-editor"])
def test_who_may_only_read_changes_nothing(api: Caller, role: str) -> None:
    other = Caller(api.server, f"{role}-token")
    for path in ("/data-groups", "/data-types", "/transform", "/transform-type", "/data-sets"):
        assert other.post(path, {"name": "x"}).status == 403
        assert other.put(f"{path}/x", {}).status == other.delete(f"{path}/x").status == 403
        assert other.get(path).status == (403 if role == "dashboard-editor" else 200)


def test_bodies_that_are_none(api: Caller) -> None:
    for body, status in ((b"", 400), (b"[", 400), (b'{"a": "\\u0000"}', 400), (b" " * 2_000_000, 413)):
        headers = {"Content-Type": "application/json"}
        reply = api.server.call("PUT", "/data-groups/x", body=body, token=api.token, headers=headers)
        assert reply.status == status
        assert reply.json()["status"] == "error"
    many = {f"key-{number}": number for number in range(50_000)}
    reply = api.post("/data-groups", many)
    assert len(faulty_keys(reply)) == 101
    assert "and 49901 more faults" in reply.json()["message"]
    assert api.put("/data-groups/x", {}, Content_Type="text/plain").status == 400


def test_two_changes_at_once_come_one_after_the_other(api: Caller) -> None:
    data_set(api, "busy")
    statuses: list[int] = []

    def change(number: int) -> None:
        for turn in range(5):
            reply = api.put("/data-sets/busy_t", {"capped_size": 1 + number * 10 + turn})
            statuses.append(reply.status)

    threads = [threading.Thread(target=change, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert statuses == [200] * 20
    assert api.shown("/data-sets/busy_t")["capped_size"] in [1 + n * 10 + 4 for n in range(4)]
