"""Signing in as a real Chromium does it: cookies, passkeys, narrow screens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from central.access.who import Role
from tests.access.desk import MAIL, PASSPHRASE, Desk
from tests.accessible import faults_of
from tests.central.office_pages import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest_plugins = ("tests.browser",)
NARROW = {"width": 360, "height": 640}


@contextmanager
def opened(browser: Browser, *, with_key: bool = False) -> Iterator[Page]:
    """A phone; with a device that keeps passkeys and always knows its owner."""
    context = browser.new_context(viewport={"width": 360, "height": 640}, locale="ja-JP")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    if with_key:
        session = context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    try:
        yield page
    finally:
        context.close()
    assert faults == []


@pytest.fixture
def own(desk: Desk) -> Iterator[str]:
    with serving(desk.app()) as address:
        # Passkeys hold to a name.
        yield address.replace("127.0.0.1", "localhost")


def assert_fits(page: Page) -> None:
    """It is read on a narrow phone, with large text, with furigana where there is any, and by whoever cannot see it."""
    for size in ("200%", "100%"):
        page.evaluate("(size) => { document.documentElement.style.fontSize = size; }", size)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], size
    assert faults_of(page) == []
    if page.locator("#furigana").count():
        page.click("#furigana")
        assert page.locator("rt").first.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        assert faults_of(page) == []
        page.click("#furigana")
        assert not page.locator("rt").first.is_visible()


def test_an_invitation_a_passkey_and_back_in_without_a_passphrase(
    desk: Desk, own: str, browser: Browser
) -> None:
    with opened(browser, with_key=True) as page:
        page.goto(f"{own}/staff/invitation#{desk.invited('sato', Role.ADMINISTRATOR)}")
        assert page.url == f"{own}/staff/invitation"
        page.fill("#passphrase", PASSPHRASE)
        page.fill("#again", PASSPHRASE)
        assert_fits(page)
        page.click("button.main")
        page.wait_for_url("**/staff/account")
        page.click("form[data-passkey] button")
        page.get_by_text("登録したパスキー: 1 個").wait_for()
        page.get_by_role("button", name="サインアウト").click()
        page.wait_for_url("**/staff/sign-in")
        assert_fits(page)
        page.goto(f"{own}/today?q=bus-001")
        page.get_by_role("button", name="パスキーでサインイン").click()
        page.wait_for_url("**/today?q=bus-001")
    assert ("staff:sato", "passkey-added", "staff:sato") in desk.audited()


def test_secure_cookies_hold_on_the_loopback_address_too(desk: Desk, own: str, browser: Browser) -> None:
    own = own.replace("localhost", "127.0.0.1")
    with opened(browser) as page:
        desk.demo = True
        page.goto(f"{own}/staff/invitation#{desk.invited()}")
        page.fill("#passphrase", PASSPHRASE)
        page.fill("#again", PASSPHRASE)
        page.click("button.main")
        page.wait_for_url("**/staff/account")
        assert page.locator("form[data-passkey]").is_hidden()
        (cookie,) = page.context.cookies()
        assert cookie["secure"]
        assert cookie["httpOnly"]


def test_a_visitor_comes_in_by_mail_registers_a_passkey_and_comes_in_by_it(
    desk: Desk, own: str, browser: Browser
) -> None:
    with opened(browser, with_key=True) as page:
        page.goto(f"{own}/m/sign-in?next=/m/people")
        assert_fits(page)
        page.fill("#mail", MAIL)
        page.click("button.main")
        page.locator("#code").wait_for()
        assert_fits(page)
        page.fill("#code", desk.mails.code)
        page.click("button.main")
        page.wait_for_url("**/m/people")
        assert_fits(page)
        with page.expect_navigation():
            page.click("form[data-passkey] button")
        page.click("form[action='/m/sign-out'] button")
        page.wait_for_url("**/m/sign-in")
        page.goto(f"{own}/m/pin")
        page.click("form[data-passkey] button")
        # Not by the address: that of the page before ends like it.
        page.locator("#pin.code").wait_for()
        assert_fits(page)
    assert [what for _, what, _ in desk.audited()] == [
        "member-registered",
        "signed-in",
        "passkey-added",
        "signed-in",
    ]


def test_a_passkey_of_the_staff_is_no_member_s(desk: Desk, own: str, browser: Browser) -> None:
    with opened(browser, with_key=True) as page:
        page.goto(f"{own}/staff/invitation#{desk.invited()}")
        page.fill("#passphrase", PASSPHRASE)
        page.fill("#again", PASSPHRASE)
        page.click("button.main")
        page.click("form[data-passkey] button")
        page.get_by_text("登録したパスキー: 1 個").wait_for()
        page.goto(f"{own}/m/sign-in")
        page.click("form[data-passkey] button")
        page.get_by_text("This passkey does not let you in").wait_for()
