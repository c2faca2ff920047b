"""Data sets and transforms that the tests of the worker share."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from backdrop.config_api import ConfigApi
from backdrop.core.instants import parse_instant
from backdrop.transformers.client import DataApi
from backdrop.transformers.errors import Delayed
from backdrop.transformers.run import Done, Due, Runner
from tests.config_stub import API_TOKEN, ConfigStub
from tests.http_gate import HttpGate
from tests.processes import Backdrop, wait_until

Json = dict[str, Any]

TOKEN = "transforms-bearer-token"
BUILT_IN = "backdrop.transformers.tasks.{}.compute"
BY_KIND = {"period": "week", "group_by": ["kind"], "collect": ["volume:sum"]}
SHARE_DONE = {
    "matchingAttribute": "kind",
    "valueAttribute": "volume:sum",
    "numeratorMatcher": "^done$",
    "denominatorMatcher": "^(done|begun)$",
}
FIRST_MONDAY = datetime(2013, 1, 7, tzinfo=UTC)


def data_set(data_type: str, **more: Any) -> Json:
    return {
        "data_group": "g",
        "data_type": data_type,
        "bearer_token": TOKEN,
        "raw_queries_allowed": True,
        "max_age_expected": None,
        **more,
    }


def transform(
    source: str,
    output: str,
    function: str = "rate",
    query: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Json:
    """As the config API lists it; `function` is a built-in one's, or a whole dotted name."""
    name = function if "." in function else BUILT_IN.format(function)
    return {
        "id": str(uuid4()),
        "type": {"id": str(uuid4()), "name": function, "function": name, "schema": {}},
        "input": {"data-group": "g", "data-type": source},
        "query-parameters": dict(BY_KIND if query is None else query),
        "options": dict(SHARE_DONE if options is None else options),
        "output": {"data-group": "g", "data-type": output},
    }


def record(week: int, kind: str, volume: Any) -> Json:
    """One whose id is its week and kind, so that posting it again changes its volume."""
    monday = FIRST_MONDAY + timedelta(weeks=week)
    return {"_id": f"{week}-{kind}", "_timestamp": monday.isoformat(), "kind": kind, "volume": volume}


def week_of(week: int) -> str:
    return (FIRST_MONDAY + timedelta(weeks=week)).isoformat()


def post(backdrop: Backdrop, data_type: str, records: Any, path: str = "", **headers: str) -> None:
    reply = backdrop.write.call(
        "POST", f"/data/g/{data_type}{path}", json=records, token=TOKEN, headers=headers
    )
    assert reply.status == 200, reply.body


def change(backdrop: Backdrop, method: str, path: str, body: Any = None) -> None:
    """Sends it to the write app, which takes it."""
    more = {} if body is None else {"json": body}
    reply = backdrop.write.call(method, f"/data/g/{path}", token=TOKEN, **more)
    assert reply.status == 200, reply.body


def stored(backdrop: Backdrop, data_type: str, query: str = "") -> list[Json]:
    """The records of a data set, none where the read app doesn't know it (yet)."""
    reply = backdrop.read.call("GET", f"/data/g/{data_type}{query}")
    if reply.status == 404:
        return []
    assert reply.status == 200, reply.body
    rows: list[Json] = reply.json()["data"]
    return rows


def rates(backdrop: Backdrop, data_type: str) -> dict[str, Any]:
    """The output of a `rate` by when its weeks begin."""
    return {row["_start_at"]: row["rate"] for row in stored(backdrop, data_type)}


def wait_for_rates(
    backdrop: Backdrop, data_type: str, expected: Mapping[str, Any], seconds: float = 60
) -> None:
    try:
        wait_until(lambda: rates(backdrop, data_type) == expected, f"{data_type} to be {expected}", seconds)
    except AssertionError as error:
        log = backdrop.worker.log() if "worker" in backdrop._latest else ""
        raise AssertionError(f"{error}; it is {rates(backdrop, data_type)}\n{log}") from error


def runner(
    backdrop: Backdrop, *, config: ConfigStub | None = None, gate: HttpGate | None = None, **more: Any
) -> Runner:
    url = (config or backdrop.config).url
    write_url = gate.url if gate else backdrop.write.url
    return Runner(
        config=ConfigApi(url, API_TOKEN, cache_seconds=0, stale_seconds=0),
        data=DataApi(f"{backdrop.read.url}/data", f"{write_url}/data"),
        clock=lambda: datetime.now(UTC),
        **more,
    )


def prepare(backdrop: Backdrop, name: str, *made: Json, **source: Any) -> str:
    """A data set `name`, and a rate of it to `<name>-rate` unless other transforms are given; answers the id of the
    first one."""
    backdrop.config.put(data_set(name, **source))
    transforms = list(made) or [transform(name, f"{name}-rate")]
    backdrop.config.transforms[f"g_{name.replace('-', '_')}"] = transforms
    return str(transforms[0]["id"])


def due(name: str, transform_id: str, first: int = 0, last: int | None = None) -> Due:
    begin, end = (parse_instant(week_of(week)) for week in (first, first if last is None else last))
    return Due(f"g_{name.replace('-', '_')}", transform_id, begin, end)


def patiently(shared: Runner, wanted: Due) -> Done:
    """As the worker does: tried again when the input would not keep still."""
    while True:
        with suppress(Delayed):
            return shared.run(wanted)
