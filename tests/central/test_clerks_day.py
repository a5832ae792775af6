"""A clerk's days in a real browser: whatever they do through the pages stands in the audit log, which verifies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from central.access.sessions import Kind
from central.access.who import Role
from central.audit.verify_audit import verify
from central.ledger.verify_ledger import verify_ledger
from tests.accessible import faults_of
from tests.central.counter_desk import Clerk, clerk_at
from tests.central.office import Bus, send
from tests.central.office_pages import browser_cookie, serving
from tests.central.settled_bench import off, on
from tests.central.today_events import alighted, at

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest_plugins = ("tests.browser",)

CASHIER, ADMINISTRATOR = "staff:cashier", "staff:administrator"
NEWCOMER = "nakajima"


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    with clerk_at(tmp_path) as made:
        for role in (Role.CASHIER, Role.ADMINISTRATOR):
            made.client(role)
        yield made


@contextmanager
def desk_of(browser: Browser, own: str, role: Role | None = None) -> Iterator[Page]:
    """A screen of somebody with that role, or of somebody who is not signed in."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="ja-JP")
    if role is not None:
        context.add_cookies([browser_cookie(own, Kind.STAFF, role)])
    try:
        yield context.new_page()
    finally:
        context.close()


def presses(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()


def opens_till(page: Page) -> None:
    page.get_by_role("navigation", name="役場の画面").get_by_role("link", name="窓口").click()
    page.get_by_role("link", name="レジへ").click()
    page.get_by_label("釣り銭").fill("20000")
    presses(page, "レジを開ける")
    page.get_by_text("開いています").wait_for()


def registers(page: Page) -> str:
    """Somebody without a telephone, who pays 3,000 yen and gets a card; their number."""
    page.get_by_role("link", name="新しい会員").click()
    page.get_by_label("名前").fill("木村 キヨ")
    page.get_by_label("よみ").fill("きむら きよ")
    page.get_by_label("チャージする現金").fill("3000")
    presses(page, "登録する")
    page.get_by_role("heading", name="木村 キヨ").wait_for()
    return page.url.rpartition("/")[2].partition("?")[0]


def finds(page: Page, member: str) -> None:
    page.get_by_role("navigation", name="役場の画面").get_by_role("link", name="窓口").click()
    page.get_by_label("名前・よみ・会員番号").fill("キムラ")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/members/{member}")


def charges(page: Page) -> None:
    page.get_by_label("預かった現金").fill("2000")
    presses(page, "チャージする")
    page.get_by_role("link", name="会員へ戻る").click()
    page.get_by_text("4,760 くらポ").first.wait_for()


def loses_the_card(page: Page) -> None:
    page.get_by_label("の理由").select_option("lost")
    presses(page, "カードを再発行")
    page.get_by_text("使用中").first.wait_for()


def explains_the_ride(page: Page) -> None:
    """Why it cost what it cost, and the question written down beside it."""
    page.locator("section[aria-labelledby=rides] a").first.click()
    page.get_by_text("240円").first.wait_for()
    page.get_by_role("link", name="この乗車の問い合わせを書く").click()
    page.get_by_label("聞いたこと").fill("運賃が高いと聞かれた。区間を見せて説明した。")
    presses(page, "書きとめる")
    page.get_by_label("聞いたこと").fill("納得された。")
    page.get_by_label("状態").select_option("done")
    presses(page, "書きたす")
    page.get_by_text("納得された。").wait_for()


def closes_the_exception(page: Page) -> None:
    """From the desk, which says that there is one."""
    page.get_by_role("navigation", name="役場の画面").get_by_role("link", name="今日").click()
    page.get_by_role("listitem").filter(has_text="例外：未知のパス").get_by_role("link").first.click()
    presses(page, "対応する")
    page.get_by_text("対応中").first.wait_for()
    page.get_by_text("済みにする・メモ").click()
    page.get_by_label("理由").select_option("checked")
    presses(page, "済みにする Close")
    page.get_by_text("この条件に合う例外はありません。").wait_for()


def counts_the_till(page: Page) -> None:
    page.goto(f"{page.url.partition('/exceptions')[0]}/counter/till")
    page.get_by_text("数えて締める").click()
    page.get_by_label("10,000円", exact=True).fill("2")
    page.get_by_label("5,000円", exact=True).fill("1")
    presses(page, "締める")
    page.get_by_text("今日は締めました。").wait_for()


def changes_a_rule(page: Page, own: str) -> None:
    page.goto(f"{own}/set-up")
    page.get_by_role("link", name="決まり").first.click()
    page.get_by_role("link", name="一回の上限").first.click()
    page.get_by_label("新しい値").fill("15000")
    page.get_by_label("理由").fill("課長の決裁 令和8年第12号")
    presses(page, "変わるところを見る")
    presses(page, "決める")
    page.get_by_text("決めました。").wait_for()


def invites(page: Page, own: str) -> str:
    """Somebody new; the link that is read to them."""
    page.goto(f"{own}/staff/people")
    page.get_by_label("サインインの名前").fill(NEWCOMER)
    page.get_by_label("役割").first.select_option(Role.CLERK)
    presses(page, "招待リンクを作る")
    return page.locator(".address").inner_text()


def comes_in(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("合い言葉（").fill("yuki to kaze no uta")
    page.get_by_label("もう一度").fill("yuki to kaze no uta")
    presses(page, "はじめる")
    page.wait_for_url("**/staff/account")


def test_whatever_a_clerk_does_in_a_day_has_its_line_in_the_audit_log(browser: Browser, clerk: Clerk) -> None:
    bus = Bus()
    with clerk.office.database.write() as connection:
        bus.register(connection)
    with serving(clerk.app) as own:
        with desk_of(browser, own, Role.CASHIER) as page:
            page.goto(f"{own}/")
            opens_till(page)
            member = registers(page)
            (card,) = clerk.cards(member)
            pass_id = card.issued.body.pass_id.hex()
            tap = bus.write(on(pass_id, 0))
            bus.write(off(pass_id, tap, 2, 240))
            bus.write(alighted(at(9, 5), 77))
            send(clerk.office.database, bus)
            finds(page, member)
            charges(page)
            loses_the_card(page)
            explains_the_ride(page)
            closes_the_exception(page)
            counts_the_till(page)
        with desk_of(browser, own, Role.ADMINISTRATOR) as page:
            changes_a_rule(page, own)
            link = invites(page, own)
            with desk_of(browser, own) as theirs:
                comes_in(theirs, link)
            page.goto(f"{own}/audit")
            assert faults_of(page) == []
            shown = page.locator("tbody tr").count()
    about = f"member:{member}"
    assert clerk.written() == [
        (CASHIER, "till-opened", "till:"),
        (CASHIER, "member-registered", about),
        (CASHIER, "cash-charged", about),
        (CASHIER, "card-given", about),
        (CASHIER, "cash-charged", about),
        (CASHIER, "card-blocked", about),
        (CASHIER, "card-reissued", about),
        (CASHIER, "inquiry-written", "inquiry:1"),
        (CASHIER, "inquiry-followed", "inquiry:1"),
        (CASHIER, "exception-take", "incident:1"),
        (CASHIER, "exception-close", "incident:1"),
        (CASHIER, "till-counted", "till:"),
        (ADMINISTRATOR, "rule-set", "rule:charging.most_yen"),
        (ADMINISTRATOR, "staff-invited", f"staff:{NEWCOMER}"),
        (f"staff:{NEWCOMER}", "invitation-accepted", f"staff:{NEWCOMER}"),
        (f"staff:{NEWCOMER}", "signed-in", f"staff:{NEWCOMER}"),
    ]
    with clerk.office.database.read() as connection:
        found = verify(connection)
        assert (found.problems, found.entries) == ([], shown)
        assert verify_ledger(connection).problems == []
