"""The admin site's pages of data sets, groups, types, transforms and programs, as a person uses them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.apps.admin_person import Page, Person, make_people
from tests.apps.stagecraft_calls import Caller
from tests.apps.stagecraft_process import TOKEN, prepare, script, serve
from tests.processes import Server

LIST, ADD = "/admin/datasets/dataset/", "/admin/datasets/dataset/add/"
NEW = {
    "published": "on",
    "queryable": "on",
    "max_age_expected_amount": "31",
    "max_age_expected_unit": "days",
    "capped_size_amount": "",
    "capped_size_unit": "GB",
    "auto_ids": "",
    "upload_format": "",
    "upload_filters": "",
    "name": "",
}
MANY = """
from stagecraft.datasets.models import DataGroup, DataSet, DataType
groups = [DataGroup.objects.get_or_create(name=f"group-{{n:04}}")[0] for n in range({count})]
kind, _ = DataType.objects.get_or_create(name="many")
DataSet.objects.bulk_create(
    [DataSet(name=f"group_{{n:04}}_many", data_group=group, data_type=kind) for n, group in enumerate(groups)]
)
"""
COUNT_QUERIES = """
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
client = Client(SERVER_NAME="localhost")
client.force_login(User.objects.get(username="ann"))
for path in {paths!r}:
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        reply = client.get(path)
    assert reply.status_code == 200, reply.status_code
    print(path, len(queries))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stagecraft")
    prepare(folder)
    make_people(folder, "ann", "viewer")
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    started = serve(folder)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def ann(server: Server) -> Person:
    person = Person(server.url)
    person.log_in("ann")
    return person


@pytest.fixture(scope="module")
def api(server: Server) -> Caller:
    return Caller(server)


def created(ann: Person, group: str, data_type: str, **more: Any) -> str:
    """The path of the page of a new data set."""
    page = ann.post(ADD, {**NEW, "data_group": group, "data_type": data_type, **more})
    assert page.errors() == []
    return page.url.removeprefix(ann.url)


def test_a_new_data_set_has_a_token_and_is_in_the_api_at_once(ann: Person, api: Caller) -> None:
    path = created(
        ann,
        "planning",
        "applications",
        realtime="on",
        max_age_expected_amount="1.5",
        auto_ids="channel\n\n kind \n",
        capped_size_amount="2",
        capped_size_unit="MB",
    )
    config = api.shown("/data-sets/planning_applications")
    assert len(config.pop("bearer_token")) >= 40
    assert config["max_age_expected"] == 129600
    assert config["capped_size"] == 2_000_000
    assert config["auto_ids"] == ["channel", "kind"]
    assert (config["published"], config["realtime"], config["raw_queries_allowed"]) == (True, True, False)
    values = ann.get(path).fields()
    assert (values["max_age_expected_amount"], values["max_age_expected_unit"]) == ("36", "hours")
    assert values["auto_ids"] == "channel\nkind"


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_made(ann: Person, api: Caller) -> None:
    page = ann.post(ADD, {**NEW, "data_group": "brand-new", "data_type": "Bad Name", "auto_ids": "a\nx y"})
    assert page.status == 200
    assert any("must begin with a small letter" in each for each in page.errors())
    assert "must be a list of different record keys" in page.errors()
    assert api.get("/data-groups/brand-new").status == 404
    created(ann, "brand-new", "kind")
    for fields, wrong in (
        ({"data_type": "kind"}, "is taken, with this data group, by the data set brand_new_kind"),
        ({"data_type": "other", "name": "brand_new_kind"}, "is the name of another data set"),
        ({"data_type": "other", "max_age_expected_amount": "-1"}, "must be a whole number of seconds"),
        ({"data_type": "other", "max_age_expected_amount": "nan"}, "must be a number"),
        ({"data_type": "other", "max_age_expected_amount": "1e300"}, "must be a whole number of seconds"),
        ({"data_type": "other", "max_age_expected_amount": "1e308"}, "must be a whole number of seconds"),
        ({"data_type": "a" * 101}, "at most 100"),
        ({"data_type": "nul\0"}, "Null characters"),
    ):
        page = ann.post(ADD, {**NEW, "data_group": "brand-new", **fields})
        assert page.status == 200
        assert any(wrong in each for each in page.errors()), (fields, page.errors())


def test_two_people_make_the_same_data_set_at_once(server: Server, ann: Person) -> None:
    csrf = ann.get(ADD).csrf()

    def make(_: int) -> Page:
        return ann.post(ADD, {**NEW, "data_group": "at-once", "data_type": "both"}, csrf=csrf)

    with ThreadPoolExecutor(6) as pool:
        pages = list(pool.map(make, range(6)))
    assert all(page.status == 200 for page in pages)
    assert sum(page.url != server.url + ADD for page in pages) == 1
    refused = [page for page in pages if page.url == server.url + ADD]
    assert all(page.errors() or page.messages() for page in refused)


