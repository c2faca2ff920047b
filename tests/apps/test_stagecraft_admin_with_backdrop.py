"""What the admin site knows from Backdrop, and what it has Backdrop do: with the read and write apps themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.apps.admin_person import Person, make_people
from tests.apps.stagecraft_calls import Caller
from tests.apps.stagecraft_process import DROP_TOKEN, environment, prepare, script, serve
from tests.processes import Server, free_port, start_app, wait_until
from tests.stopwatch import Stopwatch

TOKEN = "a-token-of-these-tests"
LIST = "/admin/datasets/dataset/"
UNKNOWN = "it isn&#x27;t known which data sets are stale"
DASHBOARD = """
from stagecraft.dashboards.models import Dashboard, Module
from stagecraft.datasets.models import DataSet
board = Dashboard(slug="town-hall")
board.save()
Module(dashboard=board, slug="permits", data_set=DataSet.objects.get(name="{name}")).save()
"""


@dataclass(frozen=True)
class Scene:
    """Stagecraft, the read app and the write app, and a person who may change everything."""

    folder: Path
    settings: dict[str, str]
    stagecraft: Server
    read: Server
    write: Server
    ann: Person

    @property
    def api(self) -> Caller:
        return Caller(self.stagecraft)

    def data_set(self, name: str, **more: Any) -> str:
        """The path of the page of a new data set."""
        body = {"data_group": "g", "data_type": name, "name": name, "bearer_token": TOKEN, **more}
        self.api.made("/data-sets", body)
        page = self.ann.get(f"{LIST}?q={name}")
        found = re.search(rf'href="({LIST}\d+/change/)[^"]*">{name}<', page.text)
        assert found is not None
        return found[1]

    def wait_for(self, text: str, path: str) -> None:
        """Until a page says it, which leaves out what the read app doesn't answer within seconds."""
        wait_until(lambda: text in self.ann.get(path).text, f"{path} to say {text!r}")

    def write_records(self, data_type: str, count: int) -> None:
        records = [{"_timestamp": f"2014-03-{day % 28 + 1:02}T00:00:00Z", "day": day} for day in range(count)]
        reply = self.write.call("POST", f"/data/g/{data_type}", json=records, token=TOKEN)
        assert reply.status == 200, reply.body


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("both")
    ports = {app: free_port() for app in ("stagecraft", "read", "write")}
    settings = {
        **environment(folder),
        "BACKDROP_READ_URL": f"http://127.0.0.1:{ports['read']}/data",
        "BACKDROP_WRITE_URL": f"http://127.0.0.1:{ports['write']}/data",
    }
    prepare(folder)
    sessions = make_people(folder, "ann")
    stagecraft = serve(folder, settings)
    settings = {**settings, "STAGECRAFT_URL": stagecraft.url, "STAGECRAFT_CACHE_SECONDS": "1"}
    read, write = (start_app(app, settings, folder / "logs", ports[app]) for app in ("read", "write"))
    ann = Person(stagecraft.url, sessions["ann"])
    yield Scene(folder, settings, stagecraft, read, write, ann)
    for each in (read, write, stagecraft):
        each.kill()


def test_when_it_was_last_written(scene: Scene) -> None:
    path = scene.data_set("written")
    scene.wait_for("never", path)
    scene.write_records("written", 3)
    scene.wait_for("a moment ago", path)


def test_what_is_stale_is_marked_and_filtered(scene: Scene) -> None:
    late = scene.data_set("late", max_age_expected=0)
    scene.data_set("in-time")
    for each in ("late", "in-time"):
        scene.write_records(each, 1)

    def found(query: str) -> set[str]:
        text = wait_until(lambda: _known(scene.ann.get(LIST + query).text), "the read app to answer in time")
        return set(re.findall(r'class="field-name[^"]*"><a [^>]*>([^<]+)</a>', text))

    wait_until(lambda: "late" in found("?stale=yes"), "the data set to be stale", 10)
    assert "in-time" not in found("?stale=yes")
    assert {"in-time"} <= found("?stale=no")
    assert "late" not in found("?stale=no")
    scene.wait_for("Stale: a moment old", LIST)
    scene.wait_for(">Stale<", late)


def test_deleting_says_what_is_lost_and_drops_the_data(scene: Scene) -> None:
    path = scene.data_set("doomed")
    scene.write_records("doomed", 1234)
    delete = path.replace("change/", "delete/")
    scene.wait_for("All of its 1,234 records.", delete)
    assert "Delete it and its data" in scene.ann.get(delete).text
    for name in ("", "doome"):
        refused = scene.ann.post(delete, {"name": name})
        assert refused.errors() == ["Type doomed to delete it."]
    assert scene.api.get("/data-sets/doomed").status == 200
    done = scene.ann.post(delete, {"name": "doomed"})
    assert done.messages() == ["The data set doomed is deleted."]
    assert scene.api.get("/data-sets/doomed").status == 404
    dropped = scene.write.call("DELETE", "/data-sets/doomed", token=DROP_TOKEN)
    assert dropped.status == 404
    history = scene.ann.get("/admin/history/entry/?q=doomed").text
    assert "Deleted" in history
    again = scene.data_set("doomed")
    scene.wait_for("Its records: there are none.", again.replace("change/", "delete/"))


def test_what_is_used_is_not_deleted(scene: Scene) -> None:
    path = scene.data_set("used")
    script(scene.folder, DASHBOARD.format(name="used"))
    delete = path.replace("change/", "delete/")
    page = scene.ann.get(delete)
    assert "town-hall shows it in its module permits" in page.text
    assert "Delete it and its data" not in page.text
    assert "can't be deleted" in scene.ann.post(delete, {"name": "used"}, csrf=_csrf(scene)).text
    assert scene.api.get("/data-sets/used").status == 200


def test_without_the_write_app_nothing_is_deleted_and_without_the_read_app_less_is_known(
    scene: Scene,
) -> None:
    """Last, since it stops them."""
    path = scene.data_set("kept")
    scene.write_records("kept", 2)
    delete = path.replace("change/", "delete/")
    scene.read.kill()
    with Stopwatch() as took:
        page = scene.ann.get(path)
    assert took.seconds < 5
    assert page.status == 200
    assert "Last written" not in page.text
    assert "the read app doesn&#x27;t say" in scene.ann.get(delete).text
    assert scene.ann.get(LIST).status == 200
    scene.write.kill()
    refused = scene.ann.post(delete, {"name": "kept"})
    assert refused.errors() == [
        "Backdrop's write app can't be reached to drop the data, so the data set is kept: try again later"
    ]
    assert scene.api.get("/data-sets/kept").status == 200
    assert "Deleted" not in scene.ann.get("/admin/history/entry/?q=kept").text.partition("result_list")[2]
    assert "a request failed" not in scene.stagecraft.log()
    assert TOKEN not in scene.stagecraft.log()


def _known(page: str) -> str:
    """The page, unless it says that it isn't known which data sets are stale."""
    return "" if UNKNOWN in page else page


def _csrf(scene: Scene) -> str:
    return scene.ann.get("/admin/password_change/").csrf()
