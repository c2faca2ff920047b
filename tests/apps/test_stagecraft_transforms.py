"""Transforms and their types over HTTP to a real gunicorn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.apps.stagecraft_calls import Caller, faulty_keys
from tests.apps.stagecraft_process import prepare, script, serve

RATE = "aa54af82-f645-5eb4-b069-fb1a125ce84b"
OPTIONS = {
    "matchingAttribute": "stage",
    "valueAttribute": "count:sum",
    "numeratorMatcher": "^done$",
    "denominatorMatcher": "^begun$",
}
QUERY = {"period": "month", "group_by": ["stage"], "collect": ["count:sum"]}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    folder = tmp_path_factory.mktemp("stagecraft")
    prepare(folder)
    server = serve(folder)
    yield Caller(server)
    server.stop()


def body(group: str, source: str = "counts", target: str = "rates", **more: Any) -> dict[str, Any]:
    return {
        "type": "rate",
        "input": {"data-group": group, "data-type": source},
        "query-parameters": QUERY,
        "options": OPTIONS,
        "output": {"data-group": group, "data-type": target},
        **more,
    }


def plain(source: tuple[str | None, str], target: tuple[str | None, str]) -> dict[str, Any]:
    """A transform that takes no options."""
    ends = [
        {"data-group": group, "data-type": kind} if group else {"data-type": kind}
        for group, kind in (source, target)
    ]
    return {"type": "user_satisfaction", "input": ends[0], "output": ends[1]}


def test_made_shown_changed_and_deleted(api: Caller) -> None:
    reply = api.post("/transform", body("whole"))
    made = reply.json()
    assert (reply.status, reply.headers["Location"]) == (201, f"/transform/{made['id']}")
    assert made["type"]["id"] == RATE
    assert {key: made[key] for key in made if key not in ("id", "type")} == {
        key: value for key, value in body("whole").items() if key != "type"
    }
    assert api.shown(f"/transform/{made['id']}") == made
    # What was read can be put back.
    assert api.put(f"/transform/{made['id']}", made).json() == made
    less = plain(("whole", "counts"), (None, "scores"))
    changed = api.put(f"/transform/{made['id']}", less).json()
    assert (changed["options"], changed["query-parameters"]) == ({}, {})
    assert changed["output"] == {"data-type": "scores"}
    # The same, made again under its own id.
    assert api.delete(f"/transform/{made['id']}").status == 204
    assert api.get(f"/transform/{made['id']}").status == 404
    assert api.made("/transform", made) == made
    assert faulty_keys(api.post("/transform", made)) == ["id"]


@pytest.mark.parametrize(
    "named",
    [{"type": RATE}, {"type": "rate"}, {"type": {"id": RATE}}, {"type": {"name": "rate"}}, {"type_id": RATE}],
)
def test_ways_to_name_a_type(api: Caller, named: dict[str, Any]) -> None:
    said = {key: value for key, value in body("naming").items() if key != "type"}
    made = api.made("/transform", {**said, **named})
    assert made["type"]["name"] == "rate"
    assert api.delete(f"/transform/{made['id']}").status == 204


@pytest.mark.parametrize(
    ("named", "keys"),
    [
        ({}, ["type"]),
        ({"type": "nonsense"}, ["type"]),
        ({"type": "12345678-1234-1234-1234-123456789012"}, ["type"]),
        ({"type": 3}, ["type"]),
        ({"type": {}}, ["type"]),
        ({"type": {"id": 3}}, ["type"]),
        ({"type": "rate", "type_id": RATE}, ["type"]),
        ({"type_id": "rate"}, ["type_id"]),
        ({"type": {"id": RATE, "name": "mapping", "function": "os.system"}}, ["type.name", "type.function"]),
    ],
)
def test_types_that_are_none(api: Caller, named: dict[str, Any], keys: list[str]) -> None:
    said = {key: value for key, value in body("no-type").items() if key != "type"}
    assert set(faulty_keys(api.post("/transform", {**said, **named}))) >= set(keys)


def test_every_fault_is_named_at_once_and_nothing_is_left_behind(api: Caller) -> None:
    api.made("/transform", plain(("loop", "one"), ("loop", "two")))
    reply = api.post(
        "/transform",
        {
            "type": "rate",
            "input": {"data-group": "loop", "data-type": "two"},
            "output": {"data-group": "loop", "data-type": "one"},
            "query-parameters": {"period": "fortnight", "collect": ["a b"], "limits": 3},
            "options": {**OPTIONS, "numeratorMatcher": "(", "size": 3},
            "colour": "red",
        },
    )
    assert set(faulty_keys(reply)) == {
        "query-parameters.period",
        "query-parameters.collect",
        "query-parameters.limits",
        "options",
        "options.numeratorMatcher",
        "output",
        "colour",
    }
    assert "loop/one -> loop/two -> loop/one" in reply.json()["message"]
    wrong = {"input": {"data-group": "No", "data_type": "t"}, "output": {"data-type": 3}, "type": "rate"}
    keys = faulty_keys(api.post("/transform", wrong))
    assert set(keys) >= {"input.data-type", "input.data-group", "input.data_type", "output.data-type"}
    assert set(faulty_keys(api.post("/transform", {"input": [], "output": "x", "options": []}))) >= {
        "type",
        "input",
        "output",
        "options",
    }
    assert api.get("/data-types/fortnight").status == 404


def test_circles_of_every_kind(api: Caller) -> None:
    def refused(said: dict[str, Any]) -> bool:
        return "output" in faulty_keys(api.post("/transform", said))

    api.made("/transform", plain(("c", "a"), ("c", "b")))
    second = api.made("/transform", plain(("c", "b"), (None, "d")))
    assert refused(plain(("c", "d"), ("c", "a")))
    assert refused(plain((None, "d"), (None, "a")))
    assert refused(plain(("c", "x"), ("c", "x")))
    # By a change as well.
    third = api.made("/transform", plain(("c", "d"), ("c", "e")))
    assert faulty_keys(api.put(f"/transform/{third['id']}", plain(("c", "d"), ("c", "a")))) == ["output"]
    assert api.delete(f"/transform/{second['id']}").status == 204
    assert api.put(f"/transform/{third['id']}", plain(("c", "d"), ("c", "a"))).status == 200


def test_filters(api: Caller) -> None:
    made = api.made("/transform", body("filters"))
    other = api.made("/transform", plain(("filters", "ratings"), ("filters-2", "scores")))
    both, first = [made, other], [made]
    assert api.shown("/transform?data-group=filters") == both
    assert api.shown("/transform?data-group=filters&type=rate") == first
    assert api.shown("/transform?data_group=filters&data_type=counts") == first
    assert api.shown("/transform?output-data-group=filters-2&output-data-type=scores") == [other]
    assert api.shown("/transform?data-group=No") == api.shown("/transform?type=%00") == []
    assert faulty_keys(api.get("/transform?group=filters")) == ["group"]
    api.made("/data-sets", {"data_group": "filters", "data_type": "counts"})
    assert api.shown("/data-sets/filters_counts/transform") == first


def test_types(api: Caller) -> None:
    schema = {"type": "object", "properties": {"size": {"type": "integer"}}, "additionalProperties": False}
    made = api.made("/transform-type", {"name": "own", "function": "package.own.compute", "schema": schema})
    path = f"/transform-type/{made['id']}"
    assert api.shown(path) == made
    assert api.shown("/transform-type?name=own") == [made]
    assert api.put(path, made).json() == made
    assert set(faulty_keys(api.post("/transform-type", made))) == {"id", "name"}
    bad = {"name": "No", "function": "os", "schema": {"type": 3}, "colour": "red"}
    assert set(faulty_keys(api.post("/transform-type", bad))) == set(bad)
    assert set(faulty_keys(api.put(path, bad))) == set(bad)
    assert faulty_keys(api.put(path, {"name": "own"})) == ["function"]

    used = plain(("sized", "a"), ("sized", "b")) | {"type": "own", "options": {"size": 3}}
    transform = api.made("/transform", used)
    misfit = {**made, "schema": {"properties": {"size": {"type": "string"}}}}
    assert faulty_keys(api.put(path, misfit)) == ["schema"]
    assert transform["id"] in api.put(path, misfit).json()["message"]
    reply = api.delete(path)
    assert faulty_keys(reply, 409) == ["transform"]
    assert transform["id"] in reply.json()["message"]
    assert api.delete(f"/transform/{transform['id']}").status == 204
    assert api.delete(path).status == 204


def test_built_in_types_stay_as_they_are(api: Caller) -> None:
    rate = api.shown(f"/transform-type/{RATE}")
    assert "built in" in api.put(f"/transform-type/{RATE}", rate).json()["message"]
    assert faulty_keys(api.delete(f"/transform-type/{RATE}"), 409)[0] is None


def test_what_a_transform_uses_can_not_be_deleted(api: Caller) -> None:
    made = api.made("/transform", body("kept"))
    api.made("/data-sets", {"data_group": "kept", "data_type": "counts"})
    api.made("/data-sets", {"data_group": "kept", "data_type": "rates"})
    for path in ("/data-sets/kept_counts", "/data-sets/kept_rates", "/data-groups/kept"):
        reply = api.delete(path)
        assert "transform" in faulty_keys(reply, 409)
        assert made["id"] in reply.json()["message"]


def test_a_thousand_transforms_take_no_more_sql_than_one(tmp_path: Path) -> None:
    prepare(tmp_path)
    few, many = json.loads(script(tmp_path, COUNT_SQL))
    assert (few["found"], many["found"]) == (1, 1000)
    assert many["queries"] == few["queries"] == 2
    assert many["seconds"] < 5


COUNT_SQL = """
import json, time
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from stagecraft.datasets.models import DataGroup, DataType
from stagecraft.development import API_TOKEN
from stagecraft.transforms.models import Transform, TransformType

