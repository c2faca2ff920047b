"""From a POST to the derived data set, by real processes that stop, are killed and go away."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backdrop.broker import ParkedMessage, broker_url, open_parking
from tests.apps.transforming import (
    SHARE_DONE,
    Json,
    change,
    data_set,
    post,
    rates,
    record,
    stored,
    transform,
    wait_for_rates,
    week_of,
)
from tests.http_gate import HttpGate
from tests.processes import WORKER_STOP_SECONDS, Backdrop, wait_until

SETTINGS = {"TRANSFORM_RETRY_SECONDS": "1", "STAGECRAFT_CACHE_SECONDS": "0"}


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backdrop]:
    """The read and write app; workers come and go."""
    folder = tmp_path_factory.mktemp("transforms")
    (folder / "trap.py").write_text(f"open({str(folder / 'sprung')!r}, 'w')\ndef compute(*_): return []\n")
    with Backdrop(folder, environment={**SETTINGS, "PYTHONPATH": str(folder)}) as started:
        yield started
        started.kill()


@pytest.fixture(scope="module")
def backdrop(apps: Backdrop) -> Iterator[Backdrop]:
    """With one worker for several tests, which leave it in peace."""
    worker = apps.start("worker")
    yield apps
    worker.kill()


def prepare(backdrop: Backdrop, name: str, *made: Json) -> None:
    backdrop.config.put(data_set(name))
    backdrop.config.transforms[f"g_{name.replace('-', '_')}"] = list(made) or [
        transform(name, f"{name}-rate")
    ]


def parked(backdrop: Backdrop) -> list[ParkedMessage]:
    with open_parking(broker_url(backdrop.folder / "broker.sqlite")) as parking:
        return parking.list_parked()


def wait_for_parked(backdrop: Backdrop, reason: str) -> ParkedMessage:
    def found() -> ParkedMessage | None:
        return next((message for message in parked(backdrop) if reason in message.reason), None)

    try:
        message: ParkedMessage = wait_until(found, f"a task parked for {reason!r}", 60)
    except AssertionError as error:
        raise AssertionError(f"{error}: {parked(backdrop)}\n{backdrop.worker.log()}") from error
    return message


def test_a_post_runs_the_transforms_over_its_records(backdrop: Backdrop) -> None:
    prepare(backdrop, "plain")
    post(
        backdrop, "plain", [record(0, "done", 1), record(0, "begun", 3)], **{"Govuk-Request-Id": "req-plain"}
    )
    wait_for_rates(backdrop, "plain-rate", {week_of(0): 0.25})
    post(backdrop, "plain", [record(0, "done", 3), record(2, "begun", 1)])
    wait_for_rates(backdrop, "plain-rate", {week_of(0): 0.5, week_of(2): None})
    ours = [
        line
        for line in backdrop.worker.log().splitlines()
        if "data_set=g_plain " in line and "req-plain" in line
    ]
    assert [word for line in ours for word in ("started", "finished") if word in line] == [
        "started",
        "finished",
    ] * 2
    assert "records=1" in ours[-1]
    assert "ms=" in ours[-1]
    assert {
        call.headers.get("govuk-request-id") for call in backdrop.config.calls_to("/data-sets/g_plain/")
    } >= {"req-plain"}
    assert "request_id=req-plain" in backdrop.read.log()


def test_a_transform_made_or_changed_a_moment_ago_is_heeded(tmp_path: Path) -> None:
    """However long the worker keeps configs: records that have passed it by would never be made up for."""
    minutes = {**SETTINGS, "STAGECRAFT_CACHE_SECONDS": "600"}
    with Backdrop(tmp_path, apps=("read", "write", "worker"), environment=minutes) as kept:
        kept.config.put(data_set("slow"))
        kept.config.put(data_set("slow-rate"))
        kept.config.transforms["g_slow"] = []
        post(kept, "slow", [record(0, "done", 1), record(0, "begun", 3)])
        wait_until(lambda: "transforms=0" in kept.worker.log(), "a look that finds no transform")
        made = transform("slow", "slow-rate")
        kept.config.transforms["g_slow"] = [made]
        post(kept, "slow", [record(0, "done", 3)])
        wait_for_rates(kept, "slow-rate", {week_of(0): 0.5})
        only_begun = {**SHARE_DONE, "numeratorMatcher": "^begun$"}
        kept.config.transforms["g_slow"] = [{**made, "options": only_begun}]
        post(kept, "slow", [record(0, "begun", 9)])
        wait_for_rates(kept, "slow-rate", {week_of(0): 0.75})


def test_an_output_has_transforms_of_its_own(backdrop: Backdrop) -> None:
    latest = transform("completion-rate", "latest", "latest_dataset_value", query={}, options={})
    prepare(backdrop, "chain", transform("chain", "completion-rate"))
    prepare(backdrop, "completion-rate", latest)
    backdrop.config.dashboards["g_completion_rate"] = [{"slug": "tax-disc", "published": True}]
    post(backdrop, "chain", [record(0, "done", 1), record(0, "begun", 1), record(1, "done", 1)])

    def newest() -> list[Any]:
        return [(row["dashboard_slug"], row["completion_rate"]) for row in stored(backdrop, "latest")]

    wait_until(lambda: newest() == [("tax-disc", 1.0)], "the newest rate on the dashboard", 60)


def test_each_transform_of_a_data_set_runs_even_if_another_can_not(backdrop: Backdrop) -> None:
    broken = transform("several", "several-broken", options={})
    prepare(backdrop, "several", broken, transform("several", "several-rate"))
    post(backdrop, "several", [record(0, "done", 1)])
    wait_for_rates(backdrop, "several-rate", {week_of(0): 1.0})
    message = wait_for_parked(backdrop, "option matchingAttribute is missing")
    assert message.deliveries == 0


def test_transforms_run_over_a_range_on_demand(backdrop: Backdrop) -> None:
    prepare(backdrop, "demand", transform("demand", "demand-rate"))
    wanted = backdrop.config.transforms.pop("g_demand")
    post(backdrop, "demand", [record(week, "done", 1) for week in range(4)])
    wait_until(
        lambda: "transforms=0" in said_of(backdrop, "demand"), "the first trigger to be dealt with", 30
    )
    backdrop.config.transforms["g_demand"] = wanted
    post(backdrop, "demand", {"_start_at": week_of(1), "_end_at": week_of(2)}, path="/transform")
    wait_for_rates(backdrop, "demand-rate", {week_of(1): 1.0, week_of(2): 1.0})


def test_the_output_follows_what_is_changed_replaced_and_deleted(backdrop: Backdrop) -> None:
    sums = {
        "mapping-keys": ["kind"],
        "mappings": {"good": ["done"], "bad": ["begun"]},
        "mapped-attribute": "outcome",
        "value-attribute": "volume:sum",
    }
    made = transform("follow", "follow-sums", "mapping", options=sums)
    prepare(backdrop, "follow", made, transform("follow", "follow-rate"))
    post(backdrop, "follow", [record(week, kind, 1) for week in range(4) for kind in ("done", "begun")])

    def follows(outcomes: dict[int, str], expected: dict[int, float | None]) -> None:
        wait_for_rates(backdrop, "follow-rate", {week_of(week): rate for week, rate in expected.items()})
        rows = {(week_of(week), name) for week, names in outcomes.items() for name in names.split()}
        wait_until(
            lambda: {(row["_start_at"], row["outcome"]) for row in stored(backdrop, "follow-sums")} == rows,
            f"the sums to be {outcomes}",
            60,
        )

    follows(dict.fromkeys(range(4), "good bad"), dict.fromkeys(range(4), 0.5))
    change(backdrop, "DELETE", "follow/0-done")
    change(backdrop, "DELETE", "follow/0-begun")
    change(backdrop, "DELETE", "follow/1-begun")
    follows({1: "good", 2: "good bad", 3: "good bad"}, {1: 1.0, 2: 0.5, 3: 0.5})
    change(backdrop, "PATCH", "follow/3-done", {"_timestamp": week_of(2)})
    change(backdrop, "PATCH", "follow/3-begun", {"_timestamp": week_of(2)})
    post(backdrop, "follow", [{**record(1, "done", 1), "_timestamp": week_of(4)}])
    follows({2: "good bad", 4: "good"}, {2: 0.5, 4: 1.0})
    change(backdrop, "PUT", "follow", [record(3, "done", 1)])
    follows({3: "good"}, {3: 1.0})
    change(backdrop, "PUT", "follow", [])
    follows({}, {})


def test_what_is_taken_back_is_taken_back_from_the_outputs_outputs(backdrop: Backdrop) -> None:
    query = {"period": "month", "group_by": ["place"], "collect": ["rate:sum"]}
    options = {
        "mapping-keys": ["place"],
        "mappings": {"ours": ["here"]},
        "mapped-attribute": "whose",
        "value-attribute": "rate:sum",
    }
    first = transform("first", "second", options={**SHARE_DONE, "additionalFields": {"place": "here"}})
    prepare(backdrop, "first", first)
    prepare(backdrop, "second", transform("second", "third", "mapping", query, options))
    post(backdrop, "first", [record(0, "done", 1)])
    wait_until(lambda: len(stored(backdrop, "third")) == 1, "the output's output", 60)
    change(backdrop, "PUT", "first", [])
    wait_until(lambda: stored(backdrop, "second") == stored(backdrop, "third") == [], "both to be empty", 60)


def test_an_unfinished_period_is_not_computed(backdrop: Backdrop) -> None:
    prepare(backdrop, "present")
    post(backdrop, "present", [{"_timestamp": datetime.now(UTC).isoformat(), "kind": "done", "volume": 1}])
    wait_until(lambda: "output=g_present_rate" in backdrop.worker.log(), "the run to end", 60)
    assert stored(backdrop, "present-rate") == []


def test_an_unknown_function_is_parked_and_imports_nothing(backdrop: Backdrop) -> None:
    prepare(backdrop, "unknown", transform("unknown", "unknown-out", "trap.compute"))
    post(backdrop, "unknown", [record(0, "done", 1)])
    message = wait_for_parked(backdrop, "there is no function 'trap.compute'")
    assert message.queue == "transforms"
    assert not (backdrop.folder / "sprung").exists()
    assert "there is no function 'trap.compute'" in backdrop.worker.log()
    assert "g_unknown_out" not in backdrop.config.data_sets


def test_a_circle_is_parked(backdrop: Backdrop) -> None:
    prepare(backdrop, "round", transform("round", "about"))
    prepare(backdrop, "about", transform("about", "round"))
    post(backdrop, "round", [record(0, "done", 1)])
    wait_for_parked(backdrop, "transforms feed each other in a circle: g/round -> g/about -> g/round")
    assert stored(backdrop, "about") == []


def test_no_token_gets_into_log_or_parking(backdrop: Backdrop) -> None:
    """The write app echoes a wrong token; the config API and the write app may not agree on it for a while."""
    prepare(backdrop, "secret")
    backdrop.config.put(data_set("secret-rate", bearer_token=""))
    post(backdrop, "secret", [record(0, "done", 1)])
    wait_until(lambda: "writing g/secret-rate: 401" in backdrop.worker.log(), "the refusal", 60)
    backdrop.config.put(data_set("secret-rate"))
    wait_for_rates(backdrop, "secret-rate", {week_of(0): 1.0})
    assert "transforms-bearer-token" not in backdrop.worker.log()


@pytest.fixture
def fragile(apps: Backdrop, request: pytest.FixtureRequest) -> Iterator[Backdrop]:
    """To be broken: the test starts a worker of its own, and may change what it is started with."""
    for running in apps._running:
        if running.name == "worker":
            running.kill()
    settings = dict(apps._overrides)
    yield apps
    apps.worker.kill()
    apps._overrides = settings


@pytest.fixture
def name(fragile: Backdrop, request: pytest.FixtureRequest) -> str:
    """A data set of the test's own, with a transform."""
    own = re.sub("[^a-z]+", "-", request.node.name.removeprefix("test_")).strip("-")
    prepare(fragile, own)
    return own


