"""What a payment took is given back: whole by the shop within minutes, whole or in parts by staff later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from central.charging.settle_charge import settle_member
from central.database.transaction import Connection
from central.japan import day_of
from central.ledger.post_orders import Posted, entries_posted, post
from central.ledger.store import find_lots
from central.members.store import Standing, standing_of
from central.office_rules.in_force import rule_in_force
from central.shops.pay_shop import check_id, payment_command
from central.shops.store import (
    PaymentRow,
    ReturnRow,
    add_return,
    find_payment,
    find_return,
    returned_of,
)
from rules.ledger.accounts import AccountKind
from rules.ledger.payments import give_back_order
from rules.money import Yen

_WHOLE = 0
"""What a void asks for: all that is left."""


class ReturnKind(StrEnum):
    """Who gives back. The values stand in the database and stay stable."""

    VOID = "void"
    """取消: the shop."""
    REFUND = "refund"
    """返金: the office's staff."""


class NotReturned(StrEnum):
    """Why nothing was given back. The values stand in the database and stay stable."""

    OTHER_COMMAND = "other-command"
    """The id was used before, for something else."""
    UNKNOWN_PAYMENT = "unknown-payment"
    """Nothing was paid under that id, or not in that shop."""
    TOO_LATE = "too-late"
    """The shop's minutes are over."""
    NOTHING_LEFT = "nothing-left"
    """All of it has been given back."""
    MORE_THAN_LEFT = "more-than-left"
    """More would be given back than was paid."""
    WRONG_AMOUNT = "wrong-amount"
    """That is nothing."""
    NO_STAFF = "no-staff"
    """Nobody says who does it."""
    MEMBER_CLOSED = "member-closed"
    """The member's account has been closed."""


WORDS: Final[dict[NotReturned, str]] = {
    NotReturned.OTHER_COMMAND: (
        "この番号は別の内容で使われています。画面を開きなおしてください / "
        "this id was used for something else: open the page again"
    ),
    NotReturned.UNKNOWN_PAYMENT: (
        "この店にその支払いはありません。番号を確かめてください / "
        "there is no such payment in this shop: look at its number again"
    ),
    NotReturned.TOO_LATE: (
        "店で取り消せるのは{minutes}分以内です。役場に返金を頼んでください / "
        "a shop can void within {minutes} minutes: ask the village office for a refund"
    ),
    NotReturned.NOTHING_LEFT: "この支払いはもう全額返しています / all of this payment has been given back",
    NotReturned.MORE_THAN_LEFT: "返せるのはあと {left:,} 円までです / at most {left:,} yen are left to give back",
    NotReturned.WRONG_AMOUNT: "1円以上を入れてください / enter 1 yen or more",
    NotReturned.NO_STAFF: "担当者の名前を入れてください / say who does it",
    NotReturned.MEMBER_CLOSED: (
        "この会員は解約しています。役場で現金で返してください / "
        "the account has been closed: give it back in cash at the office"
    ),
}


@dataclass(frozen=True, slots=True)
class VoidWanted:
    """The shop takes a payment back. `command` is made by its page."""

    command: str
    payment: str
    shop: str


@dataclass(frozen=True, slots=True)
class RefundWanted:
    """Staff give back `amount` yen of a payment."""

    command: str
    payment: str
    staff: str
    amount: int


@dataclass(frozen=True, slots=True)
class Returned:
    """`amount` yen are back in the lots they came from, `left` of the payment stand.

    `expired` of them lie in lots whose time is over, which the member has to be told; `shop_owes` had been paid out to
    the shop already, which owes it now.
    """

    payment: str
    amount: int
    left: int
    expired: int
    shop_owes: int
    at: int

    @property
    def words(self) -> str:
        """What the member reads."""
        if not self.expired:
            return f"{self.amount:,}円を戻しました / {self.amount:,} yen were given back"
        return (
            f"{self.amount:,}円を戻しましたが、うち{self.expired:,}円は有効期限が過ぎていて使えません / "
            f"{self.amount:,} yen were given back, of which {self.expired:,} have expired and cannot be used"
        )


@dataclass(frozen=True, slots=True)
class ReturnRefused:
    """Nothing was given back. `left` yen of the payment stand, 0 where there is no such payment.

    `minutes` is what the shop had for voiding it, 0 for another reason than that they are over.
    """

    reason: NotReturned
    left: int = 0
    minutes: int = 0

    @property
    def words(self) -> str:
        """What shop or staff read."""
        return WORDS[self.reason].format(left=self.left, minutes=self.minutes)


