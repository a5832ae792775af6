"""Tables of shops and of what is paid in them. Conventions are those of `tables`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from central.database.tables import metadata

shops = Table(
    "shops",
    metadata,
    Column("shop", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("added_at", Integer, nullable=False),
    Column("closed_at", Integer),
)
"""Shops that take the currency; one that is closed takes none any more."""

shop_payments = Table(
    "shop_payments",
    metadata,
    Column("payment", String, primary_key=True),
    Column("shop", String, nullable=False),
    Column("member", String, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("part_cash", BigInteger, nullable=False),
    Column("at", Integer, nullable=False),
    Column("refused", String, nullable=False),
    Column("lacks", BigInteger, nullable=False),
    Index("shop_payments_of_shop", "shop", "at"),
    Index("shop_payments_of_member", "member", "at"),
)
"""Everything that was asked to be paid, under the id that the page gave it: paid, or `refused` with what was lacking.

`part_cash` is what was paid in cash beside it: shown, never posted.
"""

shop_returns = Table(
    "shop_returns",
    metadata,
    Column("command", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("payment", String, nullable=False, index=True),
    Column("asked_by", String, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("at", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("expired", BigInteger, nullable=False),
    Column("shop_owes", BigInteger, nullable=False),
    Column("refused", String, nullable=False),
    Column("left", BigInteger, nullable=False),
)
"""What was asked to be given back of payments: a void by the shop, a refund by staff (`asked_by`); or why it was not.

`left` is what of the payment stands afterwards. Of `amount`, `expired` went back into lots that are not good any more,
and `shop_owes` is what the shop had been paid out for already.
"""
