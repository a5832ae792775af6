"""Tables of what the office sold and of the rides that return tickets pay for. Conventions are those of `tables`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table, UniqueConstraint

from central.database.tables import metadata

product_sales = Table(
    "product_sales",
    metadata,
    Column("command", String, primary_key=True),
    Column("member", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("product", Integer, nullable=False),
    Column("edition", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("payment", String, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("rider_class", Integer, nullable=False),
    Column("one_end", String, nullable=False),
    Column("other_end", String, nullable=False),
    Column("first_day", String, nullable=False),
    Column("last_day", String, nullable=False),
    Column("until", BigInteger),
    Column("pass_id", String, nullable=False),
    Column("sold_at", Integer, nullable=False),
)
"""Products sold to members, by the command that sold them, with the product's terms as they were.

`kind` and `product` name it in the tariff of `edition`, `price` is for all `count` of it. It is good on the service
days from `first_day` to `last_day`, "" for no end, between `one_end` and `other_end`, both "" where it does not matter.
`until` is when what is left of it goes, `pass_id` the pass of a commuter pass.
"""

tickets_taken_back = Table(
    "tickets_taken_back",
    metadata,
    Column("sale", String, ForeignKey("product_sales.command"), primary_key=True),
    Column("command", String, nullable=False, unique=True),
    Column("reason", String, nullable=False),
    Column("at", Integer, nullable=False),
)
"""Unused tickets that were taken back, and why."""

ticket_uses = Table(
    "ticket_uses",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", String, nullable=False),
    Column("epoch", String, nullable=False),
    Column("board_number", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("sale", String, nullable=False, index=True),
    Column("owed", BigInteger, nullable=False),
    Column("at", Integer, nullable=False),
    UniqueConstraint("device", "epoch", "board_number", "seq"),
)
"""Of which sale a ride has taken a trip, "" where it gave it back; the newest counts.

`seq` is 0 where the ride's own command took it, else the number in the command that did. `owed` is what the ride owed
before, and owes again without the trip.
"""
