"""Return tickets pay for rides by a phone that has read the bus as they do for rides by a code."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from central.database.phone_ride_tables import phone_rides
from central.devices.data_folder import Office
from central.ledger.verify_ledger import verify_ledger
from central.points.read_statement import read_statement
from central.rides.by_phone.read_phone_receipt import read_phone_receipt
from central.tickets.sell_product import Sold
from rules.ledger.tickets import Payment
from rules.ride.receipt import Receipt
from tests.central.office import Bus, card, send
from tests.central.phone_ride_bench import (
    LATER,
    claim,
    drive,
    quiet_for_days,
    settle,
    signed,
    touch,
)
from tests.central.ticket_bench import (
    TODAY,
    held_by,
    ridden,
    riding_by_ticket,
    sell,
    selling_office,
    take,
    wanted,
)

FARE = 480
TOMORROW = TODAY + timedelta(days=1)
KURAPO = "kurapo"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with selling_office(tmp_path) as made:
        yield made


def riding_by_phone(office: Office) -> list[tuple[str, int | None, str, int]]:
    """(state, fare, sale, owed) of the rides by phone."""
    with office.database.read() as connection:
        assert verify_ledger(connection).problems == []
        rows = connection.execute(select(phone_rides).order_by(phone_rides.c.id))
        return [(row.state, row.fare, row.sale, row.owed) for row in rows]


def registered(office: Office, *buses: Bus) -> None:
    with office.database.write() as connection:
        for bus in buses:
            bus.register(connection)


def rides_from_a_to_e(office: Office, bus: Bus, doors: list[int], name: str = "") -> None:
    touch(office, claim("board", 0, signed(bus, doors[0]), f"{name or 'claim-on'}-0"))
    touch(office, claim("alight", 4, signed(bus, doors[4]), f"{name or 'claim-off'}-4"))


def test_a_ride_by_phone_and_the_same_by_code_take_a_trip_each_and_no_money(office: Office) -> None:
    phone, code = Bus("bus-001"), Bus("bus-002", secret=8)
    registered(office, phone, code)
    pass_id = card(office, "m", 2_000)
    sell(office, wanted(2))
    before = held_by(office)
    doors = drive(phone)
    quiet_for_days(phone)
    ridden(code, pass_id)
    take(office, phone, code)
    rides_from_a_to_e(office, phone, doors)
    assert riding_by_phone(office) == [("complete", FARE, "sale", 0)]
    assert len(riding_by_ticket(office)) == 1
    assert held_by(office) == {unit: has for unit, has in before.items() if unit == KURAPO}
    with office.database.read() as connection:
        kept = read_phone_receipt(connection, 1)
    assert isinstance(kept, Receipt)
    assert "往復券" in str(kept)


def test_without_a_ticket_left_the_fare_is_charged(office: Office) -> None:
    bus = Bus()
    registered(office, bus)
    card(office, "m", 2_000)
    doors = drive(bus)
    quiet_for_days(bus)
    take(office, bus)
    rides_from_a_to_e(office, bus, doors)
    assert riding_by_phone(office) == [("complete", FARE, "", 0)]


def test_another_section_is_charged(office: Office) -> None:
    bus = Bus()
    registered(office, bus)
    card(office, "m", 2_000)
    sell(office, wanted(2))
    doors = drive(bus)
    quiet_for_days(bus)
    take(office, bus)
    touch(office, claim("board", 0, signed(bus, doors[0])))
    touch(office, claim("alight", 3, signed(bus, doors[3])))
    assert riding_by_phone(office) == [("complete", 360, "", 0)]


def test_a_ticket_bought_afterwards_changes_nothing_of_rides_before_its_first_day(office: Office) -> None:
    bus = Bus()
    registered(office, bus)
    card(office, "m", 2_000)
    doors = drive(bus)
    quiet_for_days(bus)
    take(office, bus)
    rides_from_a_to_e(office, bus, doors)
    sell(office, wanted(2, first_day=TOMORROW))
    settle(office)
    assert riding_by_phone(office) == [("complete", FARE, "", 0)]


def test_a_ride_that_the_bus_has_read_too_takes_one_trip_and_not_two(office: Office) -> None:
    bus = Bus()
    registered(office, bus)
    pass_id = card(office, "m", 2_000)
    sell(office, wanted(2))
    doors = drive(bus)
    quiet_for_days(bus)
    take(office, bus)
    rides_from_a_to_e(office, bus, doors)
    assert riding_by_phone(office) == [("complete", FARE, "sale", 0)]
    ridden(bus, pass_id)
    take(office, bus)
    settle(office)
    assert riding_by_phone(office) == [("double", 0, "", 0)]
    assert len(riding_by_ticket(office)) == 1
    assert sum(has for unit, has in held_by(office).items() if unit != KURAPO) == 1


def test_a_trip_that_moves_to_an_earlier_ride_is_in_words_on_the_statement(office: Office) -> None:
    read, reads = Bus("bus-001"), Bus("bus-002", secret=8)
    registered(office, read, reads)
    pass_id = card(office, "m", 2_000)
    sell(office, wanted(2))
    doors = drive(read)
    quiet_for_days(read)
    ridden(reads, pass_id)
    ridden(reads, pass_id, 4, 0)
    take(office, read, reads)
    assert len(riding_by_ticket(office)) == 2
    rides_from_a_to_e(office, read, doors)
    assert riding_by_phone(office) == [("complete", FARE, "sale", 0)]
    assert len(riding_by_ticket(office)) == 1
    with office.database.read() as connection:
        statement = read_statement(connection, "m", LATER)
    assert statement is not None
    assert not {line.english for line in statement.lines} & {"Received", "Payment"}


@pytest.mark.timeout(300)
@settings(max_examples=20)
@given(st.permutations(range(6)), st.integers(1, 2), st.integers(0, 2))
def test_rides_of_both_kinds_end_in_the_same_books_in_whatever_order_they_are_heard(
    order: list[int], tickets: int, much: int
) -> None:
    assert ended(order, tickets, much * FARE) == ended(sorted(order), tickets, much * FARE)


def ended(order: list[int], tickets: int, money: int) -> object:
    """Two rides by phone and two by code between A and E, heard of in that order: who goes by ticket, what is left."""
    with tempfile.TemporaryDirectory() as folder, selling_office(Path(folder)) as office:
        read, reads = Bus("bus-001"), Bus("bus-002", secret=8)
        registered(office, read, reads)
        pass_id = card(office, "m", money)
        for number in range(tickets):
            assert isinstance(sell(office, wanted(2, f"sale-{number}", payment=Payment.CASH)), Sold)
        out = drive(read)
        quiet_for_days(read)
        late = Bus("bus-003", secret=9)
        registered(office, late)
        back = drive(late)
        quiet_for_days(late)
        take(office, read, late)
        ridden(reads, pass_id)
        ridden(reads, pass_id, 4, 0)
        half = len(reads.records) // 2
        heard: list[Callable[[], object]] = [
            lambda: touch(office, claim("board", 0, signed(read, out[0]), "claim-1-board")),
            lambda: touch(office, claim("alight", 4, signed(read, out[4]), "claim-1-alight")),
            lambda: touch(office, claim("board", 0, signed(late, back[0]), "claim-2-board")),
            lambda: touch(office, claim("alight", 4, signed(late, back[4]), "claim-2-alight")),
            lambda: send(office.database, reads, 1, half),
            lambda: send(office.database, reads),
        ]
        for each in order:
            heard[each]()
        send(office.database, reads)
        settle(office)
        # Which ride is owed hangs on which came first; what is owed in all does not.
        rides = sorted(ride[:3] for ride in riding_by_phone(office))
        has = held_by(office)
        return riding_by_ticket(office), rides, has.get(KURAPO, 0) + has.pop("owed", 0), has.get("trips/2", 0)
