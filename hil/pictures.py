"""Takes the README's pictures: drives the demo and photographs its pages in a real Chromium.

The driver's page with a question, with riders by hand and in the colours for snow is posed: what comes up is for the
bus to say.

`./dev run python -m hil.pictures` writes them into `hil/pictures/`.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from central.network.feeds.open_feed import read_feed
from device.screen.server import ScreenServer
from hil.bench import Bench, Plan
from hil.browser import chromium
from hil.demo import LINE, NOTICE, Demo
from hil.rounds import rounds
from rules.messages.events import Means
from rules.passes.bus_code import sign, to_address
from rules.passes.door_word import word_of
from rules.passes.seal import private_from_bytes
from rules.ride.outcomes import Movement, Outcome
from terminal.screen.board import Board
from terminal.screen.pages import create_app
from terminal.screen.snapshot import HandDone, HandGroup, LastAnswer, Snapshot, StopQuestion

if TYPE_CHECKING:
    from playwright._impl._api_structures import StorageState
    from playwright.sync_api import Browser

    from rules.network.edition import Edition
    from rules.network.trips import Trip

FOLDER = Path(__file__).parent / "pictures"
DAY = date(2026, 11, 24)
SPEED = 240.0
DRIVER = {"width": 800, "height": 480}
OFFICE = {"width": 1366, "height": 1000}
KIOSK = {"width": 1024, "height": 600}
RIDER = {"width": 480, "height": 320}
LAPTOP = {"width": 1366, "height": 768}
SETTLE_MS = 1_500
IN_THE_VALLEY = 8
AT_THE_BATHS = 13


@click.command()
def main() -> None:
    """デモを走らせ、画面を撮る / Drive the demo and take the README's pictures."""
    FOLDER.mkdir(exist_ok=True)
    line = read_feed(LINE).draft
    this = next(rounds(line, DAY))
    with (
        tempfile.TemporaryDirectory(prefix="yukemuri-") as folder,
        Bench(Plan(Path(folder), LINE, NOTICE, DAY, this.out.departures[0])) as bench,
        chromium() as browser,
    ):
        demo = Demo(bench, SPEED, lambda line: click.echo(line, err=True))
        riders = bench.hand_out()

        def at_stop(index: int) -> None:
            if index == IN_THE_VALLEY:
                bench.road.cut()
                _take(browser, bench.screen_url, DRIVER, "driver-offline.png")
                bench.road.restore()
            if index == AT_THE_BATHS:
                _take(browser, bench.screen_url, DRIVER, "driver.png")

        bath = bench.open_bath(lambda line: click.echo(line, err=True))
        bath.visit(bench.welcome_guests(), browser)
        _take(browser, bench.kiosk_url, KIOSK, "kiosk.png")
        demo.drive_round(this, riders, at_stop)
        demo.drained()
        cookies = _sign_in(browser, bench.office_link())
        _take(browser, f"{bench.office_url}today", OFFICE, "office.png", cookies=cookies)
        _take(browser, f"{bench.office_url}network/geofences", LAPTOP, "geofences.png", cookies=cookies)
        _take(browser, bench.screen_url, DRIVER, "driver-choose.png")
        _pose(browser, line, this.out)
        _take_rider(browser, line, this.out)


def _pose(browser: Browser, line: Edition, trip: Trip) -> None:
    """The driver's page in the valley, after minutes without satellites, as it asks at which stop the door is open.

    And riders by hand at a stop: the cash of one who has just alighted, the panel for all else, both in snow.
    """
    names = tuple(stop.name for stop in line.stops_of(trip.trip_id))
    asking = Snapshot(
        demo=True,
        unit="bus-001",
        trip_headsign=trip.headsign,
        trip_departure="07:05",
        stop_names=names,
        progress=IN_THE_VALLEY - 0.4,
        door_open=True,
        queue=14,
        gps_problem="GPSを受信していません。 / No satellites.",
        clock="07:46",
        on_board=6,
        boarded_today=6,
        last=LastAnswer(1, Outcome.OK, Movement.ALIGHT, names[IN_THE_VALLEY - 1], 300, 0, 1, "adult", 0.0),
        question=StopQuestion(9, (IN_THE_VALLEY - 1, IN_THE_VALLEY)),
    )
    by_hand = replace(
        asking,
        at_index=IN_THE_VALLEY,
        progress=float(IN_THE_VALLEY),
        question=None,
        queue=0,
        gps_problem="",
        link_up=True,
        by_hand=(
            HandGroup(IN_THE_VALLEY - 3, "child", Means.COUPON, 2, 100),
            HandGroup(1, "adult", Means.CASH, 2, 400),
        ),
        hand_done=HandDone(Movement.ALIGHT, Means.CASH, "adult", 1, 1, 400),
    )
    _take_posed(browser, asking, "driver-asks.png")
    _take_posed(browser, by_hand, "driver-hand.png")
    _take_posed(browser, by_hand, "driver-hand-panel.png", touch=".by-hand")
    _take_posed(browser, by_hand, "driver-snow.png", theme="snow")


def _take_posed(browser: Browser, shown: Snapshot, name: str, *, theme: str = "day", touch: str = "") -> None:
    board = Board()
    board.publish(shown)
    screen = ScreenServer(create_app(board.latest, board.wait, lambda fact: False, screen_key=""), port=0)
    screen.start()
    try:
        _take(browser, screen.url, DRIVER, name, theme=theme, touch=touch)
    finally:
        screen.stop()


def _take_rider(browser: Browser, line: Edition, trip: Trip) -> None:
    """The rider's display with the door open, and as somebody alights; the bus's code is signed by nobody's key."""
    names = tuple(stop.name for stop in line.stops_of(trip.trip_id))
    code = sign("bus-001", "0123456789abcdef", 1_234, 0, private_from_bytes(bytes(range(32))))
    waiting = Snapshot(
        demo=True,
        unit="bus-001",
        trip_headsign=trip.headsign,
        stop_names=names,
        at_index=AT_THE_BATHS,
        progress=AT_THE_BATHS,
        door_open=True,
        ride_code=to_address(code, "https://village.example"),
        ride_word=word_of(code.whole),
    )
    alighted = LastAnswer(1, Outcome.OK, Movement.ALIGHT, names[AT_THE_BATHS], 600, 0, 1, "adult", 0.0)
    board = Board()
    screen = ScreenServer(create_app(board.latest, board.wait, lambda fact: False, screen_key=""), port=0)
    screen.start()
    try:
        for snapshot, name in (
            (waiting, "rider.png"),
            (replace(waiting, last=alighted), "rider-alighted.png"),
        ):
            board.publish(snapshot)
            _take(browser, f"{screen.url}rider", RIDER, name)
    finally:
        screen.stop()


def _sign_in(browser: Browser, link: str) -> StorageState:
    page = browser.new_page()
    page.goto(link)
    page.click("button.main")
    page.wait_for_url("**/desk")
    cookies = page.context.storage_state()
    page.close()
    return cookies


def _take(
    browser: Browser,
    url: str,
    size: dict[str, int],
    name: str,
    *,
    theme: str = "",
    touch: str = "",
    cookies: StorageState | None = None,
) -> None:
    page = browser.new_page(
        viewport={"width": size["width"], "height": size["height"]}, locale="ja-JP", storage_state=cookies
    )
    page.goto(url)
    while theme and page.get_attribute("html", "data-theme") != theme:
        page.click(".theme")
    if touch:
        page.click(touch)
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=FOLDER / name)
    page.close()
    click.echo(f"{FOLDER / name}", err=True)


if __name__ == "__main__":
    main()
