"""Each page that the flow doesn't come by, looked at with a phone; and the parts that move, used there and at a
desk."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Browser, StorageState, expect

from tests.apps.stagecraft_process import succeed
from tests.browser.chromium import DESKTOP, PHONE, Viewer
from tests.browser.test_flow import run
from tests.browser.world import World
from tests.processes import wait_until

LICENCES = "example-licences-bearer-token"
RATE = "aa54af82-f645-5eb4-b069-fb1a125ce84b"
SHARE = "5d0d6b2e-7c55-4b8c-8f0a-2b6f0a1c9e01"
PAGES = {
    "data-set": "/admin/datasets/dataset/1/change/",
    "deleting": "/admin/datasets/dataset/2/delete/",
    "deleting-refused": "/admin/datasets/dataset/1/delete/",
    "history-of-one": "/admin/datasets/dataset/1/history/",
    "nothing-found": "/admin/datasets/dataset/?q=nothing-like-it",
    "data-groups": "/admin/datasets/datagroup/",
    "new-data-group": "/admin/datasets/datagroup/add/",
    "data-types": "/admin/datasets/datatype/",
    "data-type": "/admin/datasets/datatype/1/change/",
    "transforms": "/admin/transforms/transform/",
    "transform": f"/admin/transforms/transform/{SHARE}/change/",
    "deleting-transform": f"/admin/transforms/transform/{SHARE}/delete/",
    "transform-types": "/admin/transforms/transformtype/",
    "transform-type": f"/admin/transforms/transformtype/{RATE}/change/",
    "new-transform-type": "/admin/transforms/transformtype/add/",
    "api-users": "/admin/api_users/apiuser/",
    "api-user": "/admin/api_users/apiuser/1/change/",
    "new-api-user": "/admin/api_users/apiuser/add/",
    "people": "/admin/auth/user/",
    "new-account": "/admin/auth/user/add/",
    "account": "/admin/auth/user/1/change/",
    "password-of-another": "/admin/auth/user/1/password/",
    "password": "/admin/password_change/",
    "not-found": "/admin/nothing/here/",
    "not-allowed": "/admin/history/entry/add/",
    "api": "/docs",
}
# What the Tab key should come by, and where it has come to.
REACHABLE = """[...document.querySelectorAll(
    "a[href], button:not([disabled]), input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
)].filter((each) => each.checkVisibility({ visibilityProperty: true }))"""
FOCUS = """() => {
    const element = document.activeElement;
    const box = element.getBoundingClientRect();
    return {
        page: element === document.body,
        what: element.outerHTML.slice(0, 100),
        ring: getComputedStyle(element).outlineWidth,
        inside: box.bottom > 0 && box.top < window.innerHeight && box.right > 0 && box.left < window.innerWidth,
    };
}"""
MANY = """
from stagecraft.datasets.models import DataGroup, DataSet, DataType
kind, _ = DataType.objects.get_or_create(name="visits-by-channel-and-kind-of-device")
groups = DataGroup.objects.bulk_create(DataGroup(name=f"many-{n}") for n in range(1000))
DataSet.objects.bulk_create(
    DataSet(name=f"{group.name}_visits".replace("-", "_"), data_group=group, data_type=kind, published=n % 3 > 0)
    for n, group in enumerate(groups)
)
"""
REFUSED = (PAGES["not-found"], PAGES["not-allowed"])
LONG_GROUP, LONG_TYPE = f"g{'-very-long-group' * 5}", f"t{'-quite-long-type' * 6}"


@pytest.fixture(scope="module")
def session(browser: Browser, world: World) -> StorageState:
    """Of the administrator, who logs in once for all tests here."""
    opened = Viewer(browser, world.server("stagecraft").url, DESKTOP, "log-in")
    opened.go("/admin/login/")
    opened.log_in(*world.administrator)
    expect(opened.page.get_by_role("button", name="Log out")).to_be_visible()
    found = opened.session()
    opened.close()
    return found


@pytest.fixture(scope="module")
def viewers(
    browser: Browser, world: World, session: StorageState
) -> Iterator[Mapping[tuple[int, int], Viewer]]:
    """One of each size for all tests here: to open one costs as much as to load five pages."""
    names = {PHONE: "pages-phone", DESKTOP: "pages-desktop"}
    url = world.server("stagecraft").url
    opened = {size: Viewer(browser, url, size, name, session) for size, name in names.items()}
    yield opened
    for each in opened.values():
        each.close()


@pytest.fixture
def viewer(
    request: pytest.FixtureRequest, viewers: Mapping[tuple[int, int], Viewer], session: StorageState
) -> Viewer:
    """With a phone; at a desk as well, where the test says so."""
    opened = viewers[getattr(request, "param", PHONE)]
    opened.again(session)
    return opened


on_phone_and_desktop = pytest.mark.parametrize(
    "viewer", [pytest.param(PHONE, id="phone"), pytest.param(DESKTOP, id="desktop")], indirect=True
)


def test_every_page_keeps_nobody_out(viewer: Viewer) -> None:
    for name, path in PAGES.items():
        viewer.go(path)
        viewer.look(name)
    # A browser says so itself of what isn't there or isn't allowed.
    assert [each for each in viewer.troubles if not any(path in each for path in REFUSED)] == []


def test_names_as_long_as_they_may_be(viewer: Viewer, world: World) -> None:
    """Beside each other in a list, in headings, in buttons, in a drawing."""
    page = viewer.page
    viewer.go("/admin/datasets/dataset/add/")
    page.get_by_label("Data group").fill(f"{LONG_GROUP}-{viewer.name}")
    page.get_by_label("Data type").fill(LONG_TYPE)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Add a transform that reads it").click()
    page.get_by_label("Period").select_option("week")
    page.get_by_label("Collect").fill("volume:sum")
    page.get_by_label("Transform type").select_option(label="user_satisfaction")
    page.get_by_label("Data type").last.fill(f"s{LONG_TYPE[:-6]}")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messagelist")).to_contain_text("is made")
    viewer.glance("long-data-set")
    here = page.url.removeprefix(viewer.url)
    for name, path in {
        "long-deleting": here.replace("change/", "delete/"),
        "long-history": here.replace("change/", "history/"),
        "long-data-sets": f"/admin/datasets/dataset/?q={LONG_GROUP}",
        "long-transforms": f"/admin/transforms/transform/?q={LONG_GROUP}",
        "long-home": "/admin/",
    }.items():
        viewer.go(path)
        viewer.glance(name)
    assert viewer.troubles == []


@on_phone_and_desktop
def test_many_are_published_and_taken_back_at_once(viewer: Viewer) -> None:
    page = viewer.page
    viewer.go("/admin/datasets/dataset/?q=g_cloud_sales")
    for word in ("Unpublish", "Publish"):
        page.get_by_role("checkbox", name="Select all").check()
        page.get_by_label("Action:").select_option(label=word)
        page.get_by_role("button", name="Go").click()
        expect(page.locator(".messagelist")).to_contain_text(f"1 data set {word.lower()}ed")
        viewer.look(f"{word.lower()}ed")
    expect(page.locator("#result_list .badge")).to_have_text("Published")
    assert viewer.troubles == []


@on_phone_and_desktop
def test_a_token_is_made_anew_and_both_work_until_one_is_stopped(viewer: Viewer, world: World) -> None:
    page, write = viewer.page, world.server("write")
    group = f"renewed-{viewer.name}"
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
    # The write app doubts what it knows only after a second.
    wait_until(lambda: taken(second), "the new token to work", 3)
    assert taken(first), "the one before still does"
    page.get_by_role("button", name="Stop it now").click()
    expect(page.locator(".previous")).to_be_hidden()
    wait_until(lambda: not taken(first), "the token before to stop", 3)
    assert taken(second)
    assert viewer.troubles == []


def test_a_new_token_of_what_a_transform_writes_is_in_sight(viewer: Viewer) -> None:
    """There it is folded away, with what makes it anew."""
    page = viewer.page
    viewer.go("/admin/datasets/dataset/add/")
    page.get_by_label("Data group").fill("g-cloud")
    page.get_by_label("Data type").fill("sme-share")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Its token, with which the worker writes").click()
    page.get_by_role("button", name="Make a new token").click()
    expect(page.get_by_role("status")).to_have_text("This is the new token.")
    expect(page.locator(".secret")).to_be_visible()
    viewer.glance("token-of-an-output")


@on_phone_and_desktop
def test_what_the_one_line_writes_the_other_reads(viewer: Viewer) -> None:
    """As they are, in a data set of which nobody reads single records."""
    page = viewer.page
    viewer.go("/admin/datasets/dataset/add/")
    page.get_by_label("Data group").fill(f"lines-{viewer.name}")
    page.get_by_label("Data type").fill("visits")
    page.get_by_role("button", name="Save").click()
    said = []
    for section in ("Write to it", "Read it"):
        page.locator("section", has_text=section).locator("[data-do=copy-line]").click()
        expect(page.get_by_role("status")).to_contain_text("The line is copied")
        said.append(json.loads(run(viewer.clipboard())))
        page.reload()
    assert said[0]["status"] == "ok"
    assert [row["_count"] for row in said[1]["data"]] == [0] * 11 + [1]
    assert viewer.troubles == []


def test_a_wrong_form_leads_to_what_is_wrong(viewer: Viewer) -> None:
    page = viewer.page
    viewer.go("/admin/datasets/dataset/add/")
    page.get_by_label("Data group").fill("Not a name")
    page.get_by_label("Data type").fill("visits")
    expect(page.get_by_label("Name")).to_have_attribute("placeholder", "")
    page.get_by_label("Data group").fill("names")
    expect(page.get_by_label("Name")).to_have_attribute("placeholder", "names_visits")
    page.get_by_label("Records are the same when these agree").fill("two words")
    page.get_by_role("button", name="Save").click()
    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_be_in_viewport()
    summary.get_by_role("link", name="Records are the same when these agree").click()
    box = page.get_by_label("Records are the same when these agree")
    expect(box).to_be_focused()
    expect(box).to_be_in_viewport()
    expect(page.locator(".field-auto_ids .errorlist")).to_be_in_viewport()
    assert viewer.troubles == []


@on_phone_and_desktop
def test_a_transform_is_run_by_the_line_on_its_page(viewer: Viewer) -> None:
    page = viewer.page
    viewer.go(f"/admin/transforms/transform/{SHARE}/change/")
    page.get_by_role("button", name="Copy the line, with the token").click()
    expect(page.locator("#token-card .status")).to_have_text("The line is copied, with the token.")
    assert json.loads(run(viewer.clipboard()))["status"] == "ok"
    page.get_by_role("link", name="g-cloud/sales").click()
    expect(page.get_by_role("heading", name="g_cloud_sales")).to_be_visible()
    assert viewer.troubles == []


@on_phone_and_desktop
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


@on_phone_and_desktop
def test_everything_can_be_reached_by_keys_and_shows_it(viewer: Viewer) -> None:
    page = viewer.page
    viewer.go("/admin/datasets/dataset/1/change/")
    wanted = page.evaluate(f"{REACHABLE}.length")
    reached = 0
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["page"]:
            break
        reached += 1
        assert focus["ring"] == "3px", focus["what"]
        assert focus["inside"], f"{focus['what']} has the focus out of sight"
    assert reached == wanted


@pytest.fixture(scope="module")
def _thousand(world: World) -> None:
    succeed(world.folder, "shell", "--no-imports", "-v", "0", "-c", MANY, settings=world.environment)


@on_phone_and_desktop
@pytest.mark.usefixtures("_thousand")
def test_a_thousand_data_sets(viewer: Viewer) -> None:
    """Last, since there are so many afterwards."""
    page = viewer.page
    viewer.go("/admin/datasets/dataset/")
    expect(page.locator(".paginator")).to_contain_text("data sets")
    viewer.glance("thousand")
    page.get_by_role("checkbox", name="Select all").check()
    page.get_by_role("button", name=re.compile("Select all 1")).click()
    assert viewer.misplaced() == []
    page.get_by_label(re.compile("Search")).fill("many-7 visits")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("group", name="Published").get_by_role("link", name="No").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(36)
    viewer.glance("thousand-searched")
    viewer.go("/admin/datasets/dataset/?p=20")
    # The numbers of pages are there and in long lists alone; the fewer rows, the sooner axe is through.
    viewer.look("thousand-last-page")
    assert viewer.troubles == []
