"""The driver's page in a real browser, as the driver sees it: 800 × 480, by touch."""

from __future__ import annotations

import socket
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Literal

import pytest

from rules.passes.rider_pass import RiderClass
from rules.ride.outcomes import Movement, Outcome
from terminal.facts import Fact, TripChosen, TripDone
from terminal.screen.board import Board
from terminal.screen.pages import HEADERS, LIVE_STREAMS, create_app
from terminal.screen.server import PortBusy, ScreenServer
from terminal.screen.snapshot import Snapshot
from terminal.screen.view import choice_pages, place
from terminal.screen.words import RIDER_CLASSES, WORDS, Kind
from tests.terminal import screen_states as states

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, Page, ViewportSize

pytest_plugins = ("tests.browser",)

KEY = "a-key-made-at-start"
SIZE: ViewportSize = {"width": 800, "height": 480}
Scheme = Literal["light", "dark"]
OWN = "http://127.0.0.1"


@dataclass
class Loop:
    """Stands for the loop: what it is told, and whether its queue has room."""

    board: Board = field(default_factory=Board)
    facts: list[Fact] = field(default_factory=list)
    full: bool = False

    def report(self, fact: Fact, /) -> bool:
        if not self.full:
            self.facts.append(fact)
        return not self.full


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def client(loop: Loop) -> FlaskClient:
    app = create_app(loop.board.latest, loop.board.wait, loop.report, screen_key=KEY)
    return app.test_client()


@pytest.fixture
def server(loop: Loop) -> Iterator[ScreenServer]:
    app = create_app(loop.board.latest, loop.board.wait, loop.report, screen_key=KEY)
    screen = ScreenServer(app, port=0)
    screen.start()
    yield screen
    screen.stop()


@pytest.fixture
def page(browser: Browser, server: ScreenServer) -> Iterator[Page]:
    yield from _page(browser, server, "light")


@pytest.fixture
def night_page(browser: Browser, server: ScreenServer) -> Iterator[Page]:
    yield from _page(browser, server, "dark")


def _page(browser: Browser, server: ScreenServer, scheme: Scheme) -> Iterator[Page]:
    context = browser.new_context(viewport=SIZE, has_touch=True, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None,
    )
    page.goto(server.url)
    yield page
    context.close()
    assert complaints == []


def show(loop: Loop, page: Page, snapshot: Snapshot) -> None:
    """Publish and wait until the page has drawn it, told by a clock no other snapshot has."""
    show.count += 1  # type: ignore[attr-defined]
    stamp = f"{show.count:02}:00"  # type: ignore[attr-defined]
    loop.board.publish(replace(snapshot, clock=stamp))
    page.wait_for_function("stamp => document.querySelector('.clock').textContent === stamp", arg=stamp)


show.count = 0  # type: ignore[attr-defined]


# ---- words -------------------------------------------------------------------------------------


def test_every_outcome_has_words_in_both_languages() -> None:
    assert set(WORDS) == set(Outcome)
    for words in WORDS.values():
        assert all((words.key, words.key_en, words.say, words.say_en))


def test_every_key_word_is_short_enough_to_be_huge() -> None:
    for words in WORDS.values():
        assert sum(1 if unicodedata.east_asian_width(c) in "WF" else 0.6 for c in words.key) <= 4


def test_what_rides_is_never_red_and_what_needs_nothing_is_never_a_refusal() -> None:
    for outcome, words in WORDS.items():
        assert words.kind is not (Kind.RED if outcome.rides else Kind.GREEN)


def test_every_rider_class_has_words() -> None:
    assert {rider_class.name.lower() for rider_class in RiderClass} == set(RIDER_CLASSES)


# ---- what is shown -----------------------------------------------------------------------------


def test_the_next_departure_comes_first_and_the_missed_ones_last() -> None:
    pages = choice_pages(replace(states.CHOOSE, clock="12:21"))
    departures = [choice.departure for page in pages for choice in page]
    assert departures[0] == "13:40"
    assert departures[-1] == "12:05"
    assert sorted(departures) == sorted(states.DEPARTURES)


def test_a_trip_just_missed_is_still_offered_first() -> None:
    assert choice_pages(replace(states.CHOOSE, clock="12:10"))[0][0].departure == "12:05"


