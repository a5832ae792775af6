"""The office's tariff in the loop: a commuter pass from door to record, and a class that changes at night."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from device.journal import Keep
from rules.messages.codec import encode
from rules.messages.events import RideLeftOpen
from rules.money import Yen
from rules.passes.rider_pass import RiderClass
from rules.products.commuter_pass import CommuterPass
from rules.ride.outcomes import Movement, Outcome
from rules.tariff.classes import ClassRule
from rules.tariff.share import Rounding, Share
from rules.tariff.tariff import STANDARD
from terminal.facts import TripChosen, TripDone
from terminal.screen.view import answer
from tests.ride.builders import DAY, edition
from tests.terminal.loop_bench import Table, World, bus_on

A_TO_C = CommuterPass(
    5, "通勤", "Work", RiderClass.ADULT, ("A", "C"), 30, Yen(8_000), date.fromisoformat(DAY), None
)
MIDNIGHT = 1_790_002_800
"""Unix second at which DAY ends in Japan's calendar."""
NEXT_DAY = "2026-09-22"


def sell(world: World, *products: CommuterPass) -> None:
    world.editions[1] = replace(edition(), tariff=replace(STANDARD, products=products))


def go_to(table: Table, wall: int) -> None:
    table.world.time.move(wall - table.world.wall)
    table.know_the_time()


def test_a_holder_inside_the_section_is_recorded_with_the_product_and_owes_nothing(world: World) -> None:
    sell(world, A_TO_C)
    phone = world.office.phone(product=5, hold=0)
    with bus_on(world) as table:
        table.set_out()
        assert table.show(phone.code(world.moment)) is Outcome.OK
        table.drive_to(2)
        assert table.show(phone.code(world.moment)) is Outcome.OK
        board, alight = table.taps()
        assert (board.product, alight.product) == (5, 5)
        assert (alight.movement, alight.fare, alight.held, alight.cash) == (Movement.ALIGHT, 0, 0, 0)
        table.wait(1)
        assert table.page.last is not None
        said = answer(table.page.last)
        assert (said.commuter, said.fare) == (True, None)


def test_beyond_the_section_the_driver_is_told_what_to_collect(world: World) -> None:
    sell(world, A_TO_C)
    phone = world.office.phone(product=5, hold=0)
    with bus_on(world) as table:
        table.set_out()
        table.show(phone.code(world.moment))
        table.drive_to(3)
        assert table.show(phone.code(world.moment)) is Outcome.SHORT
        table.wait(1)
        assert table.page.last is not None
        said = answer(table.page.last)
        assert (said.commuter, said.fare, said.cash) == (False, 120, 120)


def test_a_power_cut_in_mid_ride_keeps_the_product_and_the_end_of_the_trip_settles_by_it(
    world: World,
) -> None:
    sell(world, A_TO_C)
    phones = [world.office.phone(product=5, hold=0) for _ in range(2)]
    with bus_on(world) as table:
        table.set_out()
        for phone in phones:
            assert table.show(phone.code(world.moment)) is Outcome.OK
    with bus_on(world) as table:
        table.drive_to(2)
        assert table.show(phones[0].code(world.moment)) is Outcome.GRACED
        table.do(TripDone())
        assert (table.taps()[-1].fare, table.taps()[-1].product) == (0, 5)
        (left,) = [event for event in table.events() if isinstance(event, RideLeftOpen)]
        assert (left.product, left.stop_id, left.fare, left.held, left.owed) == (5, "E", 240, 0, 240)


def test_a_ride_opened_by_an_older_program_is_taken_up_and_paid_per_ride(world: World) -> None:
    phone = world.office.phone()
    with bus_on(world) as table:
        table.set_out()
        assert table.show(phone.code(world.moment)) is Outcome.OK
        ((pass_id, kept),) = table.journal.recall_all("pass").items()
        memory = json.loads(kept)
        del memory["open_ride"]["product"]
        table.journal.write([], [Keep("pass", pass_id, encode(memory))])
    with bus_on(world) as table:
        table.drive_to(2)
        assert table.show(phone.code(world.moment)) is Outcome.GRACED
        assert (table.taps()[-1].fare, table.taps()[-1].product) == (240, 0)


def test_a_product_that_has_ended_leaves_the_rider_to_the_driver(world: World) -> None:
    sell(world, replace(A_TO_C, first_day=date(2026, 4, 1), last_day=date(2026, 9, 20)))
    with bus_on(world) as table:
        table.set_out()
        phone = world.office.phone(product=5, hold=0)
        assert table.show(phone.code(world.moment)) is Outcome.FARE_UNKNOWN
        (tap,) = table.taps()
        assert (tap.movement, tap.product) == (Movement.REFUSED, 5)
        table.wait(1)
        assert table.page.last is not None
        assert not answer(table.page.last).commuter


def test_a_class_changes_with_the_service_day_and_not_at_midnight(world: World) -> None:
    free = ClassRule(RiderClass.SENIOR, date.fromisoformat(NEXT_DAY), Share(0, 1, 1, Rounding.UP))
    line = edition()
    late = tuple(24 * 3600 + 40 * 60 + 60 * stop for stop in range(5))
    line.trips["t1"] = replace(line.trips["t1"], arrivals=late, departures=late)
    line = replace(line, tariff=replace(STANDARD, classes=(*STANDARD.classes, free)))
    world.editions[1] = line
    fares = []
    with bus_on(world) as table:
        for wall, trip in ((MIDNIGHT + 1800, ("t1", DAY)), (MIDNIGHT + 3 * 3600, ("t2", NEXT_DAY))):
            go_to(table, wall)
            table.wait(1)
            offered = {(choice.trip_id, choice.service_date) for choice in table.page.choices}
            assert trip in offered
            table.do(TripChosen(*trip))
            phone = world.office.phone(rider_class=RiderClass.SENIOR)
            assert table.show(phone.code(world.moment)) is Outcome.OK_OTHER
            table.drive_to(4)
            assert table.show(phone.code(world.moment)) is Outcome.OK_OTHER
            fares.append((table.taps()[-1].service_date, table.taps()[-1].fare))
            table.do(TripDone())
    assert fares == [(DAY, 480), (NEXT_DAY, 0)]
