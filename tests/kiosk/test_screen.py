"""The guests' page in a real Chromium of its two sizes, before the real desk and a real journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from device.facts import LinkUp
from device.screen import live
from kiosk.hours import Hours
from kiosk.ports import MessageKind, Visit
from kiosk.screen.words import WORDS, plain
from rules.messages.events import OfferedBy, PointsUndone
from tests.accessible import faults_of
from tests.kiosk.desk_bench import ADDRESS, ADULT, CHILD, ONE, PIN, RULES, World
from tests.kiosk.screen_bench import DEAF_MS, SIZES, SMALL, Guest, Screened, guest_at, screened

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ViewportSize

pytest_plugins = ("tests.browser",)

SPILT = """() => [...document.querySelectorAll("body *:not(svg *)")].filter(node => {
  const box = node.getBoundingClientRect();
  return node.checkVisibility() && box.width && !node.closest(".lately ul, .day") && (box.left < -1 || box.top < -1
    || box.right > innerWidth + 1 || box.bottom > innerHeight + 1
    || (!node.matches("rt, ruby") && node.scrollWidth > node.clientWidth + 1 && node.clientWidth));
}).map(node => `${node.className || node.tagName}: ${node.textContent.trim()}`)"""
STICKS_OUT = """() => [...document.querySelectorAll("section *:not(svg *), footer *:not(svg *)")].filter(node => {
  const box = node.getBoundingClientRect(), edge = node.closest("section, footer").getBoundingClientRect();
  return node.checkVisibility() && box.height && !node.closest(".lately ul, .day, .ja")
    && (box.top < edge.top - 1 || box.bottom > edge.bottom + 1);
}).map(node => `${node.className || node.tagName}: ${node.textContent.trim()}`)"""
SMALL_TARGETS = """() => [...document.querySelectorAll("button")].filter(node => {
  const box = node.getBoundingClientRect();
  return node.checkVisibility() && (box.width < 64 || box.height < 64);
}).map(node => node.textContent.trim())"""
MODULE = """() => [...document.querySelectorAll(".symbol")].map(node =>
  node.getBoundingClientRect().width / Number(node.className.match(/modules-(\\d+)/)[1]))"""


@pytest.fixture(params=SIZES, ids=["1024x600", "1920x1080"])
def size(request: pytest.FixtureRequest) -> ViewportSize:
    one: ViewportSize = request.param
    return one


@pytest.fixture(autouse=True)
def fast_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page whose time a test drives still hears of the desk."""
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.03)
    monkeypatch.setattr(live, "CALM_S", 0.01)


@pytest.fixture
def table(world: World) -> Iterator[Screened]:
    with screened(world) as begun:
        yield begun


@pytest.fixture
def guest(browser: Browser, table: Screened) -> Iterator[Guest]:
    with guest_at(browser, table, SMALL) as one:
        yield one


def sign_in(guest: Guest) -> None:
    guest.touch('[data-act="pin"]')
    guest.sees(".pad")
    guest.page.wait_for_timeout(DEAF_MS)
    for digit in PIN:
        guest.page.locator(f'[data-digit="{digit}"]').click()
    guest.touch('[data-act="open"]')
    guest.sees(".day")


def assert_well(guest: Guest) -> None:
    """Everything fits, can be touched and is accessible, with readings and without."""
    for _ in range(2):
        assert guest.page.evaluate(SPILT) == []
        assert guest.page.evaluate(STICKS_OUT) == []
        assert guest.page.evaluate(SMALL_TARGETS) == []
        guest.touch('[data-act="furigana"]')
    assert faults_of(guest.page) == []


def test_a_touch_is_journalled_and_phones_read_what_the_journal_says(
    browser: Browser, table: Screened, size: ViewportSize
) -> None:
    with guest_at(browser, table, size) as guest:
        for count in range(1, 5):
            guest.touch(f'[data-count="{count}"]')
            guest.touch(f'[data-visit="{ADULT.id}"]')
            guest.sees(f'.card:nth-child({count}) [data-left]:text-matches("[0-9]")')
            assert min(guest.page.evaluate(MODULE)) >= 5
            assert guest.codes() == {code.text for code in table.page.codes}
            assert_well(guest)
        offers = {(each.number, each.moment, each.count) for each in table.offers()}
        read = [table.code_of(text).code for text in guest.codes()]
        assert {(code.number, code.moment, code.count) for code in read} == offers
        assert {count for _, _, count in offers} == {1, 2, 3, 4}
        assert {code.visit for code in read} == {ADULT.id}


