"""The ledger's rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import func, insert, select, update

from central.database.tables import accounts, entries, groups, refusals
from central.database.transaction import Connection
from rules.ledger.entry import AccountKind, AccountRef, Entry, EntryRow, Unit

ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it stands. `balance` is in whole units."""

    id: int
    ref: AccountRef
    balance: int


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as the file says it, and the sum of its entries."""

    kind: str
    owner: str
    unit: str
    may_go_below_zero: bool
    balance: int
    moved: int


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group and its entries as the file says them."""

    command: str
    what: str
    asked: str
    posted_at: int
    chain: str
    entries: tuple[EntryRow, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """What a command got: a group, or a refusal when `group_id` is None."""

    asked: str
    group_id: int | None
    reason: str


def find_answer(connection: Connection, command: str) -> Answered | None:
    """The answer that a command already has."""
    posted = connection.execute(
        select(groups.c.asked, groups.c.id).where(groups.c.command == command)
    ).first()
    if posted is not None:
        return Answered(posted.asked, posted.id, "")
    refused = connection.execute(
        select(refusals.c.asked, refusals.c.reason).where(refusals.c.command == command)
    ).first()
    return None if refused is None else Answered(refused.asked, None, refused.reason)


def find_account(connection: Connection, ref: AccountRef) -> Account | None:
    """The account, if it has been opened."""
    found = connection.execute(
        select(accounts.c.id, accounts.c.balance).where(
            accounts.c.kind == ref.kind, accounts.c.owner == ref.owner, accounts.c.unit == ref.unit
        )
    ).first()
    return None if found is None else Account(found.id, ref, found.balance)


def open_account(connection: Connection, ref: AccountRef) -> Account:
    """The account, opened at zero if it is new."""
    found = find_account(connection, ref)
    if found is not None:
        return found
    row = {"kind": ref.kind, "owner": ref.owner, "unit": ref.unit}
    made = insert(accounts).values(may_go_below_zero=ref.kind.may_go_below_zero, balance=0, **row)
    return Account(connection.execute(made.returning(accounts.c.id)).scalar_one(), ref, 0)


def balance_of(connection: Connection, ref: AccountRef) -> int:
    """Whole units; 0 for an account that was never opened."""
    found = find_account(connection, ref)
    return 0 if found is None else found.balance


def last_chain(connection: Connection) -> str | None:
    """The chain's value at the last group; None before the first."""
    return connection.execute(select(groups.c.chain).order_by(groups.c.id.desc()).limit(1)).scalar()


def add_group(
    connection: Connection, *, command: str, what: str, asked: str, posted_at: int, chain: str
) -> int:
    """A group's row; its id."""
    made = insert(groups).values(command=command, what=what, asked=asked, posted_at=posted_at, chain=chain)
    group_id: int = connection.execute(made.returning(groups.c.id)).scalar_one()
    return group_id


def add_entries(connection: Connection, group_id: int, moves: list[tuple[Account, int]]) -> None:
    """A group's entries in order, and the balances that follow from them."""
    connection.execute(
        insert(entries),
        [{"group_id": group_id, "account_id": account.id, "amount": amount} for account, amount in moves],
    )
    for account, amount in moves:
        connection.execute(
            update(accounts).where(accounts.c.id == account.id).values(balance=accounts.c.balance + amount)
        )


def entries_of(connection: Connection, command: str) -> list[Entry]:
    """A group's entries in order; none for a command that posted nothing."""
    rows = connection.execute(
        select(accounts.c.kind, accounts.c.owner, accounts.c.unit, entries.c.amount)
        .join_from(groups, entries)
        .join(accounts)
        .where(groups.c.command == command)
        .order_by(entries.c.id)
    )
    return [Entry(AccountRef(AccountKind(row.kind), row.owner, Unit(row.unit)), row.amount) for row in rows]


def add_refusal(connection: Connection, command: str, asked: str, reason: str, now: int) -> None:
    """Keep a refusal for the same command's repeats."""
    connection.execute(insert(refusals).values(command=command, asked=asked, reason=reason, refused_at=now))


def all_accounts(connection: Connection) -> Iterator[AccountRow]:
    """Every account with the sum of its entries."""
    moved = func.coalesce(func.sum(entries.c.amount), 0).label("moved")
    rows = connection.execute(
        select(accounts, moved)
        .join_from(accounts, entries, isouter=True)
        .group_by(accounts.c.id)
        .order_by(accounts.c.id)
    )
    for row in rows:
        yield AccountRow(row.kind, row.owner, row.unit, row.may_go_below_zero, row.balance, row.moved)


def all_groups(connection: Connection) -> Iterator[GroupRow]:
    """Every group in order of posting, its entries in order."""
    rows = connection.execute(
        select(groups, entries.c.amount, accounts.c.kind, accounts.c.owner, accounts.c.unit)
        .join_from(groups, entries, isouter=True)
        .join(accounts, isouter=True)
        .order_by(groups.c.id, entries.c.id)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    for _, of_group in groupby(rows, key=lambda row: row.id):
        first, *others = of_group
        moves = [
            (row.kind, row.owner, row.unit, row.amount) for row in (first, *others) if row.amount is not None
        ]
        yield GroupRow(first.command, first.what, first.asked, first.posted_at, first.chain, tuple(moves))


def count_entries(connection: Connection) -> int:
    """All entries, also those whose group is missing."""
    return connection.execute(select(func.count()).select_from(entries)).scalar_one()
