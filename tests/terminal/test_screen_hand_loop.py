"""The driver before the real loop: touches on the page in a real browser, records in the journal, no camera."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import Empty, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, TypeVar

import pytest

from device.facts import CameraState
from device.screen.server import ScreenServer
from rules.messages.events import HandAlighted, HandBoarded, HandUndone, Means, RecordRef, Tapped
from rules.passes.rider_pass import RiderClass
from rules.ride.outcomes import Movement, Outcome
from terminal.facts import DoorState
from terminal.screen.board import Board
from terminal.screen.pages import create_app
from tests.ride.builders import NOW
from tests.terminal.loop_bench import T1, Table, World, bus_on
from tests.terminal.screen_bench import KEY, open_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from rules.messages.events import AnyEvent

pytest_plugins = ("tests.browser",)

UNPLUGGED = "カメラが外れています。 / Camera unplugged."
PATIENCE_S = 20.0
IDLE_S = 0.01
BOUNCE_MS = 450
T = TypeVar("T")


class RunningBus:
    """The real loop on a thread of its own, which owns the journal as on a bus; the world moves between its turns."""

    def __init__(self, world: World) -> None:
        self.board = Board()
        self.table: Table
        self._world = world
        self._moves: Queue[Callable[[Table], object]] = Queue()
        self._up = Event()
        self._over = Event()
        self._thread = Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()
        assert self._up.wait(PATIENCE_S)

    def stop(self) -> None:
        self._over.set()
        self._thread.join(PATIENCE_S)

    def let(self, move: Callable[[Table], T]) -> T:
        """What `move` does on the loop's thread has happened, and stands on the board."""
        told: Queue[T] = Queue()

        def tell(table: Table) -> None:
            told.put(move(table))

        self._moves.put(tell)
        return told.get(timeout=PATIENCE_S)

    def by_hand(self) -> list[AnyEvent]:
        """The records of what the driver did."""
        events = self.let(lambda table: table.events())
        return [event for event in events if isinstance(event, HandBoarded | HandAlighted | HandUndone)]

    def _run(self) -> None:
        with bus_on(self._world) as table:
            self.table = table
            shown = 0
            while not self._over.wait(IDLE_S):
                try:
                    move = self._moves.get_nowait()
                except Empty:
                    table.loop.turn()
                else:
                    move(table)
                if len(table.published) > shown:
                    shown = len(table.published)
                    self.board.publish(table.page)
                self._up.set()


@pytest.fixture
def bus(world: World) -> Iterator[RunningBus]:
    running = RunningBus(world)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def seat(browser: Browser, bus: RunningBus) -> Iterator[Page]:
    """The page as the driver sees it."""
    app = create_app(bus.board.latest, bus.board.wait, bus.table.loop.report, screen_key=KEY)
    server = ScreenServer(app, port=0)
    server.start()
    yield from open_page(browser, server, "light")
    server.stop()


def set_out(bus: RunningBus) -> None:
    def begin(table: Table) -> None:
        table.set_out(T1)

    bus.let(begin)


def stop_at(bus: RunningBus, page: Page, stop: int) -> None:
    """Drive there, open the door, and wait until the page has it."""

    def drive(table: Table) -> None:
        table.drive_to(stop)
        table.do(DoorState(is_open=True))

    bus.let(drive)
    page.wait_for_selector(f".position >> text='{stop + 1} / 5'", state="attached")
    page.wait_for_timeout(BOUNCE_MS)


def drive_off(bus: RunningBus, page: Page) -> None:
    assert bus.table.loop.report(DoorState(is_open=False))
    page.wait_for_selector(".door", state="detached")


def board(page: Page, means: str, rider_class: str) -> None:
    """From the panel: open it, name who it is, and one more touch."""
    page.wait_for_timeout(BOUNCE_MS)
    page.tap(".by-hand")
    page.tap(f".means [data-value='{means}']")
    page.tap(f".classes [data-value='{rider_class}']")
    with page.expect_response("**/hand/board"):
        page.tap(".board-now")


def wait_on_board(page: Page, people: int) -> None:
    page.wait_for_selector(f"[data-on-board='{people}']")


