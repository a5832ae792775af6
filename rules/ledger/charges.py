"""Charging (チャージ): くらポ for money."""

from __future__ import annotations

from rules.ledger.accounts import AccountKind, AccountRef, member_account
from rules.ledger.lots import Origin
from rules.ledger.order import IntoLot, Move, Order
from rules.ledger.programmes import KURAPO_PAID
from rules.money import Yen

_CASH_DESK = AccountRef(AccountKind.CASH_DESK)


def cash_charge_order(command: str, member: str, amount: Yen) -> Order:
    """Cash for くらポ at the office's desk. Raises ValueError unless `amount` is above zero."""
    lot = IntoLot(member_account(member), Origin.PAID, KURAPO_PAID)
    return Order(command, "charge", (Move(_CASH_DESK, lot, amount),))
