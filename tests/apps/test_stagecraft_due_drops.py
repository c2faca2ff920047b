"""A deleted data set's data is dropped twice; what of that is still to be done outlives failures and processes."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.apps.admin_person import Person, make_people
from tests.apps.stagecraft_calls import Caller, faulty_keys
from tests.apps.stagecraft_process import DROP_TOKEN, environment, script, serve, succeed
from tests.apps.test_stagecraft_admin_data_sets import ADD, LIST, NEW
from tests.apps.write_app_stub import BROKEN, OK, WriteApp
from tests.processes import Reply, wait_until
from tests.stopwatch import Stopwatch

LEFT = (
    "from stagecraft.datasets.due_drops import DueDrop; print([each.name for each in DueDrop.objects.all()])"
)

ENTRIES = (
    "from stagecraft.history.models import Entry; "
    "print(list(Entry.objects.filter(kind='datasets.dataset', name='{name}').values_list('did', flat=True)))"
)
SAVED_TOO_LATE = """
from django.utils import timezone
from stagecraft.api.errors import ApiError
from stagecraft.datasets.models import DataSet
found = DataSet.objects.get(name="loaded")
DataSet.objects.filter(pk=found.pk).delete()
for save in (found.save, lambda: found.make_token_anew(timezone.now())):
    try:
        save()
    except ApiError as gone:
        print(gone.status, gone)
"""


@dataclass
class Scene:
    """Stagecraft over a database, and what stands in for Backdrop's write app."""

    folder: Path
    settings: dict[str, str]
    write: WriteApp
    api: Caller
    session: str

    @property
    def ann(self) -> Person:
        """Logged in at the admin site."""
        return Person(self.api.server.url, self.session)

    def make(self, name: str) -> None:
        self.api.made("/data-sets", body(name))

    def left(self) -> str:
        """The names that are noted."""
        return self.script(LEFT)

    def script(self, text: str) -> str:
        """What it prints, with Stagecraft's models at hand."""
        return script(self.folder, text, self.settings).strip()

    def command(self, *command: str) -> str:
        return succeed(self.folder, *command, settings=self.settings)

    def start_again(self) -> None:
        self.api = Caller(serve(self.folder, self.settings))


