"""Rides that return tickets (往復券) pay for: asked again whenever a member's rides are others than before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Self

from central.database.transaction import Connection
from central.passes.store import holders_of
from central.rides.tickets.rides_by_code import rides_by_code
from central.rides.tickets.rides_by_phone import rides_by_phone
from central.tickets.store import Sale, sales_of
from rules.ledger.use_tickets import HeldTicket, Ridden, use_tickets
from rules.passes.rider_pass import RiderClass
from rules.products.return_ticket import ReturnTicket


class InBooks(Protocol):
    """A ride in the books that a trip could pay for, whichever side has read the other."""

    @property
    def ridden(self) -> Ridden:
        """As tickets see it."""

    @property
    def sale(self) -> str:
        """Of which sale a trip pays for it, "" for none."""

    def without_trip(self, connection: Connection, now: int) -> Self:
        """Charged as it were without tickets, so that the trip, if one paid for it, is free. The ride by then."""

    def take_trip(self, connection: Connection, sale: str, now: int) -> None:
        """A trip of that sale pays for it."""


def settle_tickets(connection: Connection, member: str, now: int, coming: Ridden | None = None) -> str:
    """Let the member's trips pay for the rides that come first among those in the books and the one `coming`.

    The sale whose trip pays for that one, "" for none: it is there for whoever posts the ride. A ride that loses its
    trip is charged as it would have been without.
    """
    sales = [
        sale for sale in sales_of(connection, member, ReturnTicket.KIND) if sale.until and sale.until > now
    ]
    if not sales:
        return ""
    known = {each.ridden: each for each in _in_books(connection, member, sales)}
    wanted = use_tickets([*known, coming] if coming else list(known), [_held(sale) for sale in sales])
    others = {each: ride for each, ride in known.items() if ride.sale != wanted.get(each, "")}
    # Those that are charged from now on first: what a ride that only changes its ticket was charged between comes back.
    for each in sorted(others, key=lambda ridden: (ridden in wanted, ridden)):
        others[each] = others[each].without_trip(connection, now)
    for each in sorted(others.keys() & wanted.keys()):
        others[each].take_trip(connection, wanted[each], now)
    return wanted.get(coming, "") if coming else ""


def settle_tickets_of(connection: Connection, pass_id: str, now: int) -> None:
    """The same for whoever holds a pass, if the office knows them."""
    holder = holders_of(connection, {pass_id}).get(pass_id)
    if holder is not None:
        settle_tickets(connection, holder.member, now)


def _in_books(connection: Connection, member: str, sales: Sequence[Sale]) -> list[InBooks]:
    return [*rides_by_code(connection, member, sales), *rides_by_phone(connection, member, sales)]


def _held(sale: Sale) -> HeldTicket:
    of_it = (RiderClass(sale.rider_class), (sale.one_end, sale.other_end), sale.first_day, sale.last_day)
    return HeldTicket(sale.command, sale.count, *of_it)
