"""Debian's Chromium, without a window, driven by Playwright; and what is wrong with a page for people who can't
see or point."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect, sync_playwright

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PHONE, DESKTOP = (390, 844), (1280, 900)
# From the narrowest phone that anybody has to a desk, and of those the ones that are tapped on. A window is as wide
# as the first to begin with, and as the last for the dark: each other width costs all of the page's layout again.
WIDTHS, PHONES = (PHONE[0], 320, 375, 768, DESKTOP[0]), 600
# WCAG 2.2 AA, 2.5.8: pixels.
TAP = 24
LAYOUT = Path(__file__).with_name("layout.js").read_text(encoding="utf-8")
# Where screenshots go for people to look at; without it none are made, which take long.
SCREENSHOTS = "BACKDROP_TEST_SCREENSHOTS"
PATIENCE = 30_000  # milliseconds, for what a page waits for, and for what is expected of one
BAD_ENOUGH = ("serious", "critical")
AXE_SCRIPT = Axe().axe_script
# Without its preloading, which asks for style sheets that nobody else asks for; and without all that is well.
AXE_OPTIONS: dict[str, Any] = {"preload": False, "resultTypes": ["violations"]}
# The one rule of axe that can say something else in the dark.
CONTRAST_ALONE = {**AXE_OPTIONS, "runOnly": ["color-contrast"]}


# Colours change by and by; what is inherited starts to change when what it is inherited from has done.
SETTLE = """() => {
    for (let round = 0; round < 10; round += 1) {
        document.getAnimations().forEach((each) => each.finish());
    }
}"""


class BrowserMissing(Exception):
    """A browser that this machine doesn't have; the text is the reason for which tests are skipped."""


def chromium_program() -> str:
    """Raises BrowserMissing."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    raise BrowserMissing("no chromium on this machine: apt-get install chromium to run these tests")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser with a profile of its own, from here to the end. Raises BrowserMissing."""
    program = chromium_program()
    # Without it five seconds: too few for a page that a busy machine makes.
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=list(ARGUMENTS), timeout=4 * PATIENCE
        )
        try:
            yield browser
        finally:
            browser.close()


class Viewer:
    """A window of one size, that notes what goes wrong in it and looks at what it shows.

    `name` tells it from others; `session` is of somebody who has logged in elsewhere.
    """

    def __init__(
        self,
        browser: Browser,
        url: str,
        size: tuple[int, int],
        name: str,
        session: StorageState | None = None,
    ) -> None:
        self.url = url
        self.name = name
        self.troubles: list[str] = []
        self.hosts: set[str] = set()
        self.size = size
        width, height = size
        self._context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height},
            permissions=["clipboard-read", "clipboard-write"],
            has_touch=size == PHONE,
            reduced_motion="reduce",
            storage_state=session,
        )
        self._context.set_default_timeout(PATIENCE)
        self.page: Page = self._context.new_page()
        self.page.on("pageerror", lambda error: self.troubles.append(f"{self.page.url}: {error}"))
        self.page.on("console", lambda said: self._note(said.type, said.text))
        self.page.on("request", lambda asked: self.hosts.add(asked.url.split("/")[2]))

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)

    def log_in(self, name: str, password: str) -> None:
        """Fill in the page for that, which is shown, and wait for no answer."""
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()

    def session(self) -> StorageState:
        """For further viewers, who needn't log in then."""
        return self._context.storage_state()

    def look(self, name: str) -> None:
        """Have the page looked through for what keeps people out, by the viewer with the phone.

        That one makes the window as wide as a desk's as well, and there turns the light out; a viewer at a desk
        would see the same again.
        """
        self.page.wait_for_load_state()
        self._picture(name)
        if self.size != PHONE:
            return
        found = [*self.faults(), *self._misplaced_at(WIDTHS), *self._faults_in_the_dark(name)]
        self._resize(*self.size)
        assert found == [], self._in_words(name, found)

    def glance(self, name: str) -> None:
        """Have the page looked through for what is out of place, and no more.

        For a further state of a kind of page that `look` sees elsewhere with the same colours, labels and roles, or
        more of them; axe is most of what a look costs.
        """
        self.page.wait_for_load_state()
        self._picture(name)
        if self.size != PHONE:
            return
        found = self.misplaced()
        assert found == [], self._in_words(name, found)

    def faults(self) -> list[str]:
        """What axe finds that is serious or critical."""
        self.page.evaluate(AXE_SCRIPT)
        return self._axe(AXE_OPTIONS)

    def misplaced(self) -> list[str]:
        """What sticks out, is cut or too small to tap: with a phone at every width that people have."""
        found = self._misplaced_at(WIDTHS if self.size == PHONE else self.size[:1])
        self._resize(*self.size)
        return found

    def clipboard(self) -> str:
        text: str = self.page.evaluate("navigator.clipboard.readText()")
        return text

    def close(self) -> None:
        self._context.close()

    def again(self, session: StorageState) -> None:
        """As it was at first, for another test: nothing noted, nothing intercepted, `session` and no page."""
        self.page.unroute_all()
        self.page.goto("about:blank")
        self.page.emulate_media(color_scheme="light")
        self._resize(*self.size)
        self._context.set_storage_state(session)
        self.troubles.clear()
        self.hosts.clear()

    def _in_words(self, name: str, found: Sequence[str]) -> str:
        return "\n".join([f"{name} ({self.page.url})", *found])

    def _misplaced_at(self, widths: Sequence[int]) -> list[str]:
        found = []
        for width in widths:
            if width != self._width():
                self._resize(width, self.size[1])
            here = self.page.evaluate(f"({LAYOUT})({TAP if width < PHONES else 0})")
            found += [f"at {width} pixels: {each}" for each in here]
        return found

    def _faults_in_the_dark(self, name: str) -> list[str]:
        """What can't be read there on a page that has dark colours; of a page that has the script of axe."""
        if self.page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light":
            return []
        if self._width() != DESKTOP[0]:
            self._resize(*DESKTOP)
        self.page.emulate_media(color_scheme="dark")
        self.page.evaluate(SETTLE)
        self._picture(f"{name}-dark")
        found = self._axe(CONTRAST_ALONE)
        self.page.emulate_media(color_scheme="light")
        return [f"in the dark: {each}" for each in found]

    def _axe(self, options: dict[str, Any]) -> list[str]:
        """Of a page that has its script."""
        before = len(self.troubles)
        found = self.page.evaluate("options => axe.run(options).then(found => found.violations)", options)
        # It measures by inline styles, which our pages refuse.
        del self.troubles[before:]
        return [
            f"{each['id']}: {each['help']}: {node['html'][:200]} {node['any'][:1] and node['any'][0]['message']}"
            for each in found
            if each["impact"] in BAD_ENOUGH
            for node in each["nodes"]
        ]

    def _width(self) -> int:
        size = self.page.viewport_size
        assert size is not None
        return size["width"]

    def _resize(self, width: int, height: int) -> None:
        self.page.set_viewport_size({"width": width, "height": height})

    def _picture(self, name: str) -> None:
        """Of the whole page, where the environment asks for it: never in the repository."""
        given = os.environ.get(SCREENSHOTS)
        if given:
            self.page.screenshot(path=Path(given) / self.name / f"{name}.png", full_page=True)

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.troubles.append(f"{self.page.url}: {text}")
