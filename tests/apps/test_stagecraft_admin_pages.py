"""What the admin site tells: to people who may only look, of what is made from what, and where a form is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

from tests.apps.admin_person import Page, Person, make_people
from tests.apps.stagecraft_calls import Caller
from tests.apps.stagecraft_process import prepare, serve
from tests.apps.test_stagecraft_admin_data_sets import ADD, LIST, NEW
from tests.processes import Server

TRANSFORMS = "/admin/transforms/transform/"
TOKEN = "a-token-of-these-tests"


@dataclass(frozen=True)
class Scene:
    server: Server
    ann: Person
    viewer: Person

    @property
    def api(self) -> Caller:
        return Caller(self.server)

    def data_set(self, group: str, data_type: str, **more: Any) -> str:
        """The path of the page of a new data set."""
        made = self.api.made(
            "/data-sets", {"data_group": group, "data_type": data_type, "bearer_token": TOKEN, **more}
        )
        return self.page_of(made["name"])

    def page_of(self, name: str) -> str:
        found = re.search(rf'href="({LIST}\d+/change/)[^"]*">{name}<', self.ann.get(f"{LIST}?q={name}").text)
        assert found is not None
        return found[1]

    def transform(self, reads: dict[str, str], writes: dict[str, str], period: str = "week") -> str:
        """The path of the page of a new transform."""
        said = {
            "type": "user_satisfaction",
            "input": reads,
            "output": writes,
            "query-parameters": {"period": period, "collect": ["total:sum"]},
        }
        return f"{TRANSFORMS}{self.api.made('/transform', said)['id']}/change/"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("stagecraft")
    prepare(folder)
    sessions = make_people(folder, "ann", "viewer")
    server = serve(folder)
    yield Scene(server, Person(server.url, sessions["ann"]), Person(server.url, sessions["viewer"]))
    server.stop()


def named(group: str, data_type: str) -> dict[str, str]:
    return {"data-group": group, "data-type": data_type}


def buttons(page: Page) -> list[str]:
    """What can be done by the page's scripts."""
    return re.findall(r'data-do="([\w-]+)"', page.text)


def settings(page: Page) -> dict[str, str]:
    """What is said of a thing to people who may not change it."""
    found = re.findall(r"<dt>([^<]+)</dt><dd>(?:<pre[^>]*>)?([^<]*)", page.text)
    return {unescape(label): unescape(value) for label, value in found}


def test_who_may_only_look_at_a_data_set_reads_what_it_is(scene: Scene) -> None:
    more = {"max_age_expected": 129600, "auto_ids": ["channel", "kind"], "realtime": True}
    path = scene.data_set("looked-at", "visits", **more)
    seen = scene.viewer.get(path)
    assert buttons(seen) == ["copy-line"], "the line to read with, and nothing that takes the token"
    assert "token/reveal" not in seen.text
    assert TOKEN not in seen.text
    assert "Only administrators see the token." in seen.text
    said = settings(seen)
    assert said["New records expected every"] == "36 hours"
    assert said["Kept at most"] == "all of them"
    assert said["Records are the same when these agree"] == "channel\nkind"
    assert (said["Real time"], said["Single records may be read"]) == ("Yes", "No")
    assert "Upload filters" not in said
    assert seen.fields() == {}
    assert {"reveal", "copy", "copy-line"} <= set(buttons(scene.ann.get(path)))


def test_who_may_only_look_at_a_transform_reads_what_it_is(scene: Scene) -> None:
    scene.data_set("looked-at", "ratings")
    path = scene.transform(named("looked-at", "ratings"), named("looked-at", "scores"))
    seen = scene.viewer.get(path)
    assert buttons(seen) == []
    assert TOKEN not in seen.text
    assert settings(seen)["Period"] == "week"
    assert settings(seen)["Collect"] == "total:sum"
    assert seen.fields() == {}


def test_what_is_in_the_way_of_deleting_is_linked(scene: Scene) -> None:
    path = scene.data_set("in-the-way", "ratings")
    transform = scene.transform(named("in-the-way", "ratings"), named("in-the-way", "scores"))
    page = scene.ann.get(path.replace("change/", "delete/"))
    name = "user_satisfaction: in-the-way/ratings -&gt; in-the-way/scores"
    assert f'Transform <a href="{transform}">{name}</a> uses it' in page.text
    group = re.search(r'"(/admin/datasets/datagroup/\d+/)change/"', scene.ann.get(path).text)
    assert group is not None
    assert f'<a href="{path}">in-the-way_ratings</a>'.replace("in-the-way_", "in_the_way_") in (
        scene.ann.get(f"{group[1]}delete/").text
    )


