"""Rides set right by staff: previewed as posted, large ones by two people, and never undone by the bus."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from central.access.who import Role
from central.database.ledger_tables import accounts, entries, groups, holds, lot_moves, lots
from central.database.transaction import Connection
from central.rides.corrections.by_staff import store
from central.rides.corrections.by_staff.decide import (
    NotSet,
    approve,
    ask,
    facts_before,
    refuse,
    withdraw,
)
from central.rides.corrections.by_staff.poles import places_of
from central.rides.corrections.by_staff.reckon import in_force, reckon
from central.rides.corrections.by_staff.rows import DAYS_TO_DECIDE, Facts, Kind, Said, Stands, Why
from central.rides.corrections.rows import BookedRide, Stops
from central.rides.corrections.store import ride_with_id
from central.rides.receipts.read_receipt import read_receipt
from rules.messages.events import RecordRef
from rules.ride.receipt import Receipt
from tests.central.counter_desk import Clerk, clerk_at
from tests.central.office import NOW, Bus, charge_forgotten, money, send
from tests.central.office_pages import text
from tests.central.settled_bench import check_books, forgotten, off, on, ride, settled

LEDGER = (groups, entries, lot_moves, lots, holds, accounts)


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    with clerk_at(tmp_path) as made:
        made.opens_till()
        yield made
        with made.office.database.read() as connection:
            check_books(connection)


def rode(clerk: Clerk, bus: Bus, *, forgets: bool = False) -> tuple[str, str]:
    """A member with 3000 くらポ has ridden from A to E for 480 yen: their number, and the pass."""
    member = clerk.registers("山田", 3_000, card="on")
    (card,) = clerk.cards(member)
    with clerk.office.database.write() as connection:
        bus.register(connection)
    pass_id = card.issued.body.pass_id.hex()
    tap = bus.write(on(pass_id, 0))
    bus.write(forgotten(pass_id, tap, 480, 0) if forgets else off(pass_id, tap, 4, 480))
    send(clerk.office.database, bus)
    if forgets:
        charge_forgotten(clerk.office, bus)
    return member, pass_id


def the_ride(connection: Connection, clerk: Clerk) -> BookedRide:
    found = ride_with_id(connection, ride(clerk.office).id)
    assert found is not None
    return found


def wants(connection: Connection, clerk: Clerk, kind: Kind, number: int = 0) -> Facts:
    """What a clerk may say of the ride: to a stop, of a class, for so many yen."""
    booked = the_ride(connection, clerk)
    was = in_force(connection, booked)
    match kind:
        case Kind.STOPS:
            places = places_of(connection, booked)
            return Facts(Stops(places[0], places[number]), was.rider_class, was.adults, was.children)
        case Kind.PARTY:
            return Facts(was.stops, number, was.adults, was.children)
        case Kind.FARE:
            return Facts(was.stops, was.rider_class, was.adults, was.children, fare=number)
        case Kind.VOID:
            return Facts(was.stops, was.rider_class, was.adults, was.children, fare=was.fare, void=True)
        case Kind.BACK:
            return facts_before(connection, booked) or was


def asks(connection: Connection, clerk: Clerk, kind: Kind, number: int = 0, by: str = "a") -> int | NotSet:
    """The id of what was said, after its preview was looked at."""
    booked, facts = the_ride(connection, clerk), wants(connection, clerk, kind, number)
    preview = reckon(connection, booked, facts, NOW)
    seen = preview.seen if preview else ""
    done = ask(connection, booked.id, Said(kind, facts, Why.OTHER, "", by), seen, NOW)
    return done if isinstance(done, NotSet) else done.id


def ledger(connection: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for table in LEDGER for row in connection.execute(select(table))]


def stands(connection: Connection, number: int, now: int = NOW) -> Stands:
    found = store.find(connection, number)
    assert found is not None
    return found.stands(now)


@pytest.mark.parametrize(
    ("kind", "number", "fare"), [(Kind.STOPS, 2, 240), (Kind.PARTY, 1, 240), (Kind.FARE, 100, 100)]
)
def test_what_is_posted_is_what_the_preview_said_and_the_same_lots_have_it_back(
    clerk: Clerk, kind: Kind, number: int, fare: int
) -> None:
    member, _ = rode(clerk, Bus())
    with clerk.office.database.write() as connection:
        books = ledger(connection)
        preview = reckon(connection, the_ride(connection, clerk), wants(connection, clerk, kind, number), NOW)
        assert ledger(connection) == books
        assert preview is not None
        assert (preview.before, preview.after) == (480, fare)
        (back,) = [each for each in preview.moved if each.kind == "member"]
        assert back.amount == 480 - fare
        asks(connection, clerk, kind, number)
    assert money(clerk.office)[("member", member)] == 3_000 - fare
    assert ride(clerk.office).fare == fare


def test_a_void_waits_for_somebody_else_and_nobody_approves_their_own(clerk: Clerk) -> None:
    member, _ = rode(clerk, Bus())
    with clerk.office.database.write() as connection:
        books = ledger(connection)
        number = asks(connection, clerk, Kind.VOID)
        assert isinstance(number, int)
        said = store.find(connection, number)
        assert said is not None
        assert approve(connection, number, said.seen, "a", NOW) is NotSet.OWN
        assert refuse(connection, number, "no", "a", NOW) is NotSet.OWN
        assert withdraw(connection, number, "b", NOW) is NotSet.NOT_YOURS
        assert asks(connection, clerk, Kind.FARE, 100) is NotSet.WAITS
        assert ledger(connection) == books
        assert approve(connection, number, said.seen, "b", NOW) is None
        assert approve(connection, number, said.seen, "c", NOW) is NotSet.DECIDED
    assert ride(clerk.office).fare == 0
    assert money(clerk.office)[("member", member)] == 3_000


@pytest.mark.parametrize("end", [Stands.REFUSED, Stands.WITHDRAWN, Stands.EXPIRED])
def test_what_is_not_approved_leaves_the_ledger_as_it_was(clerk: Clerk, end: Stands) -> None:
    rode(clerk, Bus())
    late = NOW + DAYS_TO_DECIDE * 86_400
    with clerk.office.database.write() as connection:
        books = ledger(connection)
        number = asks(connection, clerk, Kind.FARE, 1_481)
        assert isinstance(number, int)
        said = store.find(connection, number)
        assert said is not None
        match end:
            case Stands.REFUSED:
                assert refuse(connection, number, "", "b", NOW) is NotSet.NO_WORD
                assert refuse(connection, number, "証拠がない", "b", NOW) is None
            case Stands.WITHDRAWN:
                assert withdraw(connection, number, "a", NOW) is None
            case _:
                assert approve(connection, number, said.seen, "b", late) is NotSet.EXPIRED
        assert stands(connection, number, late) is end
        assert ledger(connection) == books
    assert ride(clerk.office).fare == 480


def test_a_difference_up_to_the_limit_holds_at_once_and_a_yen_more_waits(clerk: Clerk) -> None:
    rode(clerk, Bus())
    with clerk.office.database.write() as connection:
        first = asks(connection, clerk, Kind.FARE, 1_480)
        assert isinstance(first, int)
        assert stands(connection, first) is Stands.APPLIED
        second = asks(connection, clerk, Kind.FARE, 479)
        assert isinstance(second, int)
        assert stands(connection, second) is Stands.WAITING


def test_an_approval_of_sums_that_have_changed_since_is_asked_again(clerk: Clerk) -> None:
    bus = Bus()
    _, pass_id = rode(clerk, bus, forgets=True)
    with clerk.office.database.write() as connection:
        number = asks(connection, clerk, Kind.VOID)
        assert isinstance(number, int)
        said = store.find(connection, number)
        assert said is not None
    bus.write(off(pass_id, RecordRef(bus.epoch, 1), 3, 360))
    send(clerk.office.database, bus, len(bus.records))
    with clerk.office.database.write() as connection:
        assert approve(connection, number, said.seen, "b", NOW) is NotSet.CHANGED
        again = reckon(connection, the_ride(connection, clerk), said.facts_to, NOW)
        assert again is not None
        assert approve(connection, number, again.seen, "b", NOW) is None
    assert ride(clerk.office).fare == 0


def test_an_alighting_that_comes_late_does_not_undo_a_void_or_a_class(clerk: Clerk) -> None:
    bus = Bus()
    member, pass_id = rode(clerk, bus, forgets=True)
    with clerk.office.database.write() as connection:
        asks(connection, clerk, Kind.PARTY, 1)
    bus.write(off(pass_id, RecordRef(bus.epoch, 1), 2, 240))
    send(clerk.office.database, bus, len(bus.records))
    assert (ride(clerk.office).fare, ride(clerk.office).rider_class) == (120, 1)
    bus.write(settled(4, RecordRef(bus.epoch, len(bus.records))))
    send(clerk.office.database, bus, len(bus.records))
    assert ride(clerk.office).fare == 120
    assert money(clerk.office)[("member", member)] == 3_000 - 120


def test_the_pages_ask_and_a_second_person_decides_and_the_receipt_says_why(clerk: Clerk) -> None:
    rode(clerk, Bus())
    path = f"/counter/rides/{ride(clerk.office).id}"
    looked = clerk.opens(f"{path}?kind=void").get_data(as_text=True)
    assert "480円 → 0円" in text(clerk.opens(f"{path}?kind=void"))
    seen = re.search(r'name="seen" value="(\w+)"', looked)
    assert seen
    clerk.sends(f"{path}/correct", {"kind": "void", "why": "not-ridden", "note": "家族", "seen": seen[1]})
    assert "ほかの人の決裁を待っています" in text(clerk.opens(path))
    assert "決裁待ち" in text(clerk.opens("/corrections"))
    clerk.sends("/corrections/asked/1/approve", {"seen": seen[1]}, status=403)
    page = text(clerk.opens("/corrections/asked/1", Role.APPROVER))
    assert "本人の乗車ではない" in page
    assert "家族" in page
    clerk.sends("/corrections/asked/1/approve", {"seen": "0" * 32}, Role.APPROVER, 409)
    clerk.sends("/corrections/asked/1/approve", {"seen": seen[1]}, Role.APPROVER)
    with clerk.office.database.read() as connection:
        booked = the_ride(connection, clerk)
        found = read_receipt(connection, booked.device, booked.board)
    assert isinstance(found, Receipt)
    (change,) = found.changes
    assert (change.from_fare, change.to_fare, change.at) == (480, 0, NOW)
    assert "この乗車の取り消し（本人の乗車ではない）" in change.ja
    assert [what for _, what, _ in clerk.written()[-2:]] == ["ride-asked", "ride-approved"]
    clerk.opens("/corrections/asked/2", status=404)


WORDS = st.one_of(
    st.tuples(st.just(Kind.STOPS), st.integers(1, 4)),
    st.tuples(st.just(Kind.PARTY), st.sampled_from([0, 1, 4])),
    st.tuples(st.just(Kind.FARE), st.integers(0, 2_500)),
    st.tuples(st.sampled_from([Kind.VOID, Kind.BACK]), st.just(0)),
    st.tuples(st.none(), st.integers(1, 4)),
)


@settings(max_examples=12, deadline=None)
@given(words=st.lists(WORDS, max_size=5), forgets=st.booleans(), late=st.integers(0, 5))
def test_whatever_is_set_right_in_any_order_with_the_bus_the_books_are_those_of_the_last_facts(
    words: list[tuple[Kind | None, int]], forgets: bool, late: int
) -> None:
    with TemporaryDirectory() as folder, clerk_at(Path(folder)) as clerk:
        bus = Bus()
        clerk.opens_till()
        member, pass_id = rode(clerk, bus, forgets=forgets)
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
            check_books(connection)
            left = connection.execute(select(lots.c.remaining, lots.c.expires_at)).all()
        books, row = money(clerk.office), ride(clerk.office)
        assert books[("member", member)] + books.get(("owed", member), 0) == 3_000 - row.fare
        assert len(left) == 1
        assert -books.get(("owed", member), 0) == row.owed
