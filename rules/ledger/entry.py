"""Double entry: one business event moves whole units between accounts, and in each unit the moves sum to zero.

An account's balance is the sum of its entries. What people and shops hold is above zero; where value comes in,
at the cash desk for example, the balance falls below it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from rules.money import NOTHING, Yen

MAX_AMOUNT = 10**12
"""Whole units in one entry. Far above any payment, far below what a database's whole number holds."""

MAX_NAME = 200
"""Characters in a command's id and in an account's owner."""

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

EntryRow = tuple[str, str, str, int]
"""An entry in plain values: kind, owner, unit, amount."""


class Unit(StrEnum):
    """What is counted. Units never mix."""

    KURAPO = "kurapo"
    """くらポ: 1 is worth 1 yen."""


class AccountKind(StrEnum):
    """What an account is for. The values stand in the ledger and stay stable."""

    MEMBER = "member"
    """What a member has."""
    CASH_DESK = "cash-desk"
    """Cash taken at the office, below zero by what was charged for it, less what was given back there."""
    DRIVER_CASH = "driver-cash"
    """Cash taken at the door, below zero by what was ridden for it."""
    FARES_EARNED = "fares-earned"
    OWED = "owed"
    """What a member rode for and could not pay, below zero."""
    SUSPENSE = "suspense"
    """Rides on a pass that the office does not know, below zero until somebody says whose it is."""

    @property
    def may_go_below_zero(self) -> bool:
        """Whether the account has no floor."""
        return self is not AccountKind.MEMBER


@dataclass(frozen=True, slots=True)
class AccountRef:
    """Names an account. `owner` is a member's id, a pass id in suspense, "" for the village's own."""

    kind: AccountKind
    owner: str
    unit: Unit

    def __post_init__(self) -> None:
        if len(self.owner) > MAX_NAME:
            message = f"an account's owner has at most {MAX_NAME} characters"
            raise ValueError(message)


_CASH_DESK = AccountRef(AccountKind.CASH_DESK, "", Unit.KURAPO)
_DRIVER_CASH = AccountRef(AccountKind.DRIVER_CASH, "", Unit.KURAPO)
_FARES_EARNED = AccountRef(AccountKind.FARES_EARNED, "", Unit.KURAPO)


@dataclass(frozen=True, slots=True)
class Entry:
    """Moves `amount` whole units to an account, or from it below zero. Raises ValueError for zero or too many."""

    account: AccountRef
    amount: int

    def __post_init__(self) -> None:
        if not 0 < abs(self.amount) <= MAX_AMOUNT:
            message = f"an entry moves from 1 to {MAX_AMOUNT} units, not {self.amount}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class EntryGroup:
    """One business event, posted whole or not at all.

    `command` is the id that its cause gave it, so that nothing posts twice; `what` says what happened.
    Raises ValueError unless there are entries and they sum to zero in each unit.
    """

    command: str
    what: str
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        if not 0 < len(self.command) <= MAX_NAME:
            message = f"a command's id has from 1 to {MAX_NAME} characters"
            raise ValueError(message)
        if not self.entries:
            message = "a group without entries is no event"
            raise ValueError(message)
        sums: defaultdict[Unit, int] = defaultdict(int)
        for entry in self.entries:
            sums[entry.account.unit] += entry.amount
        for unit, rest in sums.items():
            if rest:
                message = f"the entries of {self.command} differ by {rest} {unit}"
                raise ValueError(message)

    def content(self) -> bytes:
        """What happened, in bytes that are the same for the same event."""
        rows = [
            (entry.account.kind, entry.account.owner, entry.account.unit, entry.amount)
            for entry in self.entries
        ]
        return content(self.command, self.what, rows)


def content(command: str, what: str, rows: Iterable[EntryRow]) -> bytes:
    """The same from stored rows, whatever they say: that they are right is for `ledger verify` to find."""
    return _json.encode([command, what, *map(list, rows)]).encode()


def member_account(member: str) -> AccountRef:
    """A member's くらポ."""
    return AccountRef(AccountKind.MEMBER, member, Unit.KURAPO)


def suspense_account(pass_id: str) -> AccountRef:
    """Where rides on an unknown pass wait."""
    return AccountRef(AccountKind.SUSPENSE, pass_id, Unit.KURAPO)


def charge_entries(command: str, member: str, amount: Yen) -> EntryGroup:
    """Cash for くらポ at the office's desk. Raises ValueError unless `amount` is above zero."""
    if amount <= 0:
        message = f"a charge is above zero, not {amount}"
        raise ValueError(message)
    return EntryGroup(command, "charge", (Entry(_CASH_DESK, -amount), Entry(member_account(member), amount)))


def ride_entries(command: str, payer: AccountRef, held: Yen, cash: Yen) -> EntryGroup | None:
    """A ride with its alighting: `held` from the payer, `cash` was given to the driver. None for a free ride."""
    return _earn(command, "ride", ((payer, held), (_DRIVER_CASH, cash)))


def forgotten_ride_entries(command: str, payer: AccountRef, held: Yen, rest: Yen) -> EntryGroup | None:
    """A ride without its alighting: nobody stood before the driver, so what the pass did not hold is owed."""
    return _earn(command, "forgotten ride", ((payer, held), (_owed_of(payer), rest)))


