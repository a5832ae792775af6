"""What the driver's page says of where the bus is: seen, worked out, off the line, the wrong way."""

from __future__ import annotations

from rules.ride.locate import Fix
from rules.ride.outcomes import Outcome
from terminal.facts import DoorState, FixSeen, WheelsTurned
from terminal.screen.snapshot import PlaceState
from tests.terminal.loop_bench import Table, World, bus_on

OPEN, CLOSED = DoorState(is_open=True), DoorState(is_open=False)


def see(table: Table, lat: float, lon: float, course: float, mps: float = 8.0) -> None:
    world = table.world
    world.time.move(1.0)
    table.do(FixSeen(Fix(world.time.seconds, lat, lon, mps, course, 1.0, 9), world.wall))


def state(table: Table) -> PlaceState:
    return table.page.place_state


def test_without_a_fix_the_place_is_an_estimate_unless_the_wheels_say_it(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        table.roll(0, 0.5)
        assert state(table) is PlaceState.SEEN
        table.wait(10)
        assert state(table) is PlaceState.ESTIMATED
        assert "GPSなし" in table.page.place_reason
        for second in range(5):
            world.time.move(1.0)
            table.do(WheelsTurned(world.time.seconds, 8.0 * second))
        assert state(table) is PlaceState.SEEN


def test_a_bus_on_a_detour_is_shown_so_and_its_riders_are_a_question_for_the_driver(world: World) -> None:
    with bus_on(world) as table:
        table.do(CLOSED)
        table.set_out()
        table.do(OPEN, CLOSED)
        table.roll(0, 1.3)
        for second in range(90):
            # Half a kilometre beside the line, past stop C.
            see(table, 38.0 + (1.3 + second / 90) * 0.009, 140.006, 0.0)
        assert state(table) is PlaceState.OFF_LINE
        table.do(OPEN)
        assert table.show(world.office.card()) is Outcome.OK
        assert (table.taps()[-1].asked, table.taps()[-1].unsure) == (True, True)
        question = table.page.question
        assert question is not None
        assert 2 in question.stops
        table.do(CLOSED)
        table.roll(3.0, 3.2)
        assert state(table) is PlaceState.SEEN


def test_a_bus_that_drives_against_its_trip_is_shown_so_within_seconds(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        for second in range(20):
            see(table, 38.0 + (2.0 - second / 125) * 0.009, 140.0, 180.0)
        assert state(table) is PlaceState.WRONG_WAY
        assert "逆の向き" in table.page.place_reason
