"""The books: what an order becomes. Pure; whoever keeps them loads the touched part before and writes the group after.

An order is tried on a draft first, so that a refusal leaves the books as they were.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from rules.ledger.accounts import AccountRef, member_account
from rules.ledger.chain import fingerprint
from rules.ledger.group import Entry, Group, LotMove, Resolved
from rules.ledger.holds import Hold, Resolution
from rules.ledger.lots import Lot, in_order_of_use
from rules.ledger.order import (
    Capture,
    FromCommand,
    FromExpired,
    IntoLot,
    Move,
    Order,
    PlaceHold,
    Release,
    Restore,
    Spend,
    Succeed,
)


class Reason(StrEnum):
    """Why the ledger says no. The values stand in the database and stay stable."""

    OTHER_BODY = "other-body"
    """The command's id was used before, for something else."""
    TOO_LITTLE = "too-little"
    """The source has less than that."""
    MORE_THAN_TAKEN = "more-than-taken"
    """More would be given back than the command took."""
    HOLD_RESOLVED = "hold-resolved"
    """No hold of that series is open."""
    HOLD_OPEN = "hold-open"
    """A hold of that series is open already."""
    NOT_EXPIRED = "not-expired"
    """The lot is still good."""


@dataclass(slots=True)
class Books:
    """Accounts, lots and holds as they stand, all of them or those that some orders touch.

    `made` are the lots by the command that made them, `taken` what a command took of lots, in its order, less what was
    given back since. `next_lot` and `next_hold` are the numbers that come next, `changed` the lots posting touched.
    """

    balances: dict[AccountRef, int] = field(default_factory=dict)
    lots: dict[int, Lot] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    made: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    taken: defaultdict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    next_lot: int = 1
    next_hold: int = 1
    changed: set[int] = field(default_factory=set)
    of_account: defaultdict[AccountRef, list[int]] = field(default_factory=lambda: defaultdict(list))

    def know(self, lots: Iterable[Lot]) -> None:
        """Take lots in that are not known yet."""
        for lot in lots:
            if lot.id not in self.lots:
                self.lots[lot.id] = lot
                self.of_account[lot.account].append(lot.id)

    def give_back(self, command: str, lot: int, amount: int) -> None:
        """So much of what `command` took of a lot is back in it."""
        self.taken[command] = _less(self.taken[command], [(lot, amount)])

    def post(self, order: Order, now: int, asked: str = "") -> Group | Reason:
        """The group that the order becomes at Unix second `now`, booked; or why not, and nothing has changed.

        `asked` is the order's fingerprint, if it is known already.
        """
        draft = _Draft(self, order, now)
        reason = draft.run()
        if reason is not None:
            return reason
        group = draft.group(asked or fingerprint(order.content()))
        draft.book()
        return group


class _Refused(Exception):
    """Ends a draft; it never leaves it."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason


Part = tuple[int, int]
"""A lot's number and units of it."""


