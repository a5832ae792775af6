"""The ledger recomputed from its rows, event by event: sums, balances, lots, holds, floors and the chain.

And that nothing was given back that had not been taken, nor spent after its time.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from central.database.transaction import Connection
from central.ledger.history.store import History, StoredAccount, StoredGroup, StoredLot
from rules.ledger.accounts import AccountKind
from rules.ledger.chain import START, next_head
from rules.ledger.group import content
from rules.ledger.points import RENEWAL

MAX_PROBLEMS = 100
"""A ledger with more is not read any further."""

_WITH_LOTS = {kind.value for kind in AccountKind if kind.has_lots}
_WITH_FLOOR = {kind.value for kind in AccountKind if not kind.may_go_below_zero}


@dataclass(slots=True)
class Verified:
    """What was counted, and every difference in words. `head` is the chain's at the last group."""

    entries: int = 0
    accounts: int = 0
    lots: int = 0
    groups: int = 0
    head: str = START
    problems: list[str] = field(default_factory=list)


def verify_ledger(connection: Connection) -> Verified:
    """Recompute everything within the connection's snapshot."""
    history = History(connection)
    check = _Check(history.accounts, history.restored)
    for group in history.groups():
        check.group(group)
        if len(check.found.problems) >= MAX_PROBLEMS:
            return check.found
    check.end()
    if history.strays:
        check.say(
            f"グループのない行が {history.strays} 行あります / {history.strays} rows belong to no group"
        )
    del check.found.problems[MAX_PROBLEMS:]
    return check.found


