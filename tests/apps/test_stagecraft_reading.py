"""What Backdrop reads from Stagecraft, over HTTP from a real gunicorn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.apps.stagecraft_process import TOKEN, prepare, script, serve, succeed
from tests.processes import Reply, Server

BUILT_IN = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "title": "Record",
    "type": "object",
    "properties": {"_timestamp": {"type": "string", "format": "date-time"}},
    "required": ["_timestamp"],
}
SALES = {
    "name": "g_cloud_sales",
    "data_group": "g-cloud",
    "data_type": "sales",
    "bearer_token": "g-cloud-sales-bearer-token",
    "auto_ids": [],
    "schema": BUILT_IN,
    "upload_format": "",
    "upload_filters": [],
    "raw_queries_allowed": True,
    "queryable": True,
    "realtime": False,
    "published": True,
    "capped_size": None,
    "max_age_expected": None,
}
# Dashboards, a data type with its own schema, a transform for every group, users of each role.
MORE = """
from stagecraft.api_users.models import ApiUser
from stagecraft.dashboards.models import Dashboard, DashboardService, Module
from stagecraft.datasets.models import DataSet, DataType
from stagecraft.datasets.queries import create
from stagecraft.transforms.models import Transform, TransformType

for role in ("collector", "omniscient", "dashboard-editor"):
    ApiUser.create(role, role, role + "-token")
own = DataType(name="counted", schema={"required": ["count"]})
own.save()
create({"data_group": "pay", "data_type": "counted"})
create({"data_group": "other", "data_type": "sales"})
Transform(
    type=TransformType.objects.get(name="user_satisfaction"),
    input_type=DataType.objects.get(name="sales"),
    output_type=own,
).save()
sales = DataSet.objects.get(name="g_cloud_sales")
for slug, published in (("b-shown", True), ("a-draft", False), ("c-elsewhere", True)):
    dashboard = Dashboard(slug=slug, published=published, title=slug.title())
    dashboard.save()
    DashboardService(dashboard=dashboard, service_id="service-7").save()
    for module in ("first", "second"):
        Module(dashboard=dashboard, slug=module, data_set=None if slug == "c-elsewhere" else sales).save()
