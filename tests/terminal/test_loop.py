"""The loop: what it writes before it says anything, and what outlives a power cut."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from device.clock import AGREEING
from device.fact_queue import KEPT_FREE, MAX_FACTS
from device.facts import CameraState, CodeSeen
from device.journal import Journal
from rules.instant import ClockQuality
from rules.messages.events import ClockSet, DoorMoved, Started
from rules.ride.locate import FRESH_S
from rules.ride.outcomes import Movement, Outcome
from terminal.facts import DoorState, Fact, ReceiverState, TripDone
from tests.ride.builders import DAY, NOW, edition
from tests.terminal.loop_bench import T1, UNIT, VERSION, Table, World, bus_on, text_of


def break_journal(table: Table) -> None:
    """From now on every write fails, as on a disk that has become read-only."""
    table.journal._file._connection.execute("PRAGMA query_only = ON")


def test_a_ride_is_on_the_disk_before_the_lamp_and_names_its_boarding(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        phone = world.office.phone()
        assert table.show(phone.code(world.moment, adults=1)) is Outcome.OK_OTHER
        table.drive_to(2)
        assert table.show(phone.code(world.moment)) is Outcome.OK_OTHER
        board, alight = table.taps()
        assert (board.movement, board.stop_id, alight.movement, alight.stop_id) == (
            Movement.BOARD, "A", Movement.ALIGHT, "C",
        )  # fmt: skip
        assert (board.trip_id, board.service_date, board.edition) == ("t1", DAY, 1)
        ref = alight.board
        assert ref is not None
        assert ref.epoch == table.journal.epoch
        assert table.events()[ref.number - 1] == board
        assert alight.fare == alight.held + alight.cash == 480


def test_a_program_begins_with_a_record_that_names_its_version(world: World) -> None:
    with bus_on(world) as table:
        (started,) = table.events()
        assert isinstance(started, Started)
        assert started.version == VERSION


def test_a_broken_journal_is_a_red_lamp_and_nothing_green_afterwards(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        break_journal(table)
        for phone in (world.office.phone(), world.office.phone()):
            assert table.loop.report(CodeSeen(text_of(phone.code(world.moment))))
        # The loop's own start writes a record too; here it has begun long ago.
        table.loop.begin = lambda: None  # type: ignore[method-assign]
        assert table.loop.run() == 1
        assert (table.signals.answers, table.signals.faulty) == ([], True)
        assert "Cannot record: take cash" in table.page.fault
    with bus_on(world) as table:
        assert table.taps() == []


def test_a_journal_broken_at_the_start_is_a_red_lamp_at_once(world: World) -> None:
    with Journal(world.folder, UNIT, any_disk=True).open() as journal:
        table = Table(world, journal)
        break_journal(table)
        assert table.loop.run() == 1
        assert table.signals.faulty


def test_it_stops_when_asked_from_another_thread(world: World) -> None:
    with Journal(world.folder, UNIT, any_disk=True).open() as journal:
        table = Table(world, journal)
        threading.Timer(0.1, table.loop.stop).start()
        assert table.loop.run() == 0
        assert not table.signals.faulty


def test_a_restart_in_mid_trip_keeps_the_trip_and_the_open_rides(world: World) -> None:
    phone = world.office.phone()
    with bus_on(world) as table:
        table.set_out()
        table.drive_to(1)
        assert table.show(phone.code(world.moment)) is Outcome.OK
        table.drive_to(2, seconds=60)
    world.time.move(60.0)
    with bus_on(world) as table:
        table.wait(1)
        assert (table.page.trip_headsign, table.page.on_board, table.page.boarded_today) == ("E", 1, 1)
        assert table.page.progress == 2.0
        table.drive_to(3, seconds=60)
        assert table.show(phone.code(world.moment)) is Outcome.FARE_UNKNOWN
        table.drive_to(4, seconds=60)
        # The program has just begun and waits for the receiver to tell the time.
        assert table.show(phone.code(world.moment)) is Outcome.GRACED
        assert table.page.on_board == 0
        assert table.taps()[-1].board_stop_id == "B"


def test_a_restart_on_another_power_on_keeps_them_too(world: World) -> None:
    phone = world.office.phone()
    with bus_on(world) as table:
        table.set_out()
        assert table.show(phone.code(world.moment)) is Outcome.OK
    world.boot = "later"
    world.time.move(120.0)
    with bus_on(world) as table:
        table.drive_to(2, seconds=120)
        assert table.show(phone.code(world.moment)) is Outcome.GRACED
        assert table.taps()[-1].movement is Movement.ALIGHT


def test_a_full_queue_drops_without_waiting_and_keeps_room_for_what_does_not_come_again(world: World) -> None:
    with bus_on(world) as table:
        code = CodeSeen(b"x")
        taken = [table.loop.report(code) for _ in range(MAX_FACTS)]
        assert taken.count(True) == MAX_FACTS - KEPT_FREE
        assert not table.loop.report(table.fix_at(0))
        door: Fact = DoorState(is_open=True)
        assert [table.loop.report(door) for _ in range(KEPT_FREE)] == [True] * KEPT_FREE
        begun = time.monotonic()
        assert not any(table.loop.report(door) for _ in range(20))
        assert time.monotonic() - begun < 10


def test_a_missing_timetable_is_said_and_nobody_is_answered(world: World) -> None:
    world.editions.clear()
    with bus_on(world) as table:
        table.wait(1)
        assert "No timetable has arrived yet" in table.page.link_problem
        assert table.show(world.office.card()) is None
        table.do(T1, TripDone())
        assert [type(event) for event in table.events()] == [Started]
        table.lists.editions[1] = edition()
        table.wait(1)
        assert table.page.link_problem == ""


def test_the_time_by_gps_is_recorded_once(world: World) -> None:
    with bus_on(world) as table:
        assert table.published == []
        table.know_the_time()
        table.know_the_time()
        (anchor,) = [event for event in table.events() if isinstance(event, ClockSet)]
        assert (anchor.source, anchor.wall, anchor.at.wall) == ("gps", NOW + 10, NOW + 10)


def test_an_anchor_says_when_the_receivers_date_had_to_be_set_right(world: World) -> None:
    with bus_on(world) as table:
        for _ in range(AGREEING):
            world.time.move(1.0)
            table.do(replace(table.fix_at(0), is_rolled=True))
        (anchor,) = [event for event in table.events() if isinstance(event, ClockSet)]
        assert (anchor.source, anchor.wall) == ("gps-rolled", NOW + 10)


def test_the_door_is_recorded_with_the_stop_it_opened_at(world: World) -> None:
    with bus_on(world) as table:
        table.do(DoorState(is_open=True))
        table.set_out()
        table.drive_to(3)
        table.do(DoorState(is_open=False))
        first, second = [event for event in table.events() if isinstance(event, DoorMoved)]
        assert (first.trip_id, first.stop_id, first.lat) == ("", "", None)
        assert (second.is_open, second.trip_id, second.stop_id, second.lat) == (False, "t1", "D", 38.027)


def test_a_door_that_opens_after_a_gap_is_recorded_without_the_old_position(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        for seconds, lat in ((FRESH_S, 38.0), (0.1, None)):
            world.time.move(seconds)
            table.do(DoorState(is_open=True))
            moved = [event for event in table.events() if isinstance(event, DoorMoved)][-1]
            assert moved.lat == (None if lat is None else pytest.approx(lat, abs=0.1))
        assert "no GPS for" in table.page.place_reason


def test_problems_of_the_parts_are_shown_until_they_are_over(world: World) -> None:
    with bus_on(world) as table:
        table.do(CameraState("camera gone"), ReceiverState("receiver gone"))
        assert (table.page.camera_problem, table.page.gps_problem) == ("camera gone", "receiver gone")
        table.do(CameraState(""), ReceiverState("", "a note"))
        assert (table.page.camera_problem, table.page.gps_problem) == ("", "")
        assert table.page.gps_note == "a note"


def test_the_network_gives_a_bus_without_sky_the_time_and_that_is_written_down(world: World) -> None:
    with bus_on(world) as table:
        table.wait(60)
        assert not any(isinstance(event, ClockSet) for event in table.events())
        table.has_network_time = True
        table.wait(30)
        anchors = [event for event in table.events() if isinstance(event, ClockSet)]
        assert [anchor.source for anchor in anchors] == ["network"]
        assert abs(anchors[0].wall - world.wall) <= 30
        assert anchors[0].at.quality is ClockQuality.NETWORK
        assert table.page.clock != "--:--"
