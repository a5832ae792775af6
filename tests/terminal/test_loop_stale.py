"""What the loop makes of things that are out of date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rules.ride.outcomes import Outcome
from terminal.facts import TripChosen
from tests.ride.builders import edition
from tests.terminal.loop_bench import T1, T2, World, bus_on


def test_on_a_trip_codes_are_answered_also_by_an_edition_that_is_not_in_force_yet(world: World) -> None:
    # Before the time is known, the driver is offered the newest edition there is; it turns out to be next week's.
    world.editions[1] = replace(edition(), valid_from=date(2026, 9, 28))
    with bus_on(world) as table:
        table.do(T1)
        table.know_the_time()
        assert table.page.link_problem == ""
        assert table.show(world.office.phone().code(world.moment)) is Outcome.OK


def test_a_trip_does_not_begin_at_a_place_of_long_ago(world: World) -> None:
    with bus_on(world) as table:
        table.set_out(T2)
        table.drive_to(3)
        # The receiver falls silent, and the bus is driven back to the first stop.
        world.time.move(1_800.0)
        table.do(T1, table.fix_at(0))
        assert table.page.at_index == 0
        assert table.show(world.office.phone().code(world.moment)) is Outcome.OK


def test_a_trip_begins_where_the_bus_stands_also_after_a_power_cut(world: World) -> None:
    with bus_on(world) as table:
        table.know_the_time()
        table.drive_to(2)
        table.do(T1)
        assert table.page.at_index == 2
    with bus_on(world) as table:
        table.wait(1)
        assert table.page.progress == 2.0


def test_people_boarded_are_counted_anew_on_the_next_service_day(world: World) -> None:
    with bus_on(world) as table:
        table.set_out()
        assert table.show(world.office.phone().code(world.moment)) is Outcome.OK
        world.time.move(86_400.0)
        table.set_out(TripChosen("t1", "2026-09-22"))
        assert table.show(world.office.phone().code(world.moment)) is Outcome.OK
        assert table.page.boarded_today == 1