def test_names_are_read_only_once_they_are_there(ann: Person, api: Caller) -> None:
    path = created(ann, "fixed", "names")
    before = api.shown("/data-sets/fixed_names")
    page = ann.change(path, name="other", data_group="other", data_type="other", published=False)
    assert page.messages() == ["Saved. Backdrop takes it up within seconds."]
    assert api.shown("/data-sets/fixed_names") == {**before, "published": False}
    group = re.search(r'href="(/admin/datasets/datagroup/\d+/change/)"', page.text)
    assert group is not None
    ann.change(group[1], name="renamed", description="About something")
    assert api.shown("/data-groups/fixed") == {"name": "fixed", "description": "About something"}


def test_the_token_is_in_no_page_until_it_is_asked_for(
    server: Server, ann: Person, api: Caller, folder: Path
) -> None:
    path = created(ann, "secret", "token")
    token = api.shown("/data-sets/secret_token")["bearer_token"]
    page = ann.get(path)
    asked = path.replace("change/", "token/reveal")
    assert token not in page.text
    assert ann.get(asked).status == 405
    assert ann.post(asked, {}, csrf="").status == 403
    shown = ann.post(asked, {}, csrf=page.csrf())
    assert json.loads(shown.text)["token"] == token
    assert shown.headers["Cache-Control"] == "no-store"
    viewer = Person(server.url)
    viewer.log_in("viewer")
    seen = viewer.get(path)
    assert seen.status == 200
    assert "Only administrators see the token." in seen.text
    assert viewer.post(asked, {}, csrf=viewer.get("/admin/password_change/").csrf()).status == 403
    assert Person(server.url).post(asked, {}).url.startswith(f"{server.url}/admin/login/")
    history = ann.get(path.replace("change/", "history/")).text
    assert "Looked at the token." in history
    for text in (history, server.log(), ann.get("/admin/history/entry/").text):
        assert token not in text
    assert token not in script(
        folder,
        "from stagecraft.history.models import Entry; from django.contrib.sessions.models import Session\n"
        "print(list(Entry.objects.values())); print([each.get_decoded() for each in Session.objects.all()])",
    )


def test_a_token_made_anew_and_the_one_before_for_a_while(ann: Person, api: Caller) -> None:
    path = created(ann, "renewed", "token")
    first = api.shown("/data-sets/renewed_token")["bearer_token"]
    new, stop = (path.replace("change/", f"token/{each}") for each in ("new", "stop"))
    csrf = ann.get(path).csrf()
    said = json.loads(ann.post(new, {"overlap": "day"}, csrf=csrf).text)
    config = api.shown("/data-sets/renewed_token")
    assert config["bearer_token"] == said["token"] != first
    assert config["previous_bearer_token"] == first
    assert "works until" in said["previous"]
    assert said["previous"] in ann.get(path).text
    assert json.loads(ann.post(stop, {}, csrf=csrf).text) == {"previous": ""}
    assert "previous_bearer_token" not in api.shown("/data-sets/renewed_token")
    last = json.loads(ann.post(new, {"overlap": "no such choice"}, csrf=csrf).text)
    assert last["previous"] == ""
    assert "previous_bearer_token" not in api.shown("/data-sets/renewed_token")
    history = ann.get(path.replace("change/", "history/")).text
    assert history.count("Made the token anew.") == 2
    assert "Stopped the token before." in history
    assert all(each not in history for each in (first, said["token"], last["token"]))


def test_search_and_filters(ann: Person) -> None:
    created(ann, "harbour", "ships", realtime="on")
    created(ann, "harbour", "fish", published="")
    created(ann, "station", "ships", name="trains")

    def found(query: str) -> set[str]:
        names = re.findall(r'class="field-name[^"]*"><a [^>]*>([^<]+)</a>', ann.get(LIST + query).text)
        return set(names)

    assert found("?q=harbour") == {"harbour_ships", "harbour_fish"}
    assert found("?q=ships") == {"harbour_ships", "trains"}
    assert found("?q=trains") == {"trains"}
    assert found("?q=harbour&realtime=yes") == {"harbour_ships"}
    assert found("?q=harbour&published=no") == {"harbour_fish"}
    assert found("?q=harbour&published=yes") == {"harbour_ships"}
    nothing = ann.get(LIST + "?q=nothing-like-it")
    assert "Nothing matches." in nothing.text
    unknown = ann.get(LIST + "?stale=yes")
    assert any("doesn't answer" in each for each in unknown.messages())


