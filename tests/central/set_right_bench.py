"""A ride that staff set right: what they say of it, and what the ledger has."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from central.database.ledger_tables import accounts, entries, groups, holds, lot_moves, lots
from central.database.transaction import Connection
from central.rides.corrections.by_staff import store
from central.rides.corrections.by_staff.code_ride import CodeRide
from central.rides.corrections.by_staff.decide import NotSet, ask, facts_before
from central.rides.corrections.by_staff.poles import places_of
from central.rides.corrections.by_staff.reckon import reckon
from central.rides.corrections.by_staff.rows import Facts, Kind, Said, Stands, Why
from central.rides.corrections.by_staff.settable import Settable
from central.rides.corrections.rows import Stops
from central.rides.corrections.store import ride_with_id
from tests.central.counter_desk import Clerk
from tests.central.office import NOW, Bus, charge_forgotten, send
from tests.central.settled_bench import forgotten, off, on, ride

LEDGER = (groups, entries, lot_moves, lots, holds, accounts)


def rode(
    clerk: Clerk,
    bus: Bus,
    *,
    forgets: bool = False,
    yen: int = 3_000,
    before: Callable[[str], None] | None = None,
) -> tuple[str, str]:
    """A member with 3000 くらポ has ridden from A to E for 480 yen: their number, and the pass."""
    member = clerk.registers("山田", yen, card="on")
    (card,) = clerk.cards(member)
    with clerk.office.database.write() as connection:
        bus.register(connection)
    if before is not None:
        before(member)
    pass_id = card.issued.body.pass_id.hex()
    tap = bus.write(on(pass_id, 0))
    bus.write(forgotten(pass_id, tap, 480, 0) if forgets else off(pass_id, tap, 4, 480))
    send(clerk.office.database, bus)
    if forgets:
        charge_forgotten(clerk.office, bus)
    return member, pass_id


def the_ride(connection: Connection, clerk: Clerk) -> CodeRide:
    found = ride_with_id(connection, ride(clerk.office).id)
    assert found is not None
    return CodeRide(found)


def wants(connection: Connection, clerk: Clerk, kind: Kind, number: int = 0) -> Facts:
    """What a clerk may say of the ride: to a stop, of a class, for so many yen."""
    booked = the_ride(connection, clerk)
    was = booked.in_force(connection)
    match kind:
        case Kind.STOPS:
            places = places_of(connection, booked.booked)
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
    done = ask(connection, booked, Said(kind, facts, Why.OTHER, "", by), seen, NOW)
    return done if isinstance(done, NotSet) else done.id


def ledger(connection: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for table in LEDGER for row in connection.execute(select(table))]


def stands(connection: Connection, number: int, now: int = NOW) -> Stands:
    found = store.find(connection, number)
    assert found is not None
    return found.stands(now)


def says(
    connection: Connection, booked: Settable, kind: Kind, facts: Facts, by: str = "a", now: int = NOW
) -> int | NotSet:
    """The same of any ride."""
    preview = reckon(connection, booked, facts, now)
    seen = preview.seen if preview else ""
    done = ask(connection, booked, Said(kind, facts, Why.OTHER, "", by), seen, now)
    return done if isinstance(done, NotSet) else done.id
