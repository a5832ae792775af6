"""The band of practice in a real browser: at the top, within the screen, and nothing for axe to find."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from central.access.sessions import Kind
from central.access.who import Role
from central.devices.data_folder import open_office
from central.japan import seconds_of
from central.practice import village
from central.practice.pages import practice_app
from tests.accessible import faults_of
from tests.central.office_pages import browser_cookie, serving
from tests.central.signed_in import as_member, as_staff
from tests.laid import laid
from tests.practice.real_office import SIZE

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("tests.browser",)
DAY = date(2026, 9, 28)
EVENING = seconds_of(DAY)[0] + 22 * 3600
SHOTS = os.environ.get("YUKEMURI_SHOTS")
"""A folder for pictures of the pages."""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The pages' address, and a member who is signed in."""
    folder = tmp_path_factory.mktemp("practice")
    laid(folder)
    office = open_office(folder, EVENING)
    begun = village.begin(office, SIZE, random.Random(1), DAY)
    village.live(begun, DAY, 1, (), lambda _: None)
    app = as_staff(practice_app(office, lambda: EVENING))
    member = begun.members[0].number
    as_member(app, member)
    with serving(app) as address:
        yield address, member
    office.database.close()


@pytest.mark.parametrize(("path", "width"), [("/today", 1366), ("/m/", 360), ("/m/wallet", 360)])
def test_the_band_is_seen_at_once_and_is_well(
    path: str, width: int, browser: Browser, own: tuple[str, str]
) -> None:
    address, member = own
    context = browser.new_context(viewport={"width": width, "height": 768}, locale="ja-JP")
    staff = browser_cookie(address, Kind.STAFF, Role.ADMINISTRATOR)
    context.add_cookies([staff, browser_cookie(address, Kind.OWN, member)])
    page = context.new_page()
    try:
        page.goto(f"{address}{path}", wait_until="load")
        band = page.locator(".practice-band")
        box = band.bounding_box()
        assert box is not None
        assert (box["y"], box["width"]) == (0, width)
        assert "練習" in band.inner_text()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert faults_of(page) == []
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"practice{path.replace('/', '-')}.png")
    finally:
        context.close()