def test_without_a_clock_trips_stand_in_the_order_of_the_day() -> None:
    departures = [c.departure for page in choice_pages(replace(states.CHOOSE, clock="--:--")) for c in page]
    assert departures == sorted(states.DEPARTURES)


@pytest.mark.parametrize(
    ("at_index", "progress", "tag", "name"),
    [
        (0, 0.0, "停車中", "県立病院前"),
        (None, 0.0, "次は", "県立病院前"),
        (None, 2.3, "次は", "清水（大蔵村役場）"),
        (None, 2.9, "まもなく", "清水（大蔵村役場）"),
        (8, 8.0, "終点", "肘折温泉待合所"),
        (None, 99.0, "終点", "肘折温泉待合所"),
        (99, -1.0, "終点", "肘折温泉待合所"),
    ],
)
def test_the_strip_names_the_stop_that_matters(
    at_index: int | None, progress: float, tag: str, name: str
) -> None:
    shown = place(replace(states.TRIP, at_index=at_index, progress=progress))
    assert shown is not None
    assert (shown.tag, shown.name) == (tag, name)


def test_an_empty_page_says_that_there_are_no_trips(page: Page, loop: Loop) -> None:
    show(loop, page, states.EMPTY)
    assert "今日の便がありません" in page.inner_text("main")
    assert "bus-001" in page.inner_text(".bar")
    assert page.locator(".demo").count() == 0


def test_a_demo_says_so_in_every_state(page: Page, loop: Loop) -> None:
    show(loop, page, states.CHOOSE)
    assert "デモ" in page.inner_text(".demo")
    show(loop, page, states.LONG)
    assert page.locator(".demo").is_visible()
    show(loop, page, replace(states.FAULT, demo=True))
    assert "デモ" in page.inner_text(".fault")


def test_a_ride_shows_movement_fare_and_counts(page: Page, loop: Loop) -> None:
    show(loop, page, states.RIDE)
    assert page.inner_text(".key") == "降車"
    assert "¥450" in page.inner_text(".sums")
    assert page.locator(".cash").count() == 0
    assert page.inner_text("[data-on-board]").split() == ["6人"]
    assert "41" in page.inner_text(".counts")
    assert "まもなく" in page.inner_text(".here")
    assert "第二停留所" in page.inner_text(".here")


def test_a_boarding_names_no_fare(page: Page, loop: Loop) -> None:
    show(loop, page, states.STATES["boarded"])
    assert page.inner_text(".key") == "乗車"
    assert "¥" not in page.inner_text(".rider")
    assert "停車中" in page.inner_text(".here")
    assert "ドア開" in page.inner_text(".here")


def test_a_free_alighting_says_zero_yen(page: Page, loop: Loop) -> None:
    assert states.RIDE.last is not None
    show(loop, page, replace(states.RIDE, last=replace(states.RIDE.last, fare=0)))
    assert "¥0" in page.inner_text(".sums")


def test_a_refusal_shows_its_reason(page: Page, loop: Loop) -> None:
    show(loop, page, states.REFUSED)
    assert page.inner_text(".key") == "期限切れ"
    assert WORDS[Outcome.EXPIRED].say in page.inner_text(".answer")
    assert page.locator(".verdict .icon-cross").is_visible()


def test_a_short_balance_shows_the_cash_to_take(page: Page, loop: Loop) -> None:
    show(loop, page, states.SHORT)
    cash = page.inner_text(".cash")
    assert all(word in cash for word in ("現金", "¥1,120", "いただく"))
    sums = page.inner_text(".sums")
    assert all(word in sums for word in ("¥1,250", "小児", "3"))
    assert page.locator(".verdict .icon-check").is_visible()


def test_a_party_and_a_class_stand_out(page: Page, loop: Loop) -> None:
    show(loop, page, states.FAMILY)
    answer = page.inner_text(".answer")
    assert all(word in answer for word in ("手帳介助", "3", "確認"))


def test_the_key_word_of_every_answer_is_huge_and_whole(page: Page, loop: Loop) -> None:
    for number, outcome in enumerate(Outcome, 200):
        movement = Movement.BOARD if outcome.rides else Movement.REFUSED
        last = replace(states.BOARDED, number=number, outcome=outcome, movement=movement)
        show(loop, page, replace(states.RIDE, last=last))
        key = page.locator(".key")
        assert float(key.evaluate("node => parseFloat(getComputedStyle(node).fontSize)")) >= 60
        assert_within(page, ".key, .say, .at", ".answer")