def counted():
    began = time.process_time()
    with CaptureQueriesContext(connection) as queries:
        reply = Client().get("/transform", headers={"Authorization": "Bearer " + API_TOKEN})
    return {"found": len(reply.json()), "queries": len(queries), "seconds": time.process_time() - began}

kind = TransformType.objects.get(name="user_satisfaction")
def add(numbers):
    groups = DataGroup.objects.bulk_create(DataGroup(name=f"g{n}") for n in numbers)
    types = DataType.objects.bulk_create(DataType(name=f"t{n}") for n in numbers)
    Transform.objects.bulk_create(
        Transform(type=kind, input_group=g, input_type=t, output_group=g, output_type=t)
        for g, t in zip(groups, types)
    )

add(range(1))
few = counted()
add(range(1, 1000))
print(json.dumps([few, counted()]))
"""


def test_one_that_does_what_another_does_is_refused_and_names_it(api: Caller) -> None:
    first = api.made("/transform", body("twins"))
    reordered = dict(reversed(list(OPTIONS.items())))
    same_group = {"data-type": "rates"}
    for twin in (
        body("twins"),
        body("twins", options=reordered),
        body("twins", output=same_group),
        body("twins", **{"query-parameters": {**QUERY, "group_by": "stage", "filter_by": []}}),
        {**first, "id": "11111111-2222-3333-4444-555555555555"},
    ):
        reply = api.post("/transform", twin)
        assert reply.status == 400, reply.body
        assert faulty_keys(reply) == [None]
        assert first["id"] in reply.json()["message"]
    for other in (
        body("twins", options={**OPTIONS, "numeratorMatcher": "^won$"}),
        body("twins", **{"query-parameters": {**QUERY, "period": "week"}}),
        body("twins", target="shares"),
        body("twins", source="visits"),
        body("other-twins"),
    ):
        second = api.made("/transform", other)
    assert api.put(f"/transform/{first['id']}", body("twins")).status == 200, "it is no twin of its own"
    reply = api.put(f"/transform/{second['id']}", body("twins"))
    assert (reply.status, first["id"] in reply.json()["message"]) == (400, True)
    assert api.delete(f"/transform/{first['id']}").status == 204
    assert api.put(f"/transform/{second['id']}", body("twins")).status == 200
