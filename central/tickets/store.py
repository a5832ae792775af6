"""Rows of what was sold, and of tickets taken back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields

from sqlalchemy import insert, select

from central.database.many_rows import Lookup, one_of, values
from central.database.tables import passes
from central.database.ticket_tables import product_sales, tickets_taken_back
from central.database.transaction import Connection
from central.ledger.store import open_holds
from rules.ledger.ticket_rides import OpenHold
from rules.money import Yen
from rules.products.return_ticket import ReturnTicket

_HOLDERS = Lookup(
    select(product_sales.c.member, product_sales.c.until).where(
        one_of(product_sales.c.member, "members"), one_of(product_sales.c.kind, "kinds")
    ),
    "members",
    "kinds",
)


@dataclass(frozen=True, slots=True)
class Sale:
    """A row of the table of sales, fields as there."""

    command: str
    member: str
    kind: str
    product: int
    edition: int
    count: int
    payment: str
    price: int
    rider_class: int
    one_end: str
    other_end: str
    first_day: str
    last_day: str
    until: int | None
    pass_id: str
    sold_at: int


_COLUMNS = [product_sales.c[field.name] for field in fields(Sale)]


def add_sale(connection: Connection, sale: Sale) -> None:
    """Something was sold."""
    connection.execute(
        insert(product_sales).values({each.name: getattr(sale, each.name) for each in _COLUMNS})
    )


def find_sale(connection: Connection, command: str) -> Sale | None:
    """What the command sold."""
    row = connection.execute(select(*_COLUMNS).where(product_sales.c.command == command)).first()
    return None if row is None else Sale(*row)


def sales_of(connection: Connection, member: str, kind: str) -> list[Sale]:
    """What a member has bought of a kind and not given back, oldest first."""
    query = select(*_COLUMNS).join_from(product_sales, tickets_taken_back, isouter=True)
    query = query.where(product_sales.c.member == member, product_sales.c.kind == kind)
    rows = connection.execute(
        query.where(tickets_taken_back.c.sale.is_(None)).order_by(
            product_sales.c.sold_at, product_sales.c.command
        )
    )
    return [Sale(*row) for row in rows]


def who_has_return_tickets(connection: Connection, members: Collection[str], now: int) -> set[str]:
    """Those of the members whose return tickets may still pay for rides at Unix second `now`."""
    rows = _HOLDERS.all(connection, values(members), values([ReturnTicket.KIND]))
    return {member for member, until in rows if until is None or until > now}


def taken_back_by(connection: Connection, sale: str) -> str | None:
    """The command that took the ticket back, None while it is out."""
    found = tickets_taken_back.c.sale == sale
    return connection.scalar(select(tickets_taken_back.c.command).where(found))


def add_taken_back(connection: Connection, sale: str, command: str, reason: str, now: int) -> None:
    """An unused ticket came back."""
    row = {"sale": sale, "command": command, "reason": reason, "at": now}
    connection.execute(insert(tickets_taken_back).values(**row))


def pass_holds(connection: Connection, member: str) -> list[OpenHold]:
    """The open holds of a member's passes."""
    of_member = select(passes.c.hold_series, passes.c.hold_wanted).where(passes.c.member == member)
    wanted = {row.hold_series: Yen(row.hold_wanted) for row in connection.execute(of_member)}
    return [
        OpenHold(series, wanted[series], hold.until)
        for series, hold in sorted(open_holds(connection, wanted).items())
    ]
