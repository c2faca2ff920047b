"""A browser and a Backdrop, each started once for all tests here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import BrowserMissing, chromium, chromium_program
from tests.browser.world import World


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    try:
        chromium_program()
    except BrowserMissing as missing:
        pytest.skip(str(missing))
    with chromium() as started:
        yield started


@pytest.fixture(scope="package")
def world(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("world")) as started:
        yield started