@pytest.fixture
def gate(fragile: Backdrop) -> Iterator[HttpGate]:
    """What the worker writes goes through it."""
    with HttpGate(fragile.write.url) as opened:
        fragile._overrides["BACKDROP_WRITE_URL"] = f"{opened.url}/data"
        yield opened


def said_of(backdrop: Backdrop, name: str) -> str:
    """The worker's log, as far as it is about the data set."""
    about = f"data_set=g_{name.replace('-', '_')} "
    return "\n".join(line for line in backdrop.worker.log().splitlines() if about in line)


def assert_none_parked(backdrop: Backdrop, name: str) -> None:
    assert [message for message in parked(backdrop) if name.replace("-", "_") in str(message.payload)] == []


def test_the_worker_is_killed_in_the_middle(fragile: Backdrop, gate: HttpGate, name: str) -> None:
    fragile.start("worker")
    gate.shut("POST", f"/data/g/{name}-rate")
    post(fragile, name, [record(0, "done", 1), record(0, "begun", 1)])
    gate.wait_for(1)
    fragile.worker.kill()
    gate.open(drop=True)
    assert rates(fragile, f"{name}-rate") == {}
    fragile.start("worker")
    wait_for_rates(fragile, f"{name}-rate", {week_of(0): 0.5})
    assert_none_parked(fragile, name)


