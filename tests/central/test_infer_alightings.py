"""Forgotten alightings, once every bus has told the day: to where the way back began, else to the last stop."""

from __future__ import annotations

import tempfile
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.devices.data_folder import Office
from central.rides.corrections.rederive_day import rederive_day
from central.rides.corrections.rows import BookedRide
from central.rides.corrections.store import rides_of_day
from central.rides.forgotten.infer_alightings import infer_alightings
from rules.instant import ClockQuality, Instant
from rules.messages.events import Started
from tests.central.office import NOW, Bus, card, money, new_office, send
from tests.central.settled_bench import check_books, forgotten, journey, off, on, put_line, settled
from tests.ride.builders import DAY
from tests.ride.test_forgotten import there_and_back

NEXT_DAY = 2 * 86_400
BACK = {"trip_id": "back", "second": 4_000}
WHOLE, HALF = 480, 240


@pytest.fixture
def line(office: Office, bus: Bus) -> Office:
    with office.database.write() as connection:
        put_line(connection, there_and_back())
    return office


def tell(office: Office, bus: Bus, second: int = NEXT_DAY) -> None:
    """The bus reports up to that second."""
    bus.write(Started(at=Instant("boot", second * 1000, NOW + second, ClockQuality.GPS), version="1"))
    send(office.database, bus, len(bus.records))


def run(office: Office) -> int:
    with office.database.write() as connection:
        return infer_alightings(connection, NOW + 10 * 86_400)


def forgets(office: Office, bus: Bus, member: str = "m") -> str:
    """From A to the last stop, E; their pass."""
    pass_id = card(office, member, 5_000)
    bus.write(forgotten(pass_id, bus.write(on(pass_id)), WHOLE, 0))
    send(office.database, bus)
    return pass_id


def way_back(office: Office, bus: Bus, pass_id: str, stop: int = 2) -> None:
    bus.write(on(pass_id, stop, **BACK))
    send(office.database, bus, len(bus.records))


def provisional(office: Office) -> BookedRide:
    with office.database.read() as connection:
        (found,) = [each for each in rides_of_day(connection, DAY) if each.state == "provisional"]
    return found


def first_ride(office: Office) -> tuple[str | None, int]:
    found = provisional(office)
    return found.alight_stop_id, found.fare


def test_the_way_back_says_where_a_forgotten_ride_ended_once_the_day_is_told(line: Office, bus: Bus) -> None:
    pass_id = forgets(line, bus)
    way_back(line, bus, pass_id)
    assert run(line) == 0
    assert ("fares-earned", "") not in money(line)
    assert money(line)["member", "m"] == 5_000
    tell(line, bus)
    assert run(line) == 1
    assert first_ride(line) == ("C", HALF)
    assert money(line)["member", "m"] == 5_000 - HALF
    assert run(line) == 0
    with line.database.read() as connection:
        check_books(connection)


def test_without_a_way_back_it_stays_to_the_last_stop(line: Office, bus: Bus) -> None:
    forgets(line, bus)
    tell(line, bus)
    assert run(line) == 0
    assert journey(line) == ("A", "E", WHOLE)


