"""/ride in a real browser: a phone reads the bus's code, with and without network; its member's books say the same."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from sqlalchemy import select

from central.access.browser import COOKIES
from central.access.sessions import Kind
from central.database.phone_ride_tables import phone_claims, phone_rides
from central.devices.store import put_health
from central.inbox.take_batch import take
from central.my_page.by_phone.words import NOT_TAKEN
from device.reader.decode import read_texts
from device.screen.server import ScreenServer
from rules.instant import ClockQuality, Instant
from rules.messages.codec import encode
from rules.messages.events import DoorMoved, TripStarted
from rules.messages.link import Health
from rules.passes import bus_code
from rules.passes.bus_code import BusCode
from rules.passes.door_word import WORDS, word_of
from rules.ride.phone_ride import NotTaken
from terminal.screen.pages import create_app
from tests.accessible import faults_of
from tests.central.office import Bus
from tests.hil.phone_bench import PATIENCE_MS, SCALE, SCREEN, Phone, Village, opened
from tests.terminal.rider_states import AT_STOP
from tests.terminal.screen_bench import KEY, Loop

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytest_plugins = ("tests.browser", "tests.hil.phone_bench")


_NUMBERS = count(101)


class DoorBus:
    """A bus on the first trip of the day whose door opens when a test says so."""

    def __init__(self, village: Village) -> None:
        self.village, self.door = village, village.office.door()
        # The office is one for all tests.
        self.bus = Bus(device=f"bus-{next(_NUMBERS)}")
        self.stops = self.door.edition.stops_of(self.door.trip_id)
        with village.office.database.write() as connection:
            self.bus.register(connection)
        self.bus.write(
            TripStarted(
                at=self._at(),
                edition=self.door.edition.number,
                trip_id=self.door.trip_id,
                service_date=self.door.service_date,
            )
        )

    def opens(self, stop: int) -> BusCode:
        """The door opens there; the code on the display."""
        place, stop_id = self.stops[stop], self.door.edition.pattern_of(self.door.trip_id).stop_ids[stop]
        moved = DoorMoved(
            at=self._at(),
            is_open=True,
            trip_id=self.door.trip_id,
            stop_id=stop_id,
            lat=place.lat,
            lon=place.lon,
        )
        number = self.bus.write(moved).number
        return bus_code.sign(self.bus.device, self.bus.epoch, number, 0, self.bus._key)

    def tells(self) -> None:
        """All it has written is at the office."""
        with self.village.office.database.write() as connection:
            take(connection, self.bus.row, self.bus.batch(), int(time.time()))

    def address(self, code: BusCode) -> str:
        return bus_code.to_address(code, self.village.url.rstrip("/"))

    @staticmethod
    def _at() -> Instant:
        return Instant("boot", int(time.time() * 1000), int(time.time()), ClockQuality.GPS)


@pytest.fixture
def bus(village: Village) -> DoorBus:
    return DoorBus(village)


@pytest.fixture
def page(context: BrowserContext, village: Village) -> Page:
    """A member's phone that has had the page open once."""
    phone = opened(context, village)
    phone.shown()
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.page.wait_for_load_state("networkidle")
    return phone.page


def reads(page: Page, bus: DoorBus, code: BusCode) -> None:
    """As 「読み取る」 opens an address: from another page, not by a hash of the one that is there."""
    opens(page, bus, bus.address(code))
    page.wait_for_selector("#code:visible, #notice-strange", timeout=PATIENCE_MS)


def opens(page: Page, bus: DoorBus, address: str) -> None:
    page.goto(f"{bus.village.url}m/scan")
    page.goto(address)


def states(page: Page) -> list[str]:
    """What has become of what was noted, the newest first."""
    found: list[str] = page.eval_on_selector_all(
        "#noted li", "all => all.map(each => each.dataset.state ?? '')"
    )
    return found


def wait_for(page: Page, *wanted: str) -> None:
    page.wait_for_function(
        "(wanted) => [...document.querySelectorAll('#noted li')]"
        ".map(each => each.dataset.state ?? '').join() === wanted",
        arg=",".join(wanted),
        timeout=2 * PATIENCE_MS,
    )


