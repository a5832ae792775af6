"""路線と運賃 in a real browser: a clerk takes a feed in, decides its fares, publishes, and takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.central.office_pages import serving, watched_page
from tests.central.test_feed_pages import TWO_PRICES
from tests.central.today_village import app_of, found
from tests.network.feeds import feed, zipped

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest_plugins = ("tests.browser",)


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The overview of an empty office."""
    with (
        found(tmp_path / "office") as village,
        serving(app_of(village)) as own,
        watched_page(browser, own) as page,
    ):
        page.goto(f"{own}/network")
        yield page


def take_in(page: Page, path: Path) -> None:
    page.set_input_files("#feed", path)
    page.get_by_role("button", name="読み込む").click()
    page.wait_for_url("**/network/feeds/*")


def test_from_a_zip_with_two_prices_to_an_edition_and_back(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "大蔵村.zip"
    path.write_bytes(zipped(feed(**TWO_PRICES)))
    take_in(page, path)
    assert page.get_by_role("button", name="新しい版として公開する").count() == 0
    page.get_by_role("link", name="分かれた運賃をここで決める").click()
    page.get_by_label("200円").check()
    page.get_by_role("button", name="この一覧を保存").click()
    page.get_by_text("1件を保存しました").wait_for()
    page.get_by_role("link", name="データの画面へ戻って公開する").click()
    page.get_by_role("button", name="新しい版として公開する").click()
    page.get_by_text("第1版を公開しました").wait_for()
    page.get_by_role("link", name="大蔵村.zip").first.click()
    page.get_by_role("button", name="新しい版として公開する").click()
    page.get_by_role("link", name="取り下げ").first.click()
    page.get_by_role("button", name="第2版を取り下げる").click()
    page.get_by_text("第2版を取り下げました").wait_for()


def test_a_commuter_pass_is_added_with_the_keyboard_alone(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "feed.zip"
    path.write_bytes(zipped(feed()))
    take_in(page, path)
    page.goto(page.url.partition("/network")[0] + "/network/tariff")
    form = page.locator("form", has=page.locator("input[name=what][value=product]"))
    form.get_by_label("名前 Name", exact=True).focus()
    page.keyboard.type("通学")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.type("役場前")
    page.keyboard.press("Tab")
    page.keyboard.type("清水")
    form.get_by_label("値段").focus()
    page.keyboard.type("6000")
    form.get_by_label("いつから").fill("2027-04-01")
    page.keyboard.press("Enter")
    page.get_by_text("保存しました").wait_for()
    page.get_by_text("役場前 ⇄ 清水").wait_for()


def test_a_form_under_way_says_so_and_is_not_sent_twice(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "feed.zip"
    path.write_bytes(zipped(feed()))
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    page.set_input_files("#feed", path)
    page.route("**/network/feeds", lambda route: None)
    pressed = """() => {
        const button = document.querySelector("form[data-busy] button");
        button.click();
        return new Promise((told) => setTimeout(() => {
            button.click();
            told([button.textContent, button.disabled]);
        }, 100));
    }"""
    assert page.evaluate(pressed) == ["読んでいます…", True]
    assert len(sent) == 1