def test_without_a_camera_the_record_of_who_rode_from_where_to_where_is_whole(
    bus: RunningBus, seat: Page
) -> None:
    set_out(bus)
    assert bus.table.loop.report(CameraState(UNPLUGGED))
    stop_at(bus, seat, 0)
    assert "QRを読めません" in seat.inner_text(".rider")
    with seat.expect_response("**/hand/board"):
        seat.tap(".board-one")
    board(seat, "cash", "child")
    board(seat, "coupon", "adult")
    wait_on_board(seat, 3)
    drive_off(bus, seat)
    stop_at(bus, seat, 1)
    board(seat, "commuter", "student")
    board(seat, "pass", "senior")
    wait_on_board(seat, 5)
    drive_off(bus, seat)
    stop_at(bus, seat, 4)
    for people in (4, 3, 2, 1, 0):
        seat.tap(".alight:visible >> nth=0")
        wait_on_board(seat, people)
        seat.wait_for_timeout(2 * BOUNCE_MS)
    records = bus.by_hand()
    boarded = [event for event in records if isinstance(event, HandBoarded)]
    assert [(event.means, event.rider_class, event.stop_id, event.camera) for event in boarded] == [
        (Means.CASH, RiderClass.ADULT, "A", False),
        (Means.CASH, RiderClass.CHILD, "A", False),
        (Means.COUPON, RiderClass.ADULT, "A", False),
        (Means.COMMUTER, RiderClass.STUDENT, "B", False),
        (Means.PASS, RiderClass.SENIOR, "B", False),
    ]
    alighted = [event for event in records if isinstance(event, HandAlighted)]
    rides = {
        (event.means, event.rider_class, event.board_stop_id, event.stop_id, event.fare, event.cash)
        for event in alighted
    }
    assert rides == {
        (Means.CASH, RiderClass.ADULT, "A", "E", 480, 480),
        (Means.CASH, RiderClass.CHILD, "A", "E", 240, 240),
        (Means.COUPON, RiderClass.ADULT, "A", "E", 480, 0),
        (Means.COMMUTER, RiderClass.STUDENT, "B", "E", 0, 0),
        (Means.PASS, RiderClass.SENIOR, "B", "E", 360, 0),
    }
    assert len(alighted) == 5
    assert not any(event.camera or event.forgotten or event.board is None for event in alighted)


def test_a_touch_too_many_is_taken_back_and_counts_no_more(bus: RunningBus, seat: Page) -> None:
    set_out(bus)
    stop_at(bus, seat, 0)
    with seat.expect_response("**/hand/board"):
        seat.tap(".board-one")
    wait_on_board(seat, 1)
    with seat.expect_response("**/hand/undo"):
        seat.tap(".recorded button")
    wait_on_board(seat, 0)
    boarded, undone = bus.by_hand()
    assert isinstance(boarded, HandBoarded)
    assert isinstance(undone, HandUndone)
    assert boarded.camera
    number = bus.let(lambda table: table.journal.next_number) - 2
    assert undone.records == [RecordRef(undone.records[0].epoch, number)]


def test_somebody_whose_boarding_nobody_recorded_pays_from_the_stop_the_driver_names(
    bus: RunningBus, seat: Page
) -> None:
    set_out(bus)
    for stop in (1, 2, 3):
        stop_at(bus, seat, stop)
        drive_off(bus, seat)
    seat.tap(".by-hand")
    seat.tap(".alight-from")
    rows = seat.locator(".from-where li:visible")
    assert [text.split() for text in rows.all_inner_texts()] == [
        ["C", "¥120"],
        ["B", "運賃不明"],
        ["A", "¥360"],
    ]
    with seat.expect_response("**/hand/alight"):
        seat.tap(".from-where li:visible >> nth=2")
    seat.wait_for_selector(".recorded.with-cash")
    assert "¥360" in seat.inner_text(".recorded")
    seat.wait_for_timeout(BOUNCE_MS)
    seat.tap(".by-hand")
    seat.tap(".alight-from")
    with seat.expect_response("**/hand/alight"):
        seat.tap(".from-where li:visible >> nth=1")
    seat.wait_for_selector(".recorded:not(.with-cash)")
    assert "運賃は紙の表で" in seat.inner_text(".recorded")
    known, unknown = bus.by_hand()
    assert isinstance(known, HandAlighted)
    assert isinstance(unknown, HandAlighted)
    assert (known.board, known.board_stop_id, known.stop_id) == (None, "A", "D")
    assert (known.fare, known.cash) == (360, 360)
    assert (unknown.board_stop_id, unknown.stop_id, unknown.fare, unknown.cash) == ("B", "D", None, 0)


def test_a_refused_rider_is_let_in_by_two_touches_and_the_refusal_is_named(
    bus: RunningBus, seat: Page, world: World
) -> None:
    phone = world.office.phone(valid_from=NOW - 7_200, life_hours=1)
    set_out(bus)
    stop_at(bus, seat, 1)
    refused = bus.let(lambda table: table.show(phone.code(world.moment)))
    assert refused is Outcome.EXPIRED
    seat.wait_for_selector(".overrule")
    seat.tap(".overrule")
    seat.wait_for_timeout(BOUNCE_MS)
    assert bus.by_hand() == []
    with seat.expect_response("**/overrule"):
        seat.tap(".overrule")
    wait_on_board(seat, 1)
    assert "パス" in seat.inner_text(".recorded")
    (boarded,) = bus.by_hand()
    assert isinstance(boarded, HandBoarded)
    assert boarded.means is Means.PASS
    assert boarded.refused is not None
    (tap,) = bus.let(lambda table: table.taps())
    assert isinstance(tap, Tapped)
    assert tap.movement is Movement.REFUSED
