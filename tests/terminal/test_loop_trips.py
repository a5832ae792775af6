"""Trips as the driver takes them up and ends them, and the rides that nobody ended."""

from __future__ import annotations

from device.journal import Journal, Keep
from rules.messages.events import RideLeftOpen, Tapped, TripEnded, TripStarted
from rules.ride.outcomes import Outcome
from terminal.facts import TripChosen, TripDone
from tests.ride.builders import DAY, edition
from tests.terminal.loop_bench import T1, T2, UNIT, World, bus_on


def test_a_forgotten_alighting_is_recorded_at_the_end_of_the_trip(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.drive_to(1)
        assert table.show(world.office.phone().code(world.moment)) is Outcome.OK
        table.do(TripDone())
        left, ended = table.events()[-2:]
        assert isinstance(left, RideLeftOpen)
        assert isinstance(ended, TripEnded)
        assert (left.board_stop_id, left.stop_id, left.fare, left.held, left.owed) == ("B", "E", 360, 360, 0)
        assert (ended.trip_id, ended.edition) == ("t1", 1)
        assert (table.page.on_board, table.page.trip_headsign) == (0, "")
    with bus_on(world) as table:
        table.wait(1)
        assert (table.page.on_board, table.page.trip_headsign) == (0, "")


def test_choosing_another_trip_ends_the_one_under_way(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        assert table.show(world.office.phone().code(world.moment)) is Outcome.OK
        table.do(T2)
        kinds = [type(event) for event in table.events()[-4:]]
        assert kinds == [Tapped, RideLeftOpen, TripEnded, TripStarted]


def test_choosing_the_same_trip_twice_begins_it_once(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        assert table.show(world.office.phone().code(world.moment)) is Outcome.OK
        before = table.events()
        table.do(T1)
        assert table.events() == before
        assert table.page.on_board == 1


def test_a_trip_that_nobody_runs_is_not_begun(world: World) -> None:
    with bus_on(world) as table:
        table.know_the_time()
        table.do(TripChosen("t9", DAY), TripDone())
        assert not any(isinstance(event, TripStarted | TripEnded) for event in table.events())


def test_a_trip_goes_on_by_its_own_edition_and_the_next_one_takes_the_newer(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.lists.editions[2] = edition(2)
        assert table.show(world.office.phone().code(world.moment)) is Outcome.OK
        assert table.taps()[-1].edition == 1
        table.do(T2)
        ended, started = table.events()[-2:]
        assert isinstance(ended, TripEnded)
        assert isinstance(started, TripStarted)
        assert (ended.edition, started.edition) == (1, 2)


def test_a_ride_from_a_trip_the_new_edition_does_not_know_is_closed_by_its_own(world: World) -> None:
    phone = world.office.phone()
    with bus_on(world) as table:
        table.set_out()
        assert table.show(phone.code(world.moment)) is Outcome.OK
    world.editions[2] = edition(2)
    del world.editions[2].trips["t1"]
    world.time.move(600.0)
    # The trip was cut off with the power and never ended.
    with Journal(world.folder, UNIT, any_disk=True).open() as journal:
        journal.write([], [Keep("trip", "", None)])
    with bus_on(world) as table:
        table.set_out(T2)
        assert table.show(phone.code(world.moment)) is Outcome.OK
        left, board = table.events()[-2:]
        assert isinstance(left, RideLeftOpen)
        assert isinstance(board, Tapped)
        assert (left.edition, left.stop_id, left.fare) == (1, "E", 480)
        table.do(TripDone())
        last_left = table.events()[-2]
        assert isinstance(last_left, RideLeftOpen)
        assert table.events()[last_left.board.number - 1] == board


def test_a_ride_whose_edition_is_gone_ends_where_it_began_for_nothing(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        assert table.show(world.office.phone().code(world.moment)) is Outcome.OK
    world.editions = {1: world.editions[1], 2: edition(2)}
    with bus_on(world) as table:
        del table.lists.editions[1]
        table.do(TripDone())
        left, ended = table.events()[-2:]
        assert isinstance(left, RideLeftOpen)
        assert isinstance(ended, TripEnded)
        assert (left.stop_id, left.fare, left.owed) == ("A", 0, 0)


def test_an_accepted_boarding_closes_no_ride_twice(world: World) -> None:
    phone = world.office.phone()
    with bus_on(world) as table:
        table.set_out()
        assert table.show(phone.code(world.moment)) is Outcome.OK
        table.do(T2)
        table.drive_to(1)
        assert table.show(phone.code(world.moment)) is Outcome.OK
        assert sum(isinstance(event, RideLeftOpen) for event in table.events()) == 1
