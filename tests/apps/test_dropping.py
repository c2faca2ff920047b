"""A drop that is bound to how many there had been doesn't take what was written since, however late it comes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.apps.write_scene import ADMINISTRATOR, WrittenDataSet, new_data_set
from tests.processes import Backdrop, Reply


def ask(data_set: WrittenDataSet, token: str = ADMINISTRATOR) -> Reply:
    return data_set.backdrop.write.call("GET", f"/data-sets/{data_set.name}", token=token)


def drop(data_set: WrittenDataSet, if_match: str) -> Reply:
    path, headers = f"/data-sets/{data_set.name}", {"If-Match": if_match}
    return data_set.backdrop.write.call("DELETE", path, headers=headers, token=ADMINISTRATOR)


def etag_of(reply: Reply) -> str:
    assert reply.status == 200
    return str(reply.headers["ETag"])


def test_how_many_drops_there_have_been(data_set: WrittenDataSet) -> None:
    reply = ask(data_set)
    count = reply.json()["drops"]
    assert reply.json() == {"status": "ok", "drops": count}
    assert (etag_of(reply), reply.headers["Cache-Control"]) == (f'"{count}"', "no-store")
    assert drop(data_set, f'"{count}"').status == 404
    assert ask(data_set).json()["drops"] == count + 1


@pytest.mark.parametrize("name", ["never-written", "Not%20a%20name", "a%22b"])
def test_a_count_is_a_count_whatever_the_name(writing: Backdrop, name: str) -> None:
    assert writing.write.call("GET", f"/data-sets/{name}", token="x").status == 401
    assert writing.write.call("GET", f"/data-sets/{name}").status == 401
    assert etag_of(writing.write.call("GET", f"/data-sets/{name}", token=ADMINISTRATOR))


def test_the_data_sets_own_token_does_not_do(data_set: WrittenDataSet) -> None:
    reply = ask(data_set, token=data_set.token)
    assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, "bearer")


def test_a_late_one_changes_nothing(data_set: WrittenDataSet) -> None:
    data_set.post([{"_id": "old"}])
    etag = etag_of(ask(data_set))
    done = drop(data_set, etag)
    assert (done.status, done.json()) == (200, {"status": "ok", "message": f"Deleted {data_set.name}"})
    assert data_set.post([{"_id": "new"}]).status == 200
    now = etag_of(ask(data_set))
    for _ in range(2):
        late = drop(data_set, etag)
        assert (late.status, late.json()["status"]) == (412, "error")
        assert late.headers["Cache-Control"] == "no-cache"
        assert data_set.name in late.json()["message"]
    assert data_set.records() == [{"_id": "new"}]
    assert etag_of(ask(data_set)) == now
    assert drop(data_set, now).status == 200
    assert data_set.records() == []


def test_drops_of_others_are_no_obstacle(data_set: WrittenDataSet, writing: Backdrop) -> None:
    other = new_data_set(writing)
    data_set.post([{"_id": "old"}])
    etag = etag_of(ask(data_set))
    drop(other, etag)
    assert drop(data_set, etag).status == 200


def test_of_many_at_once_one_is_done(data_set: WrittenDataSet) -> None:
    data_set.post([{"_id": "old"}])
    etag = etag_of(ask(data_set))
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: drop(data_set, etag).status, range(8)))
    assert sorted(statuses) == [200] + [412] * 7


@pytest.mark.parametrize(
    "if_match", ["*", "", "0", 'W/"0"', '"0", "1"', '"-1"', '"01"', '"x"', '"' + "9" * 40 + '"', '"1']
)
def test_an_if_match_of_another_form_is_refused(data_set: WrittenDataSet, if_match: str) -> None:
    data_set.post([{"_id": "old"}])
    reply = drop(data_set, if_match)
    assert (reply.status, reply.json()["status"]) == (400, "error")
    assert "If-Match" in reply.json()["message"]
    assert data_set.records() == [{"_id": "old"}]
