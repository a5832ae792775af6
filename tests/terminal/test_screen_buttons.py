"""The driver's page by four buttons alone: mock pins, the real server, a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from device.pins import Board as PinBoard
from device.screen.server import ScreenServer
from hil.virtual.pins import VirtualPins
from rules.messages.events import Means
from rules.passes.rider_pass import RiderClass
from terminal.facts import (
    HandAlighting,
    HandBoarding,
    HandTakenBack,
    Overruled,
    StopSaid,
    StopSet,
    StopUndone,
    TripChosen,
    TripDone,
)
from terminal.screen.keys import KEPT, Key, Keys
from terminal.screen.pages import create_app
from terminal.sensors.buttons import Buttons
from tests.terminal import screen_states as states
from tests.terminal.screen_bench import KEY, Loop, open_page, show

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest_plugins = ("tests.browser",)

pytestmark = pytest.mark.alone

PINS = {Key.LEFT: 5, Key.RIGHT: 6, Key.DO: 13, Key.BACK: 19}
BOUNCE_MS = 450
"""A little longer than the page takes no click after something has come up."""


@dataclass
class Seat:
    """A driver in gloves before the page."""

    loop: Loop
    page: Page
    pins: VirtualPins

    def press(self, key: Key, times: int = 1) -> None:
        """Press so often, and wait until the page has heard it all."""
        before = self.heard()
        self.pins.press(PINS[key], times)
        self.page.wait_for_function("count => window.heardKeys >= count", arg=before + times)

    def heard(self) -> int:
        return int(self.page.evaluate("() => window.heardKeys"))

    def pointed(self) -> str:
        """What the ring is around."""
        ring = self.page.locator(".pointed")
        return ring.inner_text() if ring.count() else ""

    def go_to(self, selector: str, key: Key = Key.RIGHT) -> None:
        """Move the ring until it is around that, at most once round the page."""
        for _ in range(20):
            if self.page.locator(f"{selector}.pointed").count():
                return
            self.press(key)
        raise AssertionError(f"{selector} cannot be reached")

    def settle(self) -> None:
        """Let what has just come up stand for a moment."""
        self.page.wait_for_timeout(BOUNCE_MS)


@pytest.fixture
def pins() -> VirtualPins:
    return VirtualPins()


@pytest.fixture
def server(bus_loop: Loop, pins: VirtualPins, tmp_path: Path) -> Iterator[ScreenServer]:
    keys = Keys(bus_loop.board.wake)
    app = create_app(bus_loop.board.latest, bus_loop.board.wait, bus_loop.report, screen_key=KEY, keys=keys)
    screen = ScreenServer(app, port=0)
    buttons = Buttons(PinBoard(tmp_path, pins.factory), PINS, keys.press)
    screen.start()
    buttons.start()
    yield screen
    buttons.stop()
    screen.stop()


@pytest.fixture(params=["light", "dark"])
def themed_page(request: pytest.FixtureRequest, browser: Browser, server: ScreenServer) -> Iterator[Page]:
    yield from open_page(browser, server, request.param)


@pytest.fixture
def seat(browser: Browser, server: ScreenServer, bus_loop: Loop, pins: VirtualPins) -> Iterator[Seat]:
    for page in open_page(browser, server, "light"):
        yield seat_before(page, bus_loop, pins)


def seat_before(page: Page, loop: Loop, pins: VirtualPins) -> Seat:
    page.evaluate("window.heardKeys = 0; document.addEventListener('key', () => window.heardKeys++)")
    return Seat(loop, page, pins)


def test_the_proposed_trip_starts_with_two_presses(seat: Seat) -> None:
    show(seat.loop, seat.page, states.PROPOSED)
    seat.press(Key.DO)
    assert "開始" in seat.pointed()
    assert seat.loop.facts == []
    with seat.page.expect_response("**/trip"):
        seat.press(Key.DO)
    first = states.PROPOSED.choices[0]
    assert seat.loop.facts == [TripChosen(first.trip_id, first.service_date)]


def test_any_trip_of_the_day_can_be_started(seat: Seat) -> None:
    show(seat.loop, seat.page, states.CHOOSE)
    last = states.CHOOSE.choices[-1]
    seat.press(Key.RIGHT)
    for _ in range(2):
        seat.go_to(".more")
        seat.press(Key.DO)
    seat.go_to(f"[data-trip='{last.trip_id}']", Key.LEFT)
    with seat.page.expect_response("**/trip"):
        seat.press(Key.DO)
    assert seat.loop.facts == [TripChosen(last.trip_id, last.service_date)]


def test_the_list_of_other_trips_is_left_by_back(seat: Seat) -> None:
    show(seat.loop, seat.page, states.PROPOSED)
    seat.press(Key.RIGHT)
    seat.go_to(".others")
    seat.press(Key.DO)
    assert seat.page.locator(".choice:visible").count() == 4
    seat.press(Key.BACK)
    assert seat.page.locator(".choice:visible").count() == 0
    assert "開始" in seat.pointed()


def test_a_question_is_answered_by_its_first_candidate_or_another(seat: Seat) -> None:
    show(seat.loop, seat.page, states.RIDE)
    seat.press(Key.RIGHT)
    show(seat.loop, seat.page, states.ASKED)
    assert states.STOPS[2] in seat.pointed()
    seat.settle()
    seat.press(Key.RIGHT)
    assert states.STOPS[3] in seat.pointed()
    with seat.page.expect_response("**/stop/answer"):
        seat.press(Key.DO)
    assert seat.loop.facts == [StopSaid(7, 3)]


PRESSES_AT_ONCE = """selector => new MutationObserver((_, observer) => {
  if (!document.querySelector(`${selector}.pointed`)) return;
  observer.disconnect();
  document.dispatchEvent(new CustomEvent("key", { detail: "do" }));
}).observe(document.body, { subtree: true, childList: true, attributes: true })"""
"""Somebody presses ● at the very moment in which the ring has come to something."""


def test_a_press_that_was_for_something_else_does_not_answer_a_question(seat: Seat) -> None:
    show(seat.loop, seat.page, states.RIDE)
    seat.press(Key.RIGHT)
    seat.page.evaluate(PRESSES_AT_ONCE, ".candidate")
    show(seat.loop, seat.page, states.ASKED)
    assert states.STOPS[2] in seat.pointed()
    seat.settle()
    assert seat.loop.facts == []
    with seat.page.expect_response("**/stop/answer"):
        seat.press(Key.DO)


def test_where_the_ring_has_jumped_because_its_button_went_a_press_does_nothing(seat: Seat) -> None:
    show(seat.loop, seat.page, states.PROPOSED)
    seat.press(Key.RIGHT)
    seat.page.evaluate(PRESSES_AT_ONCE, ".board-one")
    show(seat.loop, seat.page, states.RIDE)
    assert "現金 乗車" in seat.pointed()
    seat.settle()
    assert seat.loop.facts == []
    with seat.page.expect_response("**/hand/board"):
        seat.press(Key.DO)
    assert seat.loop.facts == [HandBoarding(Means.CASH, RiderClass.ADULT, 1)]


def test_a_rider_with_cash_is_recorded_at_boarding_and_at_alighting_and_taken_back(seat: Seat) -> None:
    show(seat.loop, seat.page, states.RIDE)
    seat.press(Key.DO)
    with seat.page.expect_response("**/hand/board"):
        seat.press(Key.DO)
    seat.page.touchscreen.tap(700, 300)
    show(seat.loop, seat.page, states.BY_HAND)
    seat.press(Key.DO)
    seat.go_to(".alight")
    assert "¥340" in seat.pointed()
    seat.settle()
    with seat.page.expect_response("**/hand/alight"):
        seat.press(Key.DO)
    assert seat.loop.facts == [
        HandBoarding(Means.CASH, RiderClass.ADULT, 1),
        HandAlighting(1, Means.CASH, RiderClass.ADULT, 1),
    ]
    show(seat.loop, seat.page, states.ALIGHTED_BY_HAND)
    seat.settle()
    seat.go_to("[data-act=hand-undo]")
    with seat.page.expect_response("**/hand/undo"):
        seat.press(Key.DO)
    assert seat.loop.facts[-1] == HandTakenBack()


def test_anybody_else_is_recorded_in_the_panel_from_which_the_ring_does_not_stray(seat: Seat) -> None:
    show(seat.loop, seat.page, states.BY_HAND)
    seat.press(Key.RIGHT)
    seat.go_to(".by-hand")
    seat.press(Key.DO)
    seat.settle()
    seat.go_to("[data-value=coupon]")
    seat.press(Key.DO)
    seat.go_to("[data-value=senior]")
    seat.press(Key.DO)
    seat.go_to("[data-act=further]")
    seat.press(Key.DO, 2)
    seat.go_to("[data-act=board]")
    with seat.page.expect_response("**/hand/board"):
        seat.press(Key.DO)
    assert seat.loop.facts == [HandBoarding(Means.COUPON, RiderClass.SENIOR, 3)]
    seat.settle()
    seat.press(Key.BACK)
    assert not seat.page.locator(".hand").is_visible()


def test_a_refusal_is_overruled_by_the_buttons(seat: Seat) -> None:
    show(seat.loop, seat.page, replace(states.REFUSED, may_overrule=True))
    seat.press(Key.RIGHT)
    seat.go_to("[data-act=overrule]")
    seat.press(Key.DO)
    seat.settle()
    assert seat.loop.facts == []
    with seat.page.expect_response("**/overrule"):
        seat.press(Key.DO)
    assert states.REFUSED.last is not None
    assert seat.loop.facts == [Overruled(states.REFUSED.last.number)]


def test_a_question_that_comes_while_nobody_uses_the_buttons_shows_no_ring(seat: Seat) -> None:
    show(seat.loop, seat.page, states.RIDE)
    show(seat.loop, seat.page, states.ASKED)
    assert seat.pointed() == ""
    seat.press(Key.DO)
    assert states.STOPS[2] in seat.pointed()
    assert seat.loop.facts == []


def test_a_stop_is_set_and_taken_back(seat: Seat) -> None:
    show(seat.loop, seat.page, states.RIDE)
    seat.press(Key.RIGHT)
    seat.go_to(".set")
    seat.press(Key.DO)
    assert states.STOPS[6] in seat.pointed(), "the ring begins at the present stop"
    seat.settle()
    seat.press(Key.RIGHT)
    with seat.page.expect_response("**/stop/set"):
        seat.press(Key.DO)
    assert seat.loop.facts == [StopSet(7)]
    show(seat.loop, seat.page, replace(states.RIDE, stop_said=states.STOPS[7]))
    seat.settle()
    seat.go_to(".undo button", Key.LEFT)
    with seat.page.expect_response("**/stop/undo"):
        seat.press(Key.DO)
    assert seat.loop.facts == [StopSet(7), StopUndone()]


def test_in_an_open_sheet_of_stops_the_ring_reaches_nothing_behind_it(seat: Seat) -> None:
    show(seat.loop, seat.page, states.RIDE)
    seat.press(Key.RIGHT)
    seat.go_to(".set")
    seat.press(Key.DO)
    seat.settle()
    seen = set()
    for _ in range(12):
        seat.press(Key.RIGHT)
        seen.add(seat.page.locator(".pointed").get_attribute("data-act"))
    assert seen == {"set", "page", "close"}
    seat.press(Key.BACK)
    assert seat.page.locator(".stops > *").count() == 0
    assert "現金 乗車" in seat.pointed()
    assert seat.loop.facts == []


def test_who_moves_in_the_sheet_has_not_forgotten_it(seat: Seat) -> None:
    show(seat.loop, seat.page, states.RIDE)
    seat.press(Key.RIGHT)
    seat.go_to(".set")
    seat.page.clock.install()
    seat.press(Key.DO)
    for _ in range(3):
        seat.page.clock.run_for(15_000)
        seat.press(Key.RIGHT)
    assert seat.page.locator(".stops > *").count() > 0
    seat.page.clock.run_for(21_000)
    assert seat.page.locator(".stops > *").count() == 0


def test_the_end_of_a_trip_takes_two_presses_and_back_takes_the_first_one_back(seat: Seat) -> None:
    show(seat.loop, seat.page, states.RIDE)
    seat.press(Key.RIGHT)
    seat.go_to(".end")
    seat.press(Key.DO)
    assert "もう一度押すと終了" in seat.pointed()
    seat.settle()
    seat.press(Key.BACK)
    seat.settle()
    seat.go_to(".end")
    seat.press(Key.DO)
    assert seat.loop.facts == []
    seat.settle()
    with seat.page.expect_response("**/trip/end"):
        seat.press(Key.DO)
    assert seat.loop.facts == [TripDone()]


def test_the_status_sheet_opens_and_closes(seat: Seat) -> None:
    show(seat.loop, seat.page, states.RIDE)
    seat.press(Key.RIGHT)
    for close in (Key.DO, Key.BACK):
        seat.go_to("summary", Key.LEFT)
        seat.settle()
        seat.press(Key.DO)
        assert seat.page.locator(".sheet").is_visible()
        seat.settle()
        seat.press(close)
        assert not seat.page.locator(".sheet").is_visible()


def test_day_and_night_are_changed(seat: Seat) -> None:
    show(seat.loop, seat.page, states.RIDE)
    seat.press(Key.RIGHT)
    seat.go_to(".theme", Key.LEFT)
    seat.press(Key.DO)
    assert seat.page.get_attribute("html", "data-theme") == "night"


@pytest.mark.parametrize("part", range(5))
def test_in_every_state_the_ring_goes_round_all_that_can_be_touched(seat: Seat, part: int) -> None:
    seat.press(Key.RIGHT)
    for name, snapshot in list(states.STATES.items())[part::5]:
        show(seat.loop, seat.page, snapshot)
        touchable = seat.page.evaluate(
            """() => [...document.querySelectorAll("button, summary")].filter(node => {
              const box = node.getBoundingClientRect();
              const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
              return node.checkVisibility() && node.contains(top);
            }).map(node => node.innerText)"""
        )
        seen = [seat.pointed()]
        for _ in touchable:
            seat.press(Key.RIGHT)
            seen.append(seat.pointed())
        assert (set(seen) == set(touchable) and seen[0] == seen[-1]) or (seen, touchable) == ([""], []), name


def test_the_ring_stays_where_it_is_while_the_page_changes(seat: Seat) -> None:
    show(seat.loop, seat.page, states.RIDE)
    seat.press(Key.RIGHT)
    seat.go_to(".end")
    show(seat.loop, seat.page, replace(states.RIDE, progress=6.2, on_board=3))
    assert "終了" in seat.pointed()
    show(seat.loop, seat.page, states.FAULT)
    assert seat.pointed() == ""
    show(seat.loop, seat.page, states.RIDE)
    assert "現金 乗車" in seat.pointed()


def test_a_touch_hides_the_ring_and_the_next_press_only_shows_it_again(seat: Seat) -> None:
    show(seat.loop, seat.page, states.CHOOSE)
    seat.press(Key.RIGHT)
    seat.press(Key.RIGHT)
    there = seat.pointed()
    seat.page.tap(".rider")
    assert seat.pointed() == ""
    seat.press(Key.DO)
    assert seat.pointed() == there
    assert seat.loop.facts == []


def test_quick_presses_all_arrive_in_order_and_once(seat: Seat) -> None:
    show(seat.loop, seat.page, states.CHOOSE)
    seat.page.evaluate("window.said = []; document.addEventListener('key', e => said.push(e.detail))")
    wanted = [Key.RIGHT, Key.RIGHT, Key.LEFT, Key.BACK, Key.RIGHT] * 6
    for key in wanted:
        seat.pins.press(PINS[key])
    seat.page.wait_for_function("count => said.length >= count", arg=len(wanted))
    seat.page.wait_for_timeout(300)
    assert seat.page.evaluate("said") == wanted


def test_a_page_that_comes_later_hears_no_former_press(seat: Seat) -> None:
    show(seat.loop, seat.page, states.PROPOSED)
    seat.press(Key.DO)
    seat.page.reload()
    seat.page.wait_for_timeout(500)
    assert seat.pointed() == ""
    assert seat.loop.facts == []


def test_the_ring_stands_out_by_day_and_by_night(
    themed_page: Page, bus_loop: Loop, pins: VirtualPins
) -> None:
    seat = seat_before(themed_page, bus_loop, pins)
    for snapshot in (states.RIDE, states.ASKED, states.PROPOSED, states.OFFLINE):
        show(bus_loop, themed_page, snapshot)
        seat.press(Key.RIGHT)
        ring = themed_page.locator(".pointed").evaluate(
            "node => [getComputedStyle(node).outlineWidth, getComputedStyle(node).boxShadow]"
        )
        assert ring[0] == "4px"
        assert ring[1].endswith("0px 0px 0px 9px inset")


# --- the buttons and their presses, without a page ---


def test_a_listener_hears_each_press_once_and_none_from_before() -> None:
    woken: list[int] = []
    keys = Keys(lambda: woken.append(1))
    keys.press(Key.DO)
    early, late = keys.listen(), keys.listen()
    keys.press(Key.LEFT)
    keys.press(Key.LEFT)
    assert early() == [Key.LEFT, Key.LEFT]
    keys.press(Key.BACK)
    assert early() == [Key.BACK]
    assert late() == [Key.LEFT, Key.LEFT, Key.BACK]
    assert early() == late() == []
    assert len(woken) == 4


def test_of_too_many_presses_the_last_are_kept() -> None:
    keys = Keys(bool)
    heard = keys.listen()
    for key in (*[Key.LEFT] * 3, *[Key.RIGHT] * KEPT):
        keys.press(key)
    assert heard() == [Key.RIGHT] * KEPT


def test_a_held_arrow_goes_on_and_a_held_do_does_not(pins: VirtualPins, tmp_path: Path) -> None:
    pressed: list[Key] = []
    thrice = threading.Event()

    def press(key: Key) -> None:
        pressed.append(key)
        if pressed.count(Key.RIGHT) == 3:
            thrice.set()

    buttons = Buttons(PinBoard(tmp_path, pins.factory), PINS, press)
    buttons.start()
    pins.hold(PINS[Key.DO], pressed=True)
    pins.hold(PINS[Key.RIGHT], pressed=True)
    assert pressed == [Key.DO, Key.RIGHT]
    assert thrice.wait(5)
    pins.hold(PINS[Key.RIGHT], pressed=False)
    pins.hold(PINS[Key.DO], pressed=False)
    assert pressed.count(Key.DO) == 1
    buttons.stop()
