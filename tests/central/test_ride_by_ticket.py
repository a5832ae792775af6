"""Rides that a return ticket pays for: cheapest right first; the trip goes back where the ride turns out otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from central.devices.data_folder import Office
from central.inbox.take_batch import take as take_batch
from central.ledger.verify_ledger import verify_ledger
from rules.ledger.tickets import Payment
from rules.passes.rider_pass import RiderClass
from tests.central.office import NOW, Bus, card, charge_forgotten, only_ride
from tests.central.settled_bench import forgotten, off, on, ride, settled
from tests.central.ticket_bench import (
    BOOK,
    RETURN,
    SHORT,
    by_unit,
    held_by,
    ridden,
    riding_by_ticket,
    sell,
    selling_office,
    take,
    wanted,
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with selling_office(tmp_path) as made:
        yield made
        with made.database.read() as connection:
            assert verify_ledger(connection).problems == []


def known(office: Office, *buses: Bus) -> None:
    with office.database.write() as connection:
        for bus in buses:
            bus.register(connection)


def test_there_and_back_by_the_ticket_and_the_third_ride_by_ride_value(office: Office) -> None:
    pass_id, bus = card(office, "m", 2_000), Bus()
    known(office, bus)
    sell(office, wanted(RETURN.number))
    sell(office, wanted(BOOK.number, "book"))
    for _ in range(3):
        ridden(bus, pass_id)
    take(office, bus)
    assert riding_by_ticket(office) == {("bus-001", 1, "sale"), ("bus-001", 3, "sale")}
    assert held_by(office) == {"kurapo": 200, "ride": 620}
    with office.database.read() as connection:
        assert by_unit(connection)["fares-earned", "", "trips/2"] == 2


@pytest.mark.parametrize(
    "otherwise",
    [
        {"end": 2},
        {"adults": 1},
        {"cash": 100},
        {"rider_class": RiderClass.CHILD},
        {"product": 4},
    ],
)
def test_a_ride_that_the_ticket_is_not_for_is_paid_as_the_bus_said(
    office: Office, otherwise: dict[str, int]
) -> None:
    pass_id, bus = card(office, "m", 3_000), Bus()
    known(office, bus)
    sell(office, wanted(RETURN.number))
    ridden(bus, pass_id, **otherwise)
    take(office, bus)
    assert riding_by_ticket(office) == set()
    assert held_by(office)["trips/2"] == 2


def test_after_its_last_day_a_ticket_pays_for_no_ride(office: Office) -> None:
    pass_id, bus = card(office, "m", 3_000), Bus()
    known(office, bus)
    sell(office, wanted(RETURN.number))
    for day in ("2026-09-20", "2026-09-23", "2026-09-24"):
        boarding = bus.write(on(pass_id, 0, service_date=day))
        bus.write(off(pass_id, boarding, 4, 480, service_date=day))
    take(office, bus)
    assert riding_by_ticket(office) == {("bus-001", 3, "sale")}


def test_a_forgotten_alighting_at_the_ticket_s_stop_owes_nothing(office: Office) -> None:
    pass_id, bus = card(office, "m", 800), Bus()
    known(office, bus)
    sell(office, wanted(RETURN.number, payment=Payment.CASH))
    bus.write(forgotten(pass_id, bus.write(on(pass_id, 0)), held=200, owed=280))
    take(office, bus)
    charge_forgotten(office, bus)
    assert held_by(office) == {"kurapo": 800, "trips/2": 1}
    assert (ride(office).fare, ride(office).held, ride(office).owed) == (480, 480, 0)


def test_an_alighting_that_comes_after_a_trip_was_taken_for_the_ride_is_paid_as_it_says(
    office: Office,
) -> None:
    pass_id, bus, later = card(office, "m", 800), Bus(), Bus(epoch="later")
    known(office, bus)
    sell(office, wanted(RETURN.number, payment=Payment.CASH))
    boarding = bus.write(on(pass_id, 0))
    bus.write(forgotten(pass_id, boarding, held=200, owed=280))
    take(office, bus)
    charge_forgotten(office, bus)
    later.write(off(pass_id, boarding, 2, 240))
    take(office, later)
    assert held_by(office) == {"kurapo": 560, "trips/2": 2}
    assert (ride(office).fare, ride(office).held, ride(office).owed) == (240, 240, 0)


def test_a_forgotten_ride_that_loses_its_trip_owes_again_what_its_bus_said(office: Office) -> None:
    pass_id, bus = card(office, "m", 800), Bus()
    known(office, bus)
    sell(office, wanted(RETURN.number, payment=Payment.CASH))
    boarding = bus.write(on(pass_id, 0))
    bus.write(forgotten(pass_id, boarding, held=200, owed=280))
    bus.write(settled(1, boarding))
    take(office, bus)
    charge_forgotten(office, bus)
    # One section less: what is owed shrinks first.
    assert held_by(office) == {"kurapo": 600, "trips/2": 2, "owed": -160}
    assert (ride(office).fare, ride(office).held, ride(office).owed) == (360, 200, 160)


def test_a_ride_corrected_to_other_stops_gives_the_trip_back(office: Office) -> None:
    pass_id, bus = card(office, "m", 2_000), Bus()
    known(office, bus)
    sell(office, wanted(RETURN.number))
    boarding = bus.write(on(pass_id, 0))
    end = bus.write(off(pass_id, boarding, 4, 480))
    bus.write(settled(2, end))
    take(office, bus)
    assert riding_by_ticket(office) == set()
    assert held_by(office) == {"kurapo": 1_200 - 240, "trips/2": 2}
    assert (ride(office).fare, ride(office).held) == (240, 240)


def test_a_ride_corrected_to_the_ticket_s_stops_takes_a_trip(office: Office) -> None:
    pass_id, bus = card(office, "m", 2_000), Bus()
    known(office, bus)
    sell(office, wanted(SHORT.number))
    boarding = bus.write(on(pass_id, 0))
    end = bus.write(off(pass_id, boarding, 4, 480))
    bus.write(settled(2, end))
    take(office, bus)
    assert riding_by_ticket(office) == {("bus-001", 1, "sale")}
    assert held_by(office) == {"kurapo": 1_600, "trips/5": 1}


def test_an_earlier_ride_that_comes_late_takes_the_trip_and_the_later_is_charged(office: Office) -> None:
    pass_id, first, second = card(office, "m", 2_000), Bus("bus-001", secret=7), Bus("bus-002", secret=8)
    known(office, first, second)
    sell(office, wanted(RETURN.number))
    for bus, rides in ((first, 1), (second, 2)):
        for _ in range(rides):
            ridden(bus, pass_id)
    take(office, second)
    assert held_by(office) == {"kurapo": 1_200}
    take(office, first)
    assert riding_by_ticket(office) == {("bus-001", 1, "sale"), ("bus-002", 1, "sale")}
    assert held_by(office) == {"kurapo": 1_200 - 480}


def test_one_code_on_two_buses_takes_one_trip(office: Office) -> None:
    pass_id, first, second = card(office, "m", 2_000), Bus("bus-001", secret=7), Bus("bus-002", secret=8)
    known(office, first, second)
    sell(office, wanted(RETURN.number))
    for bus in (second, first):
        boarding = bus.write(on(pass_id, 0, moment=5, counter=1))
        bus.write(off(pass_id, boarding, 4, 480))
        take(office, bus)
    assert riding_by_ticket(office) == {("bus-001", 1, "sale")}
    assert held_by(office) == {"kurapo": 1_200, "trips/2": 1}


def test_the_hold_is_not_taken_from_and_is_as_large_as_before(office: Office) -> None:
    pass_id, bus = card(office, "m", 2_000), Bus()
    known(office, bus)
    sell(office, wanted(RETURN.number))
    ridden(bus, pass_id)
    take(office, bus)
    assert held_by(office) == {"kurapo": 1_200, "trips/2": 1}
    with office.database.read() as connection:
        kept = connection.exec_driver_sql(
            "SELECT sum(p.amount), count(DISTINCT h.id) FROM holds h JOIN hold_parts p ON p.hold_id = h.id "
            "WHERE h.resolved_by IS NULL"
        ).one()
        all_of_them = connection.exec_driver_sql("SELECT count(*) FROM holds").scalar_one()
    assert tuple(kept) == (1_200, 1)
    assert all_of_them == 2
    assert only_ride(office)


@pytest.mark.parametrize(("days", "goes"), [(30, {("bus-001", 1, "sale")}), (60, set())])
def test_a_record_weeks_late_still_finds_its_trip_until_the_lot_has_gone(
    office: Office, days: int, goes: set[tuple[str, int, str]]
) -> None:
    pass_id, bus = card(office, "m", 2_000), Bus()
    known(office, bus)
    sell(office, wanted(RETURN.number))
    ridden(bus, pass_id)
    with office.database.write() as connection:
        take_batch(connection, bus.row, bus.batch(), NOW + days * 86_400)
    assert riding_by_ticket(office) == goes