"""


@pytest.fixture(scope="module")
def stagecraft(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("stagecraft")
    prepare(folder)
    succeed(folder, "load_demo")
    script(folder, MORE)
    server = serve(folder)
    yield server
    server.stop()


def get(stagecraft: Server, path: str, token: str | None = TOKEN, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return stagecraft.call("GET", path, token=token, headers=named)


def names(reply: Reply) -> list[str]:
    assert reply.status == 200
    return [each["name"] for each in reply.json()]


def slugs(reply: Reply) -> list[tuple[str, bool]]:
    assert reply.status == 200
    return [(each["slug"], each["published"]) for each in reply.json()]


def refused(reply: Reply, status: int) -> dict[str, Any]:
    """The answer, having the form that every refusal has."""
    assert reply.status == status
    assert reply.headers["Content-Type"] == "application/json"
    body: dict[str, Any] = reply.json()
    assert set(body) == {"status", "message", "errors"}
    assert body["status"] == "error"
    return body


def test_status_needs_no_token(stagecraft: Server) -> None:
    reply = get(stagecraft, "/_status", token=None)
    assert reply.status == 200
    assert reply.json() == {"status": "ok", "message": "app is up"}
    assert reply.headers["Cache-Control"] == "no-cache"


def test_one_config(stagecraft: Server) -> None:
    reply = get(stagecraft, "/data-sets/g_cloud_sales")
    assert reply.status == 200
    assert reply.json() == SALES
    assert list(reply.json()) == list(SALES)
    assert "private" in reply.headers["Cache-Control"]


def test_all_configs(stagecraft: Server) -> None:
    reply = get(stagecraft, "/data-sets")
    assert names(reply) == ["example_licences", "g_cloud_sales", "other_sales", "pay_counted"]
    assert SALES in reply.json()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("data-group=g-cloud&data-type=sales", ["g_cloud_sales"]),
        ("data_group=g-cloud&data_type=sales", ["g_cloud_sales"]),
        ("data-group=g-cloud&data_type=sales", ["g_cloud_sales"]),
        ("data-group=g-cloud", ["g_cloud_sales"]),
        ("data-type=sales", ["g_cloud_sales", "other_sales"]),
        ("data_type=sales", ["g_cloud_sales", "other_sales"]),
        ("data-group=g-cloud&data-type=licences", []),
        ("data-group=nobody", []),
        ("data-group=", []),
        ("data-group=%00", []),
        ("data-group=%ff", []),
        ("data-group=g-cloud&data-group=g-cloud", ["g_cloud_sales"]),
        ("", ["example_licences", "g_cloud_sales", "other_sales", "pay_counted"]),
    ],
)
def test_filters(stagecraft: Server, query: str, found: list[str]) -> None:
    assert names(get(stagecraft, f"/data-sets?{query}")) == found


@pytest.mark.parametrize("query", ["group=g-cloud", "data-group=a&data-group=b", "data-group=a&data_group=b"])
def test_a_filter_that_would_be_ignored_is_refused(stagecraft: Server, query: str) -> None:
    body = refused(get(stagecraft, f"/data-sets?{query}"), 400)
    assert "group" in body["message"]
    assert "group" in body["errors"][0]["key"]


def test_a_data_types_own_schema_is_in_the_config(stagecraft: Server) -> None:
    schema = get(stagecraft, "/data-sets/pay_counted").json()["schema"]
    assert schema["required"] == ["count"]
    assert schema["allOf"] == [BUILT_IN]


@pytest.mark.parametrize(
    "name", ["nobody", "G_CLOUD_SALES", "a%00b", "%ff", "g_cloud_sales%0a", "...", "%27--", "a" * 500]
)
@pytest.mark.parametrize("rest", ["", "/transform", "/dashboard"])
def test_unknown_data_sets(stagecraft: Server, name: str, rest: str) -> None:
    refused(get(stagecraft, f"/data-sets/{name}{rest}"), 404)


def test_transforms_by_group_and_type_and_by_type_alone(stagecraft: Server) -> None:
    by_group, by_type = get(stagecraft, "/data-sets/g_cloud_sales/transform").json()
    assert by_group["type"].pop("schema")["required"][0] == "matchingAttribute"
    assert by_group == {
        "id": "5d0d6b2e-7c55-4b8c-8f0a-2b6f0a1c9e01",
        "type": {
            "id": "aa54af82-f645-5eb4-b069-fb1a125ce84b",
            "name": "rate",
            "function": "backdrop.transformers.tasks.rate.compute",
        },
        "input": {"data-group": "g-cloud", "data-type": "sales"},
        "query-parameters": {
            "period": "month",
            "group_by": ["sme_or_large"],
            "collect": ["evidenced_spend:sum"],
        },
        "options": {
            "matchingAttribute": "sme_or_large",
            "valueAttribute": "evidenced_spend:sum",
            "numeratorMatcher": "^SME$",
            "denominatorMatcher": "^(SME|Large)$",
        },
        "output": {"data-group": "g-cloud", "data-type": "sme-share"},
    }
    assert by_type["type"]["name"] == "user_satisfaction"
    assert by_type["input"] == {"data-type": "sales"}
    assert by_type["output"] == {"data-type": "counted"}
    assert get(stagecraft, "/data-sets/other_sales/transform").json() == [by_type]
    assert get(stagecraft, "/data-sets/example_licences/transform").json() == []


def test_dashboards_over_a_data_set(stagecraft: Server) -> None:
    reply = get(stagecraft, "/data-sets/g_cloud_sales/dashboard")
    assert slugs(reply) == [("a-draft", False), ("b-shown", True)]
    assert slugs(get(stagecraft, "/data-sets/other_sales/dashboard")) == []


def test_published_dashboards_of_a_service(stagecraft: Server) -> None:
    found = get(stagecraft, "/transactions-explorer-service/service-7/dashboard")
    assert slugs(found) == [("b-shown", True), ("c-elsewhere", True)]
    assert slugs(get(stagecraft, "/transactions-explorer-service/nobody/dashboard")) == []


EVERY_GET = [
    "/_status",
    "/data-sets",
    "/data-sets?data-group=g-cloud",
    "/data-sets/g_cloud_sales",
    "/data-sets/g_cloud_sales/transform",
    "/data-sets/g_cloud_sales/dashboard",
    "/data-groups",
    "/data-groups/g-cloud",
    "/data-types?name=sales",
    "/data-types/sales",
    "/transform",
    "/transform?type=rate",
    "/transform/5d0d6b2e-7c55-4b8c-8f0a-2b6f0a1c9e01",
    "/transform-type",
    "/transform-type/aa54af82-f645-5eb4-b069-fb1a125ce84b",
    "/transactions-explorer-service/service-7/dashboard",
    "/openapi.json",
    "/docs",
]
OPEN = ("/_status", "/openapi.json", "/docs")


@pytest.mark.parametrize("path", EVERY_GET)
def test_an_unchanged_answer_is_304(stagecraft: Server, path: str) -> None:
    first = get(stagecraft, path)
    etag = first.headers["ETag"]
    assert get(stagecraft, path).headers["ETag"] == etag
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = get(stagecraft, path, If_None_Match=known)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["ETag"] == etag
    assert get(stagecraft, path, If_None_Match='"other"').body == first.body


def test_a_304_is_for_those_with_a_token_only(stagecraft: Server) -> None:
    etag = get(stagecraft, "/data-sets").headers["ETag"]
    refused(get(stagecraft, "/data-sets", token=None, If_None_Match=etag), 401)


@pytest.mark.parametrize("path", EVERY_GET)
def test_head_is_get_without_the_body(stagecraft: Server, path: str) -> None:
    head = stagecraft.call("HEAD", path, token=TOKEN)
    whole = get(stagecraft, path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(whole.body))


@pytest.mark.parametrize("path", [path for path in EVERY_GET if path not in OPEN])
def test_without_a_token_nothing_is_told(stagecraft: Server, path: str) -> None:
    for headers in (
        {},
        {"Authorization": "Basic abc"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer a b"},
    ):
        reply = stagecraft.call("GET", path, headers=headers)
        body = refused(reply, 401)
        assert body["message"] == "Expected header of form: Authorization: Bearer <token>"
        assert reply.headers["WWW-Authenticate"] == "Bearer"
    wrong = get(stagecraft, path, token="sesame-sesame")
    assert "sesame" not in wrong.body.decode()
    refused(wrong, 401)


@pytest.mark.parametrize("role", ["collector", "omniscient"])
def test_roles_that_read(stagecraft: Server, role: str) -> None:
    for path in EVERY_GET:
        assert get(stagecraft, path, token=f"{role}-token").status == 200
    reply = stagecraft.call(
        "POST", "/data-sets", token=f"{role}-token", json={"data_group": "a", "data_type": "b"}
    )
    assert role in refused(reply, 403)["message"]


def test_an_editor_of_dashboards_sees_no_tokens(stagecraft: Server) -> None:
    for path in EVERY_GET:
        reply = get(stagecraft, path, token="dashboard-editor-token")
        if path.endswith("dashboard") or path in OPEN:
            assert reply.status == 200
        else:
            refused(reply, 403)


@pytest.mark.parametrize("path", ["/", "/admin"])
def test_people_are_led_to_the_admin_site(stagecraft: Server, path: str) -> None:
    reply = stagecraft.call("GET", path)
    assert (reply.status, reply.headers["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("path", ["/nothing", "/data-sets/", "/data-sets/a/b", "/data-sets//transform"])
def test_addresses_that_are_none(stagecraft: Server, path: str) -> None:
    for method in ("GET", "POST", "PUT"):
        refused(stagecraft.call(method, path, token=TOKEN), 404)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/data-sets", "GET, POST, HEAD"),
        ("/data-sets/g_cloud_sales", "GET, PUT, DELETE, HEAD"),
        ("/data-sets/g_cloud_sales/transform", "GET, HEAD"),
        ("/_status", "GET, HEAD"),
    ],
)
def test_methods_that_are_none(stagecraft: Server, path: str, allowed: str) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "BREW"):
        if method in allowed:
            continue
        reply = stagecraft.call(method, path, token=TOKEN)
        assert method in refused(reply, 405)["message"]
        assert reply.headers["Allow"] == allowed


def test_request_ids_come_back_and_stand_in_the_log(stagecraft: Server) -> None:
    for header in ("Govuk-Request-Id", "X-Request-Id"):
        reply = stagecraft.call("GET", "/data-sets", token=TOKEN, headers={header: f"id-of-{header}"})
        assert reply.headers[header] == f"id-of-{header}"
        stagecraft.wait_for_log(f"id-of-{header}")
    assert get(stagecraft, "/_status").headers["Govuk-Request-Id"]


def test_the_log_has_a_line_for_each_request_and_no_token(stagecraft: Server) -> None:
    stagecraft.call(
        "GET", "/data-sets/no%0Asuch?token=hush", token="hush", headers={"X-Request-Id": "line-1"}
    )
    stagecraft.wait_for_log("line-1")
    (line,) = [line for line in stagecraft.log().splitlines() if "line-1" in line]
    for part in ("method=GET", "path=/data-sets/no%0Asuch", "status=401", "ms="):
        assert part in line
    log = stagecraft.log()
    for secret in ("hush", TOKEN, "bearer-token", "collector-token", "Traceback"):
        assert secret not in log


def test_a_thousand_data_sets_take_no_more_sql_than_one(tmp_path: Path) -> None:
    prepare(tmp_path)
    few, many = json.loads(script(tmp_path, COUNT_SQL))
    assert few["found"] == 1
    assert many["found"] == 1000
    assert many["queries"] == few["queries"] == 2
    assert many["seconds"] < 5


# The queries of one GET of all data sets, its user's included, counted inside of the app.
COUNT_SQL = """
import json, time
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from stagecraft.datasets.models import DataGroup, DataSet, DataType
from stagecraft.development import API_TOKEN

def counted():
    began = time.process_time()
    with CaptureQueriesContext(connection, ) as queries:
        reply = Client().get("/data-sets", headers={"Authorization": "Bearer " + API_TOKEN})
    seconds = time.process_time() - began
    return {"found": len(reply.json()), "queries": len(queries), "seconds": seconds}

def add(numbers):
    groups = DataGroup.objects.bulk_create(DataGroup(name=f"g{n}") for n in numbers)
    types = DataType.objects.bulk_create(DataType(name=f"t{n}", schema={"required": ["a"]}) for n in numbers)
    DataSet.objects.bulk_create(
        DataSet(name=f"g{n}_t{n}", data_group=g, data_type=t) for n, g, t in zip(numbers, groups, types)
    )

add(range(1))
few = counted()
add(range(1, 1000))
print(json.dumps([few, counted()]))
"""
