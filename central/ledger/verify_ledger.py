"""The ledger recomputed from its entries: sums, balances, floors and the chain."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from central.database.transaction import Connection
from central.ledger import store
from rules.ledger.chain import START, next_head
from rules.ledger.entry import content

MAX_PROBLEMS = 100
"""A ledger with more is not read any further."""


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
    found = Verified()
    for group in store.all_groups(connection):
        found.groups += 1
        found.entries += len(group.entries)
        _verify_group(group, found)
        if len(found.problems) >= MAX_PROBLEMS:
            return found
    for account in store.all_accounts(connection):
        found.accounts += 1
        _verify_account(account, found)
        if len(found.problems) >= MAX_PROBLEMS:
            return found
    stray = store.count_entries(connection) - found.entries
    if stray:
        found.problems.append(f"グループのない仕訳が {stray} 件あります / {stray} entries belong to no group")
    return found


def _verify_group(group: store.GroupRow, found: Verified) -> None:
    expected = next_head(
        found.head, content(group.command, group.what, group.entries), group.asked, group.posted_at
    )
    if expected != group.chain:
        found.problems.append(
            f"{group.command}: 鎖がつながりません / the chain breaks: {group.chain} instead of {expected}"
        )
    # From the stored link on: one change is one problem, not one in every group after it.
    found.head = group.chain
    if not group.entries:
        found.problems.append(f"{group.command}: 仕訳がありません / no entries")
    sums: defaultdict[str, int] = defaultdict(int)
    for _, _, unit, amount in group.entries:
        sums[unit] += amount
    found.problems.extend(
        f"{group.command}: 合計が 0 ではありません / the entries sum to {rest} {unit}, not to 0"
        for unit, rest in sums.items()
        if rest
    )


def _verify_account(account: store.AccountRow, found: Verified) -> None:
    name = f"{account.kind} {account.owner} {account.unit}"
    if account.balance != account.moved:
        found.problems.append(
            f"{name}: 残高が仕訳と違います / the balance is {account.balance}, its entries sum to {account.moved}"
        )
    if account.moved < 0 and not account.may_go_below_zero:
        found.problems.append(f"{name}: 0 を下回っています / below zero: {account.moved}")
