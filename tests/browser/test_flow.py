"""Somebody who has never seen Stagecraft sets up a data set, its records and a transform, by clicking alone."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import DESKTOP, PHONE, Viewer
from tests.browser.world import World
from tests.processes import wait_until

SECONDS = 60.0
MONDAY, NEXT = "2014-03-03T00:00:00Z", "2014-03-10T00:00:00Z"
RECORDS = [
    {"_timestamp": MONDAY, "result": "done", "volume": 3},
    {"_timestamp": MONDAY, "result": "begun", "volume": 1},
]
OPTIONS = {
    "matchingAttribute": "result",
    "valueAttribute": "volume:sum",
    "numeratorMatcher": "^done$",
    "denominatorMatcher": "^(done|begun)$",
}


@pytest.fixture(params=[pytest.param(DESKTOP, id="desktop"), pytest.param(PHONE, id="phone")])
def viewer(request: pytest.FixtureRequest, browser: Browser, world: World) -> Iterator[Viewer]:
    opened = Viewer(browser, world.server("stagecraft").url, request.param, request.node.callspec.id)
    yield opened
    opened.close()


def run(line: str) -> str:
    """A line that was copied, as a person would paste it into a shell."""
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def with_records(line: str, records: Any) -> str:
    """The copied line with records of one's own in the place of the example."""
    head, found, _ = line.rpartition("-d ")
    assert found, line
    return f"{head}-d '{json.dumps(records)}'"


def log_in(viewer: Viewer, world: World) -> None:
    name, password = world.administrator
    viewer.go("/")
    viewer.look("01-log-in")
    viewer.log_in(name, "not this one")
    expect(viewer.page.locator(".errornote")).to_contain_text("don't go together")
    viewer.look("02-wrong-password")
    viewer.log_in(name, password)
    expect(viewer.page.get_by_role("heading", name="What would you like to do?")).to_be_visible()
    viewer.look("03-home")


def create_data_set(viewer: Viewer, group: str) -> None:
    page = viewer.page
    page.get_by_role("navigation", name="Stagecraft").get_by_role("link", name="Data sets").click()
    viewer.look("04-data-sets")
    page.get_by_role("link", name="Add data set").click()
    page.get_by_label("Data group").fill("Not a name")
    page.get_by_label("Data type").fill("applications")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".field-data_group .errorlist")).to_contain_text("must begin with a small letter")
    viewer.look("05-new-data-set-refused")
    page.get_by_label("Data group").fill(group)
    expect(page.get_by_label("Name")).to_have_attribute(
        "placeholder", f"{group}_applications".replace("-", "_")
    )
    page.get_by_label("Single records may be read").check()
    viewer.look("06-new-data-set")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name=f"{group}_applications".replace("-", "_"))).to_be_visible()
    wait_for_last_write(viewer, "never")
    viewer.look("07-data-set")


def wait_for_last_write(viewer: Viewer, said: str) -> None:
    """Until the page of a data set says it, loaded anew if need be: it leaves out what the read app doesn't answer
    within seconds."""

    def says() -> bool:
        found = viewer.page.locator("#last-written")
        if found.count() == 1 and said in found.inner_text():
            return True
        viewer.page.reload()
        return False

    wait_until(says, f"its last write: {said}", SECONDS)


def copy_the_token(viewer: Viewer) -> str:
    """Reveals it, copies it, and sees that the page had not held it before."""
    page = viewer.page
    before = page.content()
    page.get_by_role("button", name="Reveal").click()
    expect(page.get_by_role("button", name="Hide")).to_be_visible()
    token = page.locator(".secret").inner_text()
    assert len(token) >= 40
    assert token not in before
    assert token not in page.title() + page.url
    expect(page.locator("#post-line")).to_contain_text(token)
    viewer.look("08-token-shown")
    page.get_by_role("button", name="Copy the token").click()
    expect(page.get_by_role("status")).to_have_text("The token is copied.")
    assert viewer.clipboard() == token
    page.get_by_role("button", name="Hide").click()
    expect(page.locator("body")).not_to_contain_text(token)
    return token


def post(viewer: Viewer, token: str, records: Any) -> None:
    page = viewer.page
    page.get_by_role("button", name="Copy the line, with the token").click()
    expect(page.get_by_role("status")).to_have_text("The line is copied, with the token.")
    line = viewer.clipboard()
    assert f"Bearer {token}" in line
    assert json.loads(run(with_records(line, records)))["status"] == "ok"


