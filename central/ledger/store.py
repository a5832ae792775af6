"""The ledger's rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import bindparam, func, insert, select, update

from central.database.many_rows import Lookup, ManyRows, one_of, values
from central.database.tables import accounts, entries, groups, refusals
from central.database.transaction import Connection
from rules.ledger.entry import AccountKind, AccountRef, Entry, EntryRow, Unit

ROWS_AT_ONCE = 1000

# What every posting says to the database, built once: building a statement takes longer than SQLite does to run it.
_POSTED = Lookup(
    select(groups.c.command, groups.c.asked, groups.c.id).where(one_of(groups.c.command, "commands")),
    "commands",
)
_REFUSED = Lookup(
    select(refusals.c.command, refusals.c.asked, refusals.c.reason).where(
        one_of(refusals.c.command, "commands")
    ),
    "commands",
)
_ACCOUNTS = Lookup(
    select(accounts.c.id, accounts.c.kind, accounts.c.owner, accounts.c.unit, accounts.c.balance).where(
        one_of(accounts.c.kind, "kinds"),
        one_of(accounts.c.owner, "owners"),
        one_of(accounts.c.unit, "units"),
    ),
    "kinds",
    "owners",
    "units",
)
_LAST_GROUP = Lookup(
    select(groups.c.id, groups.c.chain).where(groups.c.id == select(func.max(groups.c.id)).scalar_subquery())
)
_ADD_GROUP = ManyRows(insert(groups), "id", "command", "what", "asked", "posted_at", "chain")
_ADD_ENTRY = ManyRows(insert(entries), "group_id", "account_id", "amount")
_MOVE = ManyRows(
    update(accounts)
    .where(accounts.c.id == bindparam("account"))
    .values(balance=accounts.c.balance + bindparam("amount")),
    "amount",
    "account",
)


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
class NewGroup:
    """A group to keep. `id` follows on the last one's; `moves` are its entries: account ids and amounts."""

    id: int
    command: str
    what: str
    asked: str
    posted_at: int
    chain: str
    moves: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """What a command got: a group, or a refusal when `group_id` is None."""

    asked: str
    group_id: int | None
    reason: str


def find_answers(connection: Connection, commands: Collection[str]) -> dict[str, Answered]:
    """The answers that some of these commands already have."""
    asked = values(commands)
    refused = _REFUSED.all(connection, asked)
    posted = _POSTED.all(connection, asked)
    found = {command: Answered(body, None, reason) for command, body, reason in refused}
    return found | {command: Answered(body, group_id, "") for command, body, group_id in posted}


def find_account(connection: Connection, ref: AccountRef) -> Account | None:
    """The account, if it has been opened."""
    return find_accounts(connection, [ref]).get(ref)


def find_accounts(connection: Connection, refs: Collection[AccountRef]) -> dict[AccountRef, Account]:
    """Those of the accounts that have been opened."""
    kinds, owners, units = (
        values({ref.kind for ref in refs}),
        values({ref.owner for ref in refs}),
        values({ref.unit for ref in refs}),
    )
    # Names cross in it: an owner has accounts of other kinds than those asked for, too.
    wanted = {(ref.kind, ref.owner, ref.unit): ref for ref in refs}
    found: dict[AccountRef, Account] = {}
    for account_id, kind, owner, unit, balance in _ACCOUNTS.all(connection, kinds, owners, units):
        ref = wanted.get((kind, owner, unit))
        if ref is not None:
            found[ref] = Account(account_id, ref, balance)
    return found


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


def last_group(connection: Connection) -> tuple[int, str] | None:
    """Id and chain's value of the last group; None before the first."""
    for group_id, chain in _LAST_GROUP.all(connection):
        return group_id, chain
    return None


def add_groups(connection: Connection, made: Collection[NewGroup]) -> None:
    """Groups with their entries, in order, and the balances that follow from them."""
    moved: defaultdict[int, int] = defaultdict(int)
    rows: list[tuple[int, int, int]] = []
    for group in made:
        for account, amount in group.moves:
            rows.append((group.id, account, amount))
            moved[account] += amount
    _ADD_GROUP.execute(
        connection,
        [(group.id, group.command, group.what, group.asked, group.posted_at, group.chain) for group in made],
    )
    _ADD_ENTRY.execute(connection, rows)
    _MOVE.execute(connection, [(amount, account) for account, amount in moved.items()])


def entries_of(connection: Connection, commands: Collection[str]) -> list[Entry]:
    """The groups' entries in order; none for a command that posted nothing."""
    rows = connection.execute(
        select(accounts.c.kind, accounts.c.owner, accounts.c.unit, entries.c.amount)
        .join_from(groups, entries)
        .join(accounts)
        .where(groups.c.command.in_(commands))
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
