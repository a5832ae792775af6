"""Charging (チャージ): くらポ for money."""

from __future__ import annotations

from rules.ledger.accounts import AccountKind, AccountRef, member_account
from rules.ledger.lots import Origin
from rules.ledger.order import IntoLot, Move, Order
from rules.ledger.programmes import KURAPO_PAID
from rules.money import Yen


def cash_charge_order(
    command: str, member: str, amount: Yen, till: str = "", expires: int | None = None
) -> Order:
    """Cash for くらポ into one of the office's tills. Raises ValueError unless `amount` is above zero.

    `expires` is the first Unix second at which it is not good any more, None for never.
    """
    lot = IntoLot(member_account(member), Origin.PAID, KURAPO_PAID, expires)
    return Order(command, "charge", (Move(AccountRef(AccountKind.CASH_DESK, till), lot, amount),))
