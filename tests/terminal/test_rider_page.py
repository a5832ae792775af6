"""The rider's display at the door, in a real browser of its two sizes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from device.reader.decode import read_texts
from device.reader.messages import Hint
from device.screen.server import THREADS
from rules.passes.bus_code import is_genuine, read_text
from rules.passes.door_word import word_of
from rules.ride.outcomes import Movement, Outcome
from terminal.screen import pages, rider_pages
from terminal.screen.rider_words import DRIVER, HINTS, MOVED, RIDER_WORDS, Mood
from tests.terminal import rider_states as rider
from tests.terminal import screen_states as states
from tests.terminal.screen_bench import KEY, Loop, Scheme

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, Page, ViewportSize

    from device.screen.server import ScreenServer
    from terminal.screen.snapshot import Snapshot

pytest_plugins = ("tests.browser",)

SMALL: ViewportSize = {"width": 480, "height": 320}
LARGE: ViewportSize = {"width": 800, "height": 480}
SIZES = (SMALL, LARGE)
SPILT = """() => [...document.querySelectorAll("section *:not(svg *)")].filter(node => {
  const box = node.getBoundingClientRect();
  return node.checkVisibility() && box.width && (box.left < -1 || box.top < -1
    || box.right > innerWidth + 1 || box.bottom > innerHeight + 1
    || (!node.matches("dt span, .next b") && node.scrollWidth > node.clientWidth + 1 && node.clientWidth));
}).map(node => `${node.className || node.tagName}: ${node.textContent.trim()}`)"""
PALE = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = colour.map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = rgb(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("section *:not(svg *)")].filter(node => {
    const says = [...node.childNodes].some(each => each.nodeType === 3 && each.data.trim());
    if (!says || !node.checkVisibility()) return false;
    const [a, b] = [light(rgb(getComputedStyle(node).color).slice(0, 3)), light(ground(node))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
  }).map(node => node.textContent.trim());
}"""


def open_display(
    browser: Browser, server: ScreenServer, size: ViewportSize, scheme: Scheme = "light", query: str = ""
) -> Iterator[Page]:
    context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None,
    )
    page.goto(f"{server.url}rider{query}")
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def display(browser: Browser, screen_server: ScreenServer) -> Iterator[Page]:
    yield from open_display(browser, screen_server, SMALL)


def show(loop: Loop, page: Page, snapshot: Snapshot) -> None:
    """Publish and wait until the display has drawn it, told by a number no other answer has."""
    loop.board.publish(snapshot)
    picture = page.context.request.get(page.url.split("?")[0].rstrip("/") + "/now").json()
    page.wait_for_function(
        """regions => Object.entries(regions).every(([name, html]) => {
          const sample = document.createElement("div");
          sample.innerHTML = html;
          return document.querySelector(`[data-region="${name}"]`).innerHTML === sample.innerHTML;
        })""",
        arg=picture["regions"],
    )


def text(page: Page) -> str:
    """What can be read."""
    return page.inner_text("main")


def test_before_a_trip_and_without_a_camera_riders_take_a_ticket(display: Page, bus_loop: Loop) -> None:
    for snapshot in (states.CHOOSE, replace(states.NO_CAMERA, last=None), replace(states.FAULT, last=None)):
        show(bus_loop, display, snapshot)
        assert "整理券をお取りください" in text(display)
        assert "かざして" not in text(display)


def test_waiting_it_says_where_to_hold_a_code_the_next_stop_and_the_fares(
    display: Page, bus_loop: Loop
) -> None:
    show(bus_loop, display, rider.WAITING)
    said = text(display)
    assert "QRをかざしてください" in said.replace("\n", "")
    assert "第二停留所" in said
    assert "まもなく" in said
    rows = [row.replace("\n", "") for row in display.locator(".fares dl > div").all_inner_texts()]
    assert rows[0] == "日陰から100円"
    assert rows[4] == "県立病院前から580円"
    assert display.locator(".drawing-hold").is_visible()


def test_who_boards_reads_it_and_no_fare(display: Page, bus_loop: Loop) -> None:
    show(bus_loop, display, rider.BOARDED)
    assert text(display).split() == ["乗りました", "Welcome", "aboard"]


def test_who_alights_reads_the_fare(display: Page, bus_loop: Loop) -> None:
    show(bus_loop, display, rider.ALIGHTED)
    assert display.inner_text("h1:visible").startswith("降りました")
    assert display.inner_text(".fare").replace("\n", "") == "600円"


def test_a_party_reads_its_number_and_cash_to_pay_stands_out(display: Page, bus_loop: Loop) -> None:
    show(bus_loop, display, rider.SHORT)
    assert display.inner_text(".party").replace("\n", "") == "3人"
    assert "現金1,120円を運転士へ" in display.inner_text(".cash").replace("\n", "")
    assert display.inner_text(".fare").replace("\n", "") == "1,250円"


