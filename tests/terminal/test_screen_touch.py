"""What the driver can say by touch, and what the page says when the program falls silent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from device.screen.server import ScreenServer
from terminal.facts import TripChosen, TripDone
from terminal.screen.pages import LIVE_STREAMS, create_app
from terminal.screen.view import choice_pages
from tests.terminal import screen_states as states
from tests.terminal.screen_bench import (
    KEY,
    SIZE,
    Loop,
    show,
)

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, Page

pytest_plugins = ("tests.browser",)


def test_touching_a_trip_tells_the_loop(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.CHOOSE)
    with driver_page.expect_response("**/trip") as told:
        driver_page.tap(".choice.next")
    assert told.value.status == 204
    first = choice_pages(bus_loop.board.latest())[0][0]
    assert bus_loop.facts == [TripChosen(first.trip_id, first.service_date)]


def test_all_trips_can_be_reached_by_touch(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.CHOOSE)
    seen: set[str] = set()
    for _ in choice_pages(states.CHOOSE):
        seen |= set(driver_page.locator(".choice:visible .departure").all_inner_texts())
        driver_page.tap(".more")
    assert seen == set(states.DEPARTURES)


def test_one_touch_does_not_end_a_trip_but_a_second_does(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.RIDE)
    driver_page.tap(".end")
    assert "もう一度押すと終了" in driver_page.inner_text(".end")
    assert bus_loop.facts == []
    driver_page.wait_for_timeout(500)
    with driver_page.expect_response("**/trip/end"):
        driver_page.tap(".end")
    assert bus_loop.facts == [TripDone()]


def test_two_touches_at_once_are_one(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.RIDE)
    driver_page.evaluate("const end = document.querySelector('.end'); end.click(); end.click();")
    driver_page.wait_for_timeout(300)
    assert bus_loop.facts == []
    assert driver_page.locator(".end.sure").count() == 1


def test_the_question_is_withdrawn_after_five_seconds(driver_page: Page, bus_loop: Loop) -> None:
    driver_page.clock.install()
    show(bus_loop, driver_page, states.RIDE)
    driver_page.tap(".end")
    driver_page.clock.run_for(5_100)
    assert "終了\nEnd" in driver_page.inner_text(".end")
    driver_page.tap(".end")
    assert bus_loop.facts == []


def test_a_button_survives_news_about_something_else(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.RIDE)
    driver_page.tap(".end")
    show(bus_loop, driver_page, replace(states.RIDE, progress=6.1, on_board=5))
    assert driver_page.locator(".end.sure").count() == 1


def test_a_full_queue_is_said_plainly(driver_page: Page, bus_loop: Loop) -> None:
    bus_loop.full = True
    show(bus_loop, driver_page, states.CHOOSE)
    driver_page.tap(".choice.next")
    driver_page.wait_for_selector(".toast:visible")
    assert "今は受け付けられません" in driver_page.inner_text(".toast")
    assert driver_page.locator(".choice.sent").count() == 0


def test_a_page_without_news_says_that_it_is_stale_and_recovers(driver_page: Page, bus_loop: Loop) -> None:
    bus_loop.board.publish(states.RIDE)
    driver_page.clock.install()
    driver_page.route("**/events", lambda route: route.abort())
    driver_page.route("**/now", lambda route: route.abort())
    driver_page.reload()
    driver_page.clock.run_for(11_000)
    assert not driver_page.locator(".lost").is_visible()
    driver_page.clock.run_for(3_000)
    assert driver_page.locator(".lost").is_visible()
    assert "画面が更新されていません" in driver_page.inner_text(".lost")
    driver_page.unroute("**/now")
    driver_page.clock.run_for(2_100)
    driver_page.wait_for_selector(".lost", state="hidden")


def test_without_a_live_stream_the_page_asks(
    browser: Browser, screen_server: ScreenServer, bus_loop: Loop
) -> None:
    context = browser.new_context(viewport=SIZE)
    driver_page = context.new_page()
    driver_page.route("**/events", lambda route: route.fulfill(status=503))
    driver_page.goto(screen_server.url)
    show(bus_loop, driver_page, states.RIDE)
    assert driver_page.inner_text(".key") == "降車"
    context.close()


def test_a_page_of_a_former_start_loads_itself_anew(driver_page: Page, bus_loop: Loop) -> None:
    show(bus_loop, driver_page, states.RIDE)
    driver_page.evaluate("document.documentElement.dataset.key = 'of-yesterday'; window.former = true;")
    bus_loop.board.publish(states.SHORT)
    driver_page.wait_for_function("() => window.former === undefined")
    assert driver_page.get_attribute("html", "data-key") == KEY


def test_a_quiet_loop_still_beats(bus_loop: Loop) -> None:
    beats = create_app(bus_loop.board.latest, lambda version, seconds: 0, bus_loop.report, screen_key=KEY)
    with beats.test_client().get("/events") as answer:
        stream = answer.iter_encoded()
        assert next(stream).startswith(b"data: {")
        assert next(stream) == b"event: beat\ndata: 1\n\n"


def test_live_streams_are_few_and_given_back(screen_client: FlaskClient) -> None:
    open_streams = [screen_client.get("/events") for _ in range(LIVE_STREAMS)]
    assert [stream.status_code for stream in open_streams] == [200] * LIVE_STREAMS
    assert screen_client.get("/events").status_code == 503
    open_streams.pop().close()
    assert screen_client.get("/events").status_code == 200