@given(order=st.permutations(range(3)), runs=st.sets(st.integers(0, 2)))
@settings(max_examples=20, deadline=None)
def test_a_complete_record_beside_a_forgotten_one_makes_the_books_of_the_complete_one_in_any_order(
    order: list[int], runs: set[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder, new_office(Path(folder)) as office:
        journals = [Bus(epoch=f"e{each}") for each in range(3)]
        with office.database.write() as connection:
            put_line(connection, there_and_back())
            journals[0].register(connection)
        pass_id = card(office, "m", 5_000)
        boarding = journals[0].write(on(pass_id))
        journals[1].write(forgotten(pass_id, boarding, WHOLE, 0))
        journals[2].write(off(pass_id, boarding, 2, 200, 40))
        for step, each in enumerate(order):
            send(office.database, journals[each])
            if step in runs:
                run(office)
        tell(office, journals[2])
        run(office)
        assert money(office) == {
            ("cash-desk", ""): -5_000,
            ("member", "m"): 4_800,
            ("driver-cash", ""): -40,
            ("fares-earned", ""): HALF,
        }


@given(
    took=st.tuples(st.integers(0, 480), st.integers(0, 480)),
    paid=st.tuples(st.integers(0, 480), st.integers(0, 200)),
    balance=st.sampled_from((0, 300, 5_000)),
    comes_back=st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_an_alighting_that_comes_after_the_charge_ends_in_the_books_that_it_makes_alone(
    took: tuple[int, int], paid: tuple[int, int], balance: int, *, comes_back: bool
) -> None:
    books = []
    for is_late in (True, False):
        with tempfile.TemporaryDirectory() as folder, new_office(Path(folder)) as office:
            bus, later = Bus(), Bus(epoch="later")
            with office.database.write() as connection:
                put_line(connection, there_and_back())
                bus.register(connection)
            pass_id = card(office, "m", balance)
            boarding = bus.write(on(pass_id))
            if is_late:
                bus.write(forgotten(pass_id, boarding, *took))
            later.write(off(pass_id, boarding, 2, *paid))
            if comes_back:
                bus.write(on(pass_id, 2, **BACK))
            send(office.database, bus)
            if is_late:
                tell(office, bus)
                run(office)
            send(office.database, later)
            run(office)
            with office.database.read() as connection:
                check_books(connection)
                rides = rides_of_day(connection, DAY)
            books.append((money(office), [(each.stops, each.charge, each.state) for each in rides]))
    assert books[0] == books[1]


def test_a_bus_that_has_not_told_the_day_is_waited_for_and_its_boarding_counts(
    line: Office, bus: Bus
) -> None:
    other = Bus(device="bus-002", epoch="other", secret=8)
    with line.database.write() as connection:
        other.register(connection)
    tell(line, other, 10)
    pass_id = forgets(line, bus)
    way_back(line, bus, pass_id, 3)
    tell(line, bus)
    assert run(line) == 0
    other.write(on(pass_id, 2, **{**BACK, "second": 3_000}))
    send(line.database, other, 2)
    tell(line, other)
    assert run(line) == 1
    assert first_ride(line) == ("C", HALF)


def test_the_books_are_the_same_in_whatever_order_buses_are_heard(tmp_path: Path) -> None:
    ends = set()
    for number, order in enumerate(permutations(range(3))):
        (tmp_path / str(number)).mkdir()
        with new_office(tmp_path / str(number)) as office:
            buses = [Bus(device=f"bus-{each}", epoch=f"e{each}", secret=each + 1) for each in range(3)]
            with office.database.write() as connection:
                put_line(connection, there_and_back())
                for each in buses:
                    each.register(connection)
            pass_id = card(office, "m", 5_000)
            buses[0].write(forgotten(pass_id, buses[0].write(on(pass_id)), WHOLE, 0))
            buses[1].write(on(pass_id, 2, **BACK))
            buses[2].write(on(pass_id, 3, **{**BACK, "second": 5_000}))
            for place in order:
                send(office.database, buses[place])
                run(office)
            for place in order:
                tell(office, buses[place])
                run(office)
            ends.add((first_ride(office), money(office)["member", "m"]))
    assert ends == {(("C", HALF), 5_000 - HALF)}


def test_what_is_known_better_of_the_boarding_later_keeps_the_inferred_end(line: Office, bus: Bus) -> None:
    pass_id = forgets(line, bus)
    way_back(line, bus, pass_id)
    tell(line, bus)
    run(line)
    bus.write(settled(1, provisional(line).board))
    send(line.database, bus, len(bus.records))
    assert first_ride(line) == ("C", 120)
    with line.database.write() as connection:
        assert rederive_day(connection, DAY, None).differences == ()


def test_a_day_worked_out_anew_leaves_an_inferred_end_alone(line: Office, bus: Bus) -> None:
    pass_id = forgets(line, bus)
    way_back(line, bus, pass_id)
    tell(line, bus)
    run(line)
    with line.database.write() as connection:
        assert rederive_day(connection, DAY, NOW + NEXT_DAY).differences == ()
    assert first_ride(line) == ("C", HALF)
