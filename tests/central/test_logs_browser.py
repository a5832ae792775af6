"""The logs in a real browser: by the keyboard, nothing for axe to find, nothing beyond the screen's edge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from central.access.who import Role
from central.database.ledger_tables import groups
from central.database.tables import records
from tests.accessible import faults_of
from tests.central.counter_desk import Clerk, clerk_at
from tests.central.office_pages import serving, watched_page
from tests.central.test_logs import played, rides_on
from tests.ride.builders import DAY

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("tests.browser",)


@pytest.fixture(name="clerk")
def _clerk(tmp_path: Path) -> Iterator[Clerk]:
    with clerk_at(tmp_path) as made:
        made.client(Role.ADMINISTRATOR)
        made.opens_till()
        yield made


@pytest.mark.parametrize("width", [1366, 800])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_the_logs_is_accessible_and_fits(
    browser: Browser, clerk: Clerk, width: int, scheme: str
) -> None:
    played(clerk)
    with clerk.office.database.read() as connection:
        record = connection.scalars(select(records.c.id).where(records.c.kind == "tapped")).first()
        group = connection.scalars(select(groups.c.id).where(groups.c.what == "ride")).first()
    with serving(clerk.app) as own, watched_page(browser, own) as page:
        page.set_viewport_size({"width": width, "height": 768})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for path in (
            f"/logs?from={DAY}&to={DAY}",
            f"/logs?from={DAY}&to={DAY}&bus=bus-999",
            "/logs?from=2000-01-01&to=2000-01-02",
            "/logs?q=%231",
            *rides_on(clerk, ""),
            f"/logs/records/{record}",
            f"/logs/groups/{group}",
            "/logs/dictionary",
        ):
            page.goto(f"{own}{path}")
            assert faults_of(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_ride_is_found_by_the_keyboard_alone(browser: Browser, clerk: Clerk) -> None:
    member, _, _ = played(clerk)
    with serving(clerk.app) as own, watched_page(browser, own) as page:
        page.goto(f"{own}/logs?from={DAY}&to={DAY}")
        page.wait_for_selector("input[name=q]:focus")
        page.keyboard.type("山田")
        page.keyboard.press("Enter")
        page.wait_for_url("**q=*")
        page.get_by_role("link", name=member).wait_for()
        link = page.get_by_role("link", name=DAY)
        link.focus()
        page.keyboard.press("Enter")
        page.get_by_text("もとの記録").wait_for()
