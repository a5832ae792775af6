"""Rows of shops, payments and what was given back of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from central.database.many_rows import Lookup
from central.database.shop_tables import shop_payments, shop_returns, shops
from central.database.transaction import Connection

# What every payment asks and says, built once.
_SHOP = Lookup(
    select(shops.c.shop, shops.c.name, shops.c.added_at, shops.c.closed_at).where(
        shops.c.shop == bindparam("shop")
    ),
    "shop",
)
_PAYMENT = Lookup(
    select(
        shop_payments.c.payment,
        shop_payments.c.shop,
        shop_payments.c.member,
        shop_payments.c.amount,
        shop_payments.c.part_cash,
        shop_payments.c.at,
        shop_payments.c.refused,
        shop_payments.c.lacks,
    ).where(shop_payments.c.payment == bindparam("payment")),
    "payment",
)


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop that takes the currency, until `closed_at`. Unix seconds."""

    shop: str
    name: str
    added_at: int
    closed_at: int | None


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """What was asked to be paid, fields as in the table."""

    payment: str
    shop: str
    member: str
    amount: int
    part_cash: int
    at: int
    refused: str
    lacks: int


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """What was asked to be given back, fields as in the table."""

    command: str
    kind: str
    payment: str
    asked_by: str
    asked: int
    at: int
    amount: int = 0
    expired: int = 0
    shop_owes: int = 0
    refused: str = ""
    left: int = 0


def find_shop(connection: Connection, shop: str) -> Shop | None:
    """The shop with that id."""
    rows = _SHOP.all(connection, shop)
    return Shop(*rows[0]) if rows else None


def all_shops(connection: Connection) -> list[Shop]:
    """Every shop by its id, also those that are closed."""
    return [Shop(*row) for row in connection.execute(select(shops).order_by(shops.c.shop))]


def add_shop(connection: Connection, shop: str, name: str, now: int) -> None:
    """A new shop."""
    connection.execute(insert(shops).values(shop=shop, name=name, added_at=now))


def set_closed(connection: Connection, shop: str, now: int) -> None:
    """It takes nothing from now on."""
    connection.execute(update(shops).where(shops.c.shop == shop).values(closed_at=now))


def find_payment(connection: Connection, payment: str) -> PaymentRow | None:
    """What was asked under that id."""
    rows = _PAYMENT.all(connection, payment)
    return PaymentRow(*rows[0]) if rows else None


def add_payment(connection: Connection, row: PaymentRow) -> None:
    """Keep what was asked, and its answer."""
    connection.execute(insert(shop_payments).values(_values(row)))


def find_return(connection: Connection, command: str) -> ReturnRow | None:
    """What was asked under that id."""
    found = connection.execute(select(shop_returns).where(shop_returns.c.command == command)).one_or_none()
    return None if found is None else ReturnRow(*found)


def returned_of(connection: Connection, payment: str) -> int:
    """Yen of the payment that were given back."""
    amount = select(func.coalesce(func.sum(shop_returns.c.amount), 0))
    return int(connection.execute(amount.where(shop_returns.c.payment == payment)).scalar_one())


def add_return(connection: Connection, row: ReturnRow) -> None:
    """Keep what was asked, and its answer."""
    connection.execute(insert(shop_returns).values(_values(row)))


def _values(row: PaymentRow | ReturnRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}