def wait_for_place(page: Page) -> None:
    """It comes after the ride is noted, and a page that is left before it does without."""
    page.wait_for_function(
        "import('/passes/static/phone.js').then(({ kept }) => kept('claims'))"
        ".then((all) => all.at(-1).lat !== undefined)",
        timeout=2 * PATIENCE_MS,
    )


def rows(village: Village, table: Any, member: str) -> list[Any]:
    with village.office.database.read() as connection:
        return list(connection.execute(select(table).where(table.c.member == member)))


def member_of(page: Page) -> str:
    return str(page.evaluate("import('/passes/static/phone.js').then(({ kept }) => kept('member'))"))


def test_a_ride_without_network_is_kept_and_in_the_books_when_it_is_back(
    context: BrowserContext, page: Page, village: Village, bus: DoorBus
) -> None:
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"latitude": bus.stops[0].lat, "longitude": bus.stops[0].lon, "accuracy": 12})
    member = member_of(page)
    context.set_offline(True)
    first = bus.opens(0)
    reads(page, bus, first)
    assert page.inner_text("#word") == word_of(first.whole)
    assert states(page) == [""]
    page.click("#board")
    wait_for(page, "kept")
    wait_for_place(page)
    page.reload()
    wait_for(page, "kept")
    assert page.locator("#board:visible").count() == 0

    reads(page, bus, bus.opens(2))
    assert "main" in str(page.get_attribute("#alight", "class"))
    page.click("#alight")
    wait_for(page, "kept", "kept")
    assert rows(village, phone_claims, member) == []

    bus.tells()
    context.set_offline(False)
    wait_for(page, "placed", "placed")
    board, _ = rows(village, phone_claims, member)
    assert (board.lat, board.accuracy_m) == (bus.stops[0].lat, 12)
    (ride,) = rows(village, phone_rides, member)
    assert (ride.state, ride.board_index, ride.alight_index) == ("complete", 0, 2)
    assert ride.fare > 0

    page.goto(f"{village.url}m/wallet")
    page.wait_for_selector("#rides summary", timeout=PATIENCE_MS)
    said = page.inner_text("#rides")
    assert bus.stops[0].name in said
    assert bus.stops[2].name in said
    assert f"{ride.fare:,}" in said


def test_what_was_noted_goes_from_whatever_page_is_open(
    context: BrowserContext, page: Page, village: Village, bus: DoorBus
) -> None:
    member, code = member_of(page), bus.opens(1)
    bus.tells()
    context.set_offline(True)
    reads(page, bus, code)
    page.click("#board")
    wait_for(page, "kept")
    page.goto(f"{village.url}m/")
    Phone(page).shown()
    context.set_offline(False)
    deadline = time.monotonic() + 2 * PATIENCE_MS / 1000
    while not rows(village, phone_rides, member) and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert [ride.state for ride in rows(village, phone_rides, member)] == ["open"]