class _Check:
    """Goes through the events and keeps what accounts, lots and holds come to by them."""

    def __init__(self, accounts: dict[int, StoredAccount], restored: set[str]) -> None:
        self.found = Verified(accounts=len(accounts))
        self._accounts = accounts
        self._names: defaultdict[int, tuple[str, str, str]] = defaultdict(
            lambda: ("", "", ""), {each.id: (each.kind, each.owner, each.unit) for each in accounts.values()}
        )
        self._balances: defaultdict[int, int] = defaultdict(int)
        self._lots: dict[int, StoredLot] = {}
        self._left: defaultdict[int, int] = defaultdict(int)
        self._held: defaultdict[int, int] = defaultdict(int)
        self._open: dict[int, list[tuple[int, int]]] = {}
        self._restored = restored
        self._taken: defaultdict[tuple[str, int], int] = defaultdict(int)
        self._floored = {number for number, account in accounts.items() if account.kind in _WITH_FLOOR}
        self._where_expired = {
            number for number, account in accounts.items() if account.kind == AccountKind.EXPIRED
        }
        self._lotted = {number for number, account in accounts.items() if account.kind in _WITH_LOTS}

    def say(self, problem: str) -> None:
        """One difference, in words."""
        self.found.problems.append(problem)

    def group(self, group: StoredGroup) -> None:
        """One event."""
        found = self.found
        found.groups += 1
        found.entries += len(group.entries)
        found.lots += len(group.lots)
        self._chain(group)
        if not (group.entries or group.placed or group.resolved):
            self.say(f"{group.command}: 何も動いていません / nothing moves")
        self._entries(group)
        self._given_back(group)
        self._expired(group)
        self._holds(group)

    def _chain(self, group: StoredGroup) -> None:
        names = self._names
        posted = content(
            group.command,
            group.what,
            [(*names[account], amount, lots) for account, amount, lots in group.entries],
            [(lot.id, lot.origin, lot.programme, lot.expires_at) for lot in group.lots],
            group.placed,
            group.resolved,
        )
        expected = next_head(self.found.head, posted, group.asked, group.posted_at)
        if expected != group.chain:
            self.say(
                f"{group.command}: 鎖がつながりません / the chain breaks: {group.chain} instead of {expected}"
            )
        # From the stored link on: one change is one problem, not one in every group after it.
        self.found.head = group.chain

    def _entries(self, group: StoredGroup) -> None:
        for lot in group.lots:
            self._lots[lot.id] = lot
            if lot.issued_at != group.posted_at:
                self.say(f"lot {lot.id}: 発行の時刻が違います / issued at another time than its group")
        sums: dict[str, int] = {}
        for account, amount, lots in group.entries:
            unit = self._names[account][2]
            sums[unit] = sums.get(unit, 0) + amount
            self._balances[account] += amount
            in_lots = 0
            for lot_id, units, _ in lots:
                in_lots += units
                self._left[lot_id] += units
                if lot_id not in self._lots or self._lots[lot_id].account != account:
                    self.say(f"{group.command}: lot {lot_id} は別の口座です / is another account's")
            if in_lots != amount and account in self._lotted:
                self.say(
                    f"{group.command}: ロットが仕訳と違います / the lots sum to {in_lots}, not to {amount}"
                )
        for unit, rest in sums.items():
            if rest:
                self.say(
                    f"{group.command}: 合計が 0 ではありません / the entries sum to {rest} {unit}, not to 0"
                )
        for account, _, _ in group.entries:
            if self._balances[account] < 0 and account in self._floored:
                self.say(f"{group.command}: 0 を下回っています / below zero: {self._name(account)}")

    def _given_back(self, group: StoredGroup) -> None:
        """What goes back goes into the lot it came from, and never more than was taken."""
        taken, is_restored = self._taken, group.command in self._restored
        for _, _, lots in group.entries:
            for lot, units, restores in lots:
                if restores:
                    taken[restores, lot] -= units
                    if taken[restores, lot] < 0:
                        self.say(
                            f"{group.command}: lot {lot} に戻しすぎています / "
                            f"gives more back than {restores} took: {-taken[restores, lot]} too much"
                        )
                elif units < 0 and is_restored:
                    taken[group.command, lot] -= units

    def _expired(self, group: StoredGroup) -> None:
        """What leaves a lot after its time was held before, or goes to the account of what expired.

        Or comes back in a lot of its own, if a use has prolonged it.
        """
        left: defaultdict[int, int] = defaultdict(int)
        for _, _, lots in group.entries:
            for lot, units, _ in lots:
                expires = self._lots[lot].expires_at if units < 0 and lot in self._lots else None
                if expires is not None and expires <= group.posted_at:
                    left[lot] -= units
        if not left:
            return
        for number, how in group.resolved:
            for lot, amount in self._open.get(number, ()) if how == "posted" else ():
                left[lot] -= amount
        spent = sum(max(0, units) for units in left.values())
        spent -= sum(amount for account, amount, _ in group.entries if account in self._where_expired)
        if group.what == RENEWAL:
            made = {lot.id for lot in group.lots}
            spent -= sum(units for _, _, lots in group.entries for lot, units, _ in lots if lot in made)
        if spent > 0:
            self.say(
                f"{group.command}: 期限の切れた {spent} を使っています / spends {spent} that had expired"
            )

    def _holds(self, group: StoredGroup) -> None:
        held, left = self._held, self._left
        touched = {lot for _, _, lots in group.entries for lot, _, _ in lots}
        for hold in group.placed:
            self._open[hold.id] = hold.parts
            for lot, amount in hold.parts:
                held[lot] += amount
                touched.add(lot)
        for number, _ in group.resolved:
            parts = self._open.pop(number, None)
            if parts is None:
                self.say(f"{group.command}: 仮押さえ {number} は開いていません / hold {number} is not open")
            for lot, amount in parts or ():
                held[lot] -= amount
        for lot in touched:
            if not 0 <= held[lot] <= left[lot]:
                self.say(
                    f"{group.command}: lot {lot}: 仮押さえが残高を超えます / {held[lot]} held of {left[lot]}"
                )

    def end(self) -> None:
        """What the rows say today is what the events come to."""
        in_lots: defaultdict[int, int] = defaultdict(int)
        for lot in self._lots.values():
            in_lots[lot.account] += lot.remaining
            if (lot.remaining, lot.held) != (self._left[lot.id], self._held[lot.id]):
                self.say(
                    f"lot {lot.id}: 残りが動きと違います / {lot.remaining} left, {lot.held} held; "
                    f"by its moves {self._left[lot.id]}, {self._held[lot.id]}"
                )
        for account in self._accounts.values():
            balance = self._balances[account.id]
            if account.balance != balance:
                self.say(
                    f"{self._name(account.id)}: 残高が仕訳と違います / "
                    f"the balance is {account.balance}, its entries sum to {balance}"
                )
            if account.id in self._lotted and in_lots[account.id] != account.balance:
                self.say(
                    f"{self._name(account.id)}: 残高がロットと違います / "
                    f"the balance is {account.balance}, its lots hold {in_lots[account.id]}"
                )
            if account.may_go_below_zero == (account.id in self._floored):
                self.say(f"{self._name(account.id)}: 下限が種類と違います / its floor is not its kind's")

    def _name(self, number: int) -> str:
        account = self._accounts.get(number)
        return f"{account.kind} {account.owner} {account.unit}" if account else f"account {number}"