def test_every_new_answer_is_seen_even_if_it_equals_the_one_before(page: Page, loop: Loop) -> None:
    assert states.RIDE.last is not None
    for number in range(100, 105):
        show(loop, page, replace(states.RIDE, last=replace(states.RIDE.last, number=number)))
        assert page.get_attribute("body", "data-number") == str(number)
        assert page.get_attribute(".answer", "data-answer") == str(number)
        assert page.evaluate("document.querySelector('.rider').classList.contains('fresh')")
        page.evaluate("document.querySelector('.rider').classList.remove('fresh')")


def test_an_old_answer_steps_back(page: Page, loop: Loop) -> None:
    assert states.RIDE.last is not None
    show(loop, page, states.RIDE)
    fresh = background(page, ".answer")
    show(loop, page, replace(states.RIDE, last=replace(states.RIDE.last, number=77, seconds_ago=130.0)))
    assert background(page, ".answer") != fresh
    assert page.inner_text(".ago") == "2分前"


def test_offline_is_a_calm_badge_and_rides_go_on(page: Page, loop: Loop) -> None:
    show(loop, page, states.OFFLINE)
    assert "送信待ち 37件" in page.inner_text(".bar")
    assert "圏外" in page.inner_text(".bar")
    assert page.inner_text(".key") == "降車"
    assert page.locator(".badge.warn, .badge.bad, .fault").count() == 0
    page.tap("summary")
    assert "40分前から電波が届いていません。" in page.inner_text(".sheet")
    page.tap(".counts")
    assert not page.locator(".sheet").is_visible()


def test_a_lost_receiver_is_named_and_the_place_marked_unsure(page: Page, loop: Loop) -> None:
    show(loop, page, states.NO_GPS)
    assert states.NO_GPS.gps_problem in page.inner_text(".reason")
    assert page.locator(".strip.unsure").count() == 1
    assert "GPSなし" in page.inner_text(".badge.warn")


def test_a_lost_camera_takes_the_riders_half_but_keeps_the_cash(page: Page, loop: Loop) -> None:
    show(loop, page, states.NO_CAMERA)
    shown = page.inner_text(".rider")
    assert all(word in shown for word in ("QRを読めません", "差し直してください", "現金 ¥1,120"))
    assert "第二停留所" in page.inner_text(".here")


def test_a_journal_fault_covers_the_screen_and_says_what_to_do(page: Page, loop: Loop) -> None:
    show(loop, page, states.FAULT)
    box = page.locator(".fault").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 800, "height": 480}
    shown = page.inner_text(".fault")
    assert "記録を書き込めません" in shown
    assert "役場へ連絡" in shown
    show(loop, page, states.RIDE)
    assert page.locator(".fault").count() == 0


def test_names_are_text_never_markup(page: Page, loop: Loop) -> None:
    evil = "<img src=x onerror=alert(1)>前"
    show(
        loop, page, replace(states.TRIP, trip_headsign=evil, stop_names=(evil, evil), at_index=0, notice=evil)
    )
    assert page.locator("main img").count() == 0
    assert evil in page.inner_text(".here")


# ---- how it is laid out ------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_state_scrolls_spills_or_fades(
    browser: Browser, server: ScreenServer, loop: Loop, scheme: Scheme
) -> None:
    for page in _page(browser, server, scheme):
        for name, snapshot in states.STATES.items():
            show(loop, page, snapshot)
            size = page.evaluate(
                "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
            )
            assert size[0] <= 800, name
            assert size[1] <= 480, name
            for inner, outer in INSIDE:
                assert_within(page, inner, outer)
            assert page.evaluate(PALE) == [], name
            assert page.evaluate(SMALL_TARGETS) == [], name