def test_publishing_many_at_once_is_in_the_history_of_each(ann: Person, api: Caller) -> None:
    paths = [created(ann, "bulk", f"kind-{n}", published="on" if n == 0 else "") for n in range(3)]
    chosen = [path.split("/")[-3] for path in paths]
    fields = {"action": "publish", "_selected_action": chosen, "index": "0", "select_across": "0"}
    page = ann.post(LIST, fields)
    assert page.messages() == ["2 data sets published. 1 was already."]
    assert all(api.shown(f"/data-sets/bulk_kind_{n}")["published"] for n in range(3))
    assert "Published." in ann.get(paths[1].replace("change/", "history/")).text
    assert "Published." not in ann.get(paths[0].replace("change/", "history/")).text
    page = ann.post(LIST, {**fields, "action": "unpublish"})
    assert page.messages() == ["3 data sets unpublished."]
    assert not any(api.shown(f"/data-sets/bulk_kind_{n}")["published"] for n in range(3))


def test_lines_for_a_shell_and_transforms_drawn(ann: Person, api: Caller) -> None:
    path = created(ann, "drawn", "visits", auto_ids="page")
    api.made(
        "/transform",
        {
            "type": "rate",
            "input": {"data-group": "drawn", "data-type": "visits"},
            "query-parameters": {"period": "week", "group_by": ["kind"], "collect": ["volume:sum"]},
            "options": {
                "matchingAttribute": "kind",
                "valueAttribute": "volume:sum",
                "numeratorMatcher": "a",
                "denominatorMatcher": "b",
            },
            "output": {"data-group": "drawn", "data-type": "share"},
        },
    )
    page = ann.get(path)
    assert "curl http://127.0.0.1:9/data/drawn/visits" in page.text
    assert "period=month&amp;duration=12" in page.text
    assert "drawn/visits is made from no transform, and feeds drawn/share by rate." in page.text
    assert "Last written" not in page.text


def test_schemas_and_types(ann: Person, api: Caller) -> None:
    add = "/admin/datasets/datatype/add/"
    for schema, wrong in (
        ('{"type": "objekt"}', "is not a valid JSON Schema"),
        ('{"type": "object"', "Error parsing JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": NaN}', "NaN is not a JSON number"),
        ("[1]", "Expected a JSON object"),
    ):
        page = ann.post(add, {"name": "checked", "description": "", "schema": schema})
        assert page.status == 200
        assert any(wrong in each for each in page.errors()), (schema[:20], page.errors())
    good = {"properties": {"volume": {"type": "integer"}}, "required": ["volume"]}
    ann.post(add, {"name": "checked", "description": "", "schema": json.dumps(good)})
    assert api.shown("/data-types/checked")["schema"] == good
    path = created(ann, "with", "checked")
    assert "&quot;volume&quot;: 1" in ann.get(path).text


def test_programs_have_tokens_that_are_shown_once(server: Server, ann: Person) -> None:
    page = ann.post("/admin/api_users/apiuser/add/", {"name": "collector of mine", "role": "collector"})
    path = page.url.removeprefix(server.url)
    new = path.replace("change/", "token/new")
    token = json.loads(ann.post(new, {}, csrf=page.csrf()).text)["token"]
    assert server.call("GET", "/data-sets", token=token).status == 200
    assert server.call("POST", "/data-sets", token=token, json={}).status == 403
    second = json.loads(ann.post(new, {}, csrf=page.csrf()).text)["token"]
    assert server.call("GET", "/data-sets", token=token).status == 401
    assert server.call("GET", "/data-sets", token=second).status == 200
    assert second not in ann.get(path).text + server.log()


def test_a_list_of_a_thousand_takes_as_many_queries_as_one_of_ten(tmp_path: Path) -> None:
    prepare(tmp_path)
    make_people(tmp_path, "ann")
    paths = [LIST, f"{LIST}?q=many", f"{LIST}?published=yes", "/admin/datasets/datagroup/"]
    count = COUNT_QUERIES.format(paths=paths)
    few = script(tmp_path, MANY.format(count=10) + count)
    empty = "from stagecraft.datasets.models import DataSet; DataSet.objects.all().delete()\n"
    many = script(tmp_path, empty + MANY.format(count=1000) + count)
    assert many == few
    assert all(int(line.rpartition(" ")[2]) <= 8 for line in many.splitlines()), many


def test_nothing_here_broke(server: Server) -> None:
    """Last: none of what was tried above was a failure of Stagecraft's."""
    assert "a request failed" not in server.log()
    assert "Traceback" not in server.log()
    assert TOKEN not in server.log()
