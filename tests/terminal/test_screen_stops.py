"""What the driver says about stops and trips by touch, in a real browser of 800 × 480 pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from terminal.facts import StopSaid, StopSet, StopUndone, TripChosen
from terminal.screen.snapshot import PlaceState, Snapshot
from tests.terminal import screen_states as states
from tests.terminal.screen_bench import Loop, Scheme, assert_within, background, open_page, show

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

    from device.screen.server import ScreenServer

pytest_plugins = ("tests.browser",)

BOUNCE_MS = 450
"""A little more than the page lets pass before it takes a touch for a question that has just come."""
LARGE_PX = 64


@pytest.fixture(params=["light", "dark"])
def page_by_day_and_night(
    browser: Browser, screen_server: ScreenServer, request: pytest.FixtureRequest
) -> Iterator[Page]:
    scheme: Scheme = request.param
    yield from open_page(browser, screen_server, scheme)


def ask(loop: Loop, page: Page, snapshot: Snapshot) -> None:
    """Show a question as it comes on a bus: after the page, and for longer than a bounce."""
    show(loop, page, replace(snapshot, question=None))
    show(loop, page, snapshot)
    page.wait_for_timeout(BOUNCE_MS)


def heights(page: Page, selector: str) -> list[float]:
    tall = "nodes => nodes.filter(node => node.checkVisibility()).map(node => node.getBoundingClientRect().height)"
    found: list[float] = page.locator(selector).evaluate_all(tall)
    return found


# The question


def test_the_question_takes_the_trips_place_and_leaves_the_riders_answer(
    page_by_day_and_night: Page, bus_loop: Loop
) -> None:
    page = page_by_day_and_night
    show(bus_loop, page, states.REFUSED)
    red, answer = background(page, ".answer"), page.locator(".answer").bounding_box()
    ask(bus_loop, page, states.ASKED_WHILE_RED)
    assert page.locator(".candidate b").all_inner_texts() == ["日陰", "温泉口", "第二停留所"]
    assert not page.locator(".strip").is_visible()
    assert not page.locator(".end").is_visible()
    assert (background(page, ".answer"), page.locator(".answer").bounding_box()) == (red, answer)
    assert "圏外" in page.inner_text(".bar")


def test_the_candidates_are_very_large_whatever_their_names(driver_page: Page, bus_loop: Loop) -> None:
    ask(bus_loop, driver_page, states.ASKED_LONG)
    assert all(height >= LARGE_PX for height in heights(driver_page, ".question button"))
    assert all(height >= 80 for height in heights(driver_page, ".candidate"))
    twenty = "長野原草津口駅バスターミナル前八ッ場方面"
    assert len(twenty) == 20
    ask(bus_loop, driver_page, replace(states.ASKED_LONG, stop_names=(twenty,) * 5))
    cut = heights(driver_page, ".candidate b")
    driver_page.locator(".candidate b").evaluate_all(
        "nodes => nodes.forEach(node => (node.style.webkitLineClamp = 'none'))"
    )
    assert heights(driver_page, ".candidate b") == cut
    assert_within(driver_page, ".candidate > *", ".candidate")
    size = "node => parseFloat(getComputedStyle(node).fontSize)"
    assert driver_page.locator(".candidate b").first.evaluate(size) >= 26


def test_one_touch_answers_and_the_buttons_are_gone_at_once(driver_page: Page, bus_loop: Loop) -> None:
    ask(bus_loop, driver_page, states.ASKED)
    with driver_page.expect_response("**/stop/answer") as told:
        driver_page.tap(".candidate >> nth=1")
        assert not driver_page.locator(".candidate").first.is_visible()
        assert driver_page.locator(".strip").is_visible()
    assert told.value.status == 204
    assert bus_loop.facts == [StopSaid(7, 3)]


def test_a_touch_that_bounces_answers_once_and_opens_nothing_else(driver_page: Page, bus_loop: Loop) -> None:
    ask(bus_loop, driver_page, states.ASKED)
    driver_page.evaluate(
        "const [one, two] = document.querySelectorAll('.candidate'); one.click(); two.click();"
        "document.querySelector('.end').click();"
    )
    driver_page.wait_for_timeout(300)
    assert bus_loop.facts == [StopSaid(7, 2)]
    assert driver_page.locator(".end.sure").count() == 0


def test_a_question_that_comes_under_a_finger_is_not_answered(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.RIDE)
    show(bus_loop, driver_page, states.ASKED)
    driver_page.evaluate("document.querySelector('.candidate').click()")
    driver_page.wait_for_timeout(BOUNCE_MS)
    assert bus_loop.facts == []
    driver_page.tap(".candidate >> nth=0")
    assert not driver_page.locator(".candidate").first.is_visible()


def test_a_refused_answer_says_why_and_the_question_stands_again(driver_page: Page, bus_loop: Loop) -> None:
    ask(bus_loop, driver_page, states.ASKED)
    bus_loop.full = True
    driver_page.tap(".candidate >> nth=0")
    driver_page.wait_for_selector(".toast:visible")
    assert "今は受け付けられません" in driver_page.inner_text(".toast")
    assert driver_page.locator(".candidate").first.is_visible()


def test_an_answer_that_comes_too_late_is_told(driver_page: Page, bus_loop: Loop) -> None:
    ask(bus_loop, driver_page, states.ASKED)

    def withdrawn_meanwhile(route: Route) -> None:
        bus_loop.board.publish(replace(states.ASKED, question=None))
        route.continue_()

    driver_page.route("**/stop/answer", withdrawn_meanwhile)
    driver_page.tap(".candidate >> nth=0")
    driver_page.wait_for_selector(".toast:visible")
    assert "その質問は終わりました" in driver_page.inner_text(".toast")
    assert bus_loop.facts == []


def test_a_question_nobody_answers_goes_away_by_itself(driver_page: Page, bus_loop: Loop) -> None:
    ask(bus_loop, driver_page, states.ASKED)
    show(bus_loop, driver_page, replace(states.ASKED, question=None))
    assert driver_page.locator(".candidate").count() == 0
    assert driver_page.locator(".strip").is_visible()
    assert bus_loop.facts == []


def test_a_stop_that_is_not_among_the_candidates_can_be_said(driver_page: Page, bus_loop: Loop) -> None:
    ask(bus_loop, driver_page, states.ASKED)
    driver_page.tap(".actions .set")
    with driver_page.expect_response("**/stop/set"):
        driver_page.tap(".stops li:visible >> nth=0")
    assert bus_loop.facts == [StopSet(1)]


# Setting the stop by hand


def test_one_touch_in_the_sheet_sets_the_stop_and_closes_it(
    page_by_day_and_night: Page, bus_loop: Loop
) -> None:
    page = page_by_day_and_night
    show(bus_loop, page, states.RIDE)
    page.tap(".actions .set")
    rows = page.locator(".stops li:visible")
    assert rows.locator("b").all_inner_texts() == list(states.STOPS[4:9])
    assert all(height >= LARGE_PX for height in heights(page, ".stops button, .actions button"))
    assert_within(page, ".stops > *", ".left")
    assert_within(page, ".stops li, .named, .position", ".stops ul")
    present = page.locator(".stops .present")
    assert present.locator("b").all_inner_texts() == ["第二停留所"]
    assert "まもなく" in present.inner_text()
    assert page.inner_text(".key") == "降車"
    with page.expect_response("**/stop/set"):
        page.tap(".stops li:visible >> nth=3")
    assert bus_loop.facts == [StopSet(7)]
    assert page.locator(".stops li").count() == 0


def test_all_stops_can_be_reached_and_closing_is_one_touch(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.RIDE)
    driver_page.tap(".actions .set")
    seen: list[str] = []
    for _ in range(2):
        seen += driver_page.locator(".stops li:visible b").all_inner_texts()
        driver_page.tap(".stops [data-act='page']")
    assert seen == [*states.STOPS[4:], *states.STOPS[:4]]
    driver_page.tap(".close")
    assert driver_page.locator(".stops li").count() == 0
    assert driver_page.locator(".strip").is_visible()
    assert bus_loop.facts == []


def test_the_stops_stay_where_they_are_while_the_bus_drives_on(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.RIDE)
    driver_page.tap(".actions .set")
    before = driver_page.locator(".stops li:visible b").all_inner_texts()
    show(bus_loop, driver_page, replace(states.ASKED_WHILE_RED, progress=7.2))
    assert driver_page.locator(".stops li:visible b").all_inner_texts() == before
    assert not driver_page.locator(".candidate").first.is_visible()
    driver_page.wait_for_timeout(BOUNCE_MS)
    driver_page.tap(".close")
    assert driver_page.locator(".candidate").first.is_visible()


def test_a_sheet_closes_with_the_trip_and_when_it_is_forgotten(driver_page: Page, bus_loop: Loop) -> None:
    driver_page.clock.install()
    show(bus_loop, driver_page, states.RIDE)
    driver_page.tap(".actions .set")
    driver_page.clock.run_for(19_000)
    assert driver_page.locator(".stops li").count() > 0
    driver_page.clock.run_for(1_500)
    assert driver_page.locator(".stops li").count() == 0
    driver_page.tap(".actions .set")
    show(bus_loop, driver_page, states.CHOOSE)
    assert driver_page.locator(".stops li").count() == 0


def test_a_trip_without_stops_can_still_be_ended(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, replace(states.TRIP, stop_names=()))
    assert driver_page.locator(".actions .set").count() == 0
    driver_page.tap(".end")
    assert driver_page.locator(".end.sure").count() == 1


# Taking it back


def test_what_was_said_can_be_taken_back_with_one_touch(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.RIDE)
    assert driver_page.locator(".undo").count() == 0
    show(bus_loop, driver_page, states.SAID)
    assert driver_page.inner_text(".undo p").split()[:2] == ["清水（大蔵村役場）", "にしました"]
    assert heights(driver_page, ".undo button") == [LARGE_PX]
    with driver_page.expect_response("**/stop/undo") as told:
        driver_page.tap(".undo button")
    assert told.value.status == 204
    assert bus_loop.facts == [StopUndone()]
    assert not driver_page.locator(".undo").is_visible()


# The trip that fits


def test_the_proposed_trip_starts_with_one_touch(page_by_day_and_night: Page, bus_loop: Loop) -> None:
    page = page_by_day_and_night
    first = states.CHOOSE.choices[1]
    show(bus_loop, page, replace(states.PROPOSED, choices=(first, *states.CHOOSE.choices[2:])))
    shown = page.inner_text(".trip")
    assert all(word in shown for word in ("この便ですか", "07:20", first.headsign, first.first_stop, "開始"))
    assert not page.locator(".choice").first.is_visible()
    assert heights(page, ".start")[0] >= LARGE_PX
    with page.expect_response("**/trip"):
        page.tap(".start")
    assert bus_loop.facts == [TripChosen(first.trip_id, first.service_date)]


def test_other_trips_are_one_touch_away_and_forgotten_by_the_next_end(
    driver_page: Page, bus_loop: Loop
) -> None:
    show(bus_loop, driver_page, states.PROPOSED)
    driver_page.tap(".others")
    assert not driver_page.locator(".proposal").is_visible()
    assert driver_page.locator(".choice:visible .departure").all_inner_texts() == list(states.DEPARTURES[:4])
    driver_page.tap(".more:visible")
    assert driver_page.locator(".choice:visible .departure").all_inner_texts() == list(states.DEPARTURES[4:8])
    show(bus_loop, driver_page, states.TRIP)
    show(bus_loop, driver_page, states.PROPOSED)
    assert driver_page.locator(".proposal").is_visible()


def test_without_a_proposal_the_list_stands_as_ever(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.CHOOSE)
    assert driver_page.locator(".proposal").count() == 0
    assert driver_page.locator(".choice:visible").count() == 4


# Where the place comes from


@pytest.mark.parametrize(
    ("snapshot", "icon"),
    [(states.ESTIMATED, ".icon-nogps"), (states.OFF_LINE, ".icon-detour"), (states.WRONG_WAY, ".icon-turn")],
)
def test_a_place_nobody_has_seen_is_dashed_and_has_a_sign_beside_its_reason(
    driver_page: Page, bus_loop: Loop, snapshot: Snapshot, icon: str
) -> None:
    show(bus_loop, driver_page, replace(snapshot, place_state=PlaceState.SEEN, gps_problem=""))
    assert driver_page.locator(f".trip {icon}").count() == 0
    seen = driver_page.locator(".here").evaluate("node => getComputedStyle(node).outlineStyle")
    show(bus_loop, driver_page, snapshot)
    assert driver_page.locator(f".here {icon}").is_visible()
    assert driver_page.locator(f".reason {icon}").is_visible()
    assert snapshot.place_reason.partition(" / ")[0] in driver_page.inner_text(".reason")
    assert driver_page.locator(".here").evaluate("node => getComputedStyle(node).outlineStyle") == "dashed"
    assert seen != "dashed"