def test_the_worker_is_killed_while_it_takes_back(fragile: Backdrop, gate: HttpGate, name: str) -> None:
    fragile.start("worker")
    post(fragile, name, [record(week, "done", 1) for week in range(4)])
    wait_for_rates(fragile, f"{name}-rate", {week_of(week): 1.0 for week in range(4)})
    gate.shut("DELETE", f"/data/g/{name}-rate")
    change(fragile, "PUT", name, [])
    gate.wait_for(1)
    fragile.worker.kill()
    gate.open(drop=True)
    assert len(rates(fragile, f"{name}-rate")) == 4
    fragile.start("worker")
    wait_for_rates(fragile, f"{name}-rate", {})
    assert_none_parked(fragile, name)


def test_a_process_of_the_worker_is_killed_in_the_middle(
    fragile: Backdrop, gate: HttpGate, name: str
) -> None:
    fragile.start("worker")
    gate.shut("POST", f"/data/g/{name}-rate")
    post(fragile, name, [record(0, "done", 1)])
    gate.wait_for(1)
    for process in fragile.worker.children():
        os.kill(process, signal.SIGKILL)
    gate.open(drop=True)
    wait_for_rates(fragile, f"{name}-rate", {week_of(0): 1.0})
    assert_none_parked(fragile, name)


