"""The whole ledger as its rows say it, group by group, whatever they say.

In named tuples: there are millions of rows, and a frozen dataclass takes five times as long to make.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, select, text

from central.database.ledger_tables import accounts, entries, groups, hold_parts, holds, lot_moves, lots
from central.database.many_rows import Lookup
from central.database.transaction import Connection

_GROUPS = Lookup(
    select(
        groups.c.id, groups.c.command, groups.c.what, groups.c.asked, groups.c.posted_at, groups.c.chain
    ).order_by(groups.c.id)
)
_ENTRIES = Lookup(
    select(entries.c.group_id, entries.c.id, entries.c.account_id, entries.c.amount).order_by(
        entries.c.group_id, entries.c.id
    )
)
_MOVES = Lookup(
    select(entries.c.group_id, entries.c.id, lot_moves.c.lot_id, lot_moves.c.amount, lot_moves.c.restores)
    .join_from(entries, lot_moves)
    .order_by(entries.c.group_id, entries.c.id, lot_moves.c.id)
)
_LOTS = Lookup(
    select(
        lots.c.group_id,
        lots.c.id,
        lots.c.account_id,
        lots.c.origin,
        lots.c.programme,
        lots.c.issued_at,
        lots.c.expires_at,
        lots.c.remaining,
        lots.c.held,
    ).order_by(lots.c.group_id, lots.c.id)
)
_PLACED = Lookup(
    select(holds.c.placed_by, holds.c.id, holds.c.series, holds.c.kind, holds.c.until).order_by(
        holds.c.placed_by, holds.c.id
    )
)
_PARTS = Lookup(
    select(holds.c.placed_by, hold_parts.c.hold_id, hold_parts.c.lot_id, hold_parts.c.amount)
    .join_from(holds, hold_parts)
    .order_by(holds.c.placed_by, hold_parts.c.hold_id, hold_parts.c.seq)
)
_RESOLVED = Lookup(
    select(holds.c.resolved_by, holds.c.id, holds.c.how)
    .where(holds.c.resolved_by.is_not(None))
    .order_by(holds.c.resolved_by, holds.c.id)
)
_LOOSE = tuple(
    Lookup(
        select(func.count()).select_from(below).where(~select(above.c.id).where(above.c.id == of).exists())
    )
    for below, of, above in (
        (lot_moves, lot_moves.c.entry_id, entries),
        (hold_parts, hold_parts.c.hold_id, holds),
    )
)
"""Rows below nothing: a database keeps them out only as long as nobody switches that off."""
_RESTORED = Lookup(select(lot_moves.c.restores).where(lot_moves.c.restores != text("''")).distinct())
_COUNT = Lookup(select(func.count()).select_from(groups))
_ACCOUNTS = Lookup(
    select(
        accounts.c.id,
        accounts.c.kind,
        accounts.c.owner,
        accounts.c.unit,
        accounts.c.may_go_below_zero,
        accounts.c.balance,
    ).order_by(accounts.c.id)
)


class StoredAccount(NamedTuple):
    """An account as the file says it."""

    id: int
    kind: str
    owner: str
    unit: str
    may_go_below_zero: bool
    balance: int


class StoredEntry(NamedTuple):
    """An entry. `lots` are its moves: lot, units, the command whose taking they give back."""

    account: int
    amount: int
    lots: list[tuple[int, int, str]]


class StoredLot(NamedTuple):
    """A lot under the group that made it; `remaining` and `held` are of today."""

    id: int
    account: int
    origin: str
    programme: str
    issued_at: int
    expires_at: int | None
    remaining: int
    held: int


class StoredHold(NamedTuple):
    """A hold under the group that placed it."""

    id: int
    series: str
    kind: str
    until: int | None
    parts: list[tuple[int, int]]


class StoredGroup(NamedTuple):
    """A group and all that it touched. `resolved` are holds and how they ended."""

    id: int
    command: str
    what: str
    asked: str
    posted_at: int
    chain: str
    entries: list[StoredEntry]
    lots: list[StoredLot]
    placed: list[StoredHold]
    resolved: list[tuple[int, str]]


class History:
    """All groups of a ledger in order of posting; `strays` counts rows that belong to none once they are read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.accounts = {row[0]: StoredAccount(*row) for row in _ACCOUNTS.each(connection)}
        self.restored = {command for (command,) in _RESTORED.all(connection)}
        """The commands of which something was given back."""
        self.strays = 0

    def count(self) -> int:
        """How many groups there are."""
        ((found,),) = _COUNT.all(self._connection)
        return int(found)

    def groups(self) -> Iterator[StoredGroup]:
        """One after another; rows are read as they are needed."""
        follow = [
            _Follower(lookup.each(self._connection))
            for lookup in (_ENTRIES, _MOVES, _LOTS, _PLACED, _PARTS, _RESOLVED)
        ]
        of_entries, of_moves, of_lots, of_placed, of_parts, of_resolved = follow
        for group, command, what, asked, posted_at, chain in _GROUPS.each(self._connection):
            moves = _by_second(of_moves.take(group))
            parts = _by_second(of_parts.take(group))
            yield StoredGroup(
                group,
                command,
                what,
                asked,
                posted_at,
                chain,
                [
                    StoredEntry(account, amount, moves.get(number, []))
                    for _, number, account, amount in of_entries.take(group)
                ],
                [StoredLot(*lot[1:]) for lot in of_lots.take(group)],
                [
                    StoredHold(number, series, kind, until, parts.get(number, []))
                    for _, number, series, kind, until in of_placed.take(group)
                ],
                [(number, how) for _, number, how in of_resolved.take(group)],
            )
        loose = sum(lookup.all(self._connection)[0][0] for lookup in _LOOSE)
        self.strays = loose + sum(each.rest() for each in follow)


def _by_second(rows: Sequence[tuple[Any, ...]]) -> dict[int, list[Any]]:
    """What comes after the second column, by it."""
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row[1], []).append(row[2:])
    return found


_END = (math.inf,)
"""Comes after the last row."""


class _Follower:
    """Rows in order of their first column, taken group by group; those of a group that never comes are strays."""

    def __init__(self, rows: Iterator[tuple[Any, ...]]) -> None:
        self._rows = rows
        self._next = next(rows, _END)
        self._strays = 0

    def take(self, group: int) -> Sequence[tuple[Any, ...]]:
        """The rows of that group."""
        row, rows = self._next, self._rows
        # Most groups have rows in two of the tables only.
        if row[0] > group:
            return ()
        while row[0] < group:
            self._strays += 1
            row = next(rows, _END)
        found = []
        while row[0] == group:
            found.append(row)
            row = next(rows, _END)
        self._next = row
        return found

    def rest(self) -> int:
        """How many were nobody's."""
        if self._next is not _END:
            self._strays += 1 + sum(1 for _ in self._rows)
            self._next = _END
        return self._strays
