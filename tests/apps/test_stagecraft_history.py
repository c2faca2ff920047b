"""Who changed what: people by the admin site, programs by the API, in one history that never has a token."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.apps.admin_person import Person, make_people
from tests.apps.stagecraft_calls import Caller
from tests.apps.stagecraft_process import environment, prepare, script, serve, succeed
from tests.apps.test_stagecraft_admin_data_sets import ADD, LIST, NEW
from tests.apps.test_stagecraft_admin_transforms import RATE_OPTIONS
from tests.apps.write_app_stub import BROKEN, OK, WriteApp

HISTORY = "/admin/history/entry/"
FIRST, SECOND = "the-first-of-the-tokens", "the-second-of-the-tokens"
OLD_ENTRIES = """
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from stagecraft.datasets.models import DataSet
ann, things = User.objects.get(username="ann"), DataSet.objects.filter(name="before_history")
changed = [{"changed": {"fields": ["Published", "Real time"]}}]
log = LogEntry.objects.log_actions
log(ann.pk, things, 1, [{"added": {}}])
log(ann.pk, things, 2, changed)
log(ann.pk, things, 2, "Looked at the token.")
log(ann.pk, [ann], 3)
"""
MANY = """
from stagecraft.datasets.models import DataSet
from stagecraft.history.models import CHANGED
from stagecraft.history.notes import note
note(CHANGED, [DataSet.objects.get(name="{name}")] * {count}, "published")
"""
COUNT_QUERIES = """
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
client = Client(SERVER_NAME="localhost")
client.force_login(User.objects.get(username="ann"))
counts = []
for path in {paths!r}:
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    counts.append(len(queries))
print(counts)
"""


@dataclass(frozen=True)
class Scene:
    """Stagecraft with a person, ann, and a program, loader, that may change everything."""

    folder: Path
    write: WriteApp
    loader: Caller
    ann: Person

    def entries(self, query: str) -> list[str]:
        """The rows of the history's list: `who did kind name details`."""
        table = self.ann.get(f"{HISTORY}?{query}").text.partition('id="result_list"')[2]
        rows = re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2], re.DOTALL)
        return [" ".join(words(row).split()[2:]) for row in rows]

    def page_of(self, name: str) -> str:
        found = re.search(rf'href="({LIST}\d+/change/)[^"]*">{name}<', self.ann.get(f"{LIST}?q={name}").text)
        assert found is not None
        return found[1]

    def history_of(self, name: str) -> list[str]:
        """What a data set's own page says: `who what`."""
        page = self.ann.get(self.page_of(name).replace("change/", "history/"))
        assert page.status == 200
        lines = re.findall(r"<li>\s*<time.*?</time>(.*?)</li>", page.text, re.DOTALL)
        return [words(line) for line in lines]


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("stagecraft")
    write = WriteApp()
    write.answer = OK
    settings = environment(folder) | {"BACKDROP_WRITE_URL": write.url}
    prepare(folder)
    sessions = make_people(folder, "ann")
    token = succeed(folder, "create_api_user", "loader", "--role", "admin").strip()
    server = serve(folder, settings)
    ann = Person(server.url, sessions["ann"])
    yield Scene(folder, write, Caller(server, token), ann)
    server.kill()
    write.stop()


def body(group: str, **more: Any) -> dict[str, Any]:
    return {"data_group": group, "data_type": "t", "bearer_token": FIRST, **more}


def test_what_programs_and_people_do_to_a_data_set_is_on_one_page(scene: Scene) -> None:
    scene.loader.made("/data-sets", body("shared"))
    path = "/data-sets/shared_t"
    scene.loader.put(path, body("shared", realtime=True, max_age_expected=60))
    scene.loader.put(path, {**body("shared", realtime=True, max_age_expected=60), "bearer_token": SECOND})
    page = scene.page_of("shared_t")
    scene.ann.change(page, published=False)
    chosen = {"action": "publish", "_selected_action": page.split("/")[-3], "index": "0"}
    scene.ann.post(LIST, {**chosen, "select_across": "0"})
    csrf = scene.ann.get(page).csrf()
    scene.ann.post(page.replace("change/", "token/reveal"), {}, csrf=csrf)
    scene.ann.post(page.replace("change/", "token/new"), {"overlap": "day"}, csrf=csrf)
    scene.ann.post(page.replace("change/", "token/stop"), {}, csrf=csrf)
    history = scene.history_of("shared_t")
    assert re.fullmatch(r"ann Made the token anew. The one before works until .* UTC.", history.pop(1))
    assert history == [
        "ann Stopped the token before.",
        "ann Looked at the token.",
        "ann Published.",
        "ann Changed published.",
        "loader program Changed token.",
        "loader program Changed real time, new records expected every.",
        "loader program Made.",
    ]
    assert len(scene.entries("q=shared_t")) == 8