def test_the_countdown_ends_a_code_and_it_can_be_shown_again(guest: Guest, table: Screened) -> None:
    guest.touch(f'[data-visit="{CHILD.id}"]')
    guest.sees('[data-code="1"]')
    guest.until(lambda: guest.page.locator("[data-left]").inner_text() in {"89", "90"}, "no countdown")
    first = guest.codes()
    table.wait(RULES.shown_s + 1)
    guest.misses(".card")
    assert guest.codes() == set()
    guest.touch('[data-act="list"]')
    guest.sees('.sheet [data-number="1"]')
    assert_well(guest)
    guest.touch('.sheet [data-number="1"]')
    guest.sees('[data-code="1"]')
    assert guest.codes() == first


def test_a_code_shown_again_gets_its_whole_time(guest: Guest, table: Screened) -> None:
    guest.touch(f'[data-visit="{ADULT.id}"]')
    guest.sees('[data-code="1"]')
    table.wait(60)
    guest.touch('[data-act="list"]')
    guest.touch('.sheet [data-number="1"]')
    guest.until(lambda: int(guest.page.locator("[data-left]").inner_text()) >= 88, "it was not begun anew")


def test_a_code_is_put_away_by_a_touch(guest: Guest, table: Screened) -> None:
    guest.touch(f'[data-visit="{ADULT.id}"]')
    guest.sees('[data-act="hide"]')
    guest.touch('[data-act="hide"]')
    guest.misses(".card")
    assert table.again == [1]


def test_claims_are_seen_as_they_are_heard_of(guest: Guest, table: Screened) -> None:
    guest.touch('[data-count="2"]')
    guest.touch(f'[data-visit="{ADULT.id}"]')
    guest.sees(".place")
    assert guest.page.locator(".place.taken").count() == 0
    table.claimed(1, left=1)
    guest.until(lambda: guest.page.locator(".place.taken").count() == 1, "no place is claimed")
    guest.sees('[data-kind="claimed"]')
    table.claimed(1, left=0)
    guest.misses(".card")


def test_the_next_guest_begins_with_one_person(guest: Guest, table: Screened) -> None:
    guest.touch('[data-count="6"]')
    guest.touch(f'[data-visit="{ADULT.id}"]')
    guest.sees(".card")
    assert guest.page.locator('[data-count="1"]').get_attribute("aria-pressed") == "true"
    assert [offer.count for offer in table.offers()] == [6]


def test_the_button_on_the_counter_wakes_the_screen(guest: Guest, table: Screened) -> None:
    guest.stop_the_clock()
    guest.pass_time(65)
    guest.sees(".idle")
    assert faults_of(guest.page) == []
    table.do(ONE)
    guest.until(lambda: not guest.page.locator(".idle").is_visible(), "the idle picture hides a code")


def test_the_idle_picture_comes_after_a_minute_wanders_and_goes_at_a_touch(
    guest: Guest, table: Screened
) -> None:
    guest.stop_the_clock()
    guest.page.locator('[data-count="3"]').click()
    guest.page.locator('[data-act="furigana"]').click()
    guest.pass_time(65)
    guest.sees(".idle")
    places = set()
    for _ in range(4):
        guest.pass_time(60)
        places.add(str(guest.page.locator(".adrift").bounding_box()))
    assert len(places) == 4
    guest.page.locator(".idle").click()
    guest.misses(".idle")
    assert guest.page.locator('[data-count="1"]').get_attribute("aria-pressed") == "true"
    assert guest.page.locator("html.furigana").count() == 0
    assert table.offers() == []


def test_a_full_screen_says_so_and_hides_nobody(guest: Guest, table: Screened) -> None:
    for _ in range(4):
        table.offer()
    guest.sees('[data-code="4"]')
    table.wait(2)
    table.do(ONE)
    guest.sees('[data-kind="no-space"]')
    assert not guest.page.locator(".keys").is_visible()
    assert len(guest.codes()) == 4


def test_a_card_is_answered_in_words(guest: Guest, table: Screened) -> None:
    card = table.world.office.card()
    table.lists.cards = table.world.office.cards
    assert table.hold(card) is MessageKind.CARD_DONE
    guest.sees('[data-kind="card-done"]')
    assert_well(guest)
    table.wait(9)
    assert table.hold(card) is MessageKind.CARD_AGAIN
    guest.sees('[data-kind="card-again"]')


def test_closed_is_said_and_what_was_made_can_still_be_shown(
    browser: Browser, world: World, size: ViewportSize
) -> None:
    world.rules = replace(RULES, hours=Hours(10 * 60, 21 * 60))
    with screened(world) as table, guest_at(browser, table, size) as guest:
        guest.sees(".closed")
        assert "10:00–21:00" in guest.page.locator(".closed").inner_text()
        assert not guest.page.locator(".keys").is_visible()
        assert_well(guest)
        sign_in(guest)
        guest.touch('[data-act="make"]')
        guest.touch(f'[data-visit="{ADULT.id}"]')
        guest.sees('[data-code="1"]')
        assert [offer.by for offer in table.offers()] == [OfferedBy.STAFF]


