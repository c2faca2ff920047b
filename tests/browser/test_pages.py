"""Each page that the flow doesn't come by, and the parts that move: looked at on a phone, and in the dark on a desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import DESKTOP, PHONE, Viewer, screenshot_folder
from tests.browser.world import World
from tests.processes import wait_until

# With all of Backdrop started by the first of them, on a machine that does other things as well.
pytestmark = pytest.mark.timeout(300)
LICENCES = "example-licences-bearer-token"
RATE = "aa54af82-f645-5eb4-b069-fb1a125ce84b"
PAGES = {
    "deleting": "datasets/dataset/2/delete/",
    "deleting-refused": "datasets/dataset/1/delete/",
    "history-of-one": "datasets/dataset/1/history/",
    "nothing-found": "datasets/dataset/?q=nothing-like-it",
    "data-type": "datasets/datatype/1/change/",
    "transforms": "transforms/transform/",
    "transform-type": f"transforms/transformtype/{RATE}/change/",
    "api-user": "api_users/apiuser/1/change/",
    "people": "auth/user/",
    "new-account": "auth/user/add/",
    "account": "auth/user/1/change/",
    "password": "password_change/",
    "not-found": "nothing/here/",
}


@pytest.fixture(
    params=[pytest.param((PHONE, "light"), id="phone"), pytest.param((DESKTOP, "dark"), id="dark")]
)
def viewer(
    request: pytest.FixtureRequest, browser: Browser, world: World, tmp_path: Path
) -> Iterator[Viewer]:
    size, scheme = request.param
    folder = screenshot_folder(tmp_path) / f"pages-{request.node.callspec.id}"
    opened = Viewer(browser, world.server("stagecraft").url, size, folder)
    opened.page.emulate_media(color_scheme=scheme)
    name, password = world.administrator
    opened.go("/admin/login/")
    opened.page.get_by_label("Username").fill(name)
    opened.page.get_by_label("Password").fill(password)
    opened.page.get_by_role("button", name="Log in").click()
    expect(opened.page.get_by_role("button", name="Log out")).to_be_visible()
    yield opened
    opened.close()


def test_every_page_keeps_nobody_out(viewer: Viewer) -> None:
    for name, path in PAGES.items():
        viewer.go(f"/admin/{path}")
        viewer.look(name)
    # A browser says so itself of the page that isn't there.
    assert [each for each in viewer.troubles if "nothing/here" not in each] == []


def test_a_token_is_made_anew_and_both_work_until_one_is_stopped(viewer: Viewer, world: World) -> None:
    page, write = viewer.page, world.server("write")
    group = f"renewed-{viewer.folder.name}"
    viewer.go("/admin/datasets/dataset/add/")
    page.get_by_label("Data group").fill(group)
    page.get_by_label("Data type").fill("visits")
    page.get_by_role("button", name="Save").click()

    def taken(token: str) -> bool:
        record = {"_timestamp": "2014-03-01T00:00:00Z", "volume": 1}
        return write.call("POST", f"/data/{group}/visits", json=record, token=token).status == 200

    page.get_by_role("button", name="Reveal").click()
    expect(page.get_by_role("button", name="Hide")).to_be_visible()
    first = page.locator(".secret").inner_text()
    assert taken(first)
    page.get_by_text("Make a new token").first.click()
    page.get_by_label("The present one goes on working").select_option(label="for 1 hour")
    viewer.look("making-a-token-anew")
    page.get_by_role("button", name="Make a new token").click()
    expect(page.get_by_role("status")).to_have_text("This is the new token.")
    second = page.locator(".secret").inner_text()
    assert second != first
    expect(page.locator(".previous")).to_contain_text("works until")
    viewer.look("token-made-anew")
    assert taken(second), "a new token works at once"
    assert taken(first), "the one before still does"
    page.get_by_role("button", name="Stop it now").click()
    expect(page.locator(".previous")).to_be_hidden()
    wait_until(lambda: not taken(first), "the token before to stop", 10)
    assert taken(second)
    assert viewer.troubles == []


def test_what_fails_is_said_and_not_lost(viewer: Viewer) -> None:
    page = viewer.page
    viewer.go("/admin/datasets/dataset/2/change/")
    page.route("**/token/reveal", lambda route: route.abort())
    page.get_by_role("button", name="Reveal").click()
    expect(page.get_by_role("status")).to_contain_text("That didn't work")
    page.unroute("**/token/reveal")
    page.get_by_role("button", name="Reveal").click()
    expect(page.locator(".secret")).to_have_text(LICENCES)
    page.get_by_role("button", name="Hide").click()
    assert LICENCES not in page.content()
    page.context.clear_cookies()
    page.reload()
    expect(page.get_by_label("Password")).to_be_visible()
