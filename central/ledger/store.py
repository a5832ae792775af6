"""The ledger's rows, read and written for many orders at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, insert, literal_column, null, select, union_all, update

from central.database.ledger_tables import (
    accounts,
    entries,
    groups,
    hold_parts,
    holds,
    lot_moves,
    lots,
    refusals,
)
from central.database.many_rows import Lookup, ManyRows, one_of, values
from central.database.transaction import Connection
from rules.ledger.accounts import AccountKind, AccountRef, Unit
from rules.ledger.books import Part
from rules.ledger.group import Entry, Group, LotMove
from rules.ledger.holds import Hold, HoldKind
from rules.ledger.lots import Lot, Origin

# Written out, not bound: only then does SQLite know that a partial index has all the rows that are asked for.
_ZERO: ColumnElement[int] = literal_column("0")

# What every posting says to the database, built once: building a statement takes longer than SQLite does to run it.
_ANSWERS = Lookup(
    union_all(
        select(groups.c.command, groups.c.asked, groups.c.id, literal_column("''")).where(
            one_of(groups.c.command, "posted")
        ),
        select(refusals.c.command, refusals.c.asked, null(), refusals.c.reason).where(
            one_of(refusals.c.command, "refused")
        ),
    ),
    "posted",
    "refused",
)
_ACCOUNTS = Lookup(
    select(accounts.c.id, accounts.c.kind, accounts.c.owner, accounts.c.unit, accounts.c.balance).where(
        one_of(accounts.c.kind, "kinds"), one_of(accounts.c.owner, "owners")
    ),
    "kinds",
    "owners",
)
_LOT = (
    lots.c.id,
    accounts.c.kind,
    accounts.c.owner,
    accounts.c.unit,
    lots.c.origin,
    lots.c.programme,
    lots.c.issued_at,
    lots.c.expires_at,
    lots.c.remaining,
    lots.c.held,
)
_OPEN_LOTS = Lookup(
    select(*_LOT)
    .join_from(accounts, lots)
    .where(
        one_of(accounts.c.kind, "kinds"),
        one_of(accounts.c.owner, "owners"),
        lots.c.remaining > _ZERO,
    ),
    "kinds",
    "owners",
)
_LOTS = Lookup(select(*_LOT).join_from(lots, accounts).where(one_of(lots.c.id, "ids")), "ids")
_MADE = Lookup(
    select(groups.c.command, lots.c.id)
    .join_from(groups, lots)
    .where(one_of(groups.c.command, "commands"))
    .order_by(lots.c.id),
    "commands",
)
_TAKEN = Lookup(
    select(groups.c.command, lot_moves.c.lot_id, lot_moves.c.amount)
    .join_from(groups, entries)
    .join(lot_moves)
    .where(one_of(groups.c.command, "commands"), lot_moves.c.amount < _ZERO)
    .order_by(lot_moves.c.id),
    "commands",
)
_GIVEN_BACK = Lookup(
    select(lot_moves.c.restores, lot_moves.c.lot_id, lot_moves.c.amount).where(
        one_of(lot_moves.c.restores, "commands"), lot_moves.c.restores != literal_column("''")
    ),
    "commands",
)
_OPEN_HOLDS = Lookup(
    select(holds.c.id, holds.c.series, holds.c.kind, holds.c.until, hold_parts.c.lot_id, hold_parts.c.amount)
    .join_from(holds, hold_parts, isouter=True)
    .where(one_of(holds.c.series, "series"), holds.c.resolved_by.is_(None))
    .order_by(holds.c.id, hold_parts.c.seq),
    "series",
)
_LAST = Lookup(
    select(
        select(func.max(groups.c.id)).scalar_subquery(),
        select(func.max(entries.c.id)).scalar_subquery(),
        select(func.max(lots.c.id)).scalar_subquery(),
        select(func.max(holds.c.id)).scalar_subquery(),
        select(groups.c.chain)
        .where(groups.c.id == select(func.max(groups.c.id)).scalar_subquery())
        .scalar_subquery(),
    )
)
_ADD_GROUP = ManyRows(insert(groups), "id", "command", "what", "asked", "posted_at", "chain")
_ADD_ENTRY = ManyRows(insert(entries), "id", "group_id", "account_id", "amount")
_ADD_LOT = ManyRows(
    insert(lots),
    "id",
    "account_id",
    "group_id",
    "origin",
    "programme",
    "issued_at",
    "expires_at",
    "remaining",
    "held",
)
_ADD_LOT_MOVE = ManyRows(insert(lot_moves), "entry_id", "lot_id", "amount", "restores")
_ADD_HOLD = ManyRows(insert(holds), "id", "series", "kind", "until", "placed_by", "resolved_by", "how")
_ADD_PART = ManyRows(insert(hold_parts), "hold_id", "seq", "lot_id", "amount")
_ADD_REFUSAL = ManyRows(insert(refusals), "command", "asked", "reason", "refused_at")
_RESOLVE = ManyRows(
    update(holds)
    .where(holds.c.id == bindparam("hold"))
    .values(resolved_by=bindparam("resolved_by"), how=bindparam("how")),
    "resolved_by",
    "how",
    "hold",
)
_SET_BALANCE = ManyRows(
    update(accounts).where(accounts.c.id == bindparam("account")).values(balance=bindparam("balance")),
    "balance",
    "account",
)
_SET_LOT = ManyRows(
    update(lots)
    .where(lots.c.id == bindparam("lot"))
    .values(remaining=bindparam("remaining"), held=bindparam("held")),
    "remaining",
    "held",
    "lot",
)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a command got: a group, or a refusal when `group_id` is None."""

    asked: str
    group_id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Last:
    """The last numbers given, 0 where none was, and the chain's head, "" before the first group."""

    group: int
    entry: int
    lot: int
    hold: int
    head: str


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it stands. `balance` is in whole units."""

    id: int
    balance: int


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A group to keep, under its number, with the number of its first entry."""

    id: int
    first_entry: int
    group: Group
    posted_at: int
    chain: str


