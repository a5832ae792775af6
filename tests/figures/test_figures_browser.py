"""The pages 数字 in a real browser: by the keyboard, nothing for axe to find, long names, empty months, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.accessible import faults_of
from tests.central.office_pages import serving, watched_page
from tests.central.today_village import NAMES
from tests.figures.figures_village import FIRST, Months, months

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("tests.browser",)

LONG = (
    "大蔵村立診療所・保健福祉センター前（冬季は役場前に移設）",
    "新庄駅前",
    "KanachikaShigakkobashiminamiguchi",
)


@pytest.fixture(name="village")
def _village(tmp_path: Path) -> Iterator[Months]:
    with months(tmp_path, (*LONG, *NAMES[3:])) as made:
        # One way by many, so that something is shown; the rest by few.
        made.put([made.rode(f"v{each}", FIRST, 0, 7) for each in range(40)], [])
        made.put([made.rode(f"v{each}", FIRST, 1, 2) for each in range(30)], [])
        made.lives(1, 200, 60, 3)
        yield made


@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), (1366, "dark"), (800, "light")])
def test_every_page_is_accessible_and_fits(
    browser: Browser, village: Months, width: int, scheme: str
) -> None:
    with serving(village.app) as own, watched_page(browser, own) as page:
        page.set_viewport_size({"width": width, "height": 768})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for path in (
            "/figures?month=2026-05",
            f"/figures?month=2026-05&from={LONG[0]}",
            "/figures?month=2026-05&to=nowhere",
            "/figures?month=2026-09",
            "/figures?month=2025-12",
            "/figures/exact?month=2026-05",
            "/figures/dictionary",
        ):
            page.goto(f"{own}{path}")
            assert faults_of(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            if width == 1366:
                bar = page.evaluate("document.querySelector('.places').getBoundingClientRect().height")
                assert bar < 48, "the bar keeps to one line"


def test_every_number_is_reached_by_the_keyboard_alone(browser: Browser, village: Months) -> None:
    with serving(village.app) as own, watched_page(browser, own) as page:
        page.goto(f"{own}/figures?month=2026-05")
        page.wait_for_selector("input[name=month]:focus")
        look = page.get_by_role("link", name="正確な数字…")
        look.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("input[name=why]:focus")
        page.keyboard.type("県の会議")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="日ごと").wait_for()
        assert faults_of(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 1366


def test_a_printed_table_has_all_its_columns_and_no_buttons(browser: Browser, village: Months) -> None:
    with serving(village.app) as own, watched_page(browser, own) as page:
        page.goto(f"{own}/figures?month=2026-05")
        page.emulate_media(media="print")
        # A4 upright, at 96 dots an inch, within margins of 1 cm.
        page.set_viewport_size({"width": 718, "height": 1000})
        assert page.evaluate("document.documentElement.scrollWidth") <= 718
        assert not page.get_by_role("button", name="表示").is_visible()
        assert not page.get_by_role("link", name="CSV").is_visible()
        assert page.get_by_role("columnheader", name="計 all", exact=True).is_visible()
