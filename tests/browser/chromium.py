"""Debian's Chromium, without a window, driven by Playwright; and what is wrong with a page for people who can't
see or point."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

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
# From the narrowest phone that anybody has to a desk, and of those the ones that are tapped on.
WIDTHS, PHONES = (320, 375, 390, 768, 1280), 600
# WCAG 2.2 AA, 2.5.8: pixels.
TAP = 24
LAYOUT = Path(__file__).with_name("layout.js").read_text(encoding="utf-8")
# Where screenshots stay for people to look at; without it they go with the test's other files.
SCREENSHOTS = "BACKDROP_TEST_SCREENSHOTS"
PATIENCE = 15_000  # milliseconds, for what a page waits for
BAD_ENOUGH = ("serious", "critical")


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
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


class Viewer:
    """A window of one size, that notes what goes wrong in it and keeps pictures of what it shows."""

    def __init__(self, browser: Browser, url: str, size: tuple[int, int], folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.troubles: list[str] = []
        self.hosts: set[str] = set()
        self.size = size
        width, height = size
        self._context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height},
            permissions=["clipboard-read", "clipboard-write"],
            has_touch=size == PHONE,
        )
        self._context.set_default_timeout(PATIENCE)
        self.page: Page = self._context.new_page()
        self.page.on("pageerror", lambda error: self.troubles.append(f"{self.page.url}: {error}"))
        self.page.on("console", lambda said: self._note(said.type, said.text))
        self.page.on("request", lambda asked: self.hosts.add(asked.url.split("/")[2]))

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)

    def look(self, name: str) -> None:
        """Keep a picture of the whole page, and have it looked through for what keeps people out."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self.folder / f"{name}.png", full_page=True)
        assert self.faults() == [], f"{name} ({self.page.url})"
        assert self.misplaced() == [], f"{name} ({self.page.url})"

    def faults(self) -> list[str]:
        """What axe finds that is serious or critical."""
        before = len(self.troubles)
        # Without its preloading, which asks for style sheets that nobody else asks for.
        found = Axe().run(self.page, options={"preload": False}).response["violations"]
        # It measures by inline styles, which our pages refuse.
        del self.troubles[before:]
        return [
            f"{each['id']}: {each['help']}: {node['html'][:200]} {node['any'][:1] and node['any'][0]['message']}"
            for each in found
            if each["impact"] in BAD_ENOUGH
            for node in each["nodes"]
        ]

    def misplaced(self) -> list[str]:
        """What sticks out, is cut or too small to tap.

        With a phone's window at every width that people have; a desk's, which is looked at for its colours, as
        it is.
        """
        found = []
        self.page.wait_for_load_state()
        for width in WIDTHS if self.size == PHONE else self.size[:1]:
            self.page.set_viewport_size({"width": width, "height": self.size[1]})
            here = self.page.evaluate(f"({LAYOUT})({TAP if width < PHONES else 0})")
            found += [f"at {width} pixels: {each}" for each in here]
        self.page.set_viewport_size({"width": self.size[0], "height": self.size[1]})
        return found

    def clipboard(self) -> str:
        text: str = self.page.evaluate("navigator.clipboard.readText()")
        return text

    def close(self) -> None:
        self._context.close()

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.troubles.append(f"{self.page.url}: {text}")


def screenshot_folder(otherwise: Path) -> Path:
    """Never in the repository: where the environment says, or else among the test's own files."""
    given = os.environ.get(SCREENSHOTS)
    return Path(given) if given else otherwise
