"""A real Chromium for tests of pages. Use it by `pytest_plugins = ("tests.browser",)` in the test module.

As a plugin it is one for the whole run: playwright cannot be started twice in a thread. Others import `chromium` from
here before pytest does, hence PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The distribution's own Chromium, without a window. Raises FileNotFoundError if there is none."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        raise FileNotFoundError("No Chromium here: ./dev test says how to install it.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the whole run; each test opens a context of its own."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    try:
        with chromium() as started:
            yield started
    except FileNotFoundError as error:
        pytest.skip(str(error))
