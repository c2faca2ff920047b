"""Rows that are older than the rules: their tokens can be acted on, and they can be saved once they are mended."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.apps.admin_person import Person, make_people
from tests.apps.stagecraft_calls import Caller, faulty_keys
from tests.apps.stagecraft_process import prepare, serve, succeed
from tests.apps.test_stagecraft_admin_data_sets import LIST
from tests.apps.test_stagecraft_admin_transforms import RATE_OPTIONS

FORMAT, FILTERS = "xlsx", ["a filter", "a filter"]
BACKWARDS = {
    "period": "week",
    "group_by": ["kind"],
    "collect": ["volume:sum"],
    "start_at": "2014-04-01T00:00:00Z",
    "end_at": "2013-04-01T00:00:00Z",
}
QUERY = {key: BACKWARDS[key] for key in ("period", "group_by", "collect")}


@dataclass(frozen=True)
class Scene:
    """Stagecraft over SQLite, an administrator, and the database itself, for what no rule would let in."""

    folder: Path
    api: Caller
    ann: Person

    def write(self, statement: str, *values: str) -> None:
        with closing(sqlite3.connect(self.folder / "stagecraft.sqlite", isolation_level=None)) as database:
            database.execute(statement, values)

    def old_data_set(self, group: str) -> str:
        """The page of a data set of before, whose token has leaked and still works."""
        said = {"previous_bearer_token": "leaked", "previous_bearer_token_until": "2999-01-01T00:00:00Z"}
        self.api.made("/data-sets", {"data_group": group, "data_type": "t", "bearer_token": "token", **said})
        name = f"{group.replace('-', '_')}_t"
        self.write(
            "UPDATE datasets_dataset SET upload_format = ?, upload_filters = ? WHERE name = ?",
            *(FORMAT, json.dumps(FILTERS), name),
        )
        found = re.search(rf'href="({LIST}\d+/change/)[^"]*">{name}<', self.ann.get(f"{LIST}?q={name}").text)
        assert found is not None
        return found[1]

    def transform(self, output: str, query: dict[str, Any]) -> str:
        """The address of one that was saved when its query was right."""
        ends = {"input": {"data-group": "g", "data-type": "in"}, "output": {"data-type": output}}
        said = {"type": "rate", **ends, "query-parameters": QUERY, "options": RATE_OPTIONS}
        identifier = self.api.made("/transform", said)["id"]
        self.write(
            "UPDATE transforms_transform SET query_parameters = ? WHERE id = ?",
            *(json.dumps(query), identifier.replace("-", "")),
        )
        return f"/transform/{identifier}"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("stagecraft")
    prepare(folder)
    sessions = make_people(folder, "ann")
    server = serve(folder)
    ann = Person(server.url, sessions["ann"])
    yield Scene(folder, Caller(server), ann)
    server.kill()


def test_its_tokens_can_be_made_anew_and_stopped(scene: Scene) -> None:
    page = scene.old_data_set("tokens")
    csrf = scene.ann.get(page).csrf()
    stopped = scene.ann.post(page.replace("change/", "token/stop"), {}, csrf=csrf)
    assert (stopped.status, "previous_bearer_token" in scene.api.shown("/data-sets/tokens_t")) == (200, False)
    anew = scene.ann.post(page.replace("change/", "token/new"), {"overlap": "0"}, csrf=csrf)
    assert anew.status == 200
    assert scene.api.shown("/data-sets/tokens_t")["bearer_token"] == json.loads(anew.text)["token"]


def test_it_can_be_changed_by_the_form_and_keeps_what_it_has(scene: Scene) -> None:
    page = scene.old_data_set("by-form")
    saved = scene.ann.change(page, realtime="on")
    assert (saved.errors(), saved.messages()) == ([], ["Saved. Backdrop takes it up within seconds."])
    shown = scene.api.shown("/data-sets/by_form_t")
    assert (shown["realtime"], shown["upload_format"], shown["upload_filters"]) == (True, FORMAT, FILTERS)
    assert scene.ann.change(page, upload_format="pdf").errors()
    assert scene.ann.change(page, upload_format="csv", upload_filters="").errors() == []


def test_it_can_be_sent_back_as_it_was_read(scene: Scene) -> None:
    scene.old_data_set("by-api")
    path = "/data-sets/by_api_t"
    read = scene.api.shown(path)
    assert scene.api.put(path, {**read, "realtime": True}).status == 200
    assert faulty_keys(scene.api.put(path, {**read, "upload_format": "pdf"})) == ["upload_format"]
    assert faulty_keys(scene.api.put(path, {**read, "upload_filters": ["b filter"]})) == ["upload_filters"]
    assert scene.api.put(path, {"bearer_token": "new"}).status == 200, "what is left out takes its default"
    assert scene.api.shown(path)["upload_format"] == ""


def test_a_program_whose_name_is_not_right_any_more_gets_another_token(scene: Scene) -> None:
    succeed(scene.folder, "create_api_user", "of-before", "--role", "collector")
    found = re.search(
        r'href="(/admin/api_users/apiuser/\d+/)change/[^"]*">of-before<',
        scene.ann.get("/admin/api_users/apiuser/?q=of-before").text,
    )
    assert found is not None
    scene.write("UPDATE api_users_apiuser SET name = ? WHERE name = 'of-before'", "caf\u00e9")
    csrf = scene.ann.get(f"{found[1]}change/").csrf()
    assert scene.ann.post(f"{found[1]}token/new", {}, csrf=csrf).status == 200


def test_transforms_of_before_can_be_mended_and_deleted(scene: Scene) -> None:
    path = scene.transform("range", BACKWARDS)
    read = scene.api.shown(path)
    assert faulty_keys(scene.api.put(path, read)) == ["query-parameters.end_at"]
    assert scene.api.put(path, {**read, "query-parameters": QUERY}).status == 200
    again = scene.transform("range-deleted", BACKWARDS)
    assert scene.api.delete(again).status == 204


def test_twins_of_before_can_be_mended_and_deleted(scene: Scene) -> None:
    first = scene.transform("twins", QUERY)
    scene.write(
        "UPDATE transforms_transform SET query_parameters = '{}' WHERE id = ?", first[11:].replace("-", "")
    )
    second = scene.transform("twins", {})
    read = scene.api.shown(second)
    refused = scene.api.put(second, read)
    assert (refused.status, "the same as" in refused.json()["message"]) == (400, True)
    assert scene.api.put(second, {**read, "query-parameters": {**QUERY, "period": "day"}}).status == 200
    assert scene.api.delete(first).status == scene.api.delete(second).status == 204