class _Draft:
    """One order tried on the books: what would change, beside them."""

    def __init__(self, books: Books, order: Order, now: int) -> None:
        self._books, self._order, self._now = books, order, now
        self._balances: dict[AccountRef, int] = {}
        self._left: defaultdict[int, int] = defaultdict(int)
        self._held: defaultdict[int, int] = defaultdict(int)
        self._new_lots: dict[int, Lot] = {}
        self._holds: dict[str, Hold | None] = {}
        self._captured: dict[str, Hold] = {}
        self._kept: dict[str, list[Part]] = {}
        self._given_back: defaultdict[str, list[Part]] = defaultdict(list)
        self._entries: list[Entry] = []
        self._placed: list[Hold] = []
        self._resolved: list[Resolved] = []

    def run(self) -> Reason | None:
        """Go through the steps; why one cannot be done."""
        try:
            for step in self._order.steps:
                match step:
                    case Move():
                        self._move(step)
                    case PlaceHold():
                        self._place(step)
                    case Release():
                        self._release(step)
                    case Succeed():
                        self._succeed(step)
        except _Refused as refused:
            return refused.reason
        return None

    def group(self, asked: str) -> Group:
        """What was done, as it is posted."""
        return Group(
            self._order.command,
            self._order.what,
            asked,
            tuple(self._entries),
            tuple(self._new_lots.values()),
            tuple(self._placed),
            tuple(self._resolved),
        )

    def book(self) -> None:
        """Put the changes into the books."""
        books, command = self._books, self._order.command
        books.balances.update(self._balances)
        for series, hold in self._holds.items():
            if hold is None:
                books.holds.pop(series, None)
            else:
                books.holds[series] = hold
        books.know(self._new_lots.values())
        books.made[command].extend(self._new_lots)
        books.next_lot += len(self._new_lots)
        books.next_hold += len(self._placed)
        for number, change in self._left.items():
            books.lots[number].left += change
        for number, change in self._held.items():
            books.lots[number].held += change
        books.changed |= self._left.keys() | self._held.keys()
        for restored, parts in self._given_back.items():
            for lot, amount in parts:
                books.give_back(restored, lot, amount)
        for entry in self._entries:
            books.taken[command].extend((move.lot, -move.amount) for move in entry.lots if move.amount < 0)

    # Moves

    def _move(self, move: Move) -> None:
        match move.target:
            case IntoLot() as target:
                account = target.account
                self._from_account(move, account)
                lot = self._new_lot(target)
                self._left[lot.id] += move.amount
                self._enter(account, move.amount, (LotMove(lot.id, move.amount),))
            case Restore(command):
                self._restore(move, command)
            case AccountRef() as target if isinstance(move.source, AccountRef):
                self._from_account(move, target)
                self._enter(target, move.amount)
            case AccountRef() as target:
                self._from_lots(move, target)

    def _from_account(self, move: Move, other: AccountRef) -> None:
        """Take the whole amount from an account without lots, in the other side's unit."""
        assert isinstance(move.source, AccountRef)
        account = move.source.counted_in(other.unit)
        rest = 0
        if not account.kind.may_go_below_zero:
            rest = max(0, move.amount - max(0, self._balance(account)))
        if rest and move.rest is None:
            raise _Refused(Reason.TOO_LITTLE)
        if move.amount > rest:
            self._enter(account, rest - move.amount)
        if rest and move.rest is not None:
            self._enter(move.rest.counted_in(other.unit), -rest)

    def _from_lots(self, move: Move, target: AccountRef) -> None:
        """Take the amount from lots, unit by unit, and put it into the target's account in each of those units."""
        parts = self._take(move)
        rest = move.amount - sum(amount for _, amount in parts)
        if rest and move.rest is None:
            raise _Refused(Reason.TOO_LITTLE)
        by_account: dict[AccountRef, list[Part]] = {}
        for lot, amount in parts:
            by_account.setdefault(self._lot(lot).account, []).append((lot, amount))
        for account, of_it in by_account.items():
            total = sum(amount for _, amount in of_it)
            self._enter(account, -total, tuple(LotMove(lot, -amount) for lot, amount in of_it))
            self._enter(target.counted_in(account.unit), total)
        if rest and move.rest is not None:
            self._enter(move.rest, -rest)
            self._enter(target.counted_in(move.rest.unit), rest)

    def _take(self, move: Move) -> list[Part]:
        """Up to the move's amount, from its source; taken from the lots by then."""
        match move.source:
            case Spend() as source:
                return self._take_free(self._good_lots(source), move.amount)
            case FromCommand(command):
                made = [lot for lot in self._made(command) if not lot.is_expired(self._now)]
                return self._take_free(made, move.amount)
            case FromExpired(number):
                lot = self._lot(number)
                if not lot.is_expired(self._now):
                    raise _Refused(Reason.NOT_EXPIRED)
                return self._take_free([lot], move.amount)
            case Capture() as source:
                return self._capture(source, move.amount)
            case AccountRef():
                raise AssertionError("an account has no lots")

    def _take_free(self, lots: Iterable[Lot], amount: int) -> list[Part]:
        parts = self._choose(lots, amount)
        for lot, units in parts:
            self._left[lot] -= units
        return parts

    def _choose(self, lots: Iterable[Lot], amount: int) -> list[Part]:
        """Up to `amount` of what is free in these lots, in their order."""
        parts: list[Part] = []
        for lot in lots:
            units = min(amount, self._free(lot))
            if units > 0:
                parts.append((lot.id, units))
                amount -= units
        return parts

    def _capture(self, source: Capture, amount: int) -> list[Part]:
        series = source.series
        hold = self._hold(series)
        if hold is not None:
            self._resolve(hold, Resolution.POSTED)
            self._captured[series], self._kept[series] = hold, list(hold.parts)
        elif source.then is None and series not in self._captured:
            raise _Refused(Reason.HOLD_RESOLVED)
        parts: list[Part] = []
        for lot, units in self._kept.get(series, []):
            taken = min(amount, units, self._free(self._lot(lot)))
            if taken:
                parts.append((lot, taken))
                self._left[lot] -= taken
                amount -= taken
        if parts:
            # A second move of the same order takes what the first has left of the hold and no step between has used.
            self._kept[series] = _less(self._kept[series], parts)
        if amount and source.then is not None:
            parts += self._take_free(self._good_lots(source.then), amount)
        return parts

    def _restore(self, move: Move, command: str) -> None:
        """Back into the lots that the command took, the last first."""
        assert isinstance(move.source, AccountRef)
        open_parts = _less(self._books.taken.get(command, []), self._given_back[command])
        rest, back = move.amount, []
        for lot, units in reversed(open_parts):
            given = min(rest, units)
            if given:
                back.append((lot, given))
                rest -= given
        if rest:
            raise _Refused(Reason.MORE_THAN_TAKEN)
        by_account: dict[AccountRef, list[Part]] = {}
        for lot, units in back:
            by_account.setdefault(self._lot(lot).account, []).append((lot, units))
        for account, of_it in by_account.items():
            total = sum(units for _, units in of_it)
            self._from_account(Move(move.source, move.target, total, move.rest), account)
            for lot, units in of_it:
                self._left[lot] += units
            self._enter(account, total, tuple(LotMove(lot, units, command) for lot, units in of_it))
        self._given_back[command] += back

    # Holds

    def _place(self, step: PlaceHold) -> None:
        if self._hold(step.series) is not None:
            raise _Refused(Reason.HOLD_OPEN)
        if isinstance(step.source, Spend):
            lots = self._good_lots(step.source)
        else:
            lots = [lot for lot in self._made(step.source.command) if not lot.is_expired(self._now)]
        parts = self._choose(lots, step.amount)
        if not step.at_most and sum(amount for _, amount in parts) < step.amount:
            raise _Refused(Reason.TOO_LITTLE)
        self._open(step.series, Hold(self._next_hold(), step.series, step.kind, step.until, tuple(parts)))

    def _release(self, step: Release) -> None:
        hold = self._hold(step.series)
        if hold is None:
            raise _Refused(Reason.HOLD_RESOLVED)
        self._resolve(hold, step.how)

    def _succeed(self, step: Succeed) -> None:
        before = self._captured.get(step.series)
        if before is None or self._hold(step.series) is not None:
            return
        parts = self._choose(self._good_lots(step.source), step.amount)
        self._open(step.series, Hold(self._next_hold(), step.series, before.kind, before.until, tuple(parts)))

    def _open(self, series: str, hold: Hold) -> None:
        for lot, units in hold.parts:
            self._held[lot] += units
        self._holds[series] = hold
        self._placed.append(hold)

    def _resolve(self, hold: Hold, how: Resolution) -> None:
        for lot, units in hold.parts:
            self._held[lot] -= units
        self._holds[hold.series] = None
        self._resolved.append(Resolved(hold.id, how))

    def _hold(self, series: str) -> Hold | None:
        return self._holds[series] if series in self._holds else self._books.holds.get(series)

    def _next_hold(self) -> int:
        return self._books.next_hold + len(self._placed)

    # Accounts and lots as the draft has them

    def _balance(self, account: AccountRef) -> int:
        found = self._balances.get(account)
        return self._books.balances.get(account, 0) if found is None else found

    def _enter(self, account: AccountRef, amount: int, lots: tuple[LotMove, ...] = ()) -> None:
        self._balances[account] = self._balance(account) + amount
        self._entries.append(Entry(account, amount, lots))

    def _lot(self, number: int) -> Lot:
        return self._new_lots.get(number) or self._books.lots[number]

    def _free(self, lot: Lot) -> int:
        return lot.free + self._left[lot.id] - self._held[lot.id]

    def _good_lots(self, source: Spend) -> list[Lot]:
        return [
            lot
            for unit in source.units
            for lot in in_order_of_use(self._lots_of(member_account(source.member, unit)))
            if not lot.is_expired(self._now)
        ]

    def _lots_of(self, account: AccountRef) -> list[Lot]:
        known = [self._books.lots[number] for number in self._books.of_account.get(account, ())]
        return known + [lot for lot in self._new_lots.values() if lot.account == account]

    def _made(self, command: str) -> list[Lot]:
        made = [self._books.lots[number] for number in self._books.made.get(command, ())]
        if command == self._order.command:
            made += self._new_lots.values()
        return in_order_of_use(made)

    def _new_lot(self, target: IntoLot) -> Lot:
        number = self._books.next_lot + len(self._new_lots)
        lot = Lot(number, target.account, target.origin, target.programme, self._now, target.expires_at)
        self._new_lots[number] = lot
        return lot


def _less(parts: list[Part], gone: Iterable[Part]) -> list[Part]:
    """Parts without what is gone, lot by lot, the last parts of a lot first."""
    lacks: defaultdict[int, int] = defaultdict(int)
    for lot, units in gone:
        lacks[lot] += units
    rest: list[Part] = []
    for lot, units in reversed(parts):
        given = min(lacks[lot], units)
        lacks[lot] -= given
        if units > given:
            rest.append((lot, units - given))
    return rest[::-1]
