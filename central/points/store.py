"""Rows of grants and notices; lots and holds by when they end."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, insert, literal_column, select

from central.database.ledger_tables import accounts, entries, groups, holds, lot_moves, lots
from central.database.points_tables import expiry_notices, point_grants, points_taken_back
from central.database.transaction import Connection
from rules.ledger.accounts import AccountKind, AccountRef, Unit
from rules.ledger.holds import Hold, HoldKind
from rules.ledger.lots import Lot, Origin
from rules.ledger.points import EXPIRY, RENEWAL


@dataclass(frozen=True, slots=True)
class Grant:
    """Value given, for one number of one source."""

    source: str
    number: str
    programme: str
    member: str
    amount: int
    day: str
    command: str
    at: int


@dataclass(frozen=True, slots=True)
class Notice:
    """So much of a member's expires after `last_day`, said at most `days_before` days before."""

    member: str
    unit: str
    last_day: str
    days_before: int
    amount: int
    made_at: int


@dataclass(frozen=True, slots=True)
class Ending:
    """A lot that expires, and its last move's number."""

    lot: Lot
    last_move: int


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """What one event moved of a member's, above zero towards them. `programme` where it was a grant, else ""."""

    at: int
    what: str
    amount: int
    programme: str


_NOTHING: ColumnElement[int] = literal_column("0")
# Written out, or SQLite would not see that the index of expiring lots is meant.

# Grants


def find_grant(connection: Connection, source: str, number: str) -> Grant | None:
    """What was given for that, if it was."""
    of = point_grants.c
    wanted = select(*(of[name] for name in Grant.__slots__)).where(of.source == source, of.number == number)
    row = connection.execute(wanted).first()
    return None if row is None else Grant(*row)


def add_grant(connection: Connection, grant: Grant) -> None:
    """Keep a grant."""
    connection.execute(insert(point_grants).values(**_columns(grant)))


def add_taken_back(connection: Connection, grant: Grant, command: str, now: int) -> None:
    """Remember that a grant was moved back by `command`."""
    of = point_grants.c
    number = select(of.id).where(of.source == grant.source, of.number == grant.number).scalar_subquery()
    connection.execute(insert(points_taken_back).values(grant_id=number, command=command, at=now))


def granted_to(connection: Connection, programme: str, member: str, day: date) -> tuple[int, int]:
    """What a programme has given a member and not taken back: in all, and on that day."""
    of = point_grants.c
    rows = connection.execute(
        select(of.day, func.sum(of.amount))
        .join_from(point_grants, points_taken_back, isouter=True)
        .where(of.programme == programme, of.member == member, points_taken_back.c.grant_id.is_(None))
        .group_by(of.day)
    ).all()
    return sum(amount for _, amount in rows), sum(amount for on, amount in rows if on == day.isoformat())


# What ends


def ending_lots(
    connection: Connection, before: int, *, free: bool, limit: int | None = None, member: str | None = None
) -> list[Ending]:
    """Lots with something left that expire by Unix second `before`, the first first.

    `free` leaves out those that holds keep whole.
    """
    last_move = select(func.max(lot_moves.c.id)).where(lot_moves.c.lot_id == lots.c.id).scalar_subquery()
    wanted = (
        select(
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
            last_move,
        )
        .join_from(lots, accounts)
        .where(lots.c.remaining > _NOTHING, lots.c.expires_at.is_not(None), lots.c.expires_at <= before)
        .order_by(lots.c.expires_at, lots.c.id)
    )
    if free:
        wanted = wanted.where(lots.c.remaining > lots.c.held)
    if member is not None:
        wanted = wanted.where(accounts.c.owner == member)
    return [_ending(row) for row in connection.execute(wanted.limit(limit))]


def uses(connection: Connection, members: Collection[str], since: int) -> dict[AccountRef, list[int]]:
    """When these members used what they have, from Unix second `since` on, in order."""
    found: dict[AccountRef, list[int]] = {}
    for owner, unit, at in connection.execute(
        select(accounts.c.owner, accounts.c.unit, groups.c.posted_at)
        .join_from(accounts, entries, entries.c.account_id == accounts.c.id)
        .join(groups, groups.c.id == entries.c.group_id)
        .where(
            accounts.c.kind == AccountKind.MEMBER,
            accounts.c.owner.in_(members),
            entries.c.amount < 0,
            groups.c.what.not_in((EXPIRY, RENEWAL)),
            groups.c.posted_at >= since,
        )
        .order_by(groups.c.posted_at)
    ):
        found.setdefault(AccountRef(AccountKind.MEMBER, owner, Unit(unit)), []).append(at)
    return found


def ending_holds(connection: Connection, now: int, limit: int) -> list[Hold]:
    """Open holds whose time is over, without their parts; not those of passes."""
    of = holds.c
    rows = connection.execute(
        select(of.id, of.series, of.kind, of.until)
        .where(of.resolved_by.is_(None), of.until <= now, of.kind != HoldKind.PASS)
        .order_by(of.id)
        .limit(limit)
    )
    return [Hold(row.id, row.series, HoldKind(row.kind), row.until, ()) for row in rows]


def find_notices(connection: Connection, since: date) -> list[Notice]:
    """Notices of what has not expired before that day, the nearest first."""
    of = expiry_notices.c
    rows = connection.execute(
        select(*(of[name] for name in Notice.__slots__))
        .where(of.last_day >= since.isoformat())
        .order_by(of.last_day, of.member, of.unit, of.days_before)
    )
    return [Notice(*row) for row in rows]


def add_notices(connection: Connection, made: Iterable[Notice]) -> None:
    """Keep them."""
    rows = [_columns(each) for each in made]
    if rows:
        connection.execute(insert(expiry_notices), rows)


def member_history(connection: Connection, member: str, unit: Unit, limit: int) -> list[HistoryLine]:
    """What moved a member's value in a unit, the newest first."""
    rows = connection.execute(
        select(
            groups.c.posted_at,
            groups.c.what,
            func.sum(entries.c.amount),
            func.coalesce(func.max(point_grants.c.programme), ""),
        )
        .join_from(accounts, entries, entries.c.account_id == accounts.c.id)
        .join(groups, groups.c.id == entries.c.group_id)
        .join(point_grants, point_grants.c.command == groups.c.command, isouter=True)
        .where(accounts.c.kind == AccountKind.MEMBER, accounts.c.owner == member, accounts.c.unit == unit)
        .group_by(groups.c.id, groups.c.posted_at, groups.c.what)
        # A renewal takes and gives the same: nothing has changed for its owner.
        .having(func.sum(entries.c.amount) != 0)
        .order_by(groups.c.id.desc())
        .limit(limit)
    )
    return [HistoryLine(at, what, int(amount), programme) for at, what, amount, programme in rows]


def _columns(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def _ending(row: Sequence[Any]) -> Ending:
    number, kind, owner, unit, origin, programme, issued_at, expires_at, left, held, move = row
    account = AccountRef(AccountKind(kind), owner, Unit(unit))
    lot = Lot(number, account, Origin(origin), programme, issued_at, expires_at, left, held)
    return Ending(lot, move)
