"""Live pages: a real browser that keeps up without being touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from central.today import live
from central.today.live import MAX_STREAMS
from rules.ride.outcomes import Outcome
from tests.central.office_pages import browser_cookie, serving, watched_page
from tests.central.today_events import alighted, at, boarded, refused, well
from tests.central.today_village import Village, app_of, found, line

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest_plugins = ("tests.browser",)
SOON_MS = 15_000


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with found(tmp_path) as village:
        village.edition()
        village.machine()
        village.says(well())
        yield village


@pytest.fixture
def app(village: Village) -> Flask:
    return app_of(village)


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    with serving(app) as own:
        yield own


@pytest.fixture
def page(browser: Browser, served: str) -> Iterator[Page]:
    with watched_page(browser, served) as page:
        yield page


def ride(village: Village, pass_id: str, minute: int) -> int:
    board = village.record(boarded(at(8, minute), pass_id=pass_id))
    village.ride(
        board_number=board, pass_id=pass_id, board_wall=at(8, minute), state="open", alight_number=None,
        alight_stop_id=None, alight_wall=None, fare=0, held=0,
    )  # fmt: skip
    return board


def has_rows(page: Page, rows: str, count: int) -> None:
    from playwright.sync_api import expect

    expect(page.locator(rows)).to_have_count(count, timeout=SOON_MS)


def test_a_ride_appears_without_a_reload(village: Village, served: str, page: Page) -> None:
    page.goto(f"{served}/today")
    page.get_by_text("まだ乗車がありません").wait_for()
    page.evaluate("window.untouched = true")
    ride(village, "abcdef0123456789", 20)
    page.locator("#rides tbody tr").filter(has_text="abcdef01").wait_for(timeout=SOON_MS)
    page.locator("#log li").filter(has_text="abcdef01").wait_for(timeout=SOON_MS)
    assert "1" in page.locator("#figures b").first.inner_text()
    assert page.evaluate("window.untouched") is True
    assert page.locator("#live").get_attribute("data-state") == "live"


def test_the_bus_moves_without_a_reload(village: Village, served: str, page: Page) -> None:
    page.goto(f"{served}/today")
    marker = page.locator('[id="bus-bus-001"]')
    before = marker.get_attribute("transform")
    village.says(well(progress=5.5))
    page.locator("#map .callout", has_text="清水 → 日陰").wait_for(timeout=SOON_MS)
    assert marker.get_attribute("transform") != before


def test_a_filter_an_open_row_and_a_half_typed_word_survive_the_news(
    village: Village, served: str, page: Page
) -> None:
    kept, other = "aaaa000011112222", "bbbb000011112222"
    ride(village, kept, 10)
    ride(village, other, 11)
    page.goto(f"{served}/today?q=aaaa0000")
    row = page.locator("#log details").first
    row.locator("summary").click()
    row.locator("pre.exact").wait_for(timeout=SOON_MS)
    page.locator('#filter input[name="q"]').fill("half a wo")
    ride(village, other, 12)
    ride(village, kept, 13)
    has_rows(page, "#rides tbody tr", 2)
    has_rows(page, "#log li", 2)
    assert "bbbb" not in page.locator("#rides").inner_text()
    opened = page.locator("#log details[open]")
    assert opened.count() == 1
    assert kept in opened.locator("pre.exact").inner_text()
    assert "#1" in opened.locator("summary").inner_text()
    assert page.locator('#filter input[name="q"]').input_value() == "half a wo"
    assert page.url.endswith("/today?q=aaaa0000")


def test_focus_stays_on_its_row_while_rows_come_in(village: Village, served: str, page: Page) -> None:
    ride(village, "aaaa000011112222", 10)
    page.goto(f"{served}/today")
    link = page.locator("#rides tbody a", has_text="aaaa0000")
    link.focus()
    ride(village, "bbbb000011112222", 11)
    has_rows(page, "#rides tbody tr", 2)
    assert page.evaluate("document.activeElement.textContent") == "aaaa0000"


def test_a_ride_that_ends_changes_in_its_place(village: Village, served: str, page: Page) -> None:
    board = ride(village, "aaaa000011112222", 10)
    page.goto(f"{served}/today")
    page.locator("#rides tbody", has_text="乗車中").wait_for()
    with village.database.write() as connection:
        from central.database.tables import rides

        connection.execute(
            rides.update().values(
                state="complete", alight_stop_id="s7", alight_wall=at(9), fare=600, held=600
            )
        )
    village.record(alighted(at(9), board, pass_id="aaaa000011112222"))
    page.locator("#rides tbody tr", has_text="完了").wait_for(timeout=SOON_MS)
    assert page.locator("#rides tbody tr").count() == 1


def test_a_bus_that_falls_silent_is_shown_so_though_nothing_comes_in(
    village: Village, served: str, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.3)
    page.goto(f"{served}/today")
    page.locator("#devices", has_text="接続中").wait_for()
    village.now += 3600
    page.locator("#devices", has_text="応答なし").wait_for(timeout=SOON_MS)
    page.locator("#map .bus.stale").wait_for(timeout=SOON_MS)


def test_at_midnight_an_open_page_goes_on_to_the_new_day(village: Village, served: str, page: Page) -> None:
    village.now = at(23, 59)
    page.goto(f"{served}/today")
    page.get_by_text("2026年10月3日（土）").wait_for()
    village.now = at(24, 1)
    village.says(well())
    page.get_by_text("2026年10月4日（日）").wait_for(timeout=SOON_MS)


def test_without_a_place_among_the_live_pages_the_page_polls(
    app: Flask, village: Village, served: str, browser: Browser
) -> None:
    streams = app.extensions["streams"]
    for _ in range(MAX_STREAMS):
        assert streams.take()
    context = browser.new_context()
    context.add_cookies([browser_cookie(served)])
    page = context.new_page()
    page.goto(f"{served}/today")
    page.locator('#live[data-state="poll"]').wait_for(timeout=SOON_MS)
    ride(village, "abcdef0123456789", 20)
    page.locator("#rides tbody tr", has_text="abcdef01").wait_for(timeout=SOON_MS)
    context.close()


def test_a_server_that_is_gone_is_admitted(app: Flask, served: str, browser: Browser) -> None:
    context = browser.new_context()
    context.add_cookies([browser_cookie(served)])
    page = context.new_page()
    page.goto(f"{served}/today")
    page.locator('#live[data-state="live"]').wait_for(timeout=SOON_MS)
    context.set_offline(True)
    app.extensions["streams"].close()
    page.locator('#live[data-state="lost"]').wait_for(timeout=SOON_MS)
    assert "止まっています" in page.locator("#live").inner_text()
    context.close()


def test_the_filter_form_writes_a_short_address(village: Village, served: str, page: Page) -> None:
    village.record(refused(at(9), Outcome.EXPIRED))
    page.goto(f"{served}/today")
    page.locator('#filter select[name="outcome"]').select_option("expired")
    page.locator('#filter input[name="q"]').fill("bus-001")
    page.keyboard.press("Enter")
    page.wait_for_url("**/today?outcome=expired&q=bus-001")
    assert page.locator("#log li").count() == 1


def test_everything_can_be_reached_by_keyboard(village: Village, served: str, page: Page) -> None:
    ride(village, "aaaa000011112222", 10)
    page.goto(f"{served}/today")
    summary = page.locator("#log summary").first
    summary.focus()
    page.keyboard.press("Enter")
    page.locator("#log pre.exact").wait_for(timeout=SOON_MS)
    seen = set()
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        seen.add(page.evaluate("document.activeElement.closest('form, section, nav')?.id"))
    assert {"filter", "rides", "log"} <= seen


@pytest.mark.parametrize("width", [1024, 1366, 1920])
def test_the_page_never_scrolls_sideways(village: Village, served: str, page: Page, width: int) -> None:
    village.edition(line([f"停留所名がとても長い第{place}番目の乗り場" for place in range(35)], number=2))
    village.says(well(edition=2, gps="とても長い説明 " * 20))
    ride(village, "aaaa000011112222", 10)
    page.set_viewport_size({"width": width, "height": 768})
    page.goto(f"{served}/today")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
