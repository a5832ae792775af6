"""職員, 問い合わせ and 掲示物 in a real browser: by the keyboard, nothing for axe to find, nothing beyond the edge."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from central.access.sessions import Kind
from central.access.staff.change_staff import leave
from central.access.staff.invite import accept, invite
from central.access.who import Role
from central.app import PLACES
from tests.accessible import faults_of
from tests.central.counter_desk import Clerk, clerk_at
from tests.central.office import Bus, send
from tests.central.office_pages import browser_cookie, serving, watched_page
from tests.central.today_events import at, door

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest_plugins = ("tests.browser",)

LONG_NAME = "oomori.shoutarou-" + "n" * 15
LONG_WORDS = "折り返しのない" * 60 + "\n" + "x" * 300
PAGES = ("/staff/people", "/staff/account", "/inquiries", "/inquiries/new", "/notices")


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    with clerk_at(tmp_path) as made:
        made.client(Role.ADMINISTRATOR)
        made.opens_till()
        yield made


def busy(clerk: Clerk) -> str:
    """A member who asked twice, a stranger with long words, staff of every kind; the member's number."""
    member = clerk.registers("大蔵村立大蔵小学校スクールバス 山田 二郎", 1_000, card="on")
    names = ["sato", "suzuki", "高橋", LONG_NAME, "tanaka", "ito"]
    with clerk.office.database.write() as connection:
        Bus().register(connection)
        for name, role in zip(names, [*Role, Role.CLERK], strict=True):
            secret = invite(connection, name, role, "system", clerk.now, secrets.token_bytes)
            if name != "tanaka":
                assert accept(connection, str(secret), "yuki to kaze no uta", clerk.now) == name
        assert leave(connection, "ito", "system", clerk.now) is None
    form = {"way": "window", "about": "ride", "state": "open", "said": "降りた停留所が違うと言われた。"}
    clerk.sends("/inquiries/new", form | {"member": member, "next": "運転日報を見る", "by": LONG_NAME})
    clerk.sends("/inquiries/1", {"state": "done", "said": "日報と合っていたと電話した。"})
    clerk.sends(
        "/inquiries/new", form | {"caller": "名" * 100, "said": LONG_WORDS, "next": "次" * 200, "by": "sato"}
    )
    clerk.sends("/inquiries/new", form | {"member": member, "state": "waiting", "about": "card"})
    return member


