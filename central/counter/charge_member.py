"""Charging at the counter (窓口チャージ): cash in, くらポ out, a receipt; and its void on the same day."""

from __future__ import annotations

from dataclasses import dataclass

from central.counter.answer_once import answer_once
from central.counter.limits_in_force import refused_by_limits
from central.counter.open_till import cash_in_till, ready_till
from central.counter.refusals import NotDone, Refused
from central.counter.rows import Receipt, ReceiptKind
from central.counter.store import add_receipt, charged_on, find_receipt, find_settings, void_of
from central.database.transaction import Connection
from central.japan import day_of
from central.ledger.post_orders import Posted, post
from central.ledger.store import find_lots, is_open, lots_made, open_lots
from central.members.store import Standing, standing_of
from central.programmes.keep_programmes import good_until
from rules.ledger.accounts import KURAPO, member_account
from rules.ledger.charges import cash_charge_order
from rules.ledger.counter import charge_void_order
from rules.ledger.programmes import KURAPO_PAID
from rules.money import Yen


@dataclass(frozen=True, slots=True)
class ChargeWanted:
    """Somebody stands at the counter with so many yen."""

    command: str
    staff: str
    till: str
    member: str
    amount: int


@dataclass(frozen=True, slots=True)
class VoidWanted:
    """The charge with that receipt is to be taken back, the cash out of that till."""

    command: str
    staff: str
    till: str
    receipt: int


def charge(connection: Connection, wanted: ChargeWanted, now: int) -> Receipt | Refused:
    """The charge's receipt, posted once; or why it cannot be."""
    answer = answer_once(connection, wanted.command, wanted, lambda: _charge(connection, wanted, now), now)
    return receipt_made(connection, answer)


def void(connection: Connection, wanted: VoidWanted, now: int) -> Receipt | Refused:
    """The void's receipt; refused on a later day, and where not all of the charge is left and free."""
    answer = answer_once(connection, wanted.command, wanted, lambda: _void(connection, wanted, now), now)
    return receipt_made(connection, answer)


def receipt_made(connection: Connection, answer: int | Refused) -> Receipt | Refused:
    """The receipt with the number that an answer is."""
    if isinstance(answer, Refused):
        return answer
    receipt = find_receipt(connection, answer)
    assert receipt is not None, "a receipt that was made is kept"
    return receipt


def good_balance(connection: Connection, member: str, now: int) -> int:
    """くらポ that a member has and that are good at Unix second `now`, held or not: what a member is shown."""
    lots = open_lots(connection, [member])
    return sum(lot.left for lot in lots if lot.account.unit == KURAPO and not lot.is_expired(now))


def _charge(connection: Connection, wanted: ChargeWanted, now: int) -> int | Refused:
    if not wanted.staff.strip():
        return Refused(NotDone.NO_STAFF)
    settings = find_settings(connection)
    if settings is None:
        return Refused(NotDone.NO_ISSUER)
    till = ready_till(connection, wanted.till, now)
    if isinstance(till, Refused):
        return till
    if not is_open(connection, member_account(wanted.member)):
        return Refused(NotDone.UNKNOWN_MEMBER)
    if standing_of(connection, wanted.member) is Standing.CLOSED:
        return Refused(NotDone.MEMBER_CLOSED)
    today = day_of(now)
    day = str(today)
    has = good_balance(connection, wanted.member, now)
    charged = charged_on(connection, wanted.member, day)
    over = refused_by_limits(connection, today, wanted.amount, charged, has)
    if over is not None:
        return over
    expires = good_until(connection, KURAPO_PAID, now)
    order = cash_charge_order(
        ledger_command(wanted.command), wanted.member, Yen(wanted.amount), wanted.till, expires
    )
    answer = post(connection, order, now)
    assert isinstance(answer, Posted), "cash is never refused"
    row = {
        "command": wanted.command,
        "kind": ReceiptKind.CHARGE,
        "staff": wanted.staff,
        "till": wanted.till,
        "member": wanted.member,
        "amount": wanted.amount,
        "balance": has + wanted.amount,
    }
    return add_receipt(connection, settings.id, {**row, "day": day, "at": now})


def _void(connection: Connection, wanted: VoidWanted, now: int) -> int | Refused:
    if not wanted.staff.strip():
        return Refused(NotDone.NO_STAFF)
    settings, charged = find_settings(connection), find_receipt(connection, wanted.receipt)
    if settings is None or charged is None or charged.kind is not ReceiptKind.CHARGE:
        return Refused(NotDone.NO_RECEIPT)
    voided = void_of(connection, charged.number)
    if voided is not None:
        return Refused(NotDone.VOIDED, str(voided))
    day = str(day_of(now))
    if charged.day != day:
        return Refused(NotDone.NOT_TODAY, charged.day)
    till = ready_till(connection, wanted.till, now)
    if isinstance(till, Refused):
        return till
    there = cash_in_till(connection, till)
    if there < charged.amount:
        return Refused(NotDone.OVER_CASH, f"{there:,}")
    charge_command = ledger_command(charged.command)
    made = [lot for _, lot in lots_made(connection, [charge_command])]
    left = sum(lot.free for lot in find_lots(connection, made))
    if left < charged.amount:
        return Refused(NotDone.PARTLY_SPENT, f"{left:,}")
    order = charge_void_order(
        ledger_command(wanted.command), charge_command, Yen(charged.amount), wanted.till
    )
    answer = post(connection, order, now)
    assert isinstance(answer, Posted), "what is left can be taken"
    row = {
        "command": wanted.command,
        "kind": ReceiptKind.VOID,
        "staff": wanted.staff,
        "till": wanted.till,
        "member": charged.member,
        "amount": charged.amount,
        "balance": good_balance(connection, charged.member, now),
        "about": charged.number,
    }
    return add_receipt(connection, settings.id, {**row, "day": day, "at": now})


def ledger_command(command: str) -> str:
    """The id under which the ledger knows a command of the counter."""
    return f"counter/{command}"
