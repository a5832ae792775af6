"""Refunds to holders (払戻し, haraimodoshi): for the listed reasons only, asked by one and approved by another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import normalize

from central.counter.answer_once import answer_once
from central.counter.charge_member import good_balance, ledger_command, receipt_made
from central.counter.open_till import cash_in_till, ready_till
from central.counter.refusals import NotDone, Refused
from central.counter.rows import Receipt, ReceiptKind
from central.counter.store import add_receipt, find_settings
from central.database.transaction import Connection
from central.japan import day_of
from central.ledger.post_orders import Posted, post
from central.ledger.store import balance_of, is_open, open_lots
from central.members.store import Standing, put_standing, standing_of
from rules.ledger.accounts import KURAPO, member_account, owed_account
from rules.ledger.counter import RefundReason, refund_payout
from rules.ledger.lots import Lot, Origin
from rules.money import Yen


@dataclass(frozen=True, slots=True)
class RefundWanted:
    """All that a member has is to be paid out, the cash out of that till."""

    command: str
    asked_by: str
    approved_by: str
    till: str
    member: str
    reason: RefundReason


def refund(connection: Connection, wanted: RefundWanted, now: int) -> Receipt | Refused:
    """The refund's receipt, all of it posted in one group; or why it cannot be.

    What is owed is set off first, paid くらポ is given in cash, what was given lapses. Where the reason says so, the
    account is closed.
    """
    answer = answer_once(connection, wanted.command, wanted, lambda: _refund(connection, wanted, now), now)
    return receipt_made(connection, answer)


def _refund(connection: Connection, wanted: RefundWanted, now: int) -> int | Refused:
    settings = find_settings(connection)
    refused = _nobody_may(connection, wanted)
    if settings is None or refused is not None:
        return refused or Refused(NotDone.NO_ISSUER)
    till = ready_till(connection, wanted.till, now)
    if isinstance(till, Refused):
        return till
    lots = [lot for lot in open_lots(connection, [wanted.member]) if not lot.is_expired(now)]
    refused = _not_free(lots, wanted.reason)
    if refused is not None:
        return refused
    owed = Yen(max(0, -balance_of(connection, owed_account(wanted.member))))
    payout = refund_payout(
        ledger_command(wanted.command), wanted.member, lots, owed, wanted.till, closes=wanted.reason.closes
    )
    there = cash_in_till(connection, till)
    if there < payout.cash:
        return Refused(NotDone.OVER_CASH, f"{there:,}")
    if payout.order is not None:
        answer = post(connection, payout.order, now)
        assert isinstance(answer, Posted), "what is good and free can be taken"
    if wanted.reason.closes:
        put_standing(connection, wanted.member, Standing.CLOSED, wanted.reason, wanted.approved_by, now)
    row = {
        "command": wanted.command,
        "kind": ReceiptKind.REFUND,
        "staff": wanted.asked_by,
        "approved_by": wanted.approved_by,
        "till": wanted.till,
        "member": wanted.member,
        "amount": payout.cash,
        "balance": good_balance(connection, wanted.member, now),
        "reason": wanted.reason,
        "set_off": payout.set_off,
        "forfeited": payout.forfeited,
    }
    return add_receipt(connection, settings.id, {**row, "day": str(day_of(now)), "at": now})


def _nobody_may(connection: Connection, wanted: RefundWanted) -> Refused | None:
    """What is wrong with who asks, who approves, and whose account it is."""
    asked, approved = _name(wanted.asked_by), _name(wanted.approved_by)
    if not asked or not approved:
        return Refused(NotDone.NO_STAFF)
    if asked == approved:
        return Refused(NotDone.SAME_PERSON)
    if not is_open(connection, member_account(wanted.member)):
        return Refused(NotDone.UNKNOWN_MEMBER)
    if standing_of(connection, wanted.member) is Standing.CLOSED:
        return Refused(NotDone.MEMBER_CLOSED)
    return None


def _not_free(lots: Sequence[Lot], reason: RefundReason) -> Refused | None:
    """A bus may have taken what is held and not have said so yet; what was paid for otherwise has rules of its own."""
    held = sum(lot.held for lot in lots)
    if held:
        return Refused(NotDone.VALUE_HELD, f"{held:,}")
    units = {lot.account.unit for lot in lots if lot.account.unit != KURAPO and lot.origin is Origin.PAID}
    if units and reason.closes:
        return Refused(NotDone.OTHER_RIGHTS, ", ".join(sorted(units)))
    return None


def _name(staff: str) -> str:
    """As names are told apart: 山田 with a space in it, or in other letters' widths, is one person."""
    return "".join(normalize("NFKC", staff).casefold().split())