def test_a_commuter_reads_no_fare(display: Page, bus_loop: Loop) -> None:
    show(bus_loop, display, rider.COMMUTER)
    assert display.inner_text(".fare").startswith("定期券")
    assert "円" not in text(display)


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if not outcome.rides])
def test_every_refusal_says_what_to_do(screen_client: FlaskClient, bus_loop: Loop, outcome: Outcome) -> None:
    bus_loop.board.publish(rider.answered(outcome))
    drawn = json.loads(screen_client.get("/rider/now").data)["regions"]["answer"]
    assert RIDER_WORDS[outcome].head in drawn
    assert RIDER_WORDS[outcome].do in drawn
    assert "円" not in drawn


def test_why_a_pass_was_not_taken_cannot_be_told_from_the_display() -> None:
    """A lost, copied, forged, expired or exhausted pass: the same words for all, and none of them a reason."""
    private = {
        Outcome.DENIED,
        Outcome.EXPIRED,
        Outcome.NOT_YET_VALID,
        Outcome.CARD_NOT_LISTED,
        Outcome.CARD_LIMIT,
        Outcome.UNKNOWN_KEY,
        Outcome.BAD_SIGNATURE,
        Outcome.OTHER_NETWORK,
    }
    assert {RIDER_WORDS[outcome] for outcome in private} == {DRIVER}
    assert "運転士にお声がけください" in DRIVER.do


def test_nothing_says_who_the_rider_is(screen_client: FlaskClient, bus_loop: Loop) -> None:
    for movement in MOVED:
        plain = rider.answered(Outcome.OK_OTHER, movement, fare=300)
        regions = []
        for rider_class in ("adult", "child", "senior", "handbook_attended"):
            assert plain.last is not None
            bus_loop.board.publish(
                replace(plain, last=replace(plain.last, rider_class=rider_class, photo=True))
            )
            regions.append(screen_client.get("/rider/now").data)
        assert len(set(regions)) == 1


def test_every_outcome_and_every_hint_has_words_in_both_languages_and_a_drawing(
    screen_client: FlaskClient, bus_loop: Loop
) -> None:
    assert set(RIDER_WORDS) == set(Outcome)
    assert set(HINTS) == set(Hint)
    for words in (*RIDER_WORDS.values(), *HINTS.values()):
        assert words.head and words.head_en
        assert bool(words.do) == bool(words.do_en)
        assert words.do or words.mood is Mood.DONE
    for state in rider.STATES.values():
        bus_loop.board.publish(state)
        for html in json.loads(screen_client.get("/rider/now").data)["regions"].values():
            assert ('aria-hidden="true" focusable="false">\n</svg>' in html) is False


def test_a_code_that_cannot_be_read_gets_a_hint_and_a_drawing(display: Page, bus_loop: Loop) -> None:
    for hint, words in HINTS.items():
        show(bus_loop, display, replace(rider.WAITING, hint=hint))
        assert words.do in text(display)
        assert display.locator(f".drawing-{hint}").is_visible()
    show(bus_loop, display, rider.WAITING)
    assert display.locator(".drawing-hold").is_visible()


def test_an_answer_stands_before_a_hint_and_goes_after_six_seconds(display: Page, bus_loop: Loop) -> None:
    display.clock.install()
    show(bus_loop, display, replace(rider.ALIGHTED, hint=Hint.STILL))
    assert "600" in text(display)
    display.clock.run_for(6_000)
    # The page looks four times a second, by timers older than the test's clock.
    display.wait_for_selector(".fare", state="hidden", timeout=3_000)
    assert "そのまま動かさないで" in text(display)


def test_a_display_that_is_switched_on_later_shows_no_former_answer(
    browser: Browser, screen_server: ScreenServer, bus_loop: Loop
) -> None:
    bus_loop.board.publish(rider.answered(Outcome.OK, Movement.ALIGHT, fare=600, seconds_ago=7.0))
    for page in open_display(browser, screen_server, SMALL):
        assert "600" not in text(page)


def test_two_equal_answers_are_two(display: Page, bus_loop: Loop) -> None:
    show(bus_loop, display, rider.BOARDED)
    display.evaluate("document.querySelector('[data-region=answer]').classList.remove('fresh')")
    assert rider.BOARDED.last is not None
    bus_loop.board.publish(replace(rider.BOARDED, last=replace(rider.BOARDED.last, number=22)))
    display.wait_for_selector("[data-region=answer].fresh")


def test_without_news_it_asks_for_a_ticket_and_recovers(display: Page, bus_loop: Loop) -> None:
    bus_loop.board.publish(rider.AT_STOP)
    display.clock.install()
    display.route("**/rider/events", lambda route: route.fulfill(status=503))
    display.route("**/rider/now", lambda route: route.fulfill(status=503))
    display.reload()
    display.clock.run_for(13_000)
    assert "整理券をお取りください" in text(display)
    assert display.locator(".qr").count() == 1
    assert not display.locator(".qr").is_visible()
    display.unroute("**/rider/now")
    display.clock.run_for(2_100)
    display.wait_for_selector(".qr", state="visible")


