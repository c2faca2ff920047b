"""Runs whose periods and groups have lost their records: what was derived from these goes, all else stays."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from backdrop.transformers.errors import Delayed
from backdrop.transformers.run import Due, Runner
from tests.apps.transforming import (
    BY_KIND,
    FIRST_MONDAY,
    SHARE_DONE,
    Json,
    change,
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
from tests.http_gate import HttpGate
from tests.processes import Backdrop, wait_until

NAMES = {
    "mapping-keys": ["kind"],
    "mappings": {"good": ["^done$"], "bad": ["^(lost|begun)$"]},
    "other-mapping": "other",
    "mapped-attribute": "outcome",
    "value-attribute": "volume:sum",
}


def sums(backdrop: Backdrop, data_type: str) -> dict[tuple[str, str], Any]:
    """The output of a `mapping` by when its weeks begin and name."""
    return {(row["_start_at"], row["outcome"]): row["volume"] for row in stored(backdrop, data_type)}


def mapped(source: str, **more: Any) -> Json:
    return transform(source, f"{source}-sums", "mapping", options={**NAMES, **more})


def test_a_week_that_has_lost_its_records_loses_its_rate(backdrop: Backdrop) -> None:
    transform_id = prepare(backdrop, "weeks")
    post(backdrop, "weeks", [record(week, "done", 1) for week in range(3)])
    done = runner(backdrop).run(due("weeks", transform_id, 0, 2))
    assert (done.records, done.taken_back) == (3, 0)
    change(backdrop, "DELETE", "weeks/1-done")
    done = runner(backdrop).run(due("weeks", transform_id, 1))
    assert (done.records, done.taken_back, done.rounds) == (0, 1, 1)
    assert rates(backdrop, "weeks-rate") == {week_of(0): 1.0, week_of(2): 1.0}
    done = runner(backdrop).run(due("weeks", transform_id, 1))
    assert (done.records, done.taken_back) == (0, 0)


def test_a_data_set_that_was_emptied_empties_its_outputs(backdrop: Backdrop) -> None:
    rate, sum_ = transform("empty", "empty-rate"), mapped("empty")
    prepare(backdrop, "empty", rate, sum_)
    post(backdrop, "empty", [record(week, "done", 1) for week in range(5)])
    for made in (rate, sum_):
        runner(backdrop).run(due("empty", made["id"], 0, 4))
    change(backdrop, "PUT", "empty", [])
    taken = [runner(backdrop).run(due("empty", made["id"], 0, 4)).taken_back for made in (rate, sum_)]
    assert taken == [5, 5]
    assert stored(backdrop, "empty-rate") == stored(backdrop, "empty-sums") == []


def test_a_name_that_has_lost_its_records_loses_its_sum(backdrop: Backdrop) -> None:
    transform_id = prepare(backdrop, "names", mapped("names", additionalFields={"place": "x"}))
    post(backdrop, "names", [record(0, "done", 1), record(0, "begun", 2), record(0, "else", 4)])
    runner(backdrop).run(due("names", transform_id))
    assert sums(backdrop, "names-sums") == {
        (week_of(0), "good"): 1,
        (week_of(0), "bad"): 2,
        (week_of(0), "other"): 4,
    }
    change(backdrop, "DELETE", "names/0-begun")
    change(backdrop, "PATCH", "names/0-else", {"_timestamp": week_of(1), "kind": "done"})
    done = runner(backdrop).run(due("names", transform_id, 0, 1))
    assert (done.records, done.taken_back) == (2, 2)
    assert sums(backdrop, "names-sums") == {(week_of(0), "good"): 1, (week_of(1), "good"): 4}


def test_what_others_have_put_into_the_same_output_stays(backdrop: Backdrop) -> None:
    output = "shared-rate"
    options = [{**SHARE_DONE, "additionalFields": {"place": place}} for place in ("here", "there")]
    here, there = (transform("shared", output, options=each) for each in options)
    monthly = transform("shared", output, query={**BY_KIND, "period": "month"})
    names = transform("shared", output, "mapping", options=NAMES)
    prepare(backdrop, "shared", here, there, monthly, names)
    by_hand: list[Json] = [
        {"_id": "by-hand", "_timestamp": week_of(0), "rate": 7},
        {"_id": "like-ours", "_timestamp": week_of(0), "_start_at": week_of(0), "_end_at": week_of(1)},
        {"_id": "not-ours", "_timestamp": week_of(0), "outcome": "good", "place": "here", "rate": 7},
    ]
    backdrop.config.put(data_set(output))
    post(backdrop, output, by_hand)
    post(backdrop, "shared", [record(0, "done", 1), record(1, "done", 1)])
    for made in (here, there, monthly, names):
        runner(backdrop).run(due("shared", made["id"], 0, 1))
    before = {row["_id"]: row for row in stored(backdrop, output)}
    assert len(before) == len(by_hand) + 2 + 2 + 1 + 2
    change(backdrop, "PUT", "shared", [])
    assert runner(backdrop).run(due("shared", here["id"])).taken_back == 1
    after = {row["_id"]: row for row in stored(backdrop, output)}
    (gone,) = before.keys() - after.keys()
    assert (before[gone]["place"], before[gone]["_start_at"]) == ("here", week_of(0))
    assert after == {record_id: row for record_id, row in before.items() if record_id != gone}
    for made in (here, there, monthly, names):
        runner(backdrop).run(due("shared", made["id"], 0, 1))
    assert {row["_id"] for row in stored(backdrop, output)} == {row["_id"] for row in by_hand}


@pytest.mark.parametrize("period", ["hour", "day", "week", "month", "quarter", "year"])
def test_an_output_made_by_hand_without_raw_queries(backdrop: Backdrop, period: str) -> None:
    name = f"closed-{period}"
    query = {**BY_KIND, "period": period}
    made = [
        transform(name, f"{name}-out", query=query),
        transform(name, f"{name}-out", "mapping", query=query, options=NAMES),
    ]
    prepare(backdrop, name, *made)
    backdrop.config.put(data_set(f"{name}-out", raw_queries_allowed=False))
    post(backdrop, name, [record(0, "done", 1), record(0, "begun", 1), record(52, "done", 1)])
    for each in made:
        runner(backdrop).run(due(name, each["id"], 0, 0))
    change(backdrop, "PUT", name, [])
    taken = [runner(backdrop).run(due(name, each["id"], 0, 0)).taken_back for each in made]
    assert taken == [1, 2]
    backdrop.config.put(data_set(f"{name}-out", raw_queries_allowed=True))
    assert stored(backdrop, f"{name}-out") == []


def test_a_period_is_computed_from_its_own_records_whatever_is_asked_with_it(backdrop: Backdrop) -> None:
    """So that no row that only fills a gap leaves anything that a later run would have to know of."""
    rate, sum_ = transform("alone", "alone-rate"), mapped("alone")
    prepare(backdrop, "alone", rate, sum_)
    post(backdrop, "alone", [record(0, "done", 1), record(2, "begun", 1)])
    for made in (rate, sum_):
        assert runner(backdrop).run(due("alone", made["id"], 0, 5)).records == 2
    assert rates(backdrop, "alone-rate") == {week_of(0): 1.0, week_of(2): None}
    assert sums(backdrop, "alone-sums") == {(week_of(0), "good"): 1, (week_of(2), "bad"): 1}
    change(backdrop, "DELETE", "alone/2-begun")
    for made in (rate, sum_):
        assert runner(backdrop).run(due("alone", made["id"], 0, 5)).taken_back == 1
    change(backdrop, "DELETE", "alone/0-done")
    for made in (rate, sum_):
        assert runner(backdrop).run(due("alone", made["id"])).taken_back == 1
    assert stored(backdrop, "alone-rate") == stored(backdrop, "alone-sums") == []


def test_an_output_that_nobody_may_query_is_left_as_it_is(backdrop: Backdrop) -> None:
    transform_id = prepare(backdrop, "hidden")
    backdrop.config.put(data_set("hidden-rate", queryable=False))
    post(backdrop, "hidden", [record(0, "done", 1)])
    runner(backdrop).run(due("hidden", transform_id))
    change(backdrop, "PUT", "hidden", [])
    done = runner(backdrop).run(due("hidden", transform_id))
    assert (done.records, done.taken_back) == (0, 0)


def test_a_period_that_is_not_over_is_left_as_it_is(backdrop: Backdrop) -> None:
    transform_id = prepare(backdrop, "future")
    post(backdrop, "future", [record(0, "done", 1), record(1, "done", 1)])
    runner(backdrop).run(due("future", transform_id, 0, 1))
    change(backdrop, "PUT", "future", [])
    known = runner(backdrop)
    early = Runner(known.config, known.data, lambda: FIRST_MONDAY + timedelta(days=8))
    assert early.run(due("future", transform_id, 0, 1)).taken_back == 1
    assert rates(backdrop, "future-rate") == {week_of(1): 1.0}


def test_a_query_with_filter_and_limit(backdrop: Backdrop) -> None:
    """What the filter or the limit no longer lets in has lost its place as if it were deleted."""
    query = {
        **BY_KIND,
        "filter_by": ["fit:true"],
        "sort_by": ["volume:sum:descending"],
        "limit": 1,
    }
    made = transform("chosen", "chosen-sums", "mapping", query=query, options=NAMES)
    transform_id = prepare(backdrop, "chosen", made)
    post(backdrop, "chosen", [{**record(0, "done", 3), "fit": True}, {**record(0, "begun", 2), "fit": True}])
    runner(backdrop).run(due("chosen", transform_id))
    assert sums(backdrop, "chosen-sums") == {(week_of(0), "good"): 3}
    change(backdrop, "PATCH", "chosen/0-begun", {"volume": 4})
    runner(backdrop).run(due("chosen", transform_id))
    assert sums(backdrop, "chosen-sums") == {(week_of(0), "bad"): 4}
    change(backdrop, "PATCH", "chosen/0-begun", {"fit": False})
    change(backdrop, "PATCH", "chosen/0-done", {"fit": False})
    runner(backdrop).run(due("chosen", transform_id))
    assert stored(backdrop, "chosen-sums") == []


def test_many_to_take_back_and_a_run_that_was_cut_off_in_the_middle(backdrop: Backdrop) -> None:
    query = {**BY_KIND, "period": "hour"}
    transform_id = prepare(backdrop, "many", transform("many", "many-rate", query=query))
    hours = [(FIRST_MONDAY + timedelta(hours=hour)).isoformat() for hour in range(500)]
    post(backdrop, "many", [{"_timestamp": hour, "kind": "done", "volume": 1} for hour in hours])
    wanted = Due(
        "g_many", transform_id, FIRST_MONDAY - timedelta(days=900), FIRST_MONDAY + timedelta(days=400)
    )
    narrow = Due("g_many", transform_id, FIRST_MONDAY, FIRST_MONDAY + timedelta(hours=499))
    assert runner(backdrop).run(narrow).records == 500
    change(backdrop, "PUT", "many", [])
    with HttpGate(backdrop.write.url) as gate, ThreadPoolExecutor(1) as pool:
        cut_off = pool.submit(runner(backdrop, gate=gate).run, wanted)
        wait_until(lambda: len(gate.seen) >= 200, "200 records to be taken back", 30)
        gate.cut("DELETE")
        with pytest.raises(Delayed, match="taking back from g/many-rate: no answer"):
            cut_off.result(30)
    left = len(stored(backdrop, "many-rate"))
    assert 0 < left <= 300
    assert runner(backdrop).run(wanted).taken_back == left
    assert stored(backdrop, "many-rate") == []


@pytest.mark.parametrize("late_one", ["old", "new"])
def test_a_run_that_knows_of_no_records_meets_one_that_does(backdrop: Backdrop, late_one: str) -> None:
    """The one takes back what the other writes, at the wrong time."""
    name = f"meeting-{late_one}"
    transform_id = prepare(backdrop, name)
    post(backdrop, name, [record(0, "done", 1)])
    runner(backdrop).run(due(name, transform_id))
    change(backdrop, "DELETE", f"{name}/0-done")
    with HttpGate(backdrop.write.url) as gate, ThreadPoolExecutor(1) as pool:
        gate.shut("DELETE")
        emptying = pool.submit(runner(backdrop, gate=gate).run, due(name, transform_id))
        gate.wait_for(1)
        post(backdrop, name, [record(0, "begun", 1), record(0, "done", 1)])
        if late_one == "old":
            runner(backdrop).run(due(name, transform_id))
        gate.open()
        done = emptying.result(20)
    assert (done.taken_back, done.rounds) == (1, 2)
    assert rates(backdrop, f"{name}-rate") == {week_of(0): 0.5}


def test_a_run_that_writes_what_is_gone_takes_it_back(backdrop: Backdrop) -> None:
    transform_id = prepare(backdrop, "late")
    backdrop.config.put(data_set("late-rate"))
    post(backdrop, "late", [record(0, "done", 1)])
    with HttpGate(backdrop.write.url) as gate, ThreadPoolExecutor(1) as pool:
        gate.shut("POST")
        with_old_rows = pool.submit(runner(backdrop, gate=gate).run, due("late", transform_id))
        gate.wait_for(1)
        change(backdrop, "DELETE", "late/0-done")
        assert runner(backdrop).run(due("late", transform_id)).taken_back == 0
        gate.open()
        done = with_old_rows.result(20)
    assert (done.records, done.taken_back, done.rounds) == (0, 1, 2)
    assert stored(backdrop, "late-rate") == []


def test_many_runs_at_once_while_records_come_and_go(backdrop: Backdrop) -> None:
    transform_id = prepare(backdrop, "storm", mapped("storm"))
    backdrop.config.put(data_set("storm-sums"))
    chance = random.Random(20132)
    truth: dict[tuple[int, str], int] = {}
    shared = runner(backdrop)
    taken_back = rounds = 0
    # As often as it takes for runs to meet; how soon they do is up to the machine.
    while taken_back <= 5:
        rounds += 1
        assert rounds <= 20, f"runs met {taken_back} times only"
        with ThreadPoolExecutor(6) as pool:
            runs = []
            for _ in range(80):
                week, kind = chance.randrange(3), chance.choice(["done", "begun"])
                if (week, kind) in truth:
                    del truth[week, kind]
                    change(backdrop, "DELETE", f"storm/{week}-{kind}")
                else:
                    truth[week, kind] = chance.randrange(1, 100)
                    post(backdrop, "storm", [record(week, kind, truth[week, kind])])
                runs.append(pool.submit(patiently, shared, due("storm", transform_id, week)))
            taken_back += sum(run.result(60).taken_back for run in runs)
        expected = {
            (week_of(week), "good" if kind == "done" else "bad"): volume
            for (week, kind), volume in truth.items()
        }
        assert sums(backdrop, "storm-sums") == expected
