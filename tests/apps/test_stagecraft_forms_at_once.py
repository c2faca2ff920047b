"""Forms that several have open at once: none undoes what another has saved without a word, on any page."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.apps.admin_person import PASSWORD, Page, Person, make_people
from tests.apps.stagecraft_calls import Caller
from tests.apps.stagecraft_process import prepare, script, serve
from tests.processes import Server

# Laid out as the page does.
OBJECT = '{\n  "type": "object"\n}'
TOKEN = "a-token-of-these-tests"
FORM = re.compile(r'<form[^>]*id="\w+_form".*?</form>', re.DOTALL)
SUFFIXES = ("_amount", "_unit")


@dataclass(frozen=True)
class Kind:
    """A kind of page: what Ann saves, what Bob has typed meanwhile, what he would undo, and what both do.

    What has the value False there is a box without a tick.
    """

    hers: Mapping[str, Any]
    his: Mapping[str, Any]
    undone: str


KINDS = {
    "datasets/dataset": Kind({"published": False}, {"realtime": "on"}, "published"),
    "datasets/datagroup": Kind({"description": "hers"}, {"description": "his"}, "description"),
    "datasets/datatype": Kind({"description": "hers"}, {"schema": OBJECT}, "description"),
    "transforms/transform": Kind({"period": "month"}, {"collect": "price:sum"}, "period"),
    "transforms/transformtype": Kind({"function": "hers.module.function"}, {"schema": OBJECT}, "function"),
    "api_users/apiuser": Kind({"role": "collector"}, {"name": "renamed-by-him"}, "role"),
    "auth/user": Kind({"is_active": False}, {"email": "his@example.org"}, "may log in"),
}
SHOWN_ALONE = {"history/entry"}


@dataclass(frozen=True)
class Scene:
    server: Server
    folder: Path
    ann: Person
    bob: Person
    viewer: Person
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def api(self) -> Caller:
        return Caller(self.server)

    def make(self, kind: str) -> str:
        """The path of the page of something new."""
        name = f"new-{next(self._numbers)}"
        match kind:
            case "datasets/dataset":
                self.data_set(name)
                return self.page_of(kind, f"{name}_t".replace("-", "_"))
            case "datasets/datagroup":
                self.api.made("/data-groups", {"name": name})
            case "datasets/datatype":
                self.api.made("/data-types", {"name": name})
            case "transforms/transform":
                return f"/admin/{kind}/{self.api.made('/transform', transform(name))['id']}/change/"
            case "transforms/transformtype":
                body = {"name": name, "function": "some.module.function", "schema": {}}
                self.api.made("/transform-type", body)
            case "api_users/apiuser":
                made = self.ann.post(f"/admin/{kind}/add/", {"name": name, "role": "admin"})
                return made.url.removeprefix(self.server.url)
            case "auth/user":
                words = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
                made = self.ann.post(f"/admin/{kind}/add/", words)
                return made.url.removeprefix(self.server.url)
        return self.page_of(kind, name)

    def data_set(self, group: str, **more: Any) -> dict[str, Any]:
        body = {"data_group": group, "data_type": "t", "bearer_token": TOKEN, **more}
        made: dict[str, Any] = self.api.made("/data-sets", body)
        return made

    def page_of(self, kind: str, name: str) -> str:
        listed = self.ann.get(f"/admin/{kind}/?q={name}").text
        found = re.search(rf'href="(/admin/{kind}/[\w-]+/change/)[^"]*">{name}<', listed)
        assert found is not None
        return found[1]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("stagecraft")
    prepare(folder)
    sessions = make_people(folder, "ann", "bob", "viewer")
    server = serve(folder)
    people = [Person(server.url, sessions[name]) for name in ("ann", "bob", "viewer")]
    yield Scene(server, folder, *people)
    server.stop()


def transform(group: str) -> dict[str, Any]:
    return {
        "type": "user_satisfaction",
        "input": {"data-group": group, "data-type": "in"},
        "output": {"data-group": group, "data-type": "out"},
        "query-parameters": {"period": "week", "collect": ["total:sum"]},
    }


def changed(opened: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**opened, **changes}.items() if value is not False}


def without_marks(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name != "seen"}


def refusal(page: Page) -> str:
    """What the page says of what it would undo; empty when it says nothing."""
    return next((each for each in page.errors() if "would undo" in each), "")


def test_no_page_is_left_out(scene: Scene) -> None:
    there = set(re.findall(r'href="/admin/(\w+/\w+)/"', scene.ann.get("/admin/").text))
    assert there == KINDS.keys() | SHOWN_ALONE


@pytest.mark.parametrize("kind", KINDS)
def test_what_another_saved_is_undone_by_who_was_told_and_means_it(scene: Scene, kind: str) -> None:
    path, case = scene.make(kind), KINDS[kind]
    opened = scene.bob.get(path).fields()
    assert scene.ann.change(path, **case.hers).errors() == []
    stored = without_marks(scene.ann.get(path).fields())
    refused = scene.bob.post(path, changed(opened, case.his))
    assert refusal(refused) == (
        f"Not saved. Somebody has changed {case.undone} since you opened this page, and what you see here would "
        "undo that. Save again to have it as you see it here, or open the page anew."
    )
    assert without_marks(scene.ann.get(path).fields()) == stored, "nothing of it is saved"
    told = refused.fields()
    assert without_marks(told) == without_marks(changed(opened, case.his)), "what was typed stays"
    assert scene.bob.post(path, told).errors() == []
    assert without_marks(scene.ann.get(path).fields()) == without_marks(told)


def test_two_who_fill_in_the_same_box(scene: Scene) -> None:
    path = scene.make("transforms/transform")
    opened = scene.ann.get(path).fields()
    scene.ann.change(path, period="month")
    assert "has changed period since" in refusal(scene.ann.post(path, {**opened, "period": "day"}))
    assert scene.ann.get(path).fields()["period"] == "month"


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_click_and_another_with_the_same_wish_undo_nothing(scene: Scene, kind: str) -> None:
    path, case = scene.make(kind), KINDS[kind]
    hers, his = (changed(person.get(path).fields(), case.hers) for person in (scene.ann, scene.bob))
    for person, fields in ((scene.ann, hers), (scene.ann, hers), (scene.bob, his)):
        assert person.post(path, fields).errors() == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_marks_are_of_every_box_and_nothing_else(scene: Scene, kind: str) -> None:
    page = scene.ann.get(scene.make(kind))
    (form,) = FORM.findall(page.text)
    boxes = {name for name in re.findall(r' name="([^"]+)"', form) if not name.startswith("_")}
    for suffix in SUFFIXES:
        boxes = {name.removesuffix(suffix) for name in boxes}
    marks = json.loads(page.fields()["seen"])
    assert marks.keys() == boxes - {"csrfmiddlewaretoken", "seen"}
    assert not {"password", "bearer_token", "token_hash"} & marks.keys()
    with closing(sqlite3.connect(scene.folder / "stagecraft.sqlite")) as database:
        secrets = [
            *database.execute("SELECT password FROM auth_user"),
            *database.execute("SELECT token_hash FROM api_users_apiuser"),
            (TOKEN,),
        ]
    assert len(secrets) >= 4
    for (secret,) in secrets:
        for text in (secret, json.dumps(secret)):
            assert sha256(text.encode()).hexdigest()[:16] not in page.text


def test_pages_that_only_show_remember_nothing(scene: Scene) -> None:
    built_in = scene.page_of("transforms/transformtype", "rate")
    for kind in KINDS.keys() - {"auth/user"}:
        assert 'name="seen"' not in scene.viewer.get(scene.make(kind)).text
    assert 'name="seen"' not in scene.ann.get(built_in).text
    for kind in KINDS:
        assert 'name="seen"' not in scene.ann.get(f"/admin/{kind}/add/").text


def test_the_same_in_other_words_is_the_same(scene: Scene) -> None:
    path = scene.make("datasets/dataset")
    opened = scene.bob.get(path).fields()
    hers = {"max_age_expected_amount": "36", "max_age_expected_unit": "hours", "auto_ids": "channel\nkind"}
    assert scene.ann.change(path, **hers).errors() == []
    his = {
        "max_age_expected_amount": "1.5",
        "max_age_expected_unit": "days",
        "auto_ids": "\n channel \n\nkind",
    }
    assert scene.bob.post(path, changed(opened, his)).errors() == []
    path = scene.make("datasets/datatype")
    opened = scene.bob.get(path).fields()
    scene.ann.change(path, schema='{"required": ["a"], "type": "object"}')
    same = scene.bob.post(path, changed(opened, {"schema": '{"type":"object",\n"required":["a"]}'}))
    assert same.errors() == []


def test_in_json_true_is_not_one(scene: Scene) -> None:
    path = scene.make("datasets/datatype")
    scene.ann.change(path, schema='{"properties": {"a": {"enum": [1]}}}')
    opened = scene.bob.get(path).fields()
    scene.ann.change(path, schema='{"properties": {"a": {"enum": [true]}}}')
    assert "changed schema since" in refusal(scene.bob.post(path, changed(opened, {"description": "his"})))


def test_who_was_told_is_told_again_of_what_changes_after_that(scene: Scene) -> None:
    config = scene.data_set("told-twice")
    path = scene.page_of("datasets/dataset", "told_twice_t")
    opened = scene.bob.get(path).fields()
    # By a program, and by what a command runs.
    scene.api.put("/data-sets/told_twice_t", {**config, "published": False})
    first = scene.bob.post(path, opened)
    assert "has changed published since" in refusal(first)
    script(
        scene.folder,
        "from stagecraft.datasets.models import DataSet; thing = DataSet.objects.get(name='told_twice_t'); "
        "thing.queryable = False; thing.capped_size = 5; thing.save()",
    )
    second = scene.bob.post(path, first.fields())
    assert "has changed readable and kept at most since" in refusal(second)
    assert scene.bob.post(path, second.fields()).errors() == []
    assert scene.api.shown("/data-sets/told_twice_t") == config


@pytest.mark.parametrize("fault", [{"auto_ids": "not a key"}, {"max_age_expected_amount": "no number"}])
def test_a_form_that_is_wrong_as_well_says_both(scene: Scene, fault: dict[str, str]) -> None:
    path = scene.make("datasets/dataset")
    opened = scene.bob.get(path).fields()
    scene.ann.change(path, published=False)
    wrong = scene.bob.post(path, changed(opened, fault))
    assert "has changed published since" in refusal(wrong)
    assert len(wrong.errors()) > 1
    assert "published" not in scene.ann.get(path).fields()
    # Put right, and changed by another before that: told of the new alone.
    scene.ann.change(path, realtime="on")
    right = {"auto_ids": "key", "max_age_expected_amount": "7"}
    told = scene.bob.post(path, {**wrong.fields(), **right})
    assert "has changed real time since" in refusal(told)
    assert "published" not in refusal(told)
    assert scene.bob.post(path, told.fields()).errors() == []
    now = scene.ann.get(path).fields()
    assert (now["auto_ids"], now["published"], "realtime" in now) == ("key", "on", False)


def test_a_fault_that_is_put_right_does_not_hide_what_changed(scene: Scene) -> None:
    path = scene.make("datasets/dataset")
    opened = scene.bob.get(path).fields()
    wrong = scene.bob.post(path, changed(opened, {"auto_ids": "not a key"}))
    assert refusal(wrong) == ""
    scene.ann.change(path, published=False)
    told = scene.bob.post(path, {**wrong.fields(), "auto_ids": "key"})
    assert "has changed published since" in refusal(told)
    assert "published" not in scene.ann.get(path).fields()


def test_of_two_who_save_one_page_at_once_one_is_told(scene: Scene) -> None:
    for number in range(3):
        path, renamed = scene.make("api_users/apiuser"), f"renamed-at-once-{number}"
        hers, his = (person.get(path) for person in (scene.ann, scene.bob))
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(scene.ann.post, path, {**hers.fields(), "role": "collector"}, hers.csrf())
            second = pool.submit(scene.bob.post, path, {**his.fields(), "name": renamed}, his.csrf())
            told = [bool(refusal(each.result())) for each in (first, second)]
        assert sorted(told) == [False, True]
        now = scene.ann.get(path).fields()
        assert (now["role"], now["name"] == renamed) == (("admin", True) if told[0] else ("collector", False))


def test_what_is_deleted_meanwhile_does_not_come_back(scene: Scene) -> None:
    path = scene.make("api_users/apiuser")
    opened = scene.bob.get(path).fields()
    scene.ann.post(path.replace("change/", "delete/"), {})
    assert scene.bob.post(path, changed(opened, {"role": "collector"})).status == 404
    assert scene.bob.get(path).status == 404


@pytest.mark.parametrize("marks", ["", "[]", "{", "null", '{"published": 3}', "[" * 5000, "\0"])
def test_marks_that_nobody_made_break_nothing(scene: Scene, marks: str) -> None:
    path = scene.make("datasets/dataset")
    assert scene.ann.change(path, seen=marks, published=False).status == 200
    assert "a request failed" not in scene.server.log()


def test_why_something_is_not_deleted(scene: Scene) -> None:
    built_in = scene.page_of("transforms/transformtype", "rate").replace("change/", "delete/")
    mine = scene.page_of("auth/user", "ann").replace("change/", "delete/")
    entry = "/admin/history/entry/1/delete/"
    comes = "The transform type rate is built in, and comes with the worker. Nothing is changed."
    for said in (scene.ann.get(built_in), scene.ann.post(built_in, {})):
        assert said.messages() == [comes]
    assert scene.ann.get(mine).messages() == [
        "Nobody deletes their own account: another administrator can. Nothing is changed."
    ]
    assert scene.ann.get(entry).messages() == ["Entries of the history stay for good. Nothing is changed."]
    for path in (built_in, entry):
        refused = scene.viewer.get(path)
        assert refused.messages() == ["Only administrators delete things. Nothing is changed."]
    assert scene.ann.get(mine.replace("delete/", "change/")).status == 200


def test_nothing_here_broke(scene: Scene) -> None:
    """Last: none of what was tried above was a failure of Stagecraft's."""
    assert "a request failed" not in scene.server.log()
    assert "Traceback" not in scene.server.log()
