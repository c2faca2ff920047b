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

from stagecraft.api_users.roles import ROLES
from stagecraft.openapi.document import document
from tests.apps.stagecraft_calls import Caller
from tests.apps.stagecraft_process import prepare, serve, succeed
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
    prepare(folder)
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
    resources = {route for route in routes if route and not route.startswith("admin")}
    in_document = {path[1:] for path in document()["paths"]}
    assert {route.replace("{identifier}", "{id}") for route in resources} == in_document


@pytest.fixture(scope="module")
def tokens(stagecraft: Server) -> dict[str, str]:
    """An API user's token for each role."""
    folder = stagecraft.log_path.parent.parent
    return {
        role: succeed(folder, "create_api_user", f"a {role}", "--role", role).split()[-1] for role in ROLES
    }


@pytest.mark.parametrize(("method", "path"), operations())
def test_who_may_is_as_described(stagecraft: Server, tokens: dict[str, str], method: str, path: str) -> None:
    """With no token, with one that nobody has, and with one of each role; what may be done changes nothing here."""
    described = document()["paths"][path][method]
    roles = {role for requirement in described["security"] for role in requirement["token"]}
    assert len(roles) == len(described["security"])
    address = re.sub(r"{(\w+)}", "nothing-of-this-name", path)
    body = {} if method in ("post", "put") else None

    def is_let_in(token: str | None, refusal: int) -> bool:
        reply = stagecraft.call(method.upper(), address, json=body, token=token)
        assert reply.status in (200, 400, 404, refusal)
        if reply.status == refusal:
            assert str(refusal) in described["responses"]
        return reply.status != refusal

    everybody = not roles
    assert (is_let_in(None, 401), is_let_in("of-nobody", 401)) == (everybody, everybody)
    assert stagecraft.call(
        method.upper(), address, json=body, headers={"Authorization": "Basic YTpi"}
    ).status == (200 if everybody else 401)
    assert {role for role, token in tokens.items() if is_let_in(token, 403)} == (roles or set(ROLES))
    for role in roles:
        assert f"`{role}`" in described["description"]


def test_the_admin_site_is_opened_by_no_token(stagecraft: Server, tokens: dict[str, str]) -> None:
    assert stagecraft.call("GET", "/", token=tokens["admin"]).headers["Location"] == "/admin/"
    assert "/admin/login/" in stagecraft.call("GET", "/admin/", token=tokens["admin"]).headers["Location"]
    assert "`/admin/`" in document()["info"]["description"]


@pytest.mark.parametrize("name", document()["components"]["schemas"])
def test_shapes_are_json_schemas(name: str) -> None:
    Draft202012Validator.check_schema(document()["components"]["schemas"][name])


@pytest.mark.parametrize("shape", ["DataSet", "NewDataSet", "ChangedDataSet"])
@pytest.mark.parametrize("key", ["upload_format", "upload_filters"])
def test_what_nothing_uses_is_said_to_be_unused(shape: str, key: str) -> None:
    described = document()["components"]["schemas"][shape]["properties"][key]["description"]
    assert "Backdrop itself makes no use of it" in described


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


def test_every_get_says_that_it_is_held_to_an_if_match(stagecraft: Server) -> None:
    described = [each["get"] for each in document()["paths"].values() if "get" in each]
    assert all("412" in each["responses"] for each in described)
    assert all("If-Match" in [parameter["name"] for parameter in each["parameters"]] for each in described)
    assert stagecraft.call("GET", "/_status", headers={"If-Match": '"another"'}).status == 412


def test_the_page_may_be_kept_and_asked_after(stagecraft: Server) -> None:
    etag = stagecraft.call("GET", "/docs").headers["ETag"]
    assert stagecraft.call("GET", "/docs", headers={"If-None-Match": etag}).status == 304
