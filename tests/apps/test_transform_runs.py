"""Runs of transforms against the real read and write app, two at once, and in the wrong order."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from backdrop.config_api.http import JsonHttp
from backdrop.transformers.client import DataApi
from backdrop.transformers.errors import NotSettled, Refused
from backdrop.transformers.ids import encode_id
from backdrop.transformers.run import Due, Runner
from tests.apps.transforming import (
    FIRST_MONDAY,
    SHARE_DONE,
    TOKEN,
    Json,
    data_set,
    due,
    patiently,
    post,
    prepare,
    rates,
    record,
    runner,
    stored,
    transform,
    week_of,
)
from tests.config_stub import API_TOKEN, Call, ConfigStub, Resource
from tests.http_gate import HttpGate
from tests.processes import Backdrop


def test_a_run_makes_the_output_data_set_and_fills_it(backdrop: Backdrop) -> None:
    transform_id = prepare(backdrop, "fill", realtime=True, max_age_expected=77, capped_size=10_000_000)
    post(backdrop, "fill", [record(0, "done", 1), record(0, "begun", 3), record(1, "done", 2)])
    done = runner(backdrop).run(due("fill", transform_id, 0, 1))
    assert (done.output, done.records, done.rounds) == ("g_fill_rate", 2, 1)
    assert rates(backdrop, "fill-rate") == {week_of(0): 0.25, week_of(1): 1.0}
    made = backdrop.config.data_sets["g_fill_rate"]
    assert made["bearer_token"] == TOKEN
    assert (made["realtime"], made["published"], made["max_age_expected"]) == (True, True, 77)
    assert made["capped_size"] == 10_000_000


def test_a_second_run_changes_nothing(backdrop: Backdrop) -> None:
    transform_id = prepare(backdrop, "twice")
    post(backdrop, "twice", [record(week, "done", week) for week in range(4)])
    runner(backdrop).run(due("twice", transform_id, 0, 3))
    before = [{**row, "_updated_at": None} for row in stored(backdrop, "twice-rate")]
    runner(backdrop).run(due("twice", transform_id, 0, 3))
    runner(backdrop).run(due("twice", transform_id, 2))
    assert [{**row, "_updated_at": None} for row in stored(backdrop, "twice-rate")] == before
    assert len(before) == 4


def test_additional_fields(backdrop: Backdrop) -> None:
    made = transform(
        "extra", "extra-rate", options={**SHARE_DONE, "additionalFields": {"place": "x", "rate": 9}}
    )
    transform_id = prepare(backdrop, "extra", made)
    post(backdrop, "extra", [record(0, "done", 1)])
    runner(backdrop).run(due("extra", transform_id))
    (row,) = stored(backdrop, "extra-rate")
    assert (row["place"], row["rate"]) == ("x", 1.0)
    assert row["_id"] == encode_id(encode_id(week_of(0), week_of(1)), "place:x_rate:9")


def test_many_records_go_in_several_posts(backdrop: Backdrop) -> None:
    transform_id = prepare(backdrop, "many")
    post(backdrop, "many", [record(week, "done", 1) for week in range(200)])
    with HttpGate(backdrop.write.url) as gate:
        done = runner(backdrop, gate=gate, most_body_bytes=5000).run(due("many", transform_id, 0, 199))
        assert len(gate.seen) > 5
    assert done.records == 200
    assert len(rates(backdrop, "many-rate")) == 200


def test_nothing_is_over_yet(backdrop: Backdrop) -> None:
    transform_id = prepare(backdrop, "present")
    now = datetime.now(UTC)
    post(backdrop, "present", [{"_timestamp": now.isoformat(), "kind": "done", "volume": 1}])
    done = runner(backdrop).run(Due("g_present", transform_id, now, now))
    assert (done.records, done.rounds) == (0, 0)
    later = now + timedelta(days=7)
    done = Runner(runner(backdrop).config, runner(backdrop).data, lambda: later).run(
        Due("g_present", transform_id, now, now)
    )
    assert done.records == 1


@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_inputs_without_raw_queries(backdrop: Backdrop, period: str) -> None:
    name = f"closed-{period}"
    made = transform(
        name, f"{name}-rate", query={"period": period, "group_by": ["kind"], "collect": ["volume:sum"]}
    )
    transform_id = prepare(backdrop, name, made, raw_queries_allowed=False)
    post(backdrop, name, [record(0, "done", 1), record(0, "begun", 1), record(1, "done", 3)])
    done = runner(backdrop).run(due(name, transform_id))
    assert done.records == 1
    assert backdrop.config.data_sets[f"g_{name.replace('-', '_')}_rate"]["raw_queries_allowed"] is True


def test_records_of_inputs_without_raw_queries_can_not_be_had(backdrop: Backdrop) -> None:
    transform_id = prepare(
        backdrop, "closed", transform("closed", "closed-rate", query={}), raw_queries_allowed=False
    )
    with pytest.raises(Refused, match="the input data set doesn't allow raw queries: give the"):
        runner(backdrop).run(due("closed", transform_id))


def test_what_the_read_api_refuses_is_told_with_its_words(backdrop: Backdrop) -> None:
    transform_id = prepare(
        backdrop, "bad", transform("bad", "bad-rate", query={"period": "week", "colect": ["x:sum"]})
    )
    with pytest.raises(Refused, match=r"reading g/bad: 400 .*colect"):
        runner(backdrop).run(due("bad", transform_id))


def test_a_circle_is_refused_and_writes_nothing(backdrop: Backdrop) -> None:
    for name, following in (("ring-a", "ring-b"), ("ring-b", "ring-c"), ("ring-c", "ring-a")):
        transform_id = prepare(backdrop, name, transform(name, following))
    post(backdrop, "ring-c", [record(0, "done", 1)])
    with pytest.raises(Refused, match="in a circle: g/ring-c -> g/ring-a -> g/ring-b -> g/ring-c; change"):
        runner(backdrop).run(due("ring-c", transform_id))
    assert stored(backdrop, "ring-a") == []


def test_a_transform_that_writes_to_its_input_is_a_circle(backdrop: Backdrop) -> None:
    transform_id = prepare(backdrop, "self", transform("self", "self"))
    with pytest.raises(Refused, match="in a circle: g/self -> g/self;"):
        runner(backdrop).run(due("self", transform_id))


def test_a_broken_transform_further_on_does_not_matter(backdrop: Backdrop) -> None:
    transform_id = prepare(backdrop, "whole")
    prepare(backdrop, "whole-rate", {**transform("whole-rate", "x"), "output": {}})
    post(backdrop, "whole", [record(0, "done", 1)])
    assert runner(backdrop).run(due("whole", transform_id)).records == 1


def test_a_transform_that_is_gone(backdrop: Backdrop) -> None:
    prepare(backdrop, "gone")
    with pytest.raises(NotSettled, match="transform 0 is not"):
        runner(backdrop).run(due("gone", "0"))


class CarefulStub(ConfigStub):
    """Makes a data set once, and lets two who want it made meet first."""

    def __init__(self, *data_sets: Json) -> None:
        super().__init__(data_sets)
        self.meeting = threading.Barrier(2, timeout=40)
        self.one_at_a_time = threading.Lock()
        self.refused = 0

    def _create(self, call: Call) -> Resource:
        self.meeting.wait()
        with self.one_at_a_time:
            if "g_pair_rate" not in self.data_sets:
                return super()._create(call)
            self.refused += 1
            return Resource(400, {"message": "has this group and type already"})


def test_two_runs_make_the_output_at_once(backdrop: Backdrop) -> None:
    made = transform("pair", "pair-rate")
    source = backdrop.config.put(data_set("pair"))
    backdrop.config.put(data_set("pair-rate"))
    post(backdrop, "pair", [record(0, "done", 1)])
    with CarefulStub(source) as config, ThreadPoolExecutor(2) as pool:
        config.transforms["g_pair"] = [made]
        runners = [runner(backdrop, config=config) for _ in range(2)]
        for one in runners:
            # Who comes to the meeting first waits for the other, longer than for any other answer.
            one.config._http = JsonHttp(config.url, API_TOKEN, read_seconds=60)
        both = [pool.submit(one.run, due("pair", made["id"])) for one in runners]
        assert [run.result(60).records for run in both] == [1, 1]
        assert config.refused == 1
    assert rates(backdrop, "pair-rate") == {week_of(0): 1.0}


class RefusingStub(ConfigStub):
    """Makes nothing."""

    def _create(self, call: Call) -> Resource:
        return Resource(400, {"message": f"no more room for {TOKEN}"})


def test_an_output_that_the_config_api_refuses_to_make(backdrop: Backdrop) -> None:
    made = transform("refused", "refused-rate")
    with RefusingStub([data_set("refused")]) as config:
        config.transforms["g_refused"] = [made]
        with pytest.raises(NotSettled) as raised:
            runner(backdrop, config=config).run(due("refused", made["id"]))
    assert str(raised.value) == (
        "the config API refused to make the data set g/refused-rate: no more room for ********"
    )


@pytest.mark.parametrize("late_one", ["old", "new"])
def test_a_run_with_old_rows_that_writes_late(backdrop: Backdrop, late_one: str) -> None:
    name = f"stale-{late_one}"
    transform_id = prepare(backdrop, name)
    backdrop.config.put(data_set(f"{name}-rate"))
    post(backdrop, name, [record(0, "done", 1), record(0, "begun", 1)])
    with (
        HttpGate(backdrop.write.url) as old,
        HttpGate(backdrop.write.url) as new,
        ThreadPoolExecutor(2) as pool,
    ):
        old.shut("POST")
        new.shut("POST")
        with_old_rows = pool.submit(runner(backdrop, gate=old).run, due(name, transform_id))
        old.wait_for(1)
        post(backdrop, name, [record(0, "begun", 3)])
        with_new_rows = pool.submit(runner(backdrop, gate=new).run, due(name, transform_id))
        new.wait_for(1)
        first, second = (new, old) if late_one == "old" else (old, new)
        first.open()
        (with_new_rows if late_one == "old" else with_old_rows).result(60)
        second.open()
        assert with_old_rows.result(60).rounds == 2
        assert with_new_rows.result(60).rounds == 1
    assert rates(backdrop, f"{name}-rate") == {week_of(0): 0.25}


def test_an_older_value_that_is_written_over_a_newer_one_is_put_right(backdrop: Backdrop) -> None:
    config = {**data_set("latest"), "data_type": "completion-rate", "name": "g_latest"}
    backdrop.config.put(config)
    made = transform("completion-rate", "latest-out", "latest_dataset_value", query={}, options={})
    backdrop.config.transforms["g_latest"] = [made]
    backdrop.config.dashboards["g_latest"] = [{"slug": "tax", "published": True}]
    backdrop.config.put(data_set("latest-out"))
    weeks = [{"_id": str(week), "_timestamp": week_of(week), "rate": week / 10} for week in range(1, 4)]
    post(backdrop, "completion-rate", weeks)
    with HttpGate(backdrop.write.url) as gate, ThreadPoolExecutor(1) as pool:
        gate.shut("POST")
        older = pool.submit(runner(backdrop, gate=gate).run, due("latest", made["id"], 1))
        gate.wait_for(1)
        runner(backdrop).run(due("latest", made["id"], 3))
        assert [row["completion_rate"] for row in stored(backdrop, "latest-out")] == [0.3]
        gate.open()
        older.result(60)
    (row,) = stored(backdrop, "latest-out")
    assert (row["completion_rate"], row["_timestamp"]) == (0.3, week_of(3))
    assert row["dashboard_slug"] == row["service_id"] == "tax"
    # and what is older still leaves it alone
    assert runner(backdrop).run(due("latest", made["id"], 3)).records == 1
    post(backdrop, "completion-rate", [{"_id": "0", "_timestamp": week_of(0), "rate": 0.0}])
    runner(backdrop).run(due("latest", made["id"], 0))
    assert [row["completion_rate"] for row in stored(backdrop, "latest-out")] == [0.3]


def test_the_output_of_a_function_that_keeps_the_newest_must_allow_raw_queries(backdrop: Backdrop) -> None:
    backdrop.config.put({**data_set("x"), "data_type": "digital-takeup", "name": "g_takeup"})
    made = transform("digital-takeup", "takeup-out", "latest_dataset_value", query={}, options={})
    backdrop.config.transforms["g_takeup"] = [made]
    backdrop.config.dashboards["g_takeup"] = [{"slug": "tax", "published": True}]
    backdrop.config.put(data_set("takeup-out", raw_queries_allowed=False))
    post(backdrop, "digital-takeup", [{"_timestamp": week_of(0), "rate": 0.1}])
    with pytest.raises(Refused, match="the output data set 'g_takeup_out' must allow raw queries"):
        runner(backdrop).run(due("takeup", made["id"]))


def test_figures_of_many_services(backdrop: Backdrop) -> None:
    """More ids than go into one URL, twice."""
    backdrop.config.put(data_set("explorer"))
    made = transform("explorer", "explorer-out", "latest_transaction_explorer_values", query={}, options={})
    backdrop.config.transforms["g_explorer"] = [made]
    services = [f"service-{n}" for n in range(40)]
    backdrop.config.service_dashboards |= {name: [{"slug": f"dashboard-of-{name}"}] for name in services}
    about = {"_timestamp": week_of(0), "type": "seasonally-adjusted", "period": "year", "end_at": week_of(0)}
    post(
        backdrop,
        "explorer",
        [{**about, "_id": name, "service_id": name, "total_cost": 5} for name in services],
    )
    assert runner(backdrop).run(due("explorer", made["id"])).records == 240
    assert runner(backdrop).run(due("explorer", made["id"])).records == 240
    rows = [row for row in stored(backdrop, "explorer-out") if "total_cost" in row]
    assert {row["dashboard_slug"] for row in rows} == {f"dashboard-of-{name}" for name in services}
    assert {row["total_cost"] for row in rows} == {5}


def test_many_runs_at_once_while_the_input_changes(backdrop: Backdrop) -> None:
    """Every change triggers a run, as the write app would have it; the runs overlap as they like."""
    transform_id = prepare(backdrop, "storm")
    backdrop.config.put(data_set("storm-rate"))
    chance = random.Random(20131)
    truth: dict[tuple[int, str], int] = {}
    shared = runner(backdrop)
    storms, most_rounds = 0, 1
    # As often as it takes for a run to meet another; how soon one does is up to the machine.
    while most_rounds == 1:
        storms += 1
        assert storms <= 20, "no run met another: the test shows nothing"
        with ThreadPoolExecutor(6) as pool:
            runs = []
            for _ in range(60):
                week, kind, volume = (
                    chance.randrange(3),
                    chance.choice(["done", "begun"]),
                    chance.randrange(1, 100),
                )
                truth[week, kind] = volume
                post(backdrop, "storm", [record(week, kind, volume)])
                runs.append(pool.submit(patiently, shared, due("storm", transform_id, week)))
            most_rounds = max(run.result(60).rounds for run in runs)
        expected = {}
        for week in range(3):
            done, begun = truth.get((week, "done")), truth.get((week, "begun"), 0)
            expected[week_of(week)] = None if done is None else done / (done + begun)
        assert rates(backdrop, "storm-rate") == expected


def test_the_range_of_a_run_is_what_is_asked(backdrop: Backdrop) -> None:
    transform_id = prepare(backdrop, "range")
    post(backdrop, "range", [record(week, "done", 1) for week in range(6)])
    with HttpGate(backdrop.read.url) as gate:
        asking = Runner(
            runner(backdrop).config,
            DataApi(f"{gate.url}/data", f"{backdrop.write.url}/data"),
            lambda: FIRST_MONDAY + timedelta(weeks=5, days=3),
        )
        assert asking.run(due("range", transform_id, 3, 5)).records == 2
        assert asking.run(due("range", transform_id, 4)).records == 1
        assert asking.run(due("range", transform_id, 5)).records == 0
        assert len(gate.seen) == 4, gate.seen
        assert "start_at=2013-01-28T00%3A00%3A00%2B00%3A00&end_at=2013-02-11" in gate.seen[0]
        assert "start_at=2013-02-04T00%3A00%3A00%2B00%3A00&duration=1&flatten=true" in gate.seen[2]
    assert sorted(rates(backdrop, "range-rate")) == [week_of(3), week_of(4)]
