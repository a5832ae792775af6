"""The member's page in a real browser: installed, charged, offline, at the door; lost keys, wrong clocks."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from central.my_page import shell
from central.my_page.words import WORDS
from device.reader.decode import read_codes
from device.screen.server import ScreenServer
from hil.phone.app import app_of_strangers
from hil.phone.office import PhoneOffice
from hil.virtual.scenes import screen_frame
from rules.passes.rider_pass import ReadPass, ShowClock, read_code
from rules.ride.outcomes import Outcome
from tests.accessible import faults_of
from tests.hil.phone_bench import (
    PATIENCE_MS,
    SCALE,
    SCREEN,
    Phone,
    Village,
    opened,
    showing_of,
    taken_apart,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytest_plugins = ("tests.browser", "tests.hil.phone_bench")

PAGES = ("", "wallet", "charge", "buy", "scan")
MOST_FIRST_LOAD = 150_000
"""Bytes as they are, not compressed: the office's server compresses nothing."""
MOST_TOUCHES = 10
MANIFEST = "fetch(document.querySelector('link[rel=manifest]').href).then((answer) => answer.json())"


def waits(page: Page, path: str, village: Village) -> Page:
    page.goto(f"{village.url}m/{path}")
    page.wait_for_load_state("networkidle")
    return page


