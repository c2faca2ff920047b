"""Given and When: transforms, and the dashboards that they know of."""

from __future__ import annotations

import json
from functools import partial
from typing import Any
from uuid import uuid4

from behave import given, when
from behave.runner import Context

from features.scene import Scene

FUNCTIONS = "backdrop.transformers.tasks"


@given('a transform "{name:Text}" from "{source:DataSet}" to "{target:Text}"')
def transform(context: Context, name: str, source: str, target: str) -> None:
    """`target` is a group and a type, or a type in the group of the source."""
    configure_transform(context.scene, name, source, target, json.loads(context.text))


@given('a published dashboard "{slug:Text}" that shows "{data_set:DataSet}"')
def published_dashboard(context: Context, slug: str, data_set: str) -> None:
    show(context, slug, data_set, published=True)


@given('an unpublished dashboard "{slug:Text}" that shows "{data_set:DataSet}"')
def unpublished_dashboard(context: Context, slug: str, data_set: str) -> None:
    show(context, slug, data_set, published=False)


@given('a published dashboard "{slug:Text}" of the service "{service:Text}"')
def service_dashboard(context: Context, slug: str, service: str) -> None:
    context.backdrop.config.service_dashboards[service] = [{"slug": slug, "published": True}]


@when("the worker has had time for more")
def worker_has_had_time(context: Context) -> None:
    """Another transform, asked for later, has been run; and what it does was done twice over."""
    scene: Scene = context.scene
    scene.add_data_set("marker/visits", raw_queries_allowed=True)
    scene.add_data_set("marker/rate", raw_queries_allowed=True)
    query = {"period": "year", "group_by": ["kind"], "collect": ["visits:sum"]}
    matching = {"matchingAttribute": "kind", "valueAttribute": "visits:sum"}
    options = {**matching, "numeratorMatcher": "a", "denominatorMatcher": "a"}
    about = {"query-parameters": query, "options": options}
    configure_transform(scene, "rate", "marker/visits", "marker/rate", about)
    token = scene.config_of("marker/visits")["bearer_token"]
    for count, year in enumerate((2013, 2014), start=1):
        body = json.dumps({"_timestamp": f"{year}-01-01T00:00:00Z", "kind": "a", "visits": 1}).encode()
        scene.send("POST", "/data/marker/visits", body, token=token)
        scene.soon(partial(_assert_count, scene, "marker/rate", count), "the marker")


def configure_transform(scene: Scene, name: str, source: str, target: str, about: dict[str, Any]) -> None:
    """Makes it known to the config API."""
    transforms = scene.backdrop.config.transforms.setdefault(scene.config_of(source)["name"], [])
    function = {"id": str(uuid4()), "name": name, "function": f"{FUNCTIONS}.{name}.compute", "schema": {}}
    transforms.append(
        {
            "id": str(uuid4()),
            "type": function,
            "input": _end(scene, source),
            "output": _end(scene, target),
            "query-parameters": {},
            "options": {},
            **about,
        }
    )


def show(context: Context, slug: str, data_set: str, *, published: bool) -> None:
    name = context.scene.config_of(data_set)["name"]
    context.backdrop.config.dashboards.setdefault(name, []).append({"slug": slug, "published": published})


def _end(scene: Scene, data_set: str) -> dict[str, str]:
    if "/" not in data_set:
        return {"data-type": data_set}
    group, data_type = scene.marked(data_set).split("/")
    return {"data-group": group, "data-type": data_type}


def _assert_count(scene: Scene, data_set: str, count: int) -> None:
    assert len(scene.contents(data_set)) == count
