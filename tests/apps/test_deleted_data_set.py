"""A data set that was deleted stays so, for write processes too that hold on to its config for minutes.

Deleted is: its config is gone, then its data is dropped, as Stagecraft does it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from backdrop.core.query import Selection
from backdrop.storage import open_storage
from backdrop.storage.protocol import Storage
from tests.apps.write_scene import ADMINISTRATOR, WrittenDataSet, new_data_set
from tests.processes import Backdrop, Reply, Server, wait_until

ROUNDS = 10
UNKNOWN = {"status": "error", "message": "Could not find data_set_config"}
RECORD = {"_id": "late", "_timestamp": "2014-01-01"}
RANGE = {"_start_at": "2014-01-01", "_end_at": "2014-01-02"}


@dataclass(frozen=True)
class Site:
    """Two write processes over one storage, and what is in it."""

    backdrop: Backdrop
    writers: tuple[Server, Server]
    storage: Storage

    def data_set(self) -> WrittenDataSet:
        """One whose config both processes have, with a record of each."""
        made = new_data_set(self.backdrop)
        for number, writer in enumerate(self.writers):
            assert post(writer, made, made.token, f"{number}").status == 200
        return made

    def delete(self, data_set: WrittenDataSet) -> Reply:
        del self.backdrop.config.data_sets[data_set.name]
        return self.drop(data_set)

    def drop(self, data_set: WrittenDataSet) -> Reply:
        return self.writers[0].call("DELETE", f"/data-sets/{data_set.name}", token=ADMINISTRATOR)

    def make_anew(self, data_set: WrittenDataSet, token: str) -> None:
        self.backdrop.config.put({**data_set.config, "bearer_token": token})

    def is_unknown_to(self, writer: Server, data_set: WrittenDataSet) -> bool:
        return post(writer, data_set, data_set.token, "late").status == 404

    def is_written_by(self, writer: Server, data_set: WrittenDataSet, token: str) -> bool:
        return post(writer, data_set, token, "a").status == 200

    def stored(self, data_set: WrittenDataSet) -> list[object]:
        return [one["_id"] for one in self.storage.find(data_set.name, Selection(), None, 0)]

    def triggers(self, data_set: WrittenDataSet) -> int:
        waiting = self.storage.waiting_triggers(datetime.now(UTC) + timedelta(hours=1), 1000)
        return sum(one.data_set == data_set.name for one in waiting)


def post(writer: Server, data_set: WrittenDataSet, token: str, record_id: str) -> Reply:
    record = {"_id": record_id, "_timestamp": "2014-01-01"}
    return writer.call("POST", data_set.path, json=[record], token=token)


@pytest.fixture(scope="module", params=["sqlite", "mongod", "replica_set"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {"STAGECRAFT_CACHE_SECONDS": "600", "WEB_PROCESSES": "1"}
    if request.param != "sqlite":
        settings["DATABASE_URL"] = request.getfixturevalue(request.param).url()
    with Backdrop(tmp_path_factory.mktemp("deleted"), environment=settings) as backdrop:
        first, second = backdrop.write, backdrop.start("write")
        assert isinstance(second, Server)
        storage = open_storage(backdrop.environment["DATABASE_URL"])
        yield Site(backdrop, (first, second), storage)
        storage.close()


WRITES: dict[str, tuple[str, str, Any]] = {
    "post": ("POST", "", [RECORD]),
    "put": ("PUT", "", [RECORD]),
    "empty put": ("PUT", "", []),
    "patch": ("PATCH", "/0", {"size": 1}),
    "delete": ("DELETE", "/0", None),
    "transform": ("POST", "/transform", RANGE),
}


@pytest.mark.parametrize("kind", [*WRITES, "post by name"])
def test_no_kind_of_write_brings_it_back(site: Site, kind: str) -> None:
    data_set = site.data_set()
    assert site.delete(data_set).status == 200
    for writer in site.writers:
        if kind == "post by name":
            reply = writer.call("POST", f"/{data_set.name}", json=[RECORD], token=data_set.token)
        else:
            method, rest, body = WRITES[kind]
            reply = writer.call(method, data_set.path + rest, json=body, token=data_set.token)
        assert (reply.status, reply.json()) == (404, UNKNOWN)
    assert (site.stored(data_set), site.triggers(data_set)) == ([], 0)
    assert data_set.name not in site.storage.last_writes()
    assert site.drop(data_set).status == 404


def test_a_drop_that_comes_late_takes_nothing_of_the_one_made_anew(site: Site) -> None:
    """As one whose sender has given up on it, and was done with another one."""
    data_set = site.data_set()
    path = f"/data-sets/{data_set.name}"
    etag = site.writers[0].call("GET", path, token=ADMINISTRATOR).headers["ETag"]
    site.delete(data_set)
    site.make_anew(data_set, "anew")
    for number, writer in enumerate(site.writers):
        wait_until(partial(site.is_written_by, writer, data_set, "anew"), "the token", 3)
        reply = writer.call("DELETE", path, token=ADMINISTRATOR, headers={"If-Match": etag})
        assert reply.status == 412
        assert post(writer, data_set, "anew", f"{number}").status == 200
    assert sorted(map(str, site.stored(data_set))) == ["0", "1", "a"]


def test_one_that_was_never_written_is_deleted_too(site: Site) -> None:
    data_set = new_data_set(site.backdrop)
    for writer in site.writers:
        assert writer.call("POST", data_set.path, json=[], token=data_set.token).status == 200
    assert site.delete(data_set).status == 404
    for writer in site.writers:
        assert post(writer, data_set, data_set.token, "late").status == 404
    assert site.stored(data_set) == []


def test_made_anew_it_has_its_own_token_and_records(site: Site) -> None:
    data_set = site.data_set()
    site.delete(data_set)
    site.make_anew(data_set, "anew")
    for writer in site.writers:
        reply = post(writer, data_set, data_set.token, "late")
        assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, "bearer")
        assert post(writer, data_set, "anew", f"anew-{writer.port}").status == 200
    assert {one["_id"] for one in data_set.records()} == {f"anew-{one.port}" for one in site.writers}


def test_a_new_token_needs_no_refusal_of_the_old_one_first(site: Site) -> None:
    data_set = site.data_set()
    site.delete(data_set)
    site.make_anew(data_set, "anew")
    for writer in site.writers:
        wait_until(partial(site.is_written_by, writer, data_set, "anew"), "the token", 3)
        assert post(writer, data_set, data_set.token, "late").status == 401
    assert site.stored(data_set) == ["a"]


def test_made_anew_with_the_same_token_it_takes_the_first_request(site: Site) -> None:
    """As does one whose data alone was dropped."""
    data_set = site.data_set()
    for data_alone in (False, True):
        if data_alone:
            assert site.drop(data_set).status == 200
        else:
            site.delete(data_set)
            site.make_anew(data_set, data_set.token)
        for number, writer in enumerate(site.writers):
            assert post(writer, data_set, data_set.token, f"anew-{number}").status == 200
        assert sorted(map(str, site.stored(data_set))) == ["anew-0", "anew-1"]


def test_while_the_config_api_is_away_it_is_a_503(site: Site) -> None:
    data_set, other = site.data_set(), site.data_set()
    site.delete(data_set)
    site.backdrop.config.stop()
    try:
        for writer in site.writers:
            reply = post(writer, data_set, data_set.token, "late")
            assert reply.status == 503
            assert int(reply.headers["Retry-After"]) > 0
            assert post(writer, other, other.token, "a").status == 200
    finally:
        site.backdrop.config.start()
    assert site.stored(data_set) == []
    for writer in site.writers:
        # it is asked again when a pause is over
        wait_until(partial(site.is_unknown_to, writer, data_set), "404", 10)
    assert site.stored(data_set) == []


class Holding:
    """Senders that go on sending with one token until they are told that it is over."""

    def __init__(self, site: Site, data_set: WrittenDataSet) -> None:
        self.statuses: list[int] = []
        self._data_set = data_set
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(writer, f"{number}/{thread}"))
            for number, writer in enumerate(site.writers)
            for thread in range(2)
        ]
        for one in self._threads:
            one.start()

    def _send(self, writer: Server, tag: str) -> None:
        number = 0
        while not self._over.is_set():
            number += 1
            self.statuses.append(post(writer, self._data_set, self._data_set.token, f"{tag}/{number}").status)

    def wait_for_more(self) -> None:
        """Until some of what they have sent after now is answered."""
        enough = len(self.statuses) + 2 * len(self._threads)
        wait_until(lambda: len(self.statuses) > enough, "more answers")

    def end(self) -> None:
        self._over.set()
        for one in self._threads:
            one.join(60)


def test_after_the_drop_no_record_is_ever_found_however_many_are_sent(site: Site) -> None:
    seen: set[int] = set()
    for turn in range(ROUNDS):
        data_set = site.data_set()
        holding = Holding(site, data_set)
        try:
            holding.wait_for_more()
            site.delete(data_set)
            assert site.stored(data_set) == []
            if turn % 2:
                site.make_anew(data_set, "anew")
            holding.wait_for_more()
            assert site.stored(data_set) == []
        finally:
            holding.end()
        assert site.stored(data_set) == []
        assert holding.statuses[-1] in (401, 404)
        seen |= set(holding.statuses)
    assert {200, 404} <= seen <= {200, 401, 404}
