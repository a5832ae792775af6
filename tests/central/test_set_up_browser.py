"""設定 in a real browser on a laptop: by keyboard alone, with long names, and axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from central.app import create_app
from central.devices.data_folder import Office
from central.japan import day_of
from central.kiosks.keep_kiosks import KioskWanted, change_kiosk
from central.office_rules.definitions import RULES
from central.office_rules.set_rule import RuleWanted, set_rule, withdraw_rule
from central.programmes.keep_programmes import Difference, ProgrammeWanted, change_programme, withdraw_change
from tests.accessible import faults_of
from tests.central.kiosk_bench import ADULT, CHILD, KIOSK, bath_office
from tests.central.office import NOW
from tests.central.office_pages import serving, watched_page
from tests.central.signed_in import as_staff
from tests.central.today_village import Shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest_plugins = ("tests.browser",)

TODAY = day_of(NOW)
CHANGES = 4
"""One that was added, and three changes of it."""
LONG = "肘折温泉郷いでゆ館とカルデラ温泉館をむすぶ村の湯めぐり手形つき入浴のポイント事業" * 2
PAGES = (
    "/set-up",
    "/set-up/rules",
    "/set-up/rules/charging.most_yen",
    "/set-up/programmes",
    "/set-up/programmes/bath",
    "/kiosks/kiosk-001/settings",
)


def busy(office: Office) -> None:
    """Every rule is about to change, twice, for a long reason; one change is withdrawn."""
    with office.database.write() as connection:
        for rule in RULES:
            for days, value in ((3, rule.default + 1), (9, rule.default + 2)):
                wish = RuleWanted(rule.name, value, TODAY + timedelta(days=days), LONG[:30], LONG)
                set_rule(connection, wish, NOW)
        withdraw_rule(connection, 1, LONG[:30], LONG, NOW)
        dear = replace(
            KIOSK, place_ja=LONG[:60], place_en="W" * 60, visits=(replace(ADULT, points=60), CHILD)
        )
        wanted = KioskWanted(dear, TODAY + timedelta(days=2), LONG, LONG[:30])
        assert change_kiosk(connection, wanted, NOW) is None
        title = {"title_ja": LONG[:60], "title_en": "W" * 100, "issuer": LONG[:60]}
        for days, fields in ((2, title), (5, {"cap_per_day": 900}), (9, {"cap_per_day": 800})):
            asked = ProgrammeWanted("bath", fields, TODAY + timedelta(days=days), LONG[:30], LONG)
            assert isinstance(change_programme(connection, asked, NOW), Difference)
        assert withdraw_change(connection, CHANGES, LONG[:30], LONG, NOW) is None


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with bath_office(tmp_path) as made:
        yield made


@pytest.fixture
def page(browser: Browser, office: Office) -> Iterator[Page]:
    app = as_staff(create_app(office.database, Shown(), lambda: NOW, lambda packed: packed))
    with serving(app) as own, watched_page(browser, own) as made:
        made.goto(f"{own}/set-up")
        yield made


@pytest.mark.parametrize("fill", ["empty", "busy"])
def test_axe_finds_nothing_and_nothing_stands_beyond_the_edge(page: Page, office: Office, fill: str) -> None:
    if fill == "busy":
        busy(office)
    own = page.url.removesuffix("/set-up")
    for path in PAGES:
        page.goto(own + path)
        assert faults_of(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 1366, path


def test_a_rule_is_found_tried_set_and_withdrawn_by_keyboard_alone(page: Page) -> None:
    page.get_by_role("link", name="決まり Rules").press("Enter")
    page.get_by_role("link", name="一回の上限 most of one charge", exact=True).press("Enter")
    page.get_by_label("新しい値").fill("30000")
    page.get_by_label("理由 Why").press_sequentially("祭りのあいだ")
    page.keyboard.press("Enter")
    page.get_by_text("20,000円 → 30,000円").wait_for()
    page.get_by_label("違いを確かめました").press("Space")
    page.get_by_role("button", name="決める").press("Enter")
    page.get_by_text("決めました。").wait_for()
    page.get_by_label("からの30,000円を取り消す理由").press_sequentially("中止")
    page.keyboard.press("Enter")
    page.get_by_text("取り消しました。").wait_for()


def test_a_programme_is_changed_from_a_day_on_and_the_change_withdrawn_by_keyboard_alone(page: Page) -> None:
    page.goto(f"{page.url}/programmes/bath")
    page.get_by_label("いつから").fill((TODAY + timedelta(days=9)).isoformat())
    page.get_by_label("一人一日の上限").fill("40")
    page.locator("section[aria-labelledby=change]").get_by_label("理由 Why").press_sequentially("冬だけ")
    page.keyboard.press("Enter")
    page.get_by_text("→ 40").wait_for()
    if page.get_by_label("違いを確かめました").count():
        page.get_by_label("違いを確かめました").press("Space")
    page.get_by_role("button", name="決める").press("Enter")
    page.get_by_text("決めました。").wait_for()
    page.get_by_label("からの変更を取り消す理由").press_sequentially("中止")
    page.keyboard.press("Enter")
    page.get_by_text("取り消しました。").wait_for()