def find_answers(connection: Connection, commands: Collection[str]) -> dict[str, Answered]:
    """The answers that some of these commands already have."""
    asked = values(commands)
    return {
        command: Answered(body, group_id, reason)
        for command, body, group_id, reason in _ANSWERS.all(connection, asked, asked)
    }


def find_accounts(
    connection: Connection, kinds: Collection[AccountKind], owners: Collection[str]
) -> dict[AccountRef, Account]:
    """The accounts of these kinds and owners that have been opened, in whichever unit."""
    rows = _ACCOUNTS.all(connection, values(kinds), values(owners))
    return {_ref(kind, owner, unit): Account(number, balance) for number, kind, owner, unit, balance in rows}


def is_open(connection: Connection, ref: AccountRef) -> bool:
    """Whether the account has been opened."""
    return ref in find_accounts(connection, [ref.kind], [ref.owner])


def open_account(connection: Connection, ref: AccountRef) -> int:
    """The account's number, opened at zero if it is new."""
    found = find_accounts(connection, [ref.kind], [ref.owner]).get(ref)
    if found is not None:
        return found.id
    row = {"kind": ref.kind, "owner": ref.owner, "unit": ref.unit}
    made = insert(accounts).values(may_go_below_zero=ref.kind.may_go_below_zero, balance=0, **row)
    return int(connection.execute(made.returning(accounts.c.id)).scalar_one())


def balance_of(connection: Connection, ref: AccountRef) -> int:
    """Whole units; 0 for an account that was never opened."""
    found = find_accounts(connection, [ref.kind], [ref.owner]).get(ref)
    return 0 if found is None else found.balance


def open_lots(connection: Connection, members: Collection[str]) -> list[Lot]:
    """The members' lots in which something is left, in all units."""
    return [_lot(row) for row in _OPEN_LOTS.all(connection, values([AccountKind.MEMBER]), values(members))]


def find_lots(connection: Connection, ids: Collection[int]) -> list[Lot]:
    """Those lots, also empty ones."""
    return [_lot(row) for row in _LOTS.all(connection, values(ids))]


def lots_made(connection: Connection, commands: Collection[str]) -> Sequence[tuple[str, int]]:
    """Commands, and the lots that they made."""
    return _MADE.all(connection, values(commands))


def lots_taken(connection: Connection, commands: Collection[str]) -> Sequence[tuple[str, int, int]]:
    """Commands, lots that they took from, and how much, above zero, in order."""
    rows = _TAKEN.all(connection, values(commands))
    return [(command, lot, -amount) for command, lot, amount in rows]


def lots_given_back(connection: Connection, commands: Collection[str]) -> Sequence[tuple[str, int, int]]:
    """Commands, lots, and how much of what they took has been given back."""
    return _GIVEN_BACK.all(connection, values(commands))


def open_holds(connection: Connection, series: Collection[str]) -> dict[str, Hold]:
    """The open holds of these series."""
    found: dict[str, tuple[int, HoldKind, int | None, list[Part]]] = {}
    for number, name, kind, until, lot, amount in _OPEN_HOLDS.all(connection, values(series)):
        parts = found.setdefault(name, (number, HoldKind(kind), until, []))[3]
        if lot is not None:
            parts.append((lot, amount))
    return {
        name: Hold(number, name, kind, until, tuple(parts))
        for name, (number, kind, until, parts) in found.items()
    }


def holds_of_kind(connection: Connection, kind: HoldKind) -> dict[str, int]:
    """The numbers of all open holds of a kind, by series."""
    query = select(holds.c.series, holds.c.id).where(holds.c.resolved_by.is_(None), holds.c.kind == kind)
    return {row.series: row.id for row in connection.execute(query.order_by(holds.c.id))}


