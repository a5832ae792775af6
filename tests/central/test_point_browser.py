"""The page that a bath's code opens, in a real Chromium on a small phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from central.access.sessions import Kind
from central.app import create_app
from central.devices.data_folder import Office
from central.kiosks.decide_claim import Decision, decide_claim
from central.kiosks.store import pending_claims
from central.members.store import Profile, add_member, put_profile
from tests.accessible import faults_of
from tests.central.kiosk_bench import Bath, bath_office, claim, deliver, points
from tests.central.office import NOW
from tests.central.office_pages import browser_cookie, serving
from tests.central.signed_in import as_member
from tests.central.today_village import Shown, seal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytest_plugins = ("tests.browser",)
SHOTS = os.environ.get("YUKEMURI_SHOTS")
"""A folder for pictures of the states that matter."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with bath_office(tmp_path) as made:
        yield made


@pytest.fixture
def own(office: Office) -> Iterator[str]:
    app = create_app(office.database, Shown(), lambda: NOW + 60, seal)
    as_member(app, "m1")
    as_member(app, "m2")
    with serving(app) as address:
        yield address


@contextmanager
def phone(browser: Browser, own: str, member: str = "") -> Iterator[tuple[BrowserContext, Page]]:
    """A phone of 360 pixels, of a member if one is named; fails if its console complained of more than 401s."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="ja-JP")
    if member:
        context.add_cookies([browser_cookie(own, Kind.OWN, member)])
    page = context.new_page()
    page.set_default_timeout(15_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda said: (
            faults.append(said.text) if said.type == "error" and "status of 4" not in said.text else None
        ),
    )
    page.on("request", lambda asked: None if asked.url.startswith(own) else faults.append(asked.url))
    try:
        yield context, page
    finally:
        context.close()
    assert faults == []


def looked_at(page: Page, name: str) -> None:
    """It is well by axe, fits into the width, and is kept as a picture where somebody wants one."""
    assert faults_of(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def reads(page: Page, words: str) -> None:
    """The page comes to say this; readings that nobody asked for do not count."""
    from playwright.sync_api import expect

    expect(page.locator("main")).to_contain_text(words, use_inner_text=True, timeout=10_000)


def take(page: Page) -> None:
    page.click("#codes button")
    page.locator("#codes button:disabled").wait_for(state="detached")


def test_a_member_gets_the_points_by_one_tap_and_the_code_reaches_no_log(
    browser: Browser, own: str, office: Office
) -> None:
    text = Bath().offer(0)
    with phone(browser, own, "m1") as (_, page):
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{own}/p#{text}")
        page.get_by_role("button", name="50 くらポ").wait_for()
        looked_at(page, "ready")
        assert points(office) == {}
        take(page)
        reads(page, "50 くらポを受け取りました")
        looked_at(page, "given")
        assert page.url == f"{own}/p"
        assert not [url for url in asked if text in url.partition("#")[0]]
        page.reload()
        reads(page, "受け取るポイントはありません")
        looked_at(page, "none")
    assert points(office) == {"m1": 50}


def test_a_visitor_keeps_the_code_and_registers_first(browser: Browser, own: str, office: Office) -> None:
    with phone(browser, own) as (context, page):
        page.goto(f"{own}/p#{Bath().offer(0)}")
        page.get_by_role("button", name="50 くらポ").wait_for()
        take(page)
        link = page.get_by_role("link", name="はじめる・サインイン")
        link.wait_for()
        looked_at(page, "sign-in")
        assert link.get_attribute("href") == "/m/sign-in?next=/p"
        link.click()
        reads(page, "メールアドレス")
        # Whatever signing in is like: afterwards the browser is this member's, and comes without the code.
        context.add_cookies([browser_cookie(own, Kind.OWN, "m1")])
        page.goto(f"{own}/m/wallet")
        page.click("#notice-points a")
        page.get_by_role("button", name="50 くらポ").wait_for()
        take(page)
        reads(page, "50 くらポを受け取りました")
    assert points(office) == {"m1": 50}


@pytest.mark.parametrize("name", ["used", "expired", "undone", "strange", "kiosk", "pending"])
def test_every_answer_is_in_plain_words(browser: Browser, own: str, office: Office, name: str) -> None:
    bath = Bath()
    match name:
        case "expired":
            text, says = bath.offer(-2 * 86_400), "期限が切れました"
        case "pending":
            bath.off = 7_200
            text, says = bath.offer(0), "受け付けました"
        case "strange":
            text, says = f"{bath.offer(0)[:-4]}AAAA", "おふろのコードではないか"
        case "kiosk":
            text, says = bath.offer(0), "登録されていません"
            with office.database.write() as connection:
                connection.exec_driver_sql("UPDATE devices SET revoked = 1")
        case "undone":
            text, says = bath.offer(0), "取り消されました"
            bath.undo(5)
            deliver(office, bath)
        case _:
            text, says = bath.offer(0), "ほかの方が受け取りました"
            with phone(browser, own, "m2") as (_, page):
                page.goto(f"{own}/p#{text}")
                take(page)
                reads(page, "受け取りました")
    with phone(browser, own, "m1") as (_, page):
        page.goto(f"{own}/p#{text}")
        take(page)
        reads(page, says)
        looked_at(page, name)
        page.click("#furigana")
        looked_at(page, f"{name}-furigana")
        page.click("#language")
        looked_at(page, f"{name}-en")


def test_the_wallet_tells_what_waits_and_what_staff_have_said(
    browser: Browser, own: str, office: Office
) -> None:
    with office.database.write() as connection:
        add_member(connection, "m1", "register", "", NOW)
        put_profile(connection, "m1", Profile("山田 花子"), NOW)
    claim(office, Bath(off=7_200).offer(0), "m1")
    with phone(browser, own, "m1") as (_, page):
        page.goto(f"{own}/m/wallet")
        reads(page, "おふろの記録を待っています")
        looked_at(page, "wallet-waits")
        with office.database.write() as connection:
            (found,) = pending_claims(connection)
            decide_claim(connection, found.id, "m1", Decision.REFUSE, NOW + 60)
        page.reload()
        reads(page, "記録が見つからないので")
        looked_at(page, "wallet-refused")
        page.click("#furigana")
        looked_at(page, "wallet-refused-furigana")


def test_the_scanner_opens_a_baths_code(browser: Browser, own: str) -> None:
    with phone(browser, own, "m1") as (_, page):
        page.goto(f"{own}/m/scan")
        address = f"{own}/p#{Bath().offer(0)}"
        opened = page.evaluate("async (text) => (await import('/m/static/scan.js')).ours(text)", address)
        assert opened == address
