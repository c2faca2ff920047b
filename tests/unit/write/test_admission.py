"""Senders are admitted anew, by a config that knows of the drop, when storage refuses what they write."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from flask import Flask

from backdrop.config_api import ConfigApi, ConfigUnavailable
from backdrop.core.data_set import DataSet
from backdrop.core.errors import DataSetNotFound
from backdrop.storage.protocol import DroppedSince
from backdrop.write.admission import TRIES, Admission, Sender
from backdrop.write.auth import Unauthorised
from tests.config_stub import API_TOKEN, Call, ConfigStub, Resource

SALES = {"name": "sales", "data_group": "g", "data_type": "t", "bearer_token": "first"}


class Stub(ConfigStub):
    """One whose answers can be met on their way: they say what was right before that."""

    on_the_way: Callable[[], object] = staticmethod(lambda: None)

    def answer(self, call: Call) -> Resource:
        found = super().answer(call)
        self.on_the_way()
        return found


class Scene:
    """A count of drops, and a write that storage refuses as long as its config is as of fewer than `dropped`."""

    def __init__(self, stub: Stub) -> None:
        self.stub = stub
        self.drops = self.dropped = 0
        self.tried: list[Sender] = []
        self.now, self.date = 0.0, datetime(2026, 1, 1, tzinfo=UTC)
        self.admission = Admission(
            ConfigApi(stub.url, API_TOKEN, 600, 600, clock=lambda: self.now, drops=lambda: self.drops),
            lambda: self.date,
            1000,
        )

    def drop(self) -> None:
        self.drops += 1
        self.dropped = self.drops

    def write(self, sender: Sender) -> DataSet:
        self.tried.append(sender)
        assert sender.body().items() == [{"a": 1}]
        if self.dropped > sender.data_set.as_of:
            raise DroppedSince(sender.data_set.name, self.dropped)
        return sender.data_set

    def send(self, token: str = "first", *, by_name: bool = False) -> DataSet:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        with Flask(__name__).test_request_context("/", method="POST", headers=headers, data='{"a": 1}'):
            if by_name:
                return self.admission.by_name("sales", self.write)
            return self.admission.by_type("g", "t", self.write)


@pytest.fixture
def scene() -> Iterator[Scene]:
    with Stub([SALES]) as stub:
        yield Scene(stub)


@pytest.mark.parametrize("by_name", [False, True])
def test_a_data_set_that_is_gone_is_not_found(scene: Scene, by_name: bool) -> None:
    assert scene.send(by_name=by_name).as_of == 0
    del scene.stub.data_sets["sales"]
    scene.drop()
    with pytest.raises(DataSetNotFound):
        scene.send(by_name=by_name)
    assert len(scene.tried) == 2


@pytest.mark.parametrize("by_name", [False, True])
def test_one_made_anew_takes_its_own_token_only(scene: Scene, by_name: bool) -> None:
    scene.send(by_name=by_name)
    scene.send(by_name=not by_name)
    scene.stub.put({**SALES, "bearer_token": "second"})
    scene.drop()
    with pytest.raises(Unauthorised):
        scene.send(by_name=by_name)
    assert scene.send("second", by_name=by_name).bearer_token == "second"
    assert len(scene.tried) == 4


def test_one_made_anew_with_the_same_token_is_written_at_once_by_its_new_config(scene: Scene) -> None:
    """Also after a drop of the stored data alone: the config is the same then. The body is read only once."""
    scene.send()
    scene.stub.put({**SALES, "realtime": True})
    scene.drop()
    written = scene.send()
    assert (written.realtime, written.as_of) == (True, 1)
    assert len(scene.tried) == 3
    scene.drop()
    assert scene.send().as_of == 2


BOTH = {
    **SALES,
    "bearer_token": "second",
    "previous_bearer_token": "first",
    "previous_bearer_token_until": "2026-01-02T00:00:00Z",
}


@pytest.mark.parametrize("by_name", [False, True])
def test_a_token_that_was_replaced_goes_on_until_it_is_stopped_and_not_for_longer(
    scene: Scene, by_name: bool
) -> None:
    scene.send("first", by_name=by_name)
    scene.stub.put(BOTH)
    scene.now += 1
    assert scene.send("second", by_name=by_name).bearer_token == "second"
    scene.now += 1
    asked = len(scene.stub.calls_to("/data-sets"))
    for _ in range(3):
        scene.send("first", by_name=by_name)
        scene.send("second", by_name=by_name)
    assert len(scene.stub.calls_to("/data-sets")) == asked + 1
    scene.stub.put({**SALES, "bearer_token": "second"})
    scene.now += 1
    with pytest.raises(Unauthorised):
        scene.send("first", by_name=by_name)
    scene.send("second", by_name=by_name)


STOPPED = {**SALES, "bearer_token": "second"}


def test_a_token_that_was_stopped_while_the_answer_was_on_its_way_is_refused_after_a_second(
    scene: Scene,
) -> None:
    scene.stub.put(BOTH)
    scene.send("first")
    scene.now += 1

    def stop() -> None:
        scene.stub.put(STOPPED)
        scene.now += 2.5

    scene.stub.on_the_way = stop
    # it came before the stop
    scene.send("first")
    scene.stub.on_the_way = lambda: None
    with pytest.raises(Unauthorised):
        scene.send("first")
    scene.send("second")


@pytest.mark.parametrize(("config", "is_taken"), [(STOPPED, False), (BOTH, True)])
def test_who_comes_while_an_old_answer_is_on_its_way_is_told_what_is_right_since(
    scene: Scene, config: dict[str, str], is_taken: bool
) -> None:
    """Of a token that was stopped a second ago, and of one made just now."""
    scene.stub.put(STOPPED if is_taken else BOTH)
    reached, goes_on = threading.Event(), threading.Event()

    def hold() -> None:
        reached.set()
        assert goes_on.wait(30)

    scene.stub.on_the_way = hold
    with ThreadPoolExecutor(2) as pool:
        old = pool.submit(scene.send, "second")
        assert reached.wait(30)
        scene.stub.put(config)
        scene.now += 1
        new = pool.submit(scene.send, "first")
        scene.stub.on_the_way = lambda: None
        goes_on.set()
        assert old.result(30)
        assert isinstance(new.exception(30), Unauthorised | None)
        assert (new.exception(30) is None) == is_taken


@pytest.mark.parametrize("by_name", [False, True])
def test_a_token_that_was_stopped_goes_on_by_the_last_known_config_alone(scene: Scene, by_name: bool) -> None:
    """While nobody can be asked, until that is too old, or the token's own time is over."""
    scene.stub.put(BOTH)
    scene.send("first", by_name=by_name)
    scene.stub.stop()
    scene.stub.put(STOPPED)
    scene.now += 600
    scene.send("first", by_name=by_name)
    scene.date = datetime(2026, 1, 2, tzinfo=UTC)
    with pytest.raises(Unauthorised):
        scene.send("first", by_name=by_name)
    scene.date = datetime(2026, 1, 1, tzinfo=UTC)
    scene.now += 3
    with pytest.raises(ConfigUnavailable):
        scene.send("first", by_name=by_name)
    scene.stub.start()


