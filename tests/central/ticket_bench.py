"""An office that sells tickets for the line of `tests.ride.builders`, and what its books say by unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlalchemy import select

from central.database.ledger_tables import accounts
from central.database.ticket_tables import ticket_uses
from central.database.transaction import Connection
from central.devices.data_folder import Office
from central.ledger.post_orders import Refused
from central.passes.issue_pass import Issuer
from central.tickets.sell_product import NotSold, Sold, Wanted, sell_ticket
from rules.ledger.tickets import Payment
from rules.money import Yen
from rules.passes.rider_pass import RiderClass
from rules.products.bus_ticket import BusTicket
from rules.products.commuter_pass import CommuterPass
from rules.products.return_ticket import ReturnTicket
from rules.tariff.tariff import STANDARD
from tests.central.office import NOW, Bus, new_office, send
from tests.central.settled_bench import off, on, put_line
from tests.ride.builders import DAY, edition

TODAY = date.fromisoformat(DAY)
FROM = date(2026, 1, 1)
BOOK = BusTicket(1, "回数券", "Bus ticket", Yen(1_100), None, Yen(1_000), FROM, None)
RETURN = ReturnTicket(2, "往復 A〜E", "Return A-E", RiderClass.ADULT, ("A", "E"), 3, Yen(800), FROM, None)
CHILD_RETURN = replace(RETURN, number=3, rider_class=RiderClass.CHILD)
COMMUTER = CommuterPass(4, "通勤", "Work", RiderClass.ADULT, ("A", "C"), 30, Yen(8_000), FROM, None)
SHORT = replace(RETURN, number=5, name="往復 A〜C", section=("A", "C"), price=Yen(400))
GONE = replace(BOOK, number=6, last_day=date(2026, 9, 20))
PRODUCTS = (BOOK, RETURN, CHILD_RETURN, COMMUTER, SHORT, GONE)


@contextmanager
def selling_office(folder: Path) -> Iterator[Office]:
    """An office whose edition has all those products."""
    with new_office(folder) as office:
        with office.database.write() as connection:
            put_line(connection, replace(edition(), tariff=replace(STANDARD, products=PRODUCTS)))
        yield office


def wanted(number: int, command: str = "sale", **more: object) -> Wanted:
    asked = Wanted(command, "m", number, RiderClass.ADULT, Payment.KURAPO, TODAY)
    return replace(asked, **more)  # type: ignore[arg-type]


def sell(office: Office, asked: Wanted, now: int = NOW) -> Sold | NotSold | Refused:
    with office.database.write() as connection:
        return sell_ticket(connection, asked, now)


def issuer(office: Office) -> Issuer:
    return Issuer(1, Yen(480), office.keys, lambda size: bytes([9]) * size)


def ridden(bus: Bus, pass_id: str, start: int = 0, end: int = 4, cash: int = 0, **more: object) -> None:
    """A ride from stop to stop by the fare of the line, written into the bus's journal."""
    party = {name: more[name] for name in ("adults", "children", "rider_class", "product") if name in more}
    boarding = bus.write(on(pass_id, start, **party))
    fare = 120 * abs(end - start) * (1 + int(str(more.get("adults", 0))))
    bus.write(off(pass_id, boarding, end, fare - cash, cash, start=start, **party))


def take(office: Office, *buses: Bus) -> None:
    for bus in buses:
        send(office.database, bus)


def by_unit(connection: Connection) -> dict[tuple[str, str, str], int]:
    """Balances by (kind, owner, unit), those at zero left out."""
    found = connection.execute(select(accounts.c.kind, accounts.c.owner, accounts.c.unit, accounts.c.balance))
    return {(kind, owner, unit): balance for kind, owner, unit, balance in found if balance}


def held_by(office: Office, member: str = "m") -> dict[str, int]:
    """What a member has, by unit, and "owed"."""
    with office.database.read() as connection:
        books = by_unit(connection)
    has: Counter[str] = Counter()
    for (kind, owner, unit), balance in books.items():
        if owner == member and kind in ("member", "owed"):
            has["owed" if kind == "owed" else unit] += balance
    return dict(has)


def riding_by_ticket(office: Office) -> set[tuple[str, int, str]]:
    """(bus, number of the boarding, sale) of every ride that a trip pays for."""
    with office.database.read() as connection:
        rows = connection.execute(select(ticket_uses).order_by(ticket_uses.c.seq)).all()
    last = {(row.device, row.board_number): row.sale for row in rows}
    return {(device, number, sale) for (device, number), sale in last.items() if sale}