INSIDE = [
    ("main > *, .bar > *", "body"),
    (".badge", ".bar"),
    (".name, .tags > *, .along", ".here"),
    (".here", ".strip"),
    (".headsign", ".heading"),
    (".verdict > *, .key-en > *, .cash, .sums > *, .say, .at", ".answer"),
    (".cash > *", ".cash"),
    (".former, .camera p", ".camera"),
    (".counts dd, .counts dt", ".counts"),
    (".choice", ".trip"),
    (".fault > *", ".fault"),
]
SMALL_TARGETS = """[...document.querySelectorAll("button, summary")].filter(node => {
  const box = node.getBoundingClientRect();
  return node.checkVisibility() && (box.width < 44 || box.height < 44);
}).map(node => node.className)"""
PALE = """(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (layers) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const layer of layers) { canvas.fillStyle = layer; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const light = (colour) => {
    const [r, g, b] = colour.map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const pale = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const box = range.getBoundingClientRect();
    const stack = document.elementsFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    if (!stack.includes(node)) continue;
    const under = stack.slice(stack.indexOf(node)).map(at => getComputedStyle(at).backgroundColor).reverse();
    const back = light(rgb(under)), front = light(rgb([...under, style.color]));
    const ratio = (Math.max(back, front) + 0.05) / (Math.min(back, front) + 0.05);
    const large = parseFloat(style.fontSize) >= 24;
    if (ratio < (large ? 3 : 4.5)) pale.push(`${walker.currentNode.data.trim()} ${ratio.toFixed(2)}`);
  }
  return pale;
})()"""


def assert_within(page: Page, inner: str, outer: str) -> None:
    """No visible part of `inner` sticks out of the `outer` around it."""
    spilt = page.evaluate(
        """([inner, outer]) => [...document.querySelectorAll(inner)].filter(node => {
          const around = node.parentElement.closest(outer);
          if (!around || !node.checkVisibility()) return false;
          const box = node.getBoundingClientRect(), edge = around.getBoundingClientRect();
          return box.width && (box.left < edge.left - 1 || box.top < edge.top - 1
            || box.right > edge.right + 1 || box.bottom > edge.bottom + 1
            || (node.matches(".key, .tag, .cash > *, dd, dt, .badge") && node.scrollWidth > node.clientWidth + 1));
        }).map(node => `${node.className || node.tagName}: ${node.textContent.trim()}`)""",
        [inner, outer],
    )
    assert spilt == []


def background(page: Page, selector: str) -> str:
    return str(page.locator(selector).evaluate("node => getComputedStyle(node).backgroundColor"))


def test_day_and_night_follow_the_system_until_the_driver_chooses(night_page: Page, loop: Loop) -> None:
    show(loop, night_page, states.RIDE)
    assert night_page.get_attribute("html", "data-theme") == "night"
    night = background(night_page, "body")
    night_page.tap(".theme")
    assert night_page.get_attribute("html", "data-theme") == "day"
    assert background(night_page, "body") != night
    night_page.reload()
    assert night_page.get_attribute("html", "data-theme") == "day"


# ---- what the driver can say -------------------------------------------------------------------


def test_touching_a_trip_tells_the_loop(page: Page, loop: Loop) -> None:
    show(loop, page, states.CHOOSE)
    with page.expect_response("**/trip") as told:
        page.tap(".choice.next")
    assert told.value.status == 204
    first = choice_pages(loop.board.latest())[0][0]
    assert loop.facts == [TripChosen(first.trip_id, first.service_date)]


def test_all_trips_can_be_reached_by_touch(page: Page, loop: Loop) -> None:
    show(loop, page, states.CHOOSE)
    seen: set[str] = set()
    for _ in choice_pages(states.CHOOSE):
        seen |= set(page.locator(".choice:visible .departure").all_inner_texts())
        page.tap(".more")
    assert seen == set(states.DEPARTURES)


def test_one_touch_does_not_end_a_trip_but_a_second_does(page: Page, loop: Loop) -> None:
    show(loop, page, states.RIDE)
    page.tap(".end")
    assert "もう一度押すと終了" in page.inner_text(".end")
    assert loop.facts == []
    page.wait_for_timeout(500)
    with page.expect_response("**/trip/end"):
        page.tap(".end")
    assert loop.facts == [TripDone()]


def test_two_touches_at_once_are_one(page: Page, loop: Loop) -> None:
    show(loop, page, states.RIDE)
    page.evaluate("const end = document.querySelector('.end'); end.click(); end.click();")
    page.wait_for_timeout(300)
    assert loop.facts == []
    assert page.locator(".end.sure").count() == 1