def test_the_code_on_the_terminals_own_display_leads_here_and_both_say_one_word(
    browser: Browser, page: Page, bus: DoorBus
) -> None:
    code, loop = bus.opens(0), Loop()
    loop.board.publish(replace(AT_STOP, ride_code=bus.address(code), ride_word=word_of(code.whole)))
    display = ScreenServer(
        create_app(loop.board.latest, loop.board.wait, loop.report, screen_key=KEY), port=0
    )
    display.start()
    shown = browser.new_page(viewport={"width": 800, "height": 480})
    try:
        shown.goto(f"{display.url}rider")
        shown.wait_for_selector("section svg:visible", timeout=PATIENCE_MS)
        picture = cv2.imdecode(np.frombuffer(shown.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
        (address,) = read_texts(np.asarray(picture, np.uint8))
        said = shown.inner_text("main")
    finally:
        shown.close()
        display.stop()
    opens(page, bus, address)
    page.wait_for_selector("#word:visible", timeout=PATIENCE_MS)
    assert page.inner_text("#word") in said
    bus.tells()
    page.click("#board")
    wait_for(page, "placed")


def test_nothing_is_noted_by_opening_the_page(page: Page, village: Village, bus: DoorBus) -> None:
    member = member_of(page)
    reads(page, bus, bus.opens(0))
    page.wait_for_load_state("networkidle")
    assert states(page) == [""]
    assert rows(village, phone_claims, member) == []


def test_what_the_bus_did_not_make_is_refused_in_words(page: Page, bus: DoorBus) -> None:
    code = bus.opens(0)
    forged = bus_code.sign(code.bus, code.epoch, code.number, 0, Bus(secret=9)._key)
    reads(page, bus, forged)
    page.click("#board")
    wait_for(page, "refused")
    assert "バスが出したコードではありません" in page.inner_text("#noted")


def test_a_sticker_is_noted_and_waits_for_the_buss_own_records(page: Page, bus: DoorBus) -> None:
    opens(page, bus, f"{bus.village.url}ride#{bus.bus.device}")
    page.wait_for_selector("#sticker:visible", timeout=PATIENCE_MS)
    assert page.locator("#word:visible").count() == 0
    with bus.village.office.database.write() as connection:
        said = Health(online=True, door_open=True, word="ひまわり")
        put_health(connection, bus.bus.device, int(time.time()), encode(said))
    page.get_by_text("ひまわり").wait_for(timeout=PATIENCE_MS)
    assert faults_of(page) == []
    page.click("#board")
    wait_for(page, "waits")


def test_a_server_in_trouble_loses_nothing(context: BrowserContext, page: Page, bus: DoorBus) -> None:
    code = bus.opens(0)
    bus.tells()
    context.route("**/m/api/ride", lambda route: route.fulfill(status=500, body="oops"))
    reads(page, bus, code)
    page.click("#board")
    page.wait_for_load_state("networkidle")
    wait_for(page, "kept")
    context.unroute("**/m/api/ride")
    page.reload()
    wait_for(page, "placed")


def test_what_one_of_a_family_noted_is_never_anothers(
    context: BrowserContext, page: Page, village: Village, bus: DoorBus
) -> None:
    first, code = member_of(page), bus.opens(0)
    bus.tells()
    context.set_offline(True)
    reads(page, bus, code)
    page.click("#board")
    wait_for(page, "kept")
    cookies = context.cookies()
    context.clear_cookies(name=COOKIES[Kind.OWN])
    context.set_offline(False)
    # The bench signs in somebody new who comes without a session.
    page.goto(f"{village.url}m/api/summary")
    page.goto(f"{village.url}ride")
    page.wait_for_load_state("networkidle")
    wait_for(page, "kept")
    other = member_of(page)
    assert other != first
    assert rows(village, phone_claims, other) == []
    own = next(each for each in cookies if each["name"] == COOKIES[Kind.OWN])
    url = village.url.replace("http:", "https:")
    context.add_cookies([{"name": own["name"], "value": own["value"], "url": url, "secure": True}])
    page.reload()
    wait_for(page, "placed")
    assert len(rows(village, phone_claims, first)) == 1


def test_the_page_has_the_words_of_all_doors_in_their_order(page: Page) -> None:
    assert page.evaluate("import('/m/words.js').then((words) => words.DOOR_WORDS)") == list(WORDS)


def test_every_refusal_has_words() -> None:
    assert set(NOT_TAKEN) == set(NotTaken)


@pytest.fixture(params=["light", "dark"])
def looked_at(browser: Browser, village: Village, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport=SCREEN, device_scale_factor=SCALE, color_scheme=request.param)
    try:
        phone = opened(context, village)
        phone.shown()
        yield phone.page
    finally:
        context.close()


def test_axe_finds_nothing_and_nothing_is_cut_off(looked_at: Page, village: Village, bus: DoorBus) -> None:
    page, code = looked_at, bus.opens(0)
    bus.tells()
    strangers: list[str] = []
    page.on(
        "request",
        lambda asked: strangers.append(asked.url) if not asked.url.startswith(village.url) else None,
    )

    def look() -> None:
        for act in ("", "#furigana", "#language"):
            if act:
                page.click(act)
            assert faults_of(page) == []
            for size in ("200%", "100%"):
                page.evaluate("(size) => { document.documentElement.style.fontSize = size; }", size)
                assert page.evaluate("document.documentElement.scrollWidth") <= SCREEN["width"], (act, size)
        page.click("#furigana") if page.locator("#furigana:visible").count() else None
        page.click("#language")

    page.goto(f"{village.url}ride")
    page.wait_for_selector("#no-code:visible")
    look()
    reads(page, bus, code)
    look()
    page.click("#board")
    wait_for(page, "placed")
    look()
    assert strangers == []
