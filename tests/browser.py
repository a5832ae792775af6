"""A real Chromium for tests of pages. Use it by `pytest_plugins = ("tests.browser",)` in the test module.

As a plugin it is one for the whole run: playwright cannot be started twice in a thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from hil.browser import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the whole run; each test opens a context of its own."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    try:
        with chromium() as started:
            yield started
    except FileNotFoundError as error:
        pytest.skip(str(error))
