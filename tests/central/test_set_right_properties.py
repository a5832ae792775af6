"""Whatever staff and bus say of a ride, in whatever order, its money ends as if it had been so from the first."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from central.database.ledger_tables import accounts, lots
from central.database.transaction import Connection
from central.ledger.post_orders import post
from central.ledger.verify_ledger import verify_ledger
from central.rides.corrections.by_staff import store
from central.rides.corrections.by_staff.decide import approve
from central.rides.corrections.by_staff.rows import Kind, Stands
from central.tickets.sell_product import Wanted, sell_ticket
from central.tickets.store import pass_holds
from rules.ledger.accounts import KURAPO, AccountKind, AccountRef, member_account
from rules.ledger.lots import Origin
from rules.ledger.order import IntoLot, Move, Order
from rules.ledger.ticket_rides import let_go, placed_anew
from rules.ledger.tickets import Payment
from rules.messages.events import RecordRef
from rules.passes.rider_pass import RiderClass
from tests.central.counter_desk import clerk_at
from tests.central.office import NOW, Bus, money, send
from tests.central.set_right_bench import asks, rode, stands
from tests.central.settled_bench import check_books, off, ride, settled
from tests.central.ticket_bench import RETURN, TODAY

MONTH_S = 30 * 86_400
Lots = list[tuple[int | None, int]]
"""(first Unix second at which it is not good, what is left) of each lot, in order of use."""

WORDS = st.one_of(
    st.tuples(st.just(Kind.STOPS), st.integers(1, 4)),
    st.tuples(st.just(Kind.PARTY), st.sampled_from([0, 1, 4])),
    st.tuples(st.just(Kind.FARE), st.integers(0, 2_500)),
    st.tuples(st.sampled_from([Kind.VOID, Kind.BACK]), st.just(0)),
    st.tuples(st.none(), st.integers(1, 4)),
)


def lots_left(connection: Connection, *, trips: bool = False) -> Lots:
    query = select(lots.c.expires_at, lots.c.remaining).join_from(lots, accounts)
    found = connection.execute(
        query.where((accounts.c.unit != KURAPO) if trips else (accounts.c.unit == KURAPO))
    )
    return sorted(((at, left) for at, left in found), key=lambda each: (each[0] is None, each[0] or 0))


def after_spending(has: Lots, yen: int) -> Lots:
    left = []
    for expires, amount in has:
        taken = min(amount, yen)
        left.append((expires, amount - taken))
        yen -= taken
    return left


def gives(connection: Connection, member: str, gift: int) -> None:
    """Two gifts that expire, the pass's hold placed anew with them."""
    holds, issuer = pass_holds(connection, member), AccountRef(AccountKind.ISSUER, owner="campaign")
    given = [
        Move(issuer, IntoLot(member_account(member), Origin.FREE, "campaign", NOW + months * MONTH_S), gift)
        for months in (2, 1)
    ]
    post(connection, Order("gifts", "grant", (*let_go(holds), *given, *placed_anew(member, holds))), NOW)


@settings(max_examples=15, deadline=None)
@given(
    words=st.lists(WORDS, max_size=5),
    forgets=st.booleans(),
    late=st.integers(0, 5),
    means=st.sampled_from(["rich", "poor", "ticket"]),
)
def test_whatever_is_set_right_in_any_order_with_the_bus_the_books_are_those_of_a_fresh_ride(
    words: list[tuple[Kind | None, int]], forgets: bool, late: int, means: str
) -> None:
    has: Lots = []
    with TemporaryDirectory() as folder, clerk_at(Path(folder)) as clerk:
        bus = Bus()
        clerk.opens_till()

        def before(member: str) -> None:
            with clerk.office.database.write() as connection:
                gives(connection, member, 300 if means == "rich" else 150)
                if means == "ticket":
                    wanted = Wanted("sale", member, RETURN.number, RiderClass.ADULT, Payment.KURAPO, TODAY)
                    sell_ticket(connection, wanted, NOW)
                has.extend(lots_left(connection))

        yen = {"rich": 3_000, "poor": 500, "ticket": 3_000}[means]
        member, pass_id = rode(clerk, bus, forgets=forgets, yen=yen, before=before)
        for place, (kind, number) in enumerate(words):
            if forgets and place == late:
                bus.write(off(pass_id, RecordRef(bus.epoch, 1), 3, 360))
                send(clerk.office.database, bus, len(bus.records))
            if kind is None:
                bus.write(settled(number, RecordRef(bus.epoch, 2)))
                send(clerk.office.database, bus, len(bus.records))
                continue
            with clerk.office.database.write() as connection:
                made = asks(connection, clerk, kind, number)
                if isinstance(made, int) and stands(connection, made) is Stands.WAITING:
                    said = store.find(connection, made)
                    assert said is not None
                    assert approve(connection, made, said.seen, "b", NOW) is None
        with clerk.office.database.read() as connection:
            assert verify_ledger(connection).problems == []
            if means != "ticket":
                # That one counts yen alone, and trips are counted in a unit of their own.
                check_books(connection)
            left, trips = lots_left(connection), lots_left(connection, trips=True)
        books, row = money(clerk.office), ride(clerk.office)
        by_trip = means == "ticket" and (row.alight_stop_id, row.rider_class) == ("E", 0) and row.fare > 0
        fare = 0 if by_trip else row.fare
        assert left == after_spending(has, fare)
        assert -books.get(("owed", member), 0) == max(0, fare - sum(amount for _, amount in has))
        assert [amount for _, amount in trips] == ([1 if by_trip else 2] if means == "ticket" else [])
