"""Paying in a shop: once for each payment id, which the page or phone has made and kept before."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from central.database.transaction import Connection
from central.ledger.post_orders import Refused, post
from central.ledger.store import is_open, open_lots
from central.members.store import Standing, standing_of
from central.shops.store import PaymentRow, add_payment, find_payment, find_shop
from rules.ledger.accounts import KURAPO, member_account
from rules.ledger.payments import MAX_PAYMENT, payment_order
from rules.money import NOTHING, Yen

MAX_ID = 100
"""Characters in an id that a page makes."""


class NotPaid(StrEnum):
    """Why nothing was paid. The values stand in the database and stay stable."""

    OTHER_PAYMENT = "other-payment"
    """The payment's id was used before, for something else."""
    WRONG_AMOUNT = "wrong-amount"
    """That is nothing to pay, or far too much."""
    UNKNOWN_SHOP = "unknown-shop"
    """No such shop."""
    CLOSED_SHOP = "closed-shop"
    """The shop takes the currency no more."""
    UNKNOWN_MEMBER = "unknown-member"
    """No such account."""
    BLOCKED_MEMBER = "blocked-member"
    """The account is blocked, or closed."""
    TOO_LITTLE = "too-little"
    """The member has less."""
    HELD = "held"
    """The member has as much, but a hold keeps a part of it."""


WORDS: Final[dict[NotPaid, str]] = {
    NotPaid.OTHER_PAYMENT: (
        "この支払いは別の内容で受け付けています。画面を開きなおしてください / "
        "this payment was used for something else: open the page again"
    ),
    NotPaid.WRONG_AMOUNT: f"1円から{MAX_PAYMENT:,}円までを入れてください / enter from 1 to {MAX_PAYMENT:,} yen",
    NotPaid.UNKNOWN_SHOP: (
        "この店は登録されていません。役場に連絡してください / this shop is not registered: tell the village office"
    ),
    NotPaid.CLOSED_SHOP: (
        "この店では使えなくなりました。現金でお支払いください / this shop takes it no more: please pay in cash"
    ),
    NotPaid.UNKNOWN_MEMBER: (
        "会員が見つかりません。コードをもう一度読んでください / no such member: read the code again"
    ),
    NotPaid.BLOCKED_MEMBER: (
        "この会員は停止中です。役場に連絡してください / this account is blocked: ask the village office"
    ),
    NotPaid.TOO_LITTLE: (
        "残高が {lacks:,} 円足りません。足りない分は現金でお支払いください / "
        "{lacks:,} yen are missing: please pay them in cash"
    ),
    NotPaid.HELD: (
        "バスのために取り置いた分があり、{lacks:,} 円足りません。足りない分は現金でお支払いください / "
        "some is held, as for the bus, so {lacks:,} yen are missing: please pay them in cash"
    ),
}


@dataclass(frozen=True, slots=True)
class PaymentWanted:
    """A member pays `amount` yen of くらポ in a shop. `part_cash` yen are paid in cash beside it: shown only."""

    payment: str
    shop: str
    member: str
    amount: int
    part_cash: int = 0

    def __post_init__(self) -> None:
        check_id(self.payment)


@dataclass(frozen=True, slots=True)
class Paid:
    """It is paid, at Unix second `at`."""

    payment: str
    amount: int
    part_cash: int
    at: int


@dataclass(frozen=True, slots=True)
class PayRefused:
    """Nothing was paid. `lacks` are the yen that are missing, 0 where that is not the reason."""

    reason: NotPaid
    lacks: int = 0

    @property
    def words(self) -> str:
        """What shop and member read."""
        return WORDS[self.reason].format(lacks=self.lacks)


def pay(connection: Connection, wanted: PaymentWanted, now: int) -> Paid | PayRefused:
    """Pay at Unix second `now`. The same payment again gets the same answer, also a refusal."""
    before = find_payment(connection, wanted.payment)
    if before is not None:
        return _again(before, wanted)
    refused = _pay(connection, wanted, now)
    add_payment(
        connection,
        PaymentRow(
            wanted.payment,
            wanted.shop,
            wanted.member,
            wanted.amount,
            wanted.part_cash,
            now,
            refused.reason if refused else "",
            refused.lacks if refused else 0,
        ),
    )
    return refused or Paid(wanted.payment, wanted.amount, wanted.part_cash, now)


def check_id(made: str) -> None:
    """Raises ValueError for an id that a page must not make: the ledger's names have only so much room."""
    if not 0 < len(made) <= MAX_ID:
        raise ValueError(f"an id has from 1 to {MAX_ID} characters")


def payment_command(payment: str) -> str:
    """The id under which the ledger knows a payment."""
    return f"pay/{payment}"


def _again(before: PaymentRow, wanted: PaymentWanted) -> Paid | PayRefused:
    asked = (before.shop, before.member, before.amount, before.part_cash)
    if asked != (wanted.shop, wanted.member, wanted.amount, wanted.part_cash):
        return PayRefused(NotPaid.OTHER_PAYMENT)
    if before.refused:
        return PayRefused(NotPaid(before.refused), before.lacks)
    return Paid(before.payment, before.amount, before.part_cash, before.at)


def _pay(connection: Connection, wanted: PaymentWanted, now: int) -> PayRefused | None:
    if not 0 < wanted.amount <= MAX_PAYMENT or not NOTHING <= wanted.part_cash <= MAX_PAYMENT:
        return PayRefused(NotPaid.WRONG_AMOUNT)
    shop = find_shop(connection, wanted.shop)
    if shop is None:
        return PayRefused(NotPaid.UNKNOWN_SHOP)
    if shop.closed_at is not None:
        return PayRefused(NotPaid.CLOSED_SHOP)
    if not is_open(connection, member_account(wanted.member)):
        return PayRefused(NotPaid.UNKNOWN_MEMBER)
    if standing_of(connection, wanted.member) is not Standing.GOOD:
        return PayRefused(NotPaid.BLOCKED_MEMBER)
    order = payment_order(payment_command(wanted.payment), wanted.shop, wanted.member, Yen(wanted.amount))
    answer = post(connection, order, now)
    return _lacking(connection, wanted, now) if isinstance(answer, Refused) else None


def _lacking(connection: Connection, wanted: PaymentWanted, now: int) -> PayRefused:
    good = [
        lot
        for lot in open_lots(connection, [wanted.member])
        if lot.account.unit == KURAPO and not lot.is_expired(now)
    ]
    held = sum(lot.left for lot in good) >= wanted.amount
    lacks = wanted.amount - sum(lot.free for lot in good)
    return PayRefused(NotPaid.HELD if held else NotPaid.TOO_LITTLE, lacks)