def test_a_change_that_changes_nothing_isnt_noted(scene: Scene) -> None:
    config = scene.loader.made("/data-sets", body("same", auto_ids=["a_a", "b_b"]))
    assert scene.loader.put("/data-sets/same_t", config).status == 200
    made = scene.loader.made("/data-types", {"name": "same", "schema": {"title": "x", "type": "object"}})
    reordered = {**made, "schema": {"type": "object", "title": "x"}}
    assert scene.loader.put("/data-types/same", reordered).status == 200
    page = scene.page_of("same_t")
    assert scene.ann.change(page).messages() == ["Saved. Backdrop takes it up within seconds."]
    scene.ann.post(page.replace("change/", "token/stop"), {}, csrf=scene.ann.get(page).csrf())
    assert scene.history_of("same_t") == ["loader program Made."]
    assert scene.entries("q=same&kind=datasets.datatype") == ["loader program Made data type same"]


def test_what_is_refused_isnt_noted(scene: Scene) -> None:
    scene.loader.made("/data-sets", body("refused"))
    assert scene.loader.put("/data-sets/refused_t", {"realtime": "yes"}).status == 400
    assert scene.loader.delete("/data-groups/refused").status == 409
    scene.write.answer = BROKEN
    assert scene.loader.delete("/data-sets/refused_t").status == 503
    scene.ann.post(scene.page_of("refused_t").replace("change/", "delete/"), {"name": "refused_t"})
    scene.write.answer = OK
    assert scene.loader.post("/data-sets", body("brand-new", name="refused_t")).status == 400
    assert [entry for entry in scene.entries("q=refused") if "data set" in entry] == [
        "loader program Made data set refused_t"
    ]
    assert scene.entries("q=brand-new") == []


def test_all_kinds_of_things_and_what_came_with_them(scene: Scene) -> None:
    """As the worker has it: a data set for its output, whose type is new too."""
    api = scene.loader
    api.made("/data-sets", body("kinds", data_type="made-by-worker", name="kinds_output"))
    ends = {key: {"data-group": "kinds", "data-type": key} for key in ("input", "output")}
    said = {
        "type": "rate",
        **ends,
        "query-parameters": {"period": "week", "group_by": ["kind"], "collect": ["volume:sum"]},
        "options": RATE_OPTIONS,
    }
    path = f"/transform/{api.made('/transform', said)['id']}"
    api.put(path, {**said, "query-parameters": {**said["query-parameters"], "period": "month"}})
    api.put("/data-groups/kinds", {"description": "Of kinds"})
    assert api.delete(path).status == 204
    assert api.delete("/data-sets/kinds_output").status == 204
    kind = {"name": "kinds-type", "function": "a.b"}
    kind_id = api.made("/transform-type", kind)["id"]
    assert api.delete(f"/transform-type/{kind_id}").status == 204
    transform = "transform rate: kinds/input -> kinds/output"
    expected = [
        "Deleted transform type kinds-type",
        "Made transform type kinds-type",
        "Deleted data set kinds_output",
        f"Deleted {transform}",
        "Changed data group kinds description",
        f"Changed {transform} query",
        f"Made {transform}",
        "Made data set kinds_output",
        "Made data group kinds",
    ]
    assert scene.entries("q=kinds") == [f"loader program {each}" for each in expected]
    assert scene.entries("q=made-by-worker") == ["loader program Made data type made-by-worker"]


def test_accounts_and_programs(scene: Scene) -> None:
    account = {"username": "new-colleague", "password1": "some long words", "password2": "some long words"}
    page = scene.ann.post("/admin/auth/user/add/", account).url.removeprefix(scene.ann.url)
    scene.ann.change(page, email="new@example.org")
    scene.ann.change(page)
    again = {"password1": "other long words", "password2": "other long words"}
    scene.ann.post(page.replace("change/", "password/"), {"usable_password": "true", **again})
    colleague = Person(scene.ann.url)
    colleague.log_in("new-colleague", "other long words")
    own = {"old_password": "other long words", "new_password1": "third long words"}
    colleague.post("/admin/password_change/", {**own, "new_password2": "third long words"})
    about = "account new-colleague"
    assert scene.entries("kind=auth.user") == [
        f"new-colleague Changed {about} password",
        f"ann Changed {about} password",
        f"ann Changed {about} e-mail address",
        f"ann Made {about}",
    ]
    assert "has a change of theirs" in scene.ann.get(page.replace("change/", "delete/")).text
    assert scene.entries("q=loader&actor=command") == ["command line Made API user loader (admin)"]


def test_filters_and_search(scene: Scene) -> None:
    scene.loader.made("/data-sets", body("sought"))
    scene.ann.post(ADD, {**NEW, "data_group": "sought", "data_type": "by-hand"})
    programs = scene.entries("q=sought&actor=program&kind=datasets.dataset")
    assert programs == ["loader program Made data set sought_t"]
    people = scene.entries("q=sought&actor=person&kind=datasets.dataset&did=made")
    assert people == ["ann Made data set sought_by_hand"]
    assert len(scene.entries("q=loader+sought")) == 2
    for nonsense in ("actor=%00", "did=nobody", "kind=a.b.c", "p=zzz", "o=9"):
        assert scene.ann.get(f"{HISTORY}?{nonsense}").status == 200


