"""The OpenAPI document against the API itself: every route, thousands of requests, and the page that shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from stagecraft.openapi.document import document
from tests.apps.stagecraft_calls import Caller
from tests.apps.stagecraft_process import serve, succeed
from tests.processes import Server

# A 500 is in no description. (A 503 is: deleting a data set takes Backdrop, which isn't there.)
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES_OF_EACH = 12
EXAMPLES = {"name": "g_cloud_sales", "id": "5d0d6b2e-7c55-4b8c-8f0a-2b6f0a1c9e01", "service_id": "service-7"}

PRINT_ROUTES = """
from stagecraft.urls import urlpatterns
print(*(each.pattern for each in urlpatterns), sep="\\n")
"""
ROUTES = ("shell", "--no-imports", "-v", "0", "-c", PRINT_ROUTES)


@pytest.fixture(scope="module")
def stagecraft(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("stagecraft")
    succeed(folder, "prepare")
    succeed(folder, "load_demo")
    server = serve(folder)
    yield server
    server.stop()


def operations() -> list[tuple[str, str]]:
    return [(method, path) for path, methods in document()["paths"].items() for method in methods]


@pytest.mark.parametrize(("method", "path"), operations())
def test_answers_are_as_described(stagecraft: Server, method: str, path: str) -> None:
    """Whatever is sent, fitting or not, to what is there and to what isn't."""
    described = schemathesis.openapi.from_dict(json.loads(json.dumps(document())))
    described.config.update(base_url=stagecraft.url)
    both = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    caller = Caller(stagecraft)

    @settings(
        max_examples=EXAMPLES_OF_EACH,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def answers(data: st.DataObject) -> None:
        mode = data.draw(st.sampled_from(both))
        case = data.draw(described[path][method].as_strategy(generation_mode=mode))
        if data.draw(st.booleans()):
            case.path_parameters = {name: EXAMPLES[name] for name in case.path_parameters or {}}
        case.call_and_validate(headers=caller.headers, checks=CHECKS)

    answers()


def test_every_route_and_method_is_described(stagecraft: Server, tmp_path: Path) -> None:
    api = Caller(stagecraft)
    for path, methods in document()["paths"].items():
        address = re.sub(r"{(\w+)}", lambda part: EXAMPLES[part[1]], path)
        allowed = stagecraft.call("BREW", address, token=api.token).headers["Allow"].split(", ")
        assert {method.lower() for method in allowed} - {"head"} == set(methods), path
    routes = [re.sub(r"<\w+:(\w+)>", r"{\1}", route) for route in succeed(tmp_path, *ROUTES).splitlines()]
    resources = {
        route for route in routes if route and not route.startswith(("admin", "docs", "openapi.json"))
    }
    in_document = {path[1:] for path in document()["paths"]}
    assert {route.replace("{identifier}", "{id}") for route in resources} == in_document


@pytest.mark.parametrize("name", document()["components"]["schemas"])
def test_shapes_are_json_schemas(name: str) -> None:
    Draft202012Validator.check_schema(document()["components"]["schemas"][name])


def test_the_page_shows_all_of_it_and_fetches_nothing(stagecraft: Server) -> None:
    reply = stagecraft.call("GET", "/docs")
    page = reply.body.decode()
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert not re.search(r"<script|<link|<img|src=|@import|url\(", page)
    assert set(re.findall(r'href="([^"#]+)', page)) == {"/openapi.json"}
    identifiers = re.findall(r'id="([^"]+)"', page)
    assert len(set(identifiers)) == len(identifiers)
    assert set(re.findall(r'href="#([^"]+)', page)) <= set(identifiers)
    for methods in document()["paths"].values():
        for operation in methods.values():
            assert operation["operationId"] in identifiers
    for secret in ("development-oauth-access-token", "bearer-token"):
        assert secret not in page


def test_the_page_may_be_kept_and_asked_after(stagecraft: Server) -> None:
    etag = stagecraft.call("GET", "/docs").headers["ETag"]
    assert stagecraft.call("GET", "/docs", headers={"If-None-Match": etag}).status == 304