def test_the_worker_is_told_to_stop_in_the_middle(fragile: Backdrop, gate: HttpGate, name: str) -> None:
    worker = fragile.start("worker")
    gate.shut("POST", f"/data/g/{name}-rate")
    post(fragile, name, [record(0, "done", 1)])
    gate.wait_for(1)
    stops = worker.log().count("Warm shutdown")
    worker.process.terminate()
    wait_until(lambda: worker.log().count("Warm shutdown") > stops, "the worker to begin to stop")
    gate.open()
    assert worker.process.wait(WORKER_STOP_SECONDS) == 0
    wait_for_rates(fragile, f"{name}-rate", {week_of(0): 1.0})


@pytest.mark.parametrize("away", ["read", "config"])
def test_what_is_away_for_a_while_is_waited_for(fragile: Backdrop, name: str, away: str) -> None:
    post(fragile, name, [record(0, "done", 1)])
    if away == "read":
        fragile.read.kill()
    else:
        fragile.config.stop()
    fragile.start("worker")
    wait_until(lambda: "to be tried again" in said_of(fragile, name), "the first try to fail", 60)
    if away == "read":
        fragile.start("read")
    else:
        fragile.config.start()
    wait_for_rates(fragile, f"{name}-rate", {week_of(0): 1.0})
    assert_none_parked(fragile, name)


def test_what_stays_away_is_parked_and_can_be_put_back(fragile: Backdrop, name: str) -> None:
    fragile._overrides["TRANSFORM_MAX_RETRIES"] = "1"
    fragile.read.kill()
    post(fragile, name, [record(0, "done", 1)])
    fragile.start("worker")
    message = wait_for_parked(fragile, f"reading g/{name}: no answer")
    assert "(after 1 retry)" in message.reason
    fragile.start("read")
    with open_parking(broker_url(fragile.folder / "broker.sqlite")) as parking:
        parking.requeue(message.id)
    wait_for_rates(fragile, f"{name}-rate", {week_of(0): 1.0})
    assert_none_parked(fragile, name)
    assert "Traceback (most recent call last)" not in fragile.worker.log()


def test_a_worker_with_bad_settings_says_which(tmp_path: Path) -> None:
    with Backdrop(tmp_path, apps=(), environment={"TRANSFORM_MAX_RETRIES": "many"}) as broken:
        with pytest.raises(
            AssertionError, match="backdrop worker: TRANSFORM_MAX_RETRIES must be a whole number"
        ) as raised:
            broken.start("worker")
        assert "Traceback" not in str(raised.value)