def test_a_transform_leads_to_what_it_reads_and_writes_and_can_be_run(scene: Scene) -> None:
    reads = scene.data_set("ends", "ratings")
    path = scene.transform(named("ends", "ratings"), named("ends", "scores"), period="month")
    page = scene.ann.get(path)
    assert f'<a href="{reads}">ends/ratings</a>' in page.text
    assert "ends/scores <span" in page.text, "which isn't made yet"
    assert "Only months that are over are computed." in page.text
    line = unescape(re.findall(r'id="run-line"[^>]*>(.*?)</pre>', page.text, re.DOTALL)[0])
    assert line.startswith("curl http://127.0.0.1:9/data/ends/ratings/transform \\\n")
    body = json.loads(line.rpartition("-d ")[2].strip("'"))
    start, end = (datetime.fromisoformat(body[key]) for key in ("_start_at", "_end_at"))
    assert abs((datetime.now(UTC) - end).total_seconds()) < 120
    assert 365 <= (end - start).days <= 366 + 31
    assert TOKEN not in page.text
    asked = re.findall(r'data-reveal="([^"]+)"', page.text)
    assert json.loads(scene.ann.post(asked[0], {}, csrf=page.csrf()).text)["token"] == TOKEN
    writes = scene.data_set("ends", "scores")
    assert f'<a href="{writes}">ends/scores</a>' in scene.ann.get(path).text


def test_a_transform_for_every_group_names_a_few(scene: Scene) -> None:
    for number in range(7):
        scene.data_set(f"every-{number}", "takings")
    scene.data_set("every-0", "sums")
    page = scene.ann.get(scene.transform({"data-type": "takings"}, {"data-type": "sums"}))
    reads, writes = (re.findall(rf'id="{each}".*?</div>', page.text)[0] for each in ("reads", "writes"))
    assert re.findall(r">([\w/-]+)</a>", reads) == [f"every-{number}/takings" for number in range(5)]
    assert "and 2 more" in reads
    assert re.findall(r">([\w/-]+)</a>", writes) == ["every-0/sums"]
    nothing = scene.ann.get(scene.transform({"data-type": "of-none"}, {"data-type": "sums"}))
    assert "there is none yet" in nothing.text
    assert "run-line" not in nothing.text


def test_what_a_transform_writes_says_so_and_asks_for_no_records(scene: Scene) -> None:
    reads = scene.data_set("derived", "ratings")
    writes = scene.data_set("derived", "scores")
    assert "Write to it" in scene.ann.get(writes).text
    transform = scene.transform(named("derived", "ratings"), named("derived", "scores"))
    for person in (scene.ann, scene.viewer):
        page = person.get(writes)
        assert "What writes it" in page.text
        assert "Write to it" not in page.text
        assert "post-line" not in page.text
        assert f'<p class="writer"><a href="{transform}">user_satisfaction' in page.text
        assert f'<a href="{reads}">derived/ratings</a>' in page.text
        assert "Only weeks that are over are computed. The week of " in page.text
    assert "reveal" in buttons(scene.ann.get(writes))
    assert "Write to it" in scene.ann.get(reads).text
    drawing = re.findall(r"<svg class=.*?</svg>", scene.ann.get(reads).text, re.DOTALL)[0]
    assert re.findall(r'<a href="([^"]+)">', drawing) == [writes]


def test_transforms_are_listed_by_what_they_read(scene: Scene) -> None:
    for group, data_type in (("listed-b", "a"), ("listed", "z"), ("listed-a", "m"), ("listed", "b")):
        scene.transform(named(group, data_type), named(group, "out"))
    scene.transform({"data-type": "listed"}, {"data-type": "listed-out"})
    expected = ["every group / listed", "listed / b", "listed / z", "listed-a / m", "listed-b / a"]

    def listed(query: str) -> list[str]:
        return re.findall(
            r'class="field-reads"><a [^>]*>([^<]+)</a>', scene.ann.get(f"{TRANSFORMS}?q=listed{query}").text
        )

    assert listed("") == listed("&o=0") == expected
    assert listed("&o=-0") == expected[::-1]


def test_what_is_not_known_is_not_said_to_be_nothing(scene: Scene) -> None:
    """There is no read app here."""
    scene.data_set("not-known", "t")
    for choice in ("yes", "no"):
        page = scene.ann.get(f"{LIST}?q=not-known&stale={choice}")
        assert "That can't be known just now." in unescape(page.text)
        assert "Nothing matches" not in page.text
        assert any("doesn't answer" in each for each in page.messages())
    assert "Nothing matches" in scene.ann.get(f"{LIST}?q=nothing-like-it").text