@pytest.mark.parametrize("size", SIZES, ids=["480x320", "800x480"])
@pytest.mark.parametrize(("scheme", "query"), [("light", ""), ("dark", ""), ("light", "?text=large")])
def test_no_state_scrolls_spills_or_fades(
    browser: Browser,
    screen_server: ScreenServer,
    bus_loop: Loop,
    size: ViewportSize,
    scheme: Scheme,
    query: str,
) -> None:
    wrong = {}
    for page in open_display(browser, screen_server, size, scheme, query):
        for name, snapshot in rider.STATES.items():
            show(bus_loop, page, snapshot)
            front = "answer" if snapshot.last else "hint" if snapshot.hint else "idle"
            page.evaluate("front => { document.body.dataset.front = front; }", front)
            if found := page.evaluate(SPILT) + page.evaluate(PALE):
                wrong[name] = found
    assert wrong == {}


@pytest.mark.parametrize("size", SIZES, ids=["480x320", "800x480"])
@pytest.mark.parametrize(("scheme", "query"), [("light", ""), ("dark", ""), ("dark", "?text=large")])
def test_the_bus_s_code_is_read_from_the_display_and_its_word_is_the_one_beside_it(
    browser: Browser,
    screen_server: ScreenServer,
    bus_loop: Loop,
    size: ViewportSize,
    scheme: Scheme,
    query: str,
) -> None:
    for page in open_display(browser, screen_server, size, scheme, query):
        show(bus_loop, page, rider.AT_STOP)
        picture = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        (read,) = read_texts(picture.astype(np.uint8))
        host, _, fragment = read.partition("/ride#")
        code = read_text(fragment)
        assert host == rider.HOST
        assert code is not None
        assert is_genuine(code, rider.BUS_PUBLIC)
        assert page.inner_text(".word b") == word_of(code.whole)


def test_without_a_code_nothing_of_it_is_there(display: Page, bus_loop: Loop) -> None:
    show(bus_loop, display, rider.AT_STOP)
    assert display.locator(".qr").is_visible()
    show(bus_loop, display, replace(rider.AT_STOP, ride_code="", ride_word=""))
    assert display.locator(".qr, .word").count() == 0


def test_the_driver_reads_the_same_word(screen_client: FlaskClient, bus_loop: Loop) -> None:
    bus_loop.board.publish(rider.AT_STOP)
    assert rider.AT_STOP.ride_word in json.loads(screen_client.get("/now").data)["regions"]["status"]


def test_day_and_night_follow_the_driver_in_the_same_browser(
    browser: Browser, screen_server: ScreenServer, bus_loop: Loop
) -> None:
    bus_loop.board.publish(rider.WAITING)
    for page in open_display(browser, screen_server, SMALL):
        driver = page.context.new_page()
        driver.goto(screen_server.url)
        driver.click(".theme")
        page.wait_for_function("() => document.documentElement.dataset.theme === 'night'")


def test_the_display_takes_nothing_and_says_so(screen_client: FlaskClient) -> None:
    for path in ("/rider", "/rider/now", "/rider/events"):
        headers = {"Origin": "http://127.0.0.1", "X-Screen-Key": KEY}
        assert screen_client.post(path, base_url="http://127.0.0.1", headers=headers).status_code == 405
    page = screen_client.get("/rider").get_data(as_text=True)
    assert "<button" not in page
    assert "<form" not in page


def test_the_display_and_the_driver_take_no_stream_from_each_other(screen_client: FlaskClient) -> None:
    displays = [screen_client.get("/rider/events") for _ in range(rider_pages.LIVE_STREAMS)]
    assert screen_client.get("/rider/events").status_code == 503
    drivers = [screen_client.get("/events") for _ in range(pages.LIVE_STREAMS)]
    assert [answer.status_code for answer in (*displays, *drivers)] == [200] * 5
    assert len(displays) + len(drivers) < THREADS - 2
    displays.pop().close()
    assert screen_client.get("/rider/events").status_code == 200


def test_news_that_cannot_be_seen_at_the_door_is_a_beat(screen_client: FlaskClient, bus_loop: Loop) -> None:
    bus_loop.board.publish(rider.WAITING)
    with screen_client.get("/rider/events") as answer:
        stream = answer.iter_encoded()
        assert next(stream).startswith(b"data: {")
        bus_loop.board.publish(replace(rider.WAITING, queue=12, boarded_today=99, clock="12:34"))
        assert next(stream) == b"event: beat\ndata: 1\n\n"
        bus_loop.board.publish(rider.ALIGHTED)
        assert next(stream).startswith(b"data: {")