def body(name: str) -> dict[str, Any]:
    return {"data_group": "g", "data_type": name, "name": name}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def started(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("stagecraft")
    if request.param == "sqlite":
        yield from _started(folder, environment(folder))
        return
    url = request.getfixturevalue("postgresql").new_database()
    yield from _started(folder, environment(folder) | {"STAGECRAFT_DATABASE_URL": url})


def _started(folder: Path, settings: dict[str, str]) -> Iterator[Scene]:
    write = WriteApp()
    settings = settings | {"BACKDROP_WRITE_URL": write.url}
    succeed(folder, "prepare", settings=settings)
    session = make_people(folder, "ann", settings=settings)["ann"]
    scene = Scene(folder, settings, write, Caller(serve(folder, settings)), session)
    yield scene
    write.stop()
    scene.api.server.kill()


@pytest.fixture
def scene(started: Scene) -> Scene:
    started.write.asked.clear()
    started.write.turns.clear()
    started.write.answer = OK
    started.write.seconds = 0.0
    return started


def in_background(call: Callable[[], Reply]) -> tuple[threading.Thread, list[Reply]]:
    replies: list[Reply] = []
    thread = threading.Thread(target=lambda: replies.append(call()))
    thread.start()
    return thread, replies


def test_it_is_dropped_before_and_after_its_config_is_gone(scene: Scene) -> None:
    scene.make("twice")
    assert scene.write.names == [], "there was none of this name"
    scene.write.hold(after=1)
    thread, replies = in_background(lambda: scene.api.delete("/data-sets/twice"))
    wait_until(lambda: scene.write.names == ["twice", "twice"], "the second drop")
    assert scene.api.get("/data-sets/twice").status == 404, "before the second drop it is gone here"
    scene.write.let_go()
    thread.join(60)
    assert replies[0].status == 204
    assert scene.left() == "[]"


def test_a_second_drop_that_fails_is_made_up_for_by_who_makes_it_anew(scene: Scene) -> None:
    scene.make("again")
    scene.write.turns[:] = [OK]
    scene.write.answer = BROKEN
    assert scene.api.delete("/data-sets/again").status == 204
    assert scene.left() == "['again']"
    assert "its data has yet to be dropped once more" in scene.api.server.log()
    refused = scene.api.post("/data-sets", body("again"))
    assert (refused.status, bool(refused.headers["Retry-After"])) == (503, True)
    assert "A data set called again was deleted" in refused.json()["message"]
    assert "answered 500" in refused.json()["message"]
    assert scene.api.get("/data-sets/again").status == 404
    # Others are nobody's business.
    scene.make("another")
    ann = scene.ann
    page = ann.post(
        ADD, {**NEW, "data_group": "g", "data_type": "again", "name": "again", "auto_ids": "channel"}
    )
    assert page.status == 200
    assert any("was deleted" in said for said in page.errors()), page.text
    # What was typed isn't lost, and can be sent again as it is.
    kept = page.fields()
    assert (kept["data_type"], kept["auto_ids"]) == ("again", "channel")
    scene.write.answer = OK
    asked = len(scene.write.names)
    assert "is made" in "".join(ann.post(ADD, kept, csrf=page.csrf()).messages())
    assert scene.write.names[asked:] == ["again"]
    assert scene.left() == "[]"
    for said in (scene.api.server.log(), refused.body.decode(), page.text):
        assert DROP_TOKEN not in said
        assert "hush" not in said
        assert "Traceback" not in said


def test_the_next_deletion_and_the_next_start_make_up_for_it_too(scene: Scene) -> None:
    for name in ("first", "second", "third"):
        scene.make(name)
        scene.write.turns[:] = [OK]
        scene.write.answer = BROKEN
        assert scene.api.delete(f"/data-sets/{name}").status == 204
    assert scene.left() == "['third', 'second', 'first']"
    assert "0 of 3 deleted data sets" in scene.command("prepare")
    scene.write.answer = OK
    assert "3 of 3 deleted data sets dropped once more" in scene.command("prepare")
    assert scene.left() == "[]"
    scene.make("first")
    scene.write.turns[:] = [OK, BROKEN]
    assert scene.api.delete("/data-sets/first").status == 204
    scene.make("second")
    scene.write.asked.clear()
    assert scene.api.delete("/data-sets/second").status == 204
    assert scene.write.names == ["second", "second", "first"]
    assert scene.left() == "[]"


def test_a_deletion_makes_up_for_others_only_as_long_as_that_is_quick(scene: Scene) -> None:
    notes = "from stagecraft.datasets.due_drops import drop_later; [drop_later(f'old{n}') for n in range(9)]"
    scene.script(notes)
    scene.write.seconds = 0.8
    # Again where the machine stood still for so long that its own two drops took all of the time.
    for number in range(5):
        name = f"quick{number}"
        scene.make(name)
        scene.write.asked.clear()
        with Stopwatch() as took:
            assert scene.api.delete(f"/data-sets/{name}").status == 204
        # Its own two, and others until two seconds are over.
        assert 2 <= len(scene.write.names) <= 5
        assert scene.write.names[:2] == [name, name]
        assert took.seconds < 6
        if len(scene.write.names) > 2:
            break
    else:
        raise AssertionError("it makes up for no others")
    scene.write.seconds = 0.0
    scene.command("prepare")
    assert scene.left() == "[]"


def test_one_that_is_killed_between_the_two_leaves_a_note(scene: Scene) -> None:
    scene.make("killed")
    scene.write.hold(after=1)
    thread, _ = in_background(lambda: _cut_off(scene.api, "/data-sets/killed"))
    wait_until(lambda: scene.write.names == ["killed", "killed"], "the second drop")
    scene.api.server.kill()
    thread.join(60)
    scene.write.let_go()
    scene.start_again()
    assert scene.api.get("/data-sets/killed").status == 404
    assert scene.left() == "['killed']"
    scene.make("killed")
    assert scene.write.names == ["killed"] * 3
    assert scene.left() == "[]"


def _cut_off(api: Caller, path: str) -> Reply:
    try:
        return api.delete(path)
    except Exception as cut:  # the server is killed before it answers, in whichever way the client sees that
        return Reply(0, {}, repr(cut).encode())


def test_who_makes_it_anew_meanwhile_waits_and_keeps_its_records(scene: Scene) -> None:
    scene.make("raced")
    scene.write.hold(after=1)
    deleting, deleted = in_background(lambda: scene.api.delete("/data-sets/raced"))
    wait_until(lambda: scene.write.names == ["raced", "raced"], "the second drop")
    making, made = in_background(lambda: scene.api.post("/data-sets", body("raced")))
    making.join(0.5)
    assert made == [], "its first records would go with the second drop"
    scene.write.let_go()
    for thread in (deleting, making):
        thread.join(60)
    assert (deleted[0].status, made[0].status) == (204, 201)
    assert scene.write.names == ["raced", "raced"], "nothing is dropped after it was made anew"


def page_of(ann: Person, name: str) -> str:
    found = re.search(rf'href="({LIST}\d+/change/)[^"]*">{name}<', ann.get(f"{LIST}?q={name}").text)
    assert found is not None
    return found[1]


def test_who_saves_it_meanwhile_does_not_bring_it_back(scene: Scene) -> None:
    """Their pages load it before the deletion is done, and save it after that."""
    scene.make("back")
    ann = scene.ann
    page = page_of(ann, "back")
    fields, csrf = ann.get(page).fields(), ann.get(page).csrf()
    scene.write.turns[:] = [OK, BROKEN]
    scene.write.hold(after=0)
    thread, replies = in_background(lambda: scene.api.delete("/data-sets/back"))
    wait_until(lambda: scene.write.names == ["back"], "the first drop")
    sent = [
        (page, {**fields, "realtime": "on"}),
        (page.replace("change/", "token/new"), {"overlap": "day"}),
        (page.replace("change/", "token/stop"), {}),
    ]
    with ThreadPoolExecutor(len(sent)) as pool:
        saving = [pool.submit(ann.post, path, form, csrf) for path, form in sent]
        time.sleep(1)  # for them to come to the lock, which nothing outside can see
        scene.write.let_go()
        answers = [each.result(60) for each in saving]
    thread.join(60)
    assert replies[0].status == 204
    assert [answer.status for answer in answers] == [404, 404, 404]
    assert "There is no such data set" in answers[0].text
    assert scene.api.get("/data-sets/back").status == 404
    assert scene.left() == "['back']"
    assert scene.script(ENTRIES.format(name="back")) == "['deleted', 'made']"
    scene.command("prepare")


def test_what_was_loaded_before_it_was_deleted_can_not_be_saved(scene: Scene) -> None:
    scene.make("loaded")
    said = scene.script(SAVED_TOO_LATE)
    assert said.splitlines() == ["404 This data set is gone: somebody has deleted it meanwhile"] * 2
    assert scene.api.get("/data-sets/loaded").status == 404


def test_what_is_there_is_not_dropped_for_a_note(scene: Scene) -> None:
    scene.make("living")
    scene.script("from stagecraft.datasets.due_drops import drop_later; drop_later('living')")
    assert "1 of 1" in scene.command("prepare")
    assert (scene.write.names, scene.left()) == ([], "[]")


def test_two_who_make_it_anew_at_once(scene: Scene) -> None:
    scene.make("both")
    scene.write.turns[:] = [OK, BROKEN]
    assert scene.api.delete("/data-sets/both").status == 204
    scene.write.asked.clear()
    pairs = [in_background(lambda: scene.api.post("/data-sets", body("both"))) for _ in range(4)]
    for thread, _ in pairs:
        thread.join(60)
    replies = [replies[0] for _, replies in pairs]
    assert sorted(reply.status for reply in replies) == [201, 400, 400, 400]
    assert all("name" in faulty_keys(reply) for reply in replies if reply.status == 400)
    assert scene.write.names == ["both"]


def test_a_start_with_the_demo_leaves_out_what_still_has_to_be_dropped(tmp_path: Path) -> None:
    write = WriteApp()
    settings = environment(tmp_path, "development") | {"BACKDROP_WRITE_URL": write.url}
    try:
        succeed(tmp_path, "prepare", settings=settings)
        server = serve(tmp_path, settings)
        try:
            _leaves_out_what_is_due(write, Caller(server), tmp_path, settings)
        finally:
            server.kill()
    finally:
        write.stop()


def _leaves_out_what_is_due(write: WriteApp, api: Caller, folder: Path, settings: dict[str, str]) -> None:
    write.turns[:] = [OK]
    write.answer = BROKEN
    assert api.delete("/data-sets/example_licences").status == 204
    assert "0 of 1 deleted data sets" in succeed(folder, "prepare", settings=settings)
    assert api.get("/data-sets/example_licences").status == 404
    write.answer = OK
    assert "demo loaded" in succeed(folder, "prepare", settings=settings)
    assert api.shown("/data-sets/example_licences")["name"] == "example_licences"
