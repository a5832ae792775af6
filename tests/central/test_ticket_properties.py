"""Random rides on two buses by tickets of all kinds: whatever comes first, the same books, and receipts that add up."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from central.database.tables import rides
from central.database.transaction import Connection
from central.devices.data_folder import Office
from central.ledger.verify_ledger import verify_ledger
from central.rides.receipts.read_receipt import NoReceipt, read_receipt
from rules.ledger.tickets import Payment
from rules.messages.events import RecordRef
from tests.central.office import Bus, card, charge_forgotten, send
from tests.central.settled_bench import forgotten, off, on, settled
from tests.central.ticket_bench import (
    BOOK,
    RETURN,
    SHORT,
    by_unit,
    riding_by_ticket,
    sell,
    selling_office,
    wanted,
)
from tests.ride.builders import STOPS

LAST = len(STOPS) - 1
TOLD_AFTER = 4
"""Days after the office's own, when all of DAYS have been told."""
DAYS = ("2026-09-20", "2026-09-21", "2026-09-22", "2026-09-23", "2026-09-24")


@dataclass(frozen=True)
class Trip:
    """A ride: which bus, between which stops, with so many others, so much of it cash, and what is said of it later."""

    bus: int
    end: int
    day: int
    adults: int
    share: int
    cash: bool
    forgets: bool
    shown: int
    moved: int


def rides_drawn(*, moved: bool) -> st.SearchStrategy[list[Trip]]:
    trip = st.builds(
        Trip,
        bus=st.integers(0, 1),
        end=st.sampled_from([LAST, LAST, LAST, LAST, 2]),
        day=st.sampled_from([1, 1, 1, 1, 2, 2, 0, 4]),
        adults=st.sampled_from([0, 0, 0, 0, 0, 1]),
        share=st.integers(0, 4),
        cash=st.sampled_from([False, False, False, False, True]),
        forgets=st.sampled_from([False, False, False, True]),
        shown=st.sampled_from([0, 0, 1, 2]) if moved else st.just(0),
        moved=st.sampled_from([0, 0, 2, LAST]) if moved else st.just(0),
    )
    return st.lists(trip, min_size=3, max_size=7)


@dataclass(frozen=True)
class Bought:
    balance: int
    returns: int
    short: int
    books: int


bought = st.builds(
    Bought,
    st.sampled_from([0, 700, 2_000, 6_000]),
    st.sampled_from([1, 1, 2, 0]),
    st.sampled_from([0, 1]),
    st.sampled_from([0, 1]),
)


def buy(office: Office, asked: Bought) -> str:
    """The pass id of the member who bought what they could."""
    pass_id = card(office, "m", asked.balance)
    for number, count in (
        (RETURN.number, asked.returns),
        (SHORT.number, asked.short),
        (BOOK.number, asked.books),
    ):
        if count:
            sell(office, wanted(number, f"sale-{number}", count=count, payment=Payment.CASH))
    return pass_id


def write(buses: list[Bus], trips: list[Trip], pass_id: str) -> None:
    for trip in trips:
        bus, day = buses[trip.bus], dict[str, Any](service_date=DAYS[trip.day])
        code = {"moment": trip.shown, "counter": 1} if trip.shown else {}
        boarding = bus.write(on(pass_id, 0, adults=trip.adults, **day, **code))
        fare = 120 * (LAST if trip.forgets else trip.end) * (1 + trip.adults)
        held = fare * trip.share // 4
        if trip.forgets:
            left = forgotten(pass_id, boarding, held, fare - held)
            fields = {name: getattr(left, name) for name in left.__struct_fields__}
            bus.write(type(left)(**{**fields, **day, "adults": trip.adults}))
            continue
        held = held if trip.cash else fare
        end = bus.write(off(pass_id, boarding, trip.end, held, fare - held, adults=trip.adults, **day))
        if trip.moved:
            bus.write(settled(trip.moved, end, **day))


def taken(trips: list[Trip], asked: Bought, order: Iterable[tuple[int, int]]) -> tuple[Any, ...]:
    """Balances by unit, which rides go by ticket, and the fares, once the buses were heard in `order`."""
    with tempfile.TemporaryDirectory() as folder, selling_office(Path(folder)) as office:
        pass_id = buy(office, asked)
        buses = [Bus("bus-001", secret=7), Bus("bus-002", secret=8)]
        with office.database.write() as connection:
            for bus in buses:
                bus.register(connection)
            before = by_unit(connection)
        write(buses, trips, pass_id)
        heard = [0, 0]
        for which, some in [*order, (0, 99), (1, 99)]:
            bus = buses[which]
            last = min(heard[which] + some, len(bus.records))
            if last > heard[which]:
                send(office.database, bus, heard[which] + 1, last)
                heard[which] = last
        charge_forgotten(office, *buses, days=TOLD_AFTER)
        with office.database.read() as connection:
            assert verify_ledger(connection).problems == []
            check_conserved(connection, before)
            check_receipts(connection)
            books = by_unit(connection)
        return books, riding_by_ticket(office)


def check_conserved(connection: Connection, before: dict[tuple[str, str, str], int]) -> None:
    """Every unit sums to zero, and a trip is with the member or was ridden once."""
    after = by_unit(connection)
    for unit in {key[2] for key in after}:
        assert sum(amount for key, amount in after.items() if key[2] == unit) == 0
    for number in (RETURN.number, SHORT.number):
        unit = f"trips/{number}"
        had = before.get(("member", "m", unit), 0)
        left, ridden = after.get(("member", "m", unit), 0), after.get(("fares-earned", "", unit), 0)
        assert left + ridden == had
        assert left >= 0


def check_receipts(connection: Connection) -> None:
    """A receipt that does not sum to its fare cannot be built, and its fare is that of the books."""
    for row in connection.execute(select(rides)).all():
        found = read_receipt(connection, row.device, RecordRef(row.epoch, row.board_number))
        assert not isinstance(found, NoReceipt)
        assert found.fare == row.fare == sum(line.yen for line in found.cost)
        assert row.fare == sum(line.yen for line in found.paid)


def worth(books: dict[tuple[str, str, str], int]) -> int:
    """What the member has on the bus and elsewhere, less what they owe."""
    kinds = ("member", "owed")
    return sum(
        amount
        for (kind, owner, unit), amount in books.items()
        if kind in kinds and owner == "m" and not unit.startswith("trips")
    )


orders = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 5)), max_size=5)


@settings(max_examples=15, deadline=None)
@given(trips=rides_drawn(moved=False), asked=bought, order=orders)
def test_whatever_bus_is_heard_first_and_however_batches_are_cut_the_books_are_the_same(
    trips: list[Trip], asked: Bought, order: list[tuple[int, int]]
) -> None:
    one_by_one = [(which, 1) for _ in range(20) for which in (1, 0)]
    first_bus_first = taken(trips, asked, [])
    assert taken(trips, asked, order) == first_bus_first
    assert taken(trips, asked, one_by_one) == first_bus_first


@settings(max_examples=15, deadline=None)
@given(trips=rides_drawn(moved=True), asked=bought, order=orders)
def test_with_codes_used_twice_and_stops_set_right_nobody_has_more_or_less_and_the_same_rides_go_by_ticket(
    trips: list[Trip], asked: Bought, order: list[tuple[int, int]]
) -> None:
    books, by_ticket = taken(trips, asked, [])
    others, same = taken(trips, asked, [*order, (1, 99)])
    assert same == by_ticket
    assert worth(others) == worth(books)