def test_the_question_is_withdrawn_after_five_seconds(page: Page, loop: Loop) -> None:
    page.clock.install()
    show(loop, page, states.RIDE)
    page.tap(".end")
    page.clock.run_for(5_100)
    assert "運行を終える" in page.inner_text(".end")
    page.tap(".end")
    assert loop.facts == []


def test_a_button_survives_news_about_something_else(page: Page, loop: Loop) -> None:
    show(loop, page, states.RIDE)
    page.tap(".end")
    show(loop, page, replace(states.RIDE, progress=6.1, on_board=5))
    assert page.locator(".end.sure").count() == 1


def test_a_full_queue_is_said_plainly(page: Page, loop: Loop) -> None:
    loop.full = True
    show(loop, page, states.CHOOSE)
    page.tap(".choice.next")
    page.wait_for_selector(".toast:visible")
    assert "今は受け付けられません" in page.inner_text(".toast")
    assert page.locator(".choice.sent").count() == 0


# ---- when the program falls silent -------------------------------------------------------------


def test_a_page_without_news_says_that_it_is_stale_and_recovers(page: Page, loop: Loop) -> None:
    loop.board.publish(states.RIDE)
    page.clock.install()
    page.route("**/events", lambda route: route.abort())
    page.route("**/now", lambda route: route.abort())
    page.reload()
    page.clock.run_for(11_000)
    assert not page.locator(".lost").is_visible()
    page.clock.run_for(3_000)
    assert page.locator(".lost").is_visible()
    assert "画面が更新されていません" in page.inner_text(".lost")
    page.unroute("**/now")
    page.clock.run_for(2_100)
    page.wait_for_selector(".lost", state="hidden")


def test_without_a_live_stream_the_page_asks(browser: Browser, server: ScreenServer, loop: Loop) -> None:
    context = browser.new_context(viewport=SIZE)
    page = context.new_page()
    page.route("**/events", lambda route: route.fulfill(status=503))
    page.goto(server.url)
    show(loop, page, states.RIDE)
    assert page.inner_text(".key") == "降車"
    context.close()


def test_a_page_of_a_former_start_loads_itself_anew(page: Page, loop: Loop) -> None:
    show(loop, page, states.RIDE)
    page.evaluate("document.documentElement.dataset.key = 'of-yesterday'; window.former = true;")
    loop.board.publish(states.SHORT)
    page.wait_for_function("() => window.former === undefined")
    assert page.get_attribute("html", "data-key") == KEY


def test_a_quiet_loop_still_beats(loop: Loop) -> None:
    beats = create_app(loop.board.latest, lambda version, seconds: 0, loop.report, screen_key=KEY)
    with beats.test_client().get("/events") as answer:
        stream = answer.iter_encoded()
        assert next(stream).startswith(b"data: {")
        assert next(stream) == b"event: beat\ndata: 1\n\n"


def test_live_streams_are_few_and_given_back(client: FlaskClient) -> None:
    open_streams = [client.get("/events") for _ in range(LIVE_STREAMS)]
    assert [stream.status_code for stream in open_streams] == [200] * LIVE_STREAMS
    assert client.get("/events").status_code == 503
    open_streams.pop().close()
    assert client.get("/events").status_code == 200


# ---- who may speak -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "X-Screen-Key": KEY},
        {"Origin": "http://127.0.0.1:9", "X-Screen-Key": KEY},
        {"Origin": "null", "X-Screen-Key": KEY},
        {"X-Screen-Key": KEY},
        {"Origin": OWN},
        {"Origin": OWN, "X-Screen-Key": "guessed"},
        {"Origin": OWN, "X-Screen-Key": "鍵"},
    ],
)
@pytest.mark.parametrize("path", ["/trip", "/trip/end"])
def test_a_post_from_elsewhere_is_refused(
    client: FlaskClient, loop: Loop, path: str, headers: dict[str, str]
) -> None:
    loop.board.publish(replace(states.RIDE, choices=states.CHOOSE.choices))
    first = states.CHOOSE.choices[0]
    form = {"trip_id": first.trip_id, "service_date": first.service_date}
    sent = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    answer = client.post(path, base_url=OWN, headers=sent, data=form)
    assert answer.status_code == 403
    assert loop.facts == []


