"""Setting rides right in a real browser: found from the logs, by the keyboard alone, and told to the rider."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from central.access.sessions import Kind
from central.access.who import Role
from tests.accessible import faults_of
from tests.central.counter_desk import Clerk, clerk_at
from tests.central.office import Bus, send
from tests.central.office_pages import browser_cookie, serving
from tests.central.phone_ride_bench import claim, drive, quiet_for_days, settle, signed, touch
from tests.central.set_right_bench import rode
from tests.central.settled_bench import check_books
from tests.central.signed_in import as_member
from tests.ride.builders import DAY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest_plugins = ("tests.browser",)
SHOTS = os.environ.get("YUKEMURI_SHOTS")
"""A folder for pictures of the states that matter."""
LAPTOP, PHONE = (1366, 768), (360, 740)


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    with clerk_at(tmp_path) as made:
        for role in (Role.APPROVER, Role.READER):
            made.client(role)
        made.opens_till()
        yield made
        with made.office.database.read() as connection:
            check_books(connection)


@contextmanager
def screen_of(
    browser: Browser, own: str, kind: Kind, name: str, size: tuple[int, int] = LAPTOP
) -> Iterator[Page]:
    """A screen of somebody who is signed in; fails if a script of its pages does."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="ja-JP")
    context.add_cookies([browser_cookie(own, kind, name)])
    page = context.new_page()
    page.set_default_timeout(20_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert faults == []


def looked_at(page: Page, name: str) -> None:
    """It is well by axe, fits into the width, and is kept as a picture where somebody wants one."""
    assert faults_of(page) == [], name
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def tabs_to(page: Page, css: str) -> None:
    """Press Tab until what matches has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("(css) => document.activeElement.matches(css)", css):
            return
    raise AssertionError(f"the keyboard never comes to {css}")


def chooses(page: Page, why: str) -> None:
    """Tab to the reasons and go down to that one: none is chosen before."""
    tabs_to(page, "select[name=why]")
    assert page.evaluate("document.activeElement.value") == ""
    for _ in range(20):
        page.keyboard.press("ArrowDown")
        if page.evaluate("document.activeElement.value") == why:
            return
    raise AssertionError(why)


def by_keyboard(page: Page, css: str, *typed: str) -> None:
    """Tab there, type, and press Enter."""
    tabs_to(page, css)
    for each in typed:
        page.keyboard.type(each)
    page.keyboard.press("Enter")


def test_a_ride_is_set_right_from_the_logs_by_the_keyboard_alone_and_its_rider_reads_why(
    browser: Browser, clerk: Clerk
) -> None:
    member, _ = rode(clerk, Bus())
    as_member(clerk.app.test_client(), member)
    with serving(clerk.app) as own:
        with screen_of(browser, own, Kind.STAFF, Role.CASHIER) as page:
            page.goto(f"{own}/logs?from={DAY}&to={DAY}&q={member}")
            by_keyboard(page, "table.found a")
            page.wait_for_url("**/logs/rides/code-1")
            by_keyboard(page, "a[href='/counter/rides/1']")
            page.wait_for_url("**/counter/rides/1")
            by_keyboard(page, "input[name=yen]", "1600")
            page.get_by_text("480円 → 1,600円").wait_for()
            looked_at(page, "correction-second")
            chooses(page, "wrong-table")
            by_keyboard(page, "input[name=note]", "料金表の写しと確認")
            page.get_by_text("ほかの人の決裁を待っています").wait_for()
            looked_at(page, "correction-waits")
            by_keyboard(page, "a[href='/corrections/asked/1']")
            page.get_by_text("自分が頼んだ訂正です。").wait_for()
            looked_at(page, "correction-own")
            by_keyboard(page, "form[action$='/withdraw'] button")
            page.get_by_text("取り下げ", exact=True).wait_for()
            page.goto(f"{own}/counter/rides/1?kind=void")
            by_keyboard(page, "form.proposal button")
            assert page.evaluate("document.activeElement.name") == "why", "nothing is sent without a reason"
            page.goto(f"{own}/counter/rides/1?kind=void")
            chooses(page, "not-ridden")
            by_keyboard(page, "form.proposal button")
            page.get_by_text("ほかの人の決裁を待っています").wait_for()
        with screen_of(browser, own, Kind.STAFF, Role.APPROVER) as page:
            page.goto(f"{own}/desk")
            by_keyboard(page, "a[href='/corrections#asked']")
            page.wait_for_url("**/corrections#asked")
            looked_at(page, "corrections-list")
            by_keyboard(page, "a[href='/corrections/asked/2']")
            page.wait_for_url("**/corrections/asked/2")
            looked_at(page, "correction-to-approve")
            by_keyboard(page, "form[action$='/approve'] button")
            page.get_by_text("訂正ずみ").wait_for()
            looked_at(page, "correction-approved")
            page.goto(f"{own}/logs/rides/code-1")
            page.get_by_text("本人の乗車ではない").first.wait_for()
            looked_at(page, "correction-in-the-logs")
        with screen_of(browser, own, Kind.OWN, member, PHONE) as page:
            page.goto(f"{own}/m/wallet")
            page.get_by_text("A → E").click()
            told = page.locator("details[open]").inner_text()
            assert "480" in told
            assert page.get_by_text("ではない").first.is_visible()
            looked_at(page, "correction-for-the-rider")


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_of_a_correction_is_accessible_and_fits(
    browser: Browser, clerk: Clerk, size: tuple[int, int], scheme: str
) -> None:
    rode(clerk, Bus())
    path, note = "/counter/rides/1", "お客さまと窓口で確かめた" * 8
    clerk.sets_right(path, {"kind": "stops", "board": 0, "alight": 2}, {"why": "wrong-stop", "note": note})
    clerk.sets_right(path, {"kind": "void"}, {"why": "not-ridden", "note": note})
    with (
        serving(clerk.app) as own,
        screen_of(browser, own, Kind.STAFF, Role.APPROVER, size) as page,
        screen_of(browser, own, Kind.STAFF, Role.READER, size) as reader,
    ):
        for each in (page, reader):
            each.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            for at in ("/corrections", "/corrections/asked/1", "/corrections/asked/2", path):
                each.goto(f"{own}{at}")
                looked_at(each, f"{at[1:].replace('/', '-')}-{size[0]}-{scheme}")
        assert reader.get_by_text("乗車を直す").count() == 0
        page.goto(f"{own}/corrections/asked/2")
        page.get_by_label("断る理由").fill("証拠がない")
        page.get_by_role("button", name="断る").click()
        page.get_by_text("承認されず").first.wait_for()
        for asked in ("kind=party&class=1&adults=1&children=0", "kind=back", "kind=stops&board=3&alight=1"):
            page.goto(f"{own}{path}?{asked}")
            looked_at(page, f"ride-{asked[5:9]}-{size[0]}-{scheme}")


def test_a_ride_by_phone_that_is_made_void_says_why_to_its_rider(browser: Browser, clerk: Clerk) -> None:
    member, bus = clerk.registers("山田", 3_000), Bus()
    with clerk.office.database.write() as connection:
        bus.register(connection)
    doors = drive(bus)
    quiet_for_days(bus)
    send(clerk.office.database, bus)
    for movement, stop in (("board", 0), ("alight", 2)):
        touch(clerk.office, claim(movement, stop, signed(bus, doors[stop])), member)
    settle(clerk.office)
    clerk.sets_right("/counter/rides/phone/1", {"kind": "void"}, {"why": "not-ridden", "note": ""})
    as_member(clerk.app.test_client(), member)
    with serving(clerk.app) as own:
        with screen_of(browser, own, Kind.STAFF, Role.APPROVER) as page:
            page.goto(f"{own}/corrections/asked/1")
            page.get_by_role("button", name="承認する").click()
            page.get_by_text("訂正ずみ").wait_for()
            page.get_by_role("link", name="この乗車を見る").click()
            page.get_by_text("本人の乗車ではない").first.wait_for()
            looked_at(page, "phone-ride-void")
            page.get_by_role("link", name="この乗車の記録を見る").click()
            page.wait_for_url("**/logs/rides/phone-1")
        with screen_of(browser, own, Kind.OWN, member, PHONE) as page:
            page.goto(f"{own}/m/wallet")
            page.get_by_text("A → C").click()
            page.get_by_text("ではない").first.wait_for()
            looked_at(page, "phone-ride-for-the-rider")
