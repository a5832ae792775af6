"""The counter in a real browser: by the keyboard alone, nothing for axe to find, nothing beyond the screen's edge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from central.access.sessions import Kind
from central.access.who import Role
from tests.accessible import faults_of
from tests.central.counter_desk import Clerk, clerk_at
from tests.central.office import Bus, charge_forgotten, send
from tests.central.office_pages import browser_cookie, serving, watched_page
from tests.central.phone_ride_bench import claim, drive, quiet_for_days, settle, signed, touch
from tests.central.settled_bench import forgotten, off, on

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("tests.browser",)


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    with clerk_at(tmp_path) as made:
        made.client(Role.ADMINISTRATOR)
        made.opens_till()
        yield made


def busy(clerk: Clerk) -> str:
    """A member with rides, one of them forgotten and set right, two cards, tickets and a receipt; their number."""
    member = clerk.registers("山田 花子", 3_000, kana="やまだ はなこ", phone="0233-75-1111", card="on")
    clerk.registers("山田 太郎", kana="やまだ たろう")
    (card,) = clerk.cards(member)
    pass_id, bus = card.issued.body.pass_id.hex(), Bus()
    with clerk.office.database.write() as connection:
        bus.register(connection)
    tap = bus.write(on(pass_id, 0))
    bus.write(off(pass_id, tap, 4, 480))
    tap = bus.write(on(pass_id, 1, second=2_000))
    bus.write(forgotten(pass_id, tap, 360, 0, start=1))
    send(clerk.office.database, bus)
    charge_forgotten(clerk.office, bus)
    stops, why = {"kind": "stops", "board": 0, "alight": 2}, {"why": "wrong-stop", "note": "本人と確認"}
    clerk.sets_right("/counter/rides/1", stops, why)
    clerk.sends(f"/counter/members/{member}/cards/{pass_id}/reissue", {"why": "lost"})
    clerk.sends(f"/counter/members/{member}/tickets/cash", {"product": 1, "count": 1})
    rides_by_phone(clerk, bus, clerk.registers("大蔵村立大蔵小学校スクールバス 山田 二郎", 1_000))
    return member


def rides_by_phone(clerk: Clerk, bus: Bus, member: str) -> None:
    """One with its fare, one that nobody ended, one that the bus has read, too, and one for which there is no fare."""
    doors = drive(bus)
    quiet_for_days(bus)
    send(clerk.office.database, bus)
    read, unknown = (clerk.registers(name, card="on") for name in ("山田 三郎", "山田 四郎"))
    pass_id = clerk.cards(read)[0].issued.body.pass_id.hex()
    for who, movement, stop in (
        (member, "board", 0),
        (member, "alight", 2),
        (member, "board", 3),
        (read, "board", 0),
        (unknown, "board", 1),
        (unknown, "alight", 3),
    ):
        touch(clerk.office, claim(movement, stop, signed(bus, doors[stop]), f"{who}-{movement}-{stop}"), who)
    tap = bus.write(on(pass_id, 0))
    bus.write(off(pass_id, tap, 2, 240))
    send(clerk.office.database, bus)
    settle(clerk.office)


def pages_of(member: str) -> list[str]:
    return [
        "/counter",
        "/counter/new",
        f"/counter/members/{member}",
        f"/counter/members/{member}?new=1",
        "/counter/cards",
        "/counter/till",
        "/counter/receipts/1",
        "/counter/rides/1",
        "/counter/rides/2?board=1&alight=2",
        # From B to D there is no fare.
        "/counter/rides/2?board=1&alight=3",
        "/counter/rides/phone/1",
        "/counter/rides/phone/2",
        "/counter/rides/phone/3",
        "/counter/rides/phone/4",
    ]


@pytest.mark.parametrize("width", [1366, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_the_counter_is_accessible_and_fits(
    browser: Browser, clerk: Clerk, width: int, scheme: str
) -> None:
    member = busy(clerk)
    with serving(clerk.app) as own, watched_page(browser, own) as page:
        page.set_viewport_size({"width": width, "height": 768})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for path in pages_of(member):
            page.goto(f"{own}{path}")
            assert faults_of(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_the_counter_without_anything_says_what_comes_and_what_to_do(
    browser: Browser, tmp_path: Path
) -> None:
    with clerk_at(tmp_path / "empty") as clerk:
        clerk.client(Role.ADMINISTRATOR)
        member = clerk.registers("山田 花子")
        with serving(clerk.app) as own, watched_page(browser, own) as page:
            for path in ("", "/new", f"/members/{member}", "/cards", "/till"):
                page.goto(f"{own}/counter{path}")
                assert faults_of(page) == [], path
            page.goto(f"{own}/counter")
            page.wait_for_selector("input:focus")
            page.keyboard.type("だれもいない")
            page.keyboard.press("Enter")
            page.get_by_text("見つかりません。").wait_for()
            assert faults_of(page) == []


def test_a_newcomer_is_registered_by_the_keyboard_alone(browser: Browser, clerk: Clerk) -> None:
    with serving(clerk.app) as own, watched_page(browser, own) as page:
        page.goto(f"{own}/counter/new")
        page.wait_for_selector("input:focus")
        # Name, reading, class, telephone, cash: five inputs, and Enter.
        for typed in ("木村 キヨ", "きむら きよ", "", "0233-75-2222", "2000"):
            if typed:
                page.keyboard.type(typed)
            else:
                page.keyboard.press("ArrowDown")
                page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter" if typed == "2000" else "Tab")
        page.wait_for_url("**?new=1")
        assert page.get_by_role("button", name="カードを印刷 Print the card").evaluate(
            "(button) => button === document.activeElement"
        )
        assert "2,000 くらポ" in page.inner_text("main")
        assert page.get_by_role("heading", name="木村 キヨ").text_content().endswith("高齢者")  # type: ignore[union-attr]
        page.goto(f"{own}/counter")
        page.wait_for_selector("input:focus")
        page.keyboard.type("キムラ")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="木村 キヨ").wait_for()


def test_what_is_refused_is_told_with_what_was_typed_still_there(browser: Browser, clerk: Clerk) -> None:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    with serving(clerk.app) as own:
        context.add_cookies([browser_cookie(own, Kind.STAFF, Role.ADMINISTRATOR)])
        page = context.new_page()
        page.goto(f"{own}/counter/new")
        page.get_by_label("名前 Name").fill("木村 キヨ")
        page.get_by_label("チャージする現金").fill("999999")
        page.keyboard.press("Enter")
        page.get_by_role("alert").wait_for()
        assert "50,000" in (page.get_by_role("alert").text_content() or "")
        assert page.get_by_label("名前 Name").input_value() == "木村 キヨ"
        assert faults_of(page) == []
        context.close()