def see_the_data(viewer: Viewer, count: int) -> None:
    """As a browser shows it, and by the line to copy."""
    page = viewer.page
    wait_for_last_write(viewer, "a moment ago")
    with page.context.expect_page() as opening:
        page.get_by_role("link", name="See its data").click()
    opened = opening.value
    assert len(json.loads(opened.locator("body").inner_text())["data"]) == count
    opened.close()
    page.locator("section", has_text="Read it").get_by_role("button", name="Copy").click()
    assert len(json.loads(run(viewer.clipboard()))["data"]) == count


def add_a_transform(viewer: Viewer, group: str) -> None:
    page = viewer.page
    page.get_by_role("link", name="Add a transform that reads it").click()
    expect(page.get_by_label("Data group").first).to_have_value(group)
    expect(page.get_by_label("Data type").first).to_have_value("applications")
    page.get_by_label("Period").select_option("week")
    page.get_by_label("Group by").fill("result")
    page.get_by_label("Collect").fill("volume:average")
    page.get_by_label("Transform type").select_option(label="rate")
    expect(page.locator(".options-help")).to_contain_text("numeratorMatcher (regular expression)")
    assert json.loads(page.get_by_role("textbox", name="Options").input_value()) == dict.fromkeys(OPTIONS, "")
    page.get_by_role("textbox", name="Options").fill('{"matchingAttribute": "result"')
    page.get_by_label("Data type").last.fill("completion")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".field-collect .errorlist")).to_contain_text("'average' is not a method")
    expect(page.locator(".field-options .errorlist")).to_contain_text("Error parsing JSON")
    viewer.look("10-new-transform-refused")
    page.get_by_label("Collect").fill("volume:sum")
    page.get_by_role("textbox", name="Options").fill(json.dumps(OPTIONS))
    viewer.look("11-new-transform")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("group", name=f"feeds {group}/completion by rate")).to_be_visible()
    viewer.look("12-data-set-with-transform")


def see_its_output(viewer: Viewer, world: World, group: str) -> None:
    """Further records set it off; what it makes has a page of its own, and the two are linked."""
    page = viewer.page
    read = world.environment["BACKDROP_READ_URL"]

    def output() -> Any:
        reply = world.server("read").call("GET", f"/data/{group}/completion")
        return (
            [(row["_start_at"], row["rate"]) for row in reply.json()["data"]] if reply.status == 200 else None
        )

    expected = [("2014-03-03T00:00:00+00:00", 0.75)]
    try:
        wait_until(lambda: output() == expected, "the output of the transform", SECONDS)
    except AssertionError as error:
        raise AssertionError(f"{error}; it is {output()}\n{world.worker.log()[-3000:]}") from error
    page.reload()
    page.locator(".neighbours").get_by_role("link", name=f"{group}/completion", exact=True).click()
    expect(page.get_by_role("group", name=f"made from {group}/applications by rate")).to_be_visible()
    viewer.look("13-output-of-the-transform")
    link = page.get_by_role("link", name="See its data").get_attribute("href")
    assert link is not None
    assert link.startswith(read)
    with urlopen(link, timeout=60) as answer:
        assert json.load(answer)["data"]


def see_the_history(viewer: Viewer, group: str, token: str) -> None:
    page = viewer.page
    page.get_by_role("navigation", name="Stagecraft").get_by_role("link", name="History").click()
    page.get_by_label(re.compile("Search")).fill(f"{group}_applications".replace("-", "_"))
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#result_list")).to_contain_text("Looked at the token.")
    assert token not in page.content()
    viewer.look("14-history")


def test_from_log_in_to_the_output_of_a_transform(viewer: Viewer, world: World) -> None:
    group = f"town-hall-{viewer.name}"
    log_in(viewer, world)
    assert len(viewer.troubles) == 0
    create_data_set(viewer, group)
    token = copy_the_token(viewer)
    post(viewer, token, RECORDS[:1])
    see_the_data(viewer, 1)
    viewer.look("09-data-set-with-data")
    add_a_transform(viewer, group)
    post(viewer, token, RECORDS[1:])
    see_its_output(viewer, world, group)
    see_the_history(viewer, group, token)
    assert viewer.troubles == []
    # Nothing is loaded from anywhere else; the read app is where the data was looked at.
    assert viewer.hosts == {viewer.url.removeprefix("http://")}
    for app in ("stagecraft", "read", "write"):
        assert token not in world.server(app).log()