def hand_cash_entries(command: str, cash: Yen) -> EntryGroup | None:
    """Cash for a ride that the driver recorded by hand. None where there was none."""
    return _earn(command, "ride by hand", ((_DRIVER_CASH, cash),))


def hand_undone_entries(command: str, cash: Yen) -> EntryGroup:
    """The driver took that record back, and the rider their cash. Raises ValueError unless it is above zero."""
    if cash <= 0:
        message = f"cash taken back is above zero, not {cash}"
        raise ValueError(message)
    return EntryGroup(
        command, "ride by hand undone", (Entry(_FARES_EARNED, -cash), Entry(_DRIVER_CASH, cash))
    )


def taken_back(command: str, posted: Iterable[Entry]) -> EntryGroup | None:
    """A posted ride is not charged after all: everybody gets back what was not cash. None where nothing was."""
    charged: defaultdict[AccountRef, int] = defaultdict(int)
    for entry in posted:
        if entry.account.kind not in (AccountKind.DRIVER_CASH, AccountKind.FARES_EARNED):
            charged[entry.account] += entry.amount
    back = [Entry(account, -amount) for account, amount in charged.items() if amount]
    if not back:
        return None
    rest = -sum(entry.amount for entry in back)
    earned = [Entry(_FARES_EARNED, rest)] if rest else []
    return EntryGroup(command, "ride taken back", (*back, *earned))


def payer_of(posted: Iterable[Entry]) -> AccountRef | None:
    """Whose account a posted ride was charged to; None where it moved nothing but cash."""
    for entry in posted:
        match entry.account.kind:
            case AccountKind.MEMBER | AccountKind.SUSPENSE:
                return entry.account
            case AccountKind.OWED:
                return member_account(entry.account.owner)
    return None


def correction_entries(
    command: str, posted: Iterable[Entry], payer: AccountRef, change: int
) -> EntryGroup | None:
    """A ride, of which so much is `posted`, costs its payer `change` yen more, or less. None for no change.

    More is owed, as nobody stands at the door any more. Less is taken off what is owed for this ride; the rest goes
    back to the payer.
    """
    what, owed = "ride corrected", _owed_of(payer)
    if change >= 0:
        return _earn(command, what, ((owed, Yen(change)),))
    debt = -sum(entry.amount for entry in posted if entry.account == owed != payer)
    forgiven = min(-change, max(debt, 0))
    parts = ((owed, forgiven), (payer, -change - forgiven), (_FARES_EARNED, change))
    return EntryGroup(command, what, tuple(Entry(account, amount) for account, amount in parts if amount))


def refund_entries(command: str, member: str, amount: Yen) -> EntryGroup:
    """Cash paid too much at the door is given back: as くらポ to a member, or for "" in cash at the office's desk.

    Raises ValueError unless `amount` is above zero.
    """
    if amount <= 0:
        message = f"a refund is above zero, not {amount}"
        raise ValueError(message)
    to = member_account(member) if member else _CASH_DESK
    return EntryGroup(command, "refund", (Entry(_FARES_EARNED, -amount), Entry(to, amount)))


def missing(entries: Iterable[Entry], balances: Mapping[AccountRef, int]) -> dict[AccountRef, int]:
    """What each account with a floor lacks for these entries, given its balance before them."""
    after: dict[AccountRef, int] = {}
    for entry in entries:
        account = entry.account
        if not account.kind.may_go_below_zero:
            after[account] = after.get(account, balances[account]) + entry.amount
    return {account: -balance for account, balance in after.items() if balance < 0}


def with_owed(group: EntryGroup, balances: Mapping[AccountRef, int]) -> EntryGroup:
    """The same event where what an account lacks is owed by its owner. For what has happened, whatever it costs."""
    lacks = missing(group.entries, balances)
    if not lacks:
        return group
    entries: list[Entry] = []
    for entry in group.entries:
        lack = max(0, min(lacks.get(entry.account, 0), -entry.amount))
        if lack:
            lacks[entry.account] -= lack
            entries.append(Entry(_owed_by(entry.account), -lack))
        if entry.amount + lack:
            entries.append(Entry(entry.account, entry.amount + lack))
    return EntryGroup(group.command, group.what, tuple(entries))


def _owed_of(payer: AccountRef) -> AccountRef:
    return payer if payer.kind is AccountKind.SUSPENSE else _owed_by(payer)


def _owed_by(account: AccountRef) -> AccountRef:
    return AccountRef(AccountKind.OWED, account.owner, account.unit)


def _earn(command: str, what: str, parts: tuple[tuple[AccountRef, Yen], ...]) -> EntryGroup | None:
    if any(amount < 0 for _, amount in parts):
        message = f"the parts of a fare are not below zero: {command}"
        raise ValueError(message)
    fare = Yen(sum(amount for _, amount in parts))
    if fare == NOTHING:
        return None
    paid = [Entry(account, -amount) for account, amount in parts if amount]
    return EntryGroup(command, what, (*paid, Entry(_FARES_EARNED, fare)))