def void_payment(connection: Connection, wanted: VoidWanted, now: int) -> Returned | ReturnRefused:
    """Give back all that is left of a payment. The same command again gets the same answer, also a refusal."""
    asked = ReturnRow(wanted.command, ReturnKind.VOID, wanted.payment, wanted.shop, _WHOLE, now)
    return _once(connection, asked)


def refund_payment(connection: Connection, wanted: RefundWanted, now: int) -> Returned | ReturnRefused:
    """Give back a part of a payment, or all of it. The same command again gets the same answer, also a refusal."""
    asked = ReturnRow(wanted.command, ReturnKind.REFUND, wanted.payment, wanted.staff, wanted.amount, now)
    return _once(connection, asked)


def _once(connection: Connection, asked: ReturnRow) -> Returned | ReturnRefused:
    check_id(asked.command)
    before = find_return(connection, asked.command)
    if before is not None:
        same = replace(asked, at=0) == ReturnRow(
            before.command, before.kind, before.payment, before.asked_by, before.asked, 0
        )
        return _answer(connection, before) if same else ReturnRefused(NotReturned.OTHER_COMMAND)
    done = _give_back(connection, asked)
    add_return(connection, done)
    return _answer(connection, done)


def _answer(connection: Connection, row: ReturnRow) -> Returned | ReturnRefused:
    if row.refused:
        reason = NotReturned(row.refused)
        late = find_payment(connection, row.payment) if reason is NotReturned.TOO_LATE else None
        return ReturnRefused(reason, row.left, _minutes(connection, late) if late else 0)
    return Returned(row.payment, row.amount, row.left, row.expired, row.shop_owes, row.at)


def _give_back(connection: Connection, asked: ReturnRow) -> ReturnRow:
    """The row as it is answered."""
    payment = find_payment(connection, asked.payment)
    if payment is None or payment.refused:
        return replace(asked, refused=NotReturned.UNKNOWN_PAYMENT)
    left = payment.amount - returned_of(connection, payment.payment)
    reason = _wrong(asked, payment, left, _minutes(connection, payment))
    if reason is None and standing_of(connection, payment.member) is Standing.CLOSED:
        reason = NotReturned.MEMBER_CLOSED
    if reason is not None:
        return replace(asked, refused=reason, left=left)
    amount = left if asked.kind == ReturnKind.VOID else asked.asked
    command = f"return/{asked.command}"
    order = give_back_order(command, payment_command(payment.payment), payment.shop, Yen(amount))
    answer = post(connection, order, asked.at)
    assert isinstance(answer, Posted), "what is left of a payment can be given back"
    settle_member(connection, payment.member, asked.at)
    expired, shop_owes = _what_moved(connection, command, asked.at)
    return replace(asked, amount=amount, expired=expired, shop_owes=shop_owes, left=left - amount)


def _minutes(connection: Connection, payment: PaymentRow) -> int:
    """In which the shop may void it: by the rule of the day on which it was paid."""
    return rule_in_force(connection, "shops.void_minutes", day_of(payment.at))


def _wrong(asked: ReturnRow, payment: PaymentRow, left: int, minutes: int) -> NotReturned | None:
    """What is wrong with what is asked of this payment: `left` yen stand, a shop voids it within `minutes`."""
    if asked.kind == ReturnKind.VOID:
        if payment.shop != asked.asked_by:
            return NotReturned.UNKNOWN_PAYMENT
        if asked.at - payment.at > minutes * 60:
            return NotReturned.TOO_LATE
    elif not asked.asked_by.strip():
        return NotReturned.NO_STAFF
    elif asked.asked <= 0:
        return NotReturned.WRONG_AMOUNT
    if not left:
        return NotReturned.NOTHING_LEFT
    return NotReturned.MORE_THAN_LEFT if asked.asked > left else None


def _what_moved(connection: Connection, command: str, now: int) -> tuple[int, int]:
    """Yen that went into lots whose time is over, and yen that the shop owes from now on."""
    entries = entries_posted(connection, [command])
    moves = [move for entry in entries for move in entry.lots]
    over = {lot.id for lot in find_lots(connection, {move.lot for move in moves}) if lot.is_expired(now)}
    expired = sum(move.amount for move in moves if move.lot in over)
    owes = sum(entry.amount for entry in entries if entry.account.kind is AccountKind.SHOP_OWES)
    return expired, -owes
