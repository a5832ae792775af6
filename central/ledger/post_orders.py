"""Posting: each order once, whole or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from central.database.transaction import Connection
from central.ledger import store
from rules.ledger.accounts import AccountKind, AccountRef, Unit
from rules.ledger.books import Books, Reason
from rules.ledger.chain import START, fingerprint, next_head
from rules.ledger.group import Entry, Group
from rules.ledger.holds import Hold, HoldKind
from rules.ledger.order import (
    Capture,
    FromCommand,
    FromExpired,
    IntoLot,
    Move,
    Order,
    Release,
    Restore,
    Spend,
)


@dataclass(frozen=True, slots=True)
class Posted:
    """The event stands in the ledger now."""

    group_id: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """The event stood there before; nothing was done."""

    group_id: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Accounts and entries, lots and holds are as they were."""

    reason: Reason


Answer = Posted | Repeated | Refused


def post(connection: Connection, order: Order, now: int) -> Answer:
    """Post what somebody asks for at Unix second `now`. The same command gets the same answer."""
    return post_all(connection, [order], now)[0]


def post_all(connection: Connection, orders: Sequence[Order], now: int) -> list[Answer]:
    """Post in order, as `post` does each; however many they are, with a few statements."""
    if not orders:
        return []
    ledger = _Ledger(connection, orders, now)
    answers = [ledger.post(order) for order in orders]
    ledger.write()
    return answers


def entries_posted(connection: Connection, commands: Collection[str]) -> list[Entry]:
    """What the events of those ids have moved, in order; nothing for one that was never posted."""
    return store.entries_of(connection, commands)


def holds_open(connection: Connection, series: Collection[str]) -> dict[str, Hold]:
    """The open holds of these series, by series."""
    return store.open_holds(connection, series)


def holds_of_kind(connection: Connection, kind: HoldKind) -> dict[str, int]:
    """The numbers of all open holds of a kind, by series."""
    return store.holds_of_kind(connection, kind)


def free_balance(connection: Connection, member: str, units: Collection[Unit], now: int) -> int:
    """What a member could spend at Unix second `now`, of these units together: good, and kept by no hold."""
    lots = store.open_lots(connection, [member])
    return sum(lot.free for lot in lots if lot.account.unit in units and not lot.is_expired(now))


class _Ledger:
    """The part of the ledger that these orders touch, read at once; `write` writes what was posted in it.

    Within it, one order after another: each finds books, answers and chain as those before have left them.
    """

    def __init__(self, connection: Connection, orders: Sequence[Order], now: int) -> None:
        self._connection, self._now = connection, now
        self._answers = store.find_answers(connection, {order.command for order in orders})
        touched = _Touched(orders)
        self._accounts = store.find_accounts(connection, touched.kinds, touched.owners)
        self._last = store.last_numbers(connection)
        self._head = self._last.head or START
        self._books = _load(connection, touched, self._last)
        strangers = {lot.account.owner for lot in self._books.lots.values()} - touched.members
        if strangers:
            self._accounts |= store.find_accounts(connection, [AccountKind.MEMBER], strangers)
        self._books.balances |= {ref: account.balance for ref, account in self._accounts.items()}
        self._made: list[store.NewGroup] = []
        self._group, self._entry = self._last.group, self._last.entry
        self._refused: list[tuple[str, str, str, int]] = []

    def post(self, order: Order) -> Answer:
        """The answer to the order, the one it has already if it was asked before."""
        asked = fingerprint(order.content())
        answered = self._answers.get(order.command)
        if answered is not None:
            return _again(answered, asked)
        done = self._books.post(order, self._now, asked)
        if isinstance(done, Reason):
            self._refused.append((order.command, asked, done, self._now))
            self._answers[order.command] = store.Answered(asked, None, done)
            return Refused(done)
        self._keep(done)
        self._answers[order.command] = store.Answered(asked, self._group, "")
        return Posted(self._group)

    def _keep(self, group: Group) -> None:
        self._group += 1
        self._head = next_head(self._head, group.content(), group.asked, self._now)
        self._made.append(store.NewGroup(self._group, self._entry + 1, group, self._now, self._head))
        self._entry += len(group.entries)

    def write(self) -> None:
        """To the database."""
        # In the order of the entries: whether orders come together or alone, accounts get the same numbers.
        numbers = {
            ref: self._number(ref)
            for ref in dict.fromkeys(entry.account for new in self._made for entry in new.group.entries)
        }
        store.add_groups(self._connection, self._made, numbers, self._books.lots)
        balances = self._books.balances
        store.set_balances(self._connection, [(number, balances[ref]) for ref, number in numbers.items()])
        changed = {number for number in self._books.changed if number <= self._last.lot}
        store.set_lots(self._connection, [self._books.lots[number] for number in changed])
        store.add_refusals(self._connection, self._refused)

    def _number(self, ref: AccountRef) -> int:
        found = self._accounts.get(ref)
        return store.open_account(self._connection, ref) if found is None else found.id


def _again(answered: store.Answered, asked: str) -> Repeated | Refused:
    if answered.asked != asked:
        return Refused(Reason.OTHER_BODY)
    if answered.group_id is None:
        return Refused(Reason(answered.reason))
    return Repeated(answered.group_id)


class _Touched:
    """What orders name: accounts by kind and owner, members with lots, series of holds, commands, lots."""

    def __init__(self, orders: Iterable[Order]) -> None:
        self.kinds: set[AccountKind] = set()
        self.owners: set[str] = set()
        self.members: set[str] = set()
        self.series: set[str] = set()
        self.commands: set[str] = set()
        self.lots: set[int] = set()
        for order in orders:
            for step in order.steps:
                if isinstance(step, Move):
                    for side in (step.source, step.target, step.rest):
                        self._name(side)
                else:
                    self.series.add(step.series)
                    if not isinstance(step, Release):
                        self._name(step.source)
        if self.members:
            self.kinds.add(AccountKind.MEMBER)
            self.owners |= self.members

    def _name(self, side: object) -> None:
        match side:
            case AccountRef():
                self.kinds.add(side.kind)
                self.owners.add(side.owner)
            case Spend():
                self.members.add(side.member)
            case IntoLot():
                # Its lots of before do not count, its balance does.
                self.kinds.add(side.account.kind)
                self.owners.add(side.account.owner)
            case Capture():
                self.series.add(side.series)
                self._name(side.then)
            case FromCommand() | Restore():
                self.commands.add(side.command)
            case FromExpired():
                self.lots.add(side.lot)


def _load(connection: Connection, touched: _Touched, last: store.Last) -> Books:
    books = Books(next_lot=last.lot + 1, next_hold=last.hold + 1)
    if touched.members:
        books.know(store.open_lots(connection, touched.members))
    wanted = set(touched.lots)
    if touched.series:
        books.holds = store.open_holds(connection, touched.series)
        wanted |= {lot for hold in books.holds.values() for lot, _ in hold.parts}
    if touched.commands:
        for command, lot in store.lots_made(connection, touched.commands):
            books.made[command].append(lot)
            wanted.add(lot)
        for command, lot, amount in store.lots_taken(connection, touched.commands):
            books.taken[command].append((lot, amount))
            wanted.add(lot)
        for command, lot, amount in store.lots_given_back(connection, touched.commands):
            books.give_back(command, lot, amount)
    wanted -= books.lots.keys()
    if wanted:
        books.know(store.find_lots(connection, wanted))
    return books
