"""A transform that would burn a processor for ever is stopped and parked, on both brokers."""

from __future__ import annotations

from pathlib import Path

import pytest

from backdrop.broker import parked_tasks
from tests.apps.transforming import SHARE_DONE, data_set, post, record, transform, wait_for_rates, week_of
from tests.processes import Backdrop, wait_until

CATASTROPHIC = {**SHARE_DONE, "numeratorMatcher": "^(a|a)*$"}
"""Doubles its time with each letter of what it does not match."""
LIMIT = 10
"""Seconds; enough for the other transform also where the machine has much else to do, or stands still for some."""


@pytest.mark.parametrize("broker", ["embedded", "rabbitmq"])
def test_a_catastrophic_expression(tmp_path: Path, broker: str, request: pytest.FixtureRequest) -> None:
    settings = {"TRANSFORM_TIME_LIMIT_SECONDS": str(LIMIT), "WORKER_PROCESSES": "1"}
    if broker == "rabbitmq":
        settings["BROKER_URL"] = request.getfixturevalue("rabbitmq").new_vhost()
    data_sets = [data_set("in"), data_set("in-rate")]
    with Backdrop(tmp_path, data_sets, apps=("read", "write", "worker"), environment=settings) as backdrop:
        broken = transform("in", "in-broken", options=CATASTROPHIC)
        backdrop.config.transforms["g_in"] = [broken, transform("in", "in-rate")]
        kinds = [record(0, "done", 1), record(0, "begun", 3), record(0, 60 * "a" + "!", 1)]
        post(backdrop, "in", kinds)
        url = backdrop.environment.get("BROKER_URL", f"sqlite-queue:///{tmp_path / 'broker.sqlite'}")
        (text,) = wait_until(lambda: list(parked_tasks.describe(url)), "the task to be parked", 12 * LIMIT)
        assert broken["id"] in text
        assert text.endswith("\n    took longer than TRANSFORM_TIME_LIMIT_SECONDS")
        wait_for_rates(backdrop, "in-rate", {week_of(0): 0.25})
        assert "Traceback" not in backdrop.worker.log()