@pytest.mark.parametrize("by_name", [False, True])
def test_a_token_that_was_replaced_goes_on_while_nobody_can_be_asked(scene: Scene, by_name: bool) -> None:
    """Also when data sets were dropped since that config was asked for otherwise."""
    scene.stub.put(BOTH)
    scene.send("first", by_name=not by_name)
    scene.drops += 1
    scene.send("first", by_name=by_name)
    scene.stub.stop()
    scene.now += 1
    for token in ("first", "second"):
        scene.send(token, by_name=by_name)
    scene.stub.start()


def test_one_that_is_dropped_again_and_again_is_given_up(scene: Scene) -> None:
    def write(sender: Sender) -> None:
        scene.drop()
        scene.write(sender)

    headers = {"Authorization": "Bearer first", "Content-Type": "application/json"}
    with (
        Flask(__name__).test_request_context("/", method="POST", headers=headers, data='{"a": 1}'),
        pytest.raises(DroppedSince, match="try again"),
    ):
        scene.admission.by_type("g", "t", write)
    assert len(scene.tried) == TRIES


def test_without_the_config_api_nobody_is_admitted_who_was_before_the_drop(scene: Scene) -> None:
    scene.send()
    scene.drop()
    scene.stub.stop()
    with pytest.raises(ConfigUnavailable):
        scene.send()
    scene.stub.start()
