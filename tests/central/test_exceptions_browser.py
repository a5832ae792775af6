"""例外 in a real browser, from the office's screen to a phone: narrowed by a click, and nothing out of sight."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from central.devices.list_incident import What
from tests.accessible import faults_of
from tests.central.exceptions_desk import LONG, NO_BOARDING, bad_day
from tests.central.office_pages import serving, watched_page
from tests.central.today_events import alighted, at
from tests.central.today_village import Village, app_of, found, line

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest_plugins = ("tests.browser",)

WIDTHS = (1280, 360)


def long_names(village: Village) -> Village:
    village.edition(line((LONG, LONG[::-1], *"CDEFGH")))
    village.machine(LONG[:200])
    village.record(alighted(at(9), 77), LONG[:200], refused=NO_BOARDING + "W" * 460)
    for what in What:
        village.incident(what, "W" * 200, LONG[:200])
    return village


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The exceptions of a bad day."""
    with (
        found(tmp_path) as village,
        serving(app_of(bad_day(village))) as own,
        watched_page(browser, own) as page,
    ):
        page.goto(f"{own}/exceptions")
        yield page


def test_whoever_hears_the_page_or_has_no_mouse_finds_everything(page: Page) -> None:
    assert faults_of(page) == []
    page.get_by_role("link", name="記録を見る").first.click()
    page.locator("pre.exact").wait_for()
    assert faults_of(page) == []


def test_from_a_total_to_its_exceptions_and_on_to_the_record(page: Page) -> None:
    page.get_by_role("navigation", name="種類ごとの件数").get_by_role("link", name="未記帳の記録").click()
    page.wait_for_url("**/exceptions?kind=record-refused")
    assert page.locator("li.case").count() == 1
    page.get_by_role("link", name="記録を見る").click()
    page.get_by_text("入りませんでした: 乗車の記録がありません").wait_for()


def test_the_form_narrows_the_list_and_is_cleared_again(page: Page) -> None:
    page.get_by_label("種類 Kind").select_option("失われた記録")
    page.get_by_label("届いた日").fill("2026-10-03")
    page.get_by_role("button", name="絞り込む").click()
    page.wait_for_url("**kind=records-lost**from=2026-10-03**")
    assert page.locator("li.case").count() == 1
    page.get_by_role("link", name="解除").click()
    page.wait_for_url("**/exceptions")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "fill", [bad_day, long_names, lambda village: village], ids=["busy", "long", "empty"]
)
def test_nothing_stands_beyond_the_screens_edge_or_over_its_neighbour(
    browser: Browser, tmp_path: Path, width: int, fill: object
) -> None:
    assert callable(fill)
    with (
        found(tmp_path) as village,
        serving(app_of(fill(village))) as own,
        watched_page(browser, own) as page,
    ):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{own}/exceptions")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        crowded = """() => [...document.querySelectorAll(".case")].flatMap((row) =>
            [...row.children].filter((cell) => cell.scrollWidth > cell.clientWidth + 1
                || cell.getBoundingClientRect().right > row.getBoundingClientRect().right + 1)
            .map((cell) => `${row.id} ${cell.className}`))"""
        assert page.evaluate(crowded) == []