def test_what_deleted_something_is_told_as_long_as_there_is_a_history(scene: Scene) -> None:
    scene.loader.made("/data-sets", body("passing"))
    page = scene.page_of("passing_t")
    assert scene.loader.delete("/data-sets/passing_t").status == 204
    assert scene.entries("q=passing_t&did=deleted") == ["loader program Deleted data set passing_t"]
    gone = [scene.ann.get(page.replace("change/", each)) for each in ("history/", "delete/", "change/")]
    assert [(each.status, each.title) for each in gone] == [
        (404, "There is no such data set | Stagecraft")
    ] * 3
    # The next one of the name is another one.
    scene.loader.made("/data-sets", body("passing"))
    assert scene.history_of("passing_t") == ["loader program Made."]
    home = scene.ann.get("/admin/").text
    assert "loader" not in home.partition("What you did last")[2]


def test_what_two_delete_at_once_is_deleted_once(scene: Scene) -> None:
    scene.ann.post("/admin/api_users/apiuser/add/", {"name": "gone-twice", "role": "collector"})
    found = re.search(
        r'href="(/admin/api_users/apiuser/\d+/)change/[^"]*">gone-twice<',
        scene.ann.get("/admin/api_users/apiuser/?q=gone-twice").text,
    )
    assert found is not None
    path = f"{found[1]}delete/"
    csrf = scene.ann.get(path).csrf()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: scene.ann.post(path, {}, csrf=csrf), range(4)))
    assert scene.entries("q=gone-twice") == [
        "ann Deleted API user gone-twice (collector)",
        "ann Made API user gone-twice (collector)",
    ]


def test_a_long_history_has_pages_and_asks_no_more_queries(scene: Scene) -> None:
    for name in ("short_t", "long_t"):
        scene.loader.made("/data-sets", body(name.partition("_")[0]))
    script(scene.folder, MANY.format(name="long_t", count=250))
    paths = [scene.page_of(name).replace("change/", "history/") for name in ("short_t", "long_t")]
    counts = script(
        scene.folder,
        COUNT_QUERIES.format(paths=[*paths, f"{HISTORY}?q=short_t", f"{HISTORY}?q=long_t"]),
    )
    short, long, few, many = map(int, re.findall(r"\d+", counts))
    assert (short, few) == (long, many)
    assert "Page 1 of 3" in scene.ann.get(paths[1]).text
    last = scene.ann.get(f"{paths[1]}?p=3").text
    assert ("Page 3 of 3" in last, "Made." in last) == (True, True)
    assert scene.ann.get(f"{paths[1]}?p=%00").status == 200


def test_what_people_did_before_is_in_it_too(scene: Scene) -> None:
    scene.loader.made("/data-sets", body("before", name="before_history"))
    script(scene.folder, "from stagecraft.history.models import Entry; Entry.objects.all().delete()")
    script(scene.folder, OLD_ENTRIES)
    succeed(scene.folder, "migrate", "history", "0001", "-v", "0")
    assert "2 migrations applied" in succeed(scene.folder, "prepare")
    assert scene.history_of("before_history") == [
        "ann Looked at the token.",
        "ann Changed Published, Real time.",
        "ann Made.",
    ]
    assert scene.entries("did=deleted") == ["ann Deleted account ann"]
    # What was taken over goes when that is taken back, and nothing else does.
    scene.ann.change(scene.page_of("before_history"), realtime="on")
    succeed(scene.folder, "migrate", "history", "0001", "-v", "0")
    assert "2 migrations applied" in succeed(scene.folder, "prepare")
    assert scene.history_of("before_history")[-3:] == [
        "ann Looked at the token.",
        "ann Changed Published, Real time.",
        "ann Made.",
    ]
    assert len(scene.history_of("before_history")) == 4


def test_a_password_is_not_set_without_its_entry(scene: Scene) -> None:
    make_people(scene.folder, "bob")
    found = re.search(
        r'href="(/admin/auth/user/\d+/)change/[^"]*">bob<', scene.ann.get("/admin/auth/user/?q=bob").text
    )
    assert found is not None
    new = "another horse staple"
    with closing(sqlite3.connect(scene.folder / "stagecraft.sqlite", isolation_level=None)) as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON history_entry BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
        fields = {"usable_password": "true", "password1": new, "password2": new}
        refused = scene.ann.post(f"{found[1]}password/", fields)
        database.execute("DROP TRIGGER full")
    assert refused.status == 500
    assert Person(scene.ann.url).log_in("bob", new).errors(), "it has to be the password of before"
    assert Person(scene.ann.url).log_in("bob").errors() == []


def test_no_token_was_ever_in_it(scene: Scene) -> None:
    everything = script(
        scene.folder, "from stagecraft.history.models import Entry; print(list(Entry.objects.values()))"
    )
    for token in (FIRST, SECOND, scene.loader.token):
        assert token not in everything
        assert token not in scene.loader.server.log()