def kept_by_worker(page: Page) -> list[str]:
    """What the service worker keeps once it is in charge."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    found: list[str] = page.evaluate(
        "caches.keys().then(async (names) => (await Promise.all(names.map(async (name) =>"
        " (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)))).flat())"
    )
    return found


def test_from_the_first_look_to_the_door_without_network(context: BrowserContext, village: Village) -> None:
    phone = opened(context, village)
    first = phone.read()
    page = phone.page
    manifest = page.evaluate(MANIFEST)
    assert (manifest["display"], manifest["start_url"], manifest["scope"]) == ("standalone", "/m/", "/")
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
    assert "/m/" in kept_by_worker(page)

    waits(page, "charge", village)
    page.check("input[value='3000']")
    page.click("#charge button")
    page.wait_for_url("**/charging/practice/**")
    page.click("form[action$='/pay'] button")
    page.click("#done a")
    page.wait_for_url("**/m/wallet")
    waits(page, "buy", village)
    page.wait_for_selector(".product button")
    page.click(".product button")
    page.click(".product button")
    page.wait_for_selector("#notice-done", timeout=PATIENCE_MS)
    waits(page, "wallet", village)
    page.wait_for_function("document.querySelector('#balance').textContent === '32,000'", timeout=PATIENCE_MS)
    assert "1,100" in page.inner_text("#tickets")

    context.set_offline(True)
    page.goto(f"{village.url}m/")
    code = phone.shown()
    assert taken_apart(code).body.pass_id == first.body.pass_id
    frame = screen_frame(phone.screen(), np.random.default_rng(1))
    assert read_codes(frame) == [code]
    assert village.bus().answer(code) is Outcome.OK
    village.bus_ahead = 90
    assert village.bus().answer(read_codes(frame)[0]) is Outcome.STALE_CODE
    page.goto(f"{village.url}m/wallet")
    page.wait_for_selector("#notice-offline")
    assert page.inner_text("#balance") == "32,000"


def test_from_the_poster_to_the_first_code_in_ten_touches(context: BrowserContext, tmp_path: Path) -> None:
    office = PhoneOffice(tmp_path, time.time)
    server = ScreenServer(app_of_strangers(office, time.time), port=0)
    server.start()
    touches: list[str] = []
    page = context.new_page()

    def touch(selector: str, text: str = "") -> None:
        touches.append(selector)
        page.click(selector)
        page.keyboard.type(text)

    try:
        page.goto(f"{server.url}m/")
        touch("#notice-sign-in a")
        touch("#mail", "hanako@example.jp")
        touch("form[action$='/sign-in/mail'] button")
        page.wait_for_selector("input[name=code]")
        (mail,) = tmp_path.rglob("*.eml")
        found = re.search(r"\b\d{6}\b", message_from_bytes(mail.read_bytes(), policy=SMTP)["Subject"])
        assert found
        touch("input[name=code]", found[0])
        touch("form[action$='/sign-in/code'] button")
        page.wait_for_url("**/m/")
        assert isinstance(read_code(Phone(page).shown()), ReadPass)
        assert len(touches) <= MOST_TOUCHES
    finally:
        server.stop()
        office.close()


def test_resume_makes_a_new_code_within_a_second(context: BrowserContext, village: Village) -> None:
    phone = opened(context, village)
    phone.shown()
    phone.hide(hidden=True)
    took = phone.page.evaluate(
        """async () => {
          Object.defineProperty(document, 'hidden', { value: false, configurable: true });
          const begun = performance.now();
          document.dispatchEvent(new Event('visibilitychange'));
          while (!document.querySelector('#symbol path')) await new Promise((done) => setTimeout(done, 5));
          return performance.now() - begun;
        }"""
    )
    assert took < 1_000


@pytest.mark.parametrize("ahead", [600, -600], ids=str)
def test_a_clock_ten_minutes_wrong_is_got_over_and_told(
    context: BrowserContext, village: Village, ahead: int
) -> None:
    context.clock.install(time=time.time() + ahead)
    phone = opened(context, village)
    code = phone.shown()
    assert showing_of(taken_apart(code)).clock_quality is ShowClock.ANCHORED
    assert village.bus().answer(code) is Outcome.OK
    assert "10" in phone.page.locator("#notice-clock").inner_text(timeout=PATIENCE_MS)


def test_a_lost_key_is_explained_and_made_anew_with_one_touch(
    context: BrowserContext, village: Village
) -> None:
    phone = opened(context, village)
    old = phone.shown()
    page = phone.page
    page.evaluate(
        "new Promise((done, fail) => { const asked = indexedDB.deleteDatabase('yukemuri-pass');"
        " asked.onsuccess = done; asked.onerror = fail; })"
    )
    page.reload()
    page.wait_for_selector("#notice-other button", timeout=PATIENCE_MS)
    assert "鍵" in page.inner_text("#notice-other")
    assert page.locator("#symbol path").count() == 0
    page.click("#notice-other button")
    new = phone.read()
    assert new.body.pass_id != taken_apart(old).body.pass_id
    assert village.bus().answer(phone.shown()) is Outcome.OK
    assert village.is_denied(taken_apart(old).body.pass_id)
    page.reload()
    assert phone.read().body.pass_id == new.body.pass_id


def test_a_second_phone_rides_only_in_place_of_the_first(
    context: BrowserContext, village: Village, browser: Browser
) -> None:
    first = opened(context, village)
    first.shown()
    other = browser.new_context(viewport=SCREEN, device_scale_factor=SCALE)
    try:
        (cookie,) = context.cookies()
        # As if by https: no browser lets a __Host- cookie be put anywhere else.
        url = village.url.replace("http:", "https:")
        other.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": url, "secure": True}])
        second = opened(other, village)
        second.page.wait_for_selector("#notice-other button", timeout=PATIENCE_MS)
        assert second.page.locator("#symbol path").count() == 0
        second.page.click("#notice-other button")
        second.shown()
        first.page.reload()
        first.page.wait_for_selector("#notice-other button", timeout=PATIENCE_MS)
        assert first.page.locator("#symbol path").count() == 0
    finally:
        other.close()


def test_a_session_that_has_ended_leaves_the_code_and_asks_to_sign_in(
    context: BrowserContext, village: Village
) -> None:
    phone = opened(context, village)
    phone.shown()
    context.route("**/m/api/**", lambda route: route.fulfill(status=401, json={"error": "signed-out"}))
    phone.page.reload()
    assert village.bus().answer(phone.shown()) is Outcome.OK
    phone.page.wait_for_selector("#notice-sign-in a", timeout=PATIENCE_MS)


def test_the_worker_keeps_the_shell_and_nothing_of_anybody(context: BrowserContext, village: Village) -> None:
    page = opened(context, village).page
    for path in PAGES:
        waits(page, path, village)
    kept = kept_by_worker(page)
    assert {f"/m/{path}" for path in PAGES} <= set(kept)
    assert not any("/api/" in path or "charging" in path for path in kept)


def test_the_first_load_is_light(context: BrowserContext, village: Village) -> None:
    sizes: list[int] = []
    page = context.new_page()
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    context.add_init_script("navigator.serviceWorker.register = () => new Promise(() => {})")
    page.goto(f"{village.url}m/")
    Phone(page).shown()
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) <= MOST_FIRST_LOAD


def test_in_a_chat_apps_browser_the_page_says_how_to_leave_it(browser: Browser, village: Village) -> None:
    context = browser.new_context(viewport=SCREEN, user_agent="Mozilla/5.0 (iPhone) Safari Line/14.1")
    try:
        page = context.new_page()
        page.goto(f"{village.url}m/")
        page.wait_for_selector("#notice-app", timeout=PATIENCE_MS)
    finally:
        context.close()


def test_only_addresses_of_this_village_are_opened_by_the_scanner(
    context: BrowserContext, village: Village
) -> None:
    page = waits(context.new_page(), "scan", village)
    opens = "(text) => import('/m/static/scan.js').then((m) => m.ours(text) ?? '')"
    here = village.url.rstrip("/")
    for path in ("/ride#bus-001.7.sig", "/p#abc", "/shop/3"):
        assert page.evaluate(opens, here + path) == here + path
    for strange in (
        "https://elsewhere.example/ride#x",
        f"{here}/m/",
        f"{here}/rides",
        "YP1:ABC",
        "",
        "javascript:1",
    ):
        assert page.evaluate(opens, strange) == ""


@pytest.fixture(params=["light", "dark"])
def looked_at(browser: Browser, village: Village, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport=SCREEN, device_scale_factor=SCALE, color_scheme=request.param)
    try:
        page = waits(context.new_page(), "", village)
        Phone(page).shown()
        yield page
    finally:
        context.close()


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_in_either_language(looked_at: Page, village: Village, path: str) -> None:
    page = waits(looked_at, path, village)
    assert faults_of(page) == []
    page.click("#furigana")
    assert faults_of(page) == []
    page.click("#language")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert faults_of(page) == []
    page.reload()
    assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["ja", "furigana", "en"])
def test_at_360_pixels_and_twice_the_text_nothing_is_cut_off(
    context: BrowserContext, village: Village, path: str, lang: str
) -> None:
    context.add_init_script(
        f"localStorage.setItem('yukemuri-lang', '{'en' if lang == 'en' else 'ja'}');"
        f"localStorage.setItem('yukemuri-furigana', '{int(lang == 'furigana')}')"
    )
    page = waits(context.new_page(), path, village)
    for size in ("100%", "200%"):
        page.evaluate("(size) => { document.documentElement.style.fontSize = size; }", size)
        assert page.evaluate("document.documentElement.scrollWidth") <= SCREEN["width"], size


def test_every_word_has_the_reading_of_every_kanji() -> None:
    for key, (ja, en) in WORDS.items():
        bare = re.sub(r"\{[^|{}]+\|[ぁ-ゖァ-ヶー]+\}", "", ja)
        assert not re.search(r"[一-龠々]", bare), (key, bare)
        assert en.strip(), key


def test_another_byte_anywhere_in_the_shell_is_another_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = shell.shell_version()
    other = tmp_path / "more.css"
    other.write_text("/* more */", encoding="utf-8")
    files = shell.shell_files()
    monkeypatch.setattr(shell, "shell_files", lambda: files | {"/m/static/my_page.css": other})
    assert shell.shell_version() != before
