"""Who may write, and what is said of it in answers and logs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backdrop.write.auth import fingerprint
from tests.apps.write_scene import ADMINISTRATOR, WrittenDataSet
from tests.processes import Backdrop, wait_until

ROUTES = [("POST", ""), ("PUT", ""), ("PATCH", "/x"), ("DELETE", "/x"), ("POST", "/transform")]


@pytest.mark.parametrize(("method", "rest"), ROUTES)
def test_no_token(data_set: WrittenDataSet, method: str, rest: str) -> None:
    for headers in ({}, {"Authorization": f"Basic {data_set.token}"}, {"Authorization": "Bearer"}):
        reply = data_set.call(method, rest, token=None, headers=headers)
        assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, "bearer")
        assert reply.json() == {
            "status": "error",
            "message": "Expected header of form: Authorization: Bearer <token>",
        }


@pytest.mark.parametrize(("method", "rest"), ROUTES)
def test_a_wrong_token(data_set: WrittenDataSet, method: str, rest: str) -> None:
    reply = data_set.call(method, rest, token="wr0ng")
    assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, "bearer")
    assert reply.headers["Cache-Control"] == "no-cache"
    assert reply.json()["message"] == f"Unauthorized: Invalid bearer token 'wr0ng' for '{data_set.name}'"


@pytest.mark.parametrize(("method", "rest"), ROUTES)
def test_an_unknown_data_set_comes_before_the_token(writing: Backdrop, method: str, rest: str) -> None:
    reply = writing.write.call(method, f"/data/nobody/knows{rest}")
    assert (reply.status, reply.json()) == (
        404,
        {"status": "error", "message": "Could not find data_set_config"},
    )


def test_a_data_set_without_a_token_accepts_nobody(data_set_with: Callable[..., WrittenDataSet]) -> None:
    closed = data_set_with(bearer_token="")
    assert closed.call("POST", json=[], token="x").status == 401
    assert closed.call("POST", json=[], token=None, headers={"Authorization": "Bearer "}).status == 401


def test_another_data_sets_token_is_wrong(
    data_set: WrittenDataSet, data_set_with: Callable[..., WrittenDataSet]
) -> None:
    other = data_set_with()
    assert data_set.call("POST", json=[{"aa": 1}], token=other.token).status == 401
    assert data_set.records() == []


def test_tokens_rotate_within_the_caches_lifetime(data_set: WrittenDataSet) -> None:
    assert data_set.post([]).status == 200
    data_set.backdrop.config.put({**data_set.config, "bearer_token": "rotated"})
    wait_until(lambda: data_set.call("POST", json=[], token="rotated").status == 200, "the new token", 5)
    # two processes answer, each with a cache of its own
    wait_until(
        lambda: all(data_set.call("POST", json=[], token=data_set.token).status == 401 for _ in range(5)),
        "the end of the old token",
        5,
    )


def test_a_data_set_that_may_not_be_read_can_be_written(
    data_set_with: Callable[..., WrittenDataSet],
) -> None:
    assert data_set_with(queryable=False).post([{"aa": 1}]).status == 200


def test_no_log_line_holds_a_token(data_set: WrittenDataSet) -> None:
    for token in (data_set.token, "wr0ng-and-secret", ADMINISTRATOR):
        data_set.call("POST", json=[{"aa": 1}], token=token)
        data_set.backdrop.write.call("DELETE", f"/data-sets/{data_set.name}", token=token)
    log = data_set.backdrop.write.log()
    assert not any(token in log for token in (data_set.token, "wr0ng-and-secret", ADMINISTRATOR))


def test_a_refusal_leaves_a_line_in_the_audit_log(data_set: WrittenDataSet) -> None:
    data_set.call("POST", json=[], token="wr0ng", headers={"Govuk-Request-Id": f"refused-{data_set.name}"})
    log = data_set.log_of(f"refused-{data_set.name}")
    assert "action=refused" in log
    assert f"data_set={data_set.name}" in log
    assert fingerprint("wr0ng") in log


def test_dropping_takes_the_administrators_token(data_set: WrittenDataSet) -> None:
    drop = f"/data-sets/{data_set.name}"
    call = data_set.backdrop.write.call
    data_set.post([{"aa": 1}])
    refused = call("DELETE", drop, token=data_set.token)
    assert refused.status == 401
    assert refused.json()["message"] == (
        f"Unauthorized: Invalid bearer token '{data_set.token}' for '{data_set.name}'"
    )
    assert call("DELETE", drop).status == 401
    assert len(data_set.records()) == 1
    reply = call("DELETE", drop, token=ADMINISTRATOR)
    assert (reply.status, reply.json()) == (200, {"status": "ok", "message": f"Deleted {data_set.name}"})
    assert data_set.records() == []
    again = call("DELETE", drop, token=ADMINISTRATOR)
    assert (again.status, again.json()["message"]) == (
        404,
        f'No collection exists with name "{data_set.name}"',
    )
    assert data_set.post([{"aa": 2}]).status == 200


@pytest.mark.parametrize("name", ["never-written", "Not%20a%20name", "%27%3B--", "a%22b"])
def test_dropping_what_is_not_there(writing: Backdrop, name: str) -> None:
    assert writing.write.call("DELETE", f"/data-sets/{name}", token="x").status == 401
    reply = writing.write.call("DELETE", f"/data-sets/{name}", token=ADMINISTRATOR)
    assert reply.status == 404
    assert reply.json()["message"].startswith("No collection exists with name")
