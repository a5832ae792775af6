"""The distribution's own Chromium: for tests of pages, for the README's pictures, and in a rider's hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

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


def find_chromium() -> str | None:
    """Its program, None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """One without a window. Raises FileNotFoundError if there is none."""
    from playwright.sync_api import sync_playwright

    program = find_chromium()
    if program is None:
        raise FileNotFoundError("No Chromium here: ./dev test says how to install it.")
    with sync_playwright() as playwright:
        # Ctrl-C is for whoever holds the browser, and closes it then.
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS, handle_sigint=False)
        try:
            yield browser
        finally:
            browser.close()