def test_a_page_of_another_site_cannot_end_the_trip(
    browser: Browser, server: ScreenServer, loop: Loop
) -> None:
    loop.board.publish(states.RIDE)
    context = browser.new_context()
    page = context.new_page()
    page.route("http://evil.example/", lambda route: route.fulfill(body="<p>hello", content_type="text/html"))
    page.goto("http://evil.example/")
    page.evaluate(
        "url => fetch(url, {method: 'POST', mode: 'no-cors'}).catch(() => 0)", server.url + "trip/end"
    )
    page.evaluate(
        "url => fetch(url, {method: 'POST', headers: {'X-Screen-Key': 'x'}}).catch(() => 0)",
        server.url + "trip/end",
    )
    context.close()
    assert loop.facts == []


def test_a_name_that_only_points_here_is_refused(client: FlaskClient) -> None:
    assert client.get("/now", base_url="http://evil.example").status_code == 400
    assert client.get("/now", base_url="http://localhost:8080").status_code == 200


def test_only_trips_on_offer_can_be_chosen(client: FlaskClient, loop: Loop) -> None:
    loop.board.publish(states.CHOOSE)
    headers = {"Origin": OWN, "X-Screen-Key": KEY}
    form = {"trip_id": "平日_06:35", "service_date": "1999-01-01"}
    assert client.post("/trip", base_url=OWN, headers=headers, data=form).status_code == 409
    assert client.post("/trip", base_url=OWN, headers=headers).status_code == 409
    assert client.post("/trip/end", base_url=OWN, headers=headers).status_code == 409
    assert loop.facts == []


def test_a_huge_post_is_refused(client: FlaskClient) -> None:
    headers = {"Origin": OWN, "X-Screen-Key": KEY}
    answer = client.post("/trip", base_url=OWN, headers=headers, data={"trip_id": "x" * 10_000})
    assert answer.status_code == 413


def test_a_full_queue_answers_503(client: FlaskClient, loop: Loop) -> None:
    loop.full = True
    loop.board.publish(states.RIDE)
    answer = client.post("/trip/end", base_url=OWN, headers={"Origin": OWN, "X-Screen-Key": KEY})
    assert answer.status_code == 503
    assert "もう一度" in answer.get_json()["error"]


def test_every_route_carries_the_security_headers(client: FlaskClient) -> None:
    paths = ["/", "/now", "/events", "/static/screen.js", "/static/none.js", "/nowhere"]
    answers = [client.get(path) for path in paths] + [client.post("/trip"), client.post("/trip/end")]
    rules = {rule.rule for rule in client.application.url_map.iter_rules()}
    assert rules == {"/", "/now", "/events", "/trip", "/trip/end", "/static/<path:filename>"}
    for answer in answers:
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        answer.close()


def test_the_page_asks_no_other_host_for_anything(page: Page, loop: Loop, server: ScreenServer) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    show(loop, page, states.LONG)
    assert asked
    assert all(url.startswith(server.url) for url in asked)


# ---- board and server --------------------------------------------------------------------------


def test_the_board_wakes_its_reader_and_counts() -> None:
    board = Board()
    assert board.latest() == Snapshot()
    assert board.wait(-1, 0.0) == 0
    assert board.wait(0, 0.01) == 0
    board.publish(states.RIDE)
    assert board.version == 1
    assert board.wait(0, 60.0) == 1
    assert board.latest() is states.RIDE


def test_a_busy_port_is_one_clear_sentence(client: FlaskClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortBusy, match=f"使用中.*{port}.* in use|{port}.*使用中.*in use"):
            ScreenServer(client.application, port=port).start()


def test_a_stopped_server_gives_its_port_back_and_stop_twice_is_harmless(client: FlaskClient) -> None:
    first = ScreenServer(client.application, port=0)
    first.start()
    first.stop()
    first.stop()
    second = ScreenServer(client.application, port=first.port)
    second.start()
    asked = HTTPConnection(second.host, second.port, timeout=10)
    asked.request("GET", "/now")
    assert asked.getresponse().status == 200
    asked.close()
    second.stop()