def pictured(page: Page, name: str) -> None:
    """Kept where somebody wants to look at it."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def is_well(page: Page, own: str, path: str, width: int, name: str) -> None:
    page.goto(f"{own}{path}")
    pictured(page, f"{name}-{width}{path.replace('/', '-').partition('?')[0]}")
    assert faults_of(page) == [], path
    assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("width", [1366, 360])
def test_without_anything_each_page_says_what_comes_and_what_to_do(
    browser: Browser, clerk: Clerk, width: int
) -> None:
    with serving(clerk.app) as own, watched_page(browser, own) as page:
        page.set_viewport_size({"width": width, "height": 768})
        for path in PAGES:
            is_well(page, own, path, width, "empty")
        page.goto(f"{own}/inquiries")
        page.get_by_text("問い合わせはまだありません。").wait_for()


@pytest.mark.parametrize("width", [1366, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits_also_with_long_names(
    browser: Browser, clerk: Clerk, width: int, scheme: str
) -> None:
    member = busy(clerk)
    with serving(clerk.app) as own, watched_page(browser, own) as page:
        page.set_viewport_size({"width": width, "height": 768})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        more = (
            "/inquiries/1",
            "/inquiries/2",
            f"/inquiries/new?member={member}",
            f"/counter/members/{member}",
        )
        for path in (*PAGES, *more):
            is_well(page, own, path, width, scheme)


def test_the_bar_is_one_line_on_a_laptop_with_nine_places_and_whatever_a_page_is_called(
    browser: Browser, clerk: Clerk
) -> None:
    ninth = ("set_up.overview", "数字", "Figures", ())
    clerk.app.jinja_env.globals["places"] = (*PLACES[:8], ninth)
    with clerk.office.database.write() as connection:
        bus = Bus(device=f"bus-{'0' * 28}")
        bus.register(connection)
    bus.write(door(at(9), 3))
    send(clerk.office.database, bus)
    paths = ("/desk", "/today", "/units", "/set-up/rules/charging.most_yen", "/today/records/1")
    with serving(clerk.app) as own, watched_page(browser, own) as page:
        for path in paths:
            page.goto(f"{own}{path}")
            tops = page.eval_on_selector_all(".places a", "links => links.map(link => link.offsetTop)")
            assert len(tops) == 9
            assert len(set(tops)) == 1, path
            assert page.locator(".bar").evaluate("bar => bar.offsetHeight") < 60, path
            assert page.evaluate("document.documentElement.scrollWidth") == 1366, path


def test_every_page_that_the_set_up_leads_to_leads_back(browser: Browser, clerk: Clerk) -> None:
    with serving(clerk.app) as own, watched_page(browser, own) as page:
        page.goto(f"{own}/set-up")
        doors = page.eval_on_selector_all(".doors a", "links => links.map(link => link.pathname)")
        assert len(doors) > 8
        for path in doors:
            page.goto(f"{own}{path}")
            back = page.locator(".trail a, nav.desk a").first
            assert back.is_visible(), path


def test_the_account_page_leads_to_the_desk(browser: Browser, clerk: Clerk) -> None:
    with serving(clerk.app) as own, watched_page(browser, own) as page:
        page.goto(f"{own}/staff/account")
        page.get_by_role("link", name="今日へ").click()
        page.wait_for_url("**/desk")


def test_somebody_is_invited_by_the_keyboard_and_the_link_opens_the_door(
    browser: Browser, clerk: Clerk
) -> None:
    with serving(clerk.app) as own, watched_page(browser, own) as page:
        page.goto(f"{own}/staff/people")
        page.get_by_label("サインインの名前").focus()
        for key in ("k", "i", "d", "o", "Tab", "ArrowDown", "Tab", "Enter"):
            page.keyboard.press(key)
        page.get_by_role("heading", name="kido").wait_for()
        pictured(page, "invited")
        assert faults_of(page) == []
        link = page.locator(".address").inner_text()
        page.emulate_media(media="print")
        pictured(page, "invited-paper")
        page.goto(link)
        page.get_by_role("heading", name="ようこそ").wait_for()
        assert not page.get_by_label("招待リンクの").is_visible()


def test_an_inquiry_is_written_down_from_the_members_page_by_the_keyboard(
    browser: Browser, clerk: Clerk
) -> None:
    member = clerk.registers("山田 花子")
    with serving(clerk.app) as own, watched_page(browser, own) as page:
        page.goto(f"{own}/counter/members/{member}")
        page.get_by_role("link", name="問い合わせを書く").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("textarea:focus")
        page.keyboard.type("カードが読めないと言われた")
        for key in ("Tab", "Tab", "Tab", "Tab", "Enter"):
            page.keyboard.press(key)
        page.get_by_role("heading", name="問い合わせ Inquiry 1").wait_for()
        assert "カードが読めないと言われた" in page.inner_text("main")


def test_an_open_live_page_leads_whoever_left_to_the_sign_in(browser: Browser, clerk: Clerk) -> None:
    clerk.client(Role.CLERK)
    with serving(clerk.app) as own:
        context = browser.new_context(locale="ja-JP")
        context.add_cookies([browser_cookie(own, Kind.STAFF, Role.CLERK)])
        page = context.new_page()
        page.goto(f"{own}/today")
        page.locator("#live[data-state=live]").wait_for()
        clerk.sends("/staff/people/clerk/leave", role=Role.ADMINISTRATOR)
        page.wait_for_url("**/staff/sign-in?next=**")
        context.close()