def test_notes_tell_of_no_network_and_no_time(browser: Browser, world: World, size: ViewportSize) -> None:
    world.network = False
    with screened(world) as table, guest_at(browser, table, size) as guest:
        said = guest.page.locator(".notes").inner_text()
        assert WORDS["no-link"].en in said
        assert WORDS["no-clock"].en in said
        assert_well(guest)
        table.do(LinkUp())
        guest.until(lambda: guest.page.locator(".note").count() == 1, "the note of no network stays")


def test_as_many_kinds_of_visit_as_settings_may_name_fit(
    browser: Browser, world: World, size: ViewportSize
) -> None:
    many = tuple(Visit(each, f"回数券{each}", "Book of tickets", 20, "かいすうけん") for each in range(1, 9))
    world.rules = replace(RULES, visits=many)
    with screened(world) as table, guest_at(browser, table, size) as guest:
        guest.touch('[data-count="6"]')
        assert_well(guest)
        guest.touch('[data-visit="8"]')
        guest.sees(".card")
        assert_well(guest)


def test_staff_see_the_day_and_take_back_the_last_by_two_touches(
    browser: Browser, table: Screened, size: ViewportSize
) -> None:
    with guest_at(browser, table, size) as guest:
        for _ in range(3):
            table.offer(CHILD.id, 2)
        guest.sees('[data-code="3"]')
        sign_in(guest)
        assert "6" in guest.page.locator(".day tfoot").inner_text()
        assert guest.page.locator(".lately li").count() == 3
        assert_well(guest)
        guest.touch('[data-act="undo"]')
        guest.sees(".undo.asked")
        assert not [each for each in table.events() if isinstance(each, PointsUndone)]
        guest.page.wait_for_timeout(DEAF_MS)
        guest.touch('[data-act="undo"]')
        guest.sees('[data-kind="undone"]')
        (undone,) = [each for each in table.events() if isinstance(each, PointsUndone)]
        assert (undone.number, undone.staff) == (3, True)
        assert guest.page.locator('[data-act="undo"]').get_attribute("data-number") == "2"
        guest.touch('[data-act="leave"]')
        guest.misses(".staff")


def test_a_wrong_pin_is_said_and_opens_nothing(guest: Guest, table: Screened) -> None:
    guest.touch('[data-act="pin"]')
    assert_well(guest)
    for digit in "1357":
        guest.page.locator(f'[data-digit="{digit}"]').click()
    assert guest.page.locator(".typed").inner_text() == "●●●●"
    guest.touch('[data-act="open"]')
    guest.sees('[data-kind="wrong-pin"]')
    assert not table.page.staff
    assert "1357" not in guest.page.content()


def test_the_staffs_page_leaves_by_itself_after_a_minute(guest: Guest, table: Screened) -> None:
    guest.stop_the_clock()
    table.sign_in()
    guest.sees(".day")
    guest.pass_time(50)
    guest.turn()
    assert table.page.staff
    guest.pass_time(15)
    guest.misses(".staff")
    assert not table.page.staff


def test_a_broken_journal_is_said_over_everything(guest: Guest, table: Screened) -> None:
    table.offer()
    guest.sees(".card")
    table.board.publish(replace(table.page, codes=(), stopped="記録できません / Cannot record"))
    guest.sees(".stopped")
    assert not guest.page.locator(".keys").is_visible()
    assert plain(WORDS["stopped.ask"].ja) in guest.page.locator(".stopped").inner_text()
    assert_well(guest)


def test_a_touch_that_is_not_sent_is_said_with_readings(guest: Guest) -> None:
    guest.page.route("**/offer", lambda route: route.abort())
    guest.page.locator('[data-act="furigana"]').click()
    guest.touch(f'[data-visit="{ADULT.id}"]')
    guest.sees(".message ruby")
    told = guest.page.locator(".message")
    assert told.locator("rt").all_inner_texts() == ["おく", "いちど", "お"]
    assert (told.locator("p").text_content() or "").startswith("送おくれませんでした。もう")
    assert "Not sent" in told.inner_text()
    assert_well(guest)


def test_what_can_be_shown_again_fits(browser: Browser, table: Screened, size: ViewportSize) -> None:
    for count in range(1, 5):
        table.offer(ADULT.id, count)
    table.wait(RULES.shown_s + 1)
    with guest_at(browser, table, size) as guest:
        guest.touch('[data-act="list"]')
        guest.sees('.sheet [data-number="4"]')
        assert_well(guest)


def test_the_code_opens_the_office_and_the_page_asks_no_other_host(guest: Guest, table: Screened) -> None:
    asked: list[str] = []
    guest.page.on("request", lambda request: asked.append(request.url))
    guest.page.reload()
    guest.touch(f'[data-visit="{ADULT.id}"]')
    guest.sees(".card")
    assert all(url.startswith(table.server.url) for url in asked)
    assert all(text.startswith(f"{ADDRESS}/p#") for text in guest.codes())
