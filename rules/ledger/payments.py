"""Paying in a shop (支払い): a payment, and what of it is given back."""

from __future__ import annotations

from rules.ledger.accounts import AccountKind, AccountRef
from rules.ledger.order import Move, Order, Restore, Spend
from rules.money import Yen

MAX_PAYMENT = Yen(1_000_000)
"""More is a slip of the finger: no rule of the office, whose limits are what a member may have."""


def shop_account(shop: str) -> AccountRef:
    """What a shop has taken and has not been paid out yet."""
    return AccountRef(AccountKind.SHOP, shop)


def shop_owes_account(shop: str) -> AccountRef:
    """What a shop owes the village."""
    return AccountRef(AccountKind.SHOP_OWES, shop)


def payment_order(command: str, shop: str, member: str, amount: Yen) -> Order:
    """くらポ to a shop; refused where the member has less that is good and not held."""
    return Order(command, "payment", (Move(Spend(member), shop_account(shop), amount),))


def give_back_order(command: str, payment: str, shop: str, amount: Yen) -> Order:
    """So much of what the command `payment` took goes back into the same lots, with the expiry they had.

    What the shop has been paid out already it owes from now on: its balance has a floor, the member's right has none.
    """
    back = Move(shop_account(shop), Restore(payment), amount, rest=shop_owes_account(shop))
    return Order(command, "payment given back", (back,))