def last_numbers(connection: Connection) -> Last:
    """The numbers given last."""
    ((group, entry, lot, hold, head),) = _LAST.all(connection)
    return Last(group or 0, entry or 0, lot or 0, hold or 0, head or "")


def add_groups(
    connection: Connection,
    made: Sequence[NewGroup],
    numbers: dict[AccountRef, int],
    lots_after: dict[int, Lot],
) -> None:
    """Groups with their entries, lots and holds, in order.

    `numbers` are the accounts', `lots_after` the lots they made as they stand after all of them.
    """
    entry_rows: list[tuple[Any, ...]] = []
    move_rows: list[tuple[Any, ...]] = []
    lot_rows: list[tuple[Any, ...]] = []
    hold_rows: dict[int, tuple[Any, ...]] = {}
    part_rows: list[tuple[Any, ...]] = []
    resolved: list[tuple[Any, ...]] = []
    for each in made:
        group = each.group
        for number, entry in enumerate(group.entries, each.first_entry):
            entry_rows.append((number, each.id, numbers[entry.account], entry.amount))
            move_rows += [(number, move.lot, move.amount, move.restores) for move in entry.lots]
        for new in group.lots:
            lot = lots_after[new.id]
            of_it = (str(lot.origin), lot.programme, lot.issued_at, lot.expires_at, lot.left, lot.held)
            lot_rows.append((lot.id, numbers[lot.account], each.id, *of_it))
        for hold in group.placed:
            hold_rows[hold.id] = (hold.id, hold.series, str(hold.kind), hold.until, each.id, None, "")
            part_rows += [(hold.id, seq, lot, amount) for seq, (lot, amount) in enumerate(hold.parts)]
        for end in group.resolved:
            if end.hold in hold_rows:
                # It came and went within these groups.
                hold_rows[end.hold] = (*hold_rows[end.hold][:5], each.id, str(end.how))
            else:
                resolved.append((each.id, str(end.how), end.hold))
    _ADD_GROUP.execute(
        connection,
        [
            (each.id, each.group.command, each.group.what, each.group.asked, each.posted_at, each.chain)
            for each in made
        ],
    )
    _ADD_ENTRY.execute(connection, entry_rows)
    _ADD_LOT.execute(connection, lot_rows)
    _ADD_LOT_MOVE.execute(connection, move_rows)
    # A series has one open hold: each is resolved before its successor is placed.
    _RESOLVE.execute(connection, resolved)
    _ADD_HOLD.execute(connection, list(hold_rows.values()))
    _ADD_PART.execute(connection, part_rows)


def set_balances(connection: Connection, after: Iterable[tuple[int, int]]) -> None:
    """Accounts' numbers and balances."""
    _SET_BALANCE.execute(connection, [(balance, account) for account, balance in after])


def set_lots(connection: Connection, after: Iterable[Lot]) -> None:
    """What is left and held in lots that were there before."""
    _SET_LOT.execute(connection, [(lot.left, lot.held, lot.id) for lot in after])


def add_refusals(connection: Connection, rows: Sequence[tuple[str, str, str, int]]) -> None:
    """Keep refusals for the same commands' repeats: command, what it asked, the reason, when."""
    _ADD_REFUSAL.execute(connection, rows)


def entries_of(connection: Connection, commands: Collection[str]) -> list[Entry]:
    """The groups' entries in order; none for a command that posted nothing."""
    of_groups = groups.c.command.in_(commands)
    moves: dict[int, list[LotMove]] = {}
    for entry, lot, amount, restores in connection.execute(
        select(lot_moves.c.entry_id, lot_moves.c.lot_id, lot_moves.c.amount, lot_moves.c.restores)
        .join_from(groups, entries)
        .join(lot_moves)
        .where(of_groups)
        .order_by(lot_moves.c.id)
    ):
        moves.setdefault(entry, []).append(LotMove(lot, amount, restores))
    rows = connection.execute(
        select(entries.c.id, accounts.c.kind, accounts.c.owner, accounts.c.unit, entries.c.amount)
        .join_from(groups, entries)
        .join(accounts)
        .where(of_groups)
        .order_by(entries.c.id)
    )
    return [
        Entry(_ref(kind, owner, unit), amount, tuple(moves.get(number, ())))
        for number, kind, owner, unit, amount in rows
    ]


def _ref(kind: str, owner: str, unit: str) -> AccountRef:
    return AccountRef(AccountKind(kind), owner, Unit(unit))


def _lot(row: Any) -> Lot:
    number, kind, owner, unit, origin, programme, issued_at, expires_at, left, held = row
    account = _ref(kind, owner, unit)
    return Lot(number, account, Origin(origin), programme, issued_at, expires_at, left, held)