def test_a_form_that_is_wrong_begins_with_links_to_what_is(scene: Scene) -> None:
    wrong = {"data_group": "Not a name", "data_type": "t", "max_age_expected_amount": "-1", "auto_ids": "a b"}
    page = scene.ann.post(ADD, {**NEW, **wrong})
    summary = re.findall(r'id="error-summary".*?</div>', page.text, re.DOTALL)[0]
    boxes = re.findall(r'href="#([^"]+)"', summary)
    assert boxes == ["id_data_group", "id_max_age_expected_0", "id_auto_ids"]
    assert all(page.text.count(f'id="{box}"') == 1 for box in boxes)
    assert "New records expected every: must be" in summary
    assert page.text.index("error-summary") < page.text.index("<form", page.text.index("<main"))
    # Django's own script would go to the first box.
    assert "change_form.js" not in page.text
    plain = scene.ann.get(ADD)
    assert "error-summary" not in plain.text
    assert "change_form.js" in plain.text
    twice = scene.ann.post(f"{TRANSFORMS}add/", {})
    assert "Reads from, Data type: " in twice.text
    assert "Writes to, Data type: " in twice.text


def test_refusals_keep_the_menu_and_are_true(scene: Scene) -> None:
    refused = scene.viewer.get("/admin/auth/user/")
    assert refused.status == 403
    assert "That is for administrators." in refused.text
    assert "not at tokens and accounts" in refused.text
    nobody = scene.ann.get("/admin/history/entry/add/")
    assert (nobody.status, "by everybody" in nobody.text) == (403, True)
    missing = scene.viewer.get("/admin/nothing/here/")
    gone = scene.viewer.get("/admin/datasets/dataset/999999/change/")
    assert (missing.status, gone.status) == (404, 404)
    for page in (refused, nobody, missing, gone):
        assert f'href="{LIST}"' in page.text
        assert "Log out" in page.text
        assert page.headers["Content-Security-Policy"]


def test_the_same_words_everywhere(scene: Scene) -> None:
    accounts = scene.ann.get("/admin/auth/user/")
    assert "Add account" in accounts.text
    assert "2 accounts" in accounts.text
    add = scene.ann.get("/admin/auth/user/add/")
    assert (add.title, "Username" in add.text) == ("Add account | Stagecraft", True)
    assert "Username" in Person(scene.server.url).get("/admin/login/").text
    assert re.search(r"\d{4}, \d\d:\d\d UTC", accounts.text), "when somebody was here last"
    password = scene.ann.get(f"/admin/auth/user/{_account(accounts)}/password/").text
    assert "Authentication and Authorization" not in accounts.text + add.text + password
    path = scene.data_set("words", "t")
    csrf = scene.ann.get(path).csrf()
    scene.ann.post(path.replace("change/", "token/reveal"), {}, csrf=csrf)
    looked = scene.ann.get("/admin/history/entry/?q=words_t&did=looked").text
    assert 'class="field-what">Looked at<' in looked
    scene.ann.change(path, raw_queries_allowed="on")
    label = "Single records may be read"
    assert label in scene.ann.get(path).text
    assert f"Changed {label.lower()}." in scene.ann.get(path.replace("change/", "history/")).text


def test_each_type_says_which_options_it_takes(scene: Scene) -> None:
    page = scene.ann.get(f"{TRANSFORMS}add/")
    said = json.loads(re.findall(r'<script id="options-of-types"[^>]*>(.*?)</script>', page.text)[0])
    rate = next(each["id"] for each in scene.api.shown("/transform-type") if each["name"] == "rate")
    first = said[rate]["options"][0]
    assert (first["name"], first["kind"], first["needed"]) == ("matchingAttribute", "text", True)
    assert json.loads(said[rate]["example"])["numeratorMatcher"] == "^done$"


def test_the_lines_of_the_api_are_for_the_host_that_was_asked(scene: Scene) -> None:
    page = scene.server.call("GET", "/docs").body.decode()
    assert f"&#x27;{scene.server.url}/data-sets&#x27;" in page
    other = scene.server.call("GET", "/docs", headers={"Host": "somewhere.example"})
    assert other.status == 200
    assert "&#x27;http://localhost:3103/data-sets&#x27;" in other.body.decode()
    assert "somewhere.example" not in other.body.decode()
    described = scene.api.shown("/openapi.json")["paths"]
    assert "409" not in described["/transform/{id}"]["delete"]["responses"]
    assert "409" in described["/data-sets/{name}"]["delete"]["responses"]


def test_nothing_here_broke(scene: Scene) -> None:
    """Last: none of what was tried above was a failure of Stagecraft's."""
    assert "a request failed" not in scene.server.log()
    assert "Traceback" not in scene.server.log()
    assert TOKEN not in scene.server.log()


def _account(accounts: Page) -> str:
    found = re.search(r"/admin/auth/user/(\d+)/change/", accounts.text)
    assert found is not None
    return found[1]
