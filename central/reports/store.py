"""What reports read of the ledger as it stood at some moment. All of it is summed from moves, nothing from balances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from central.database.ledger_tables import accounts, entries, groups, lot_moves, lots
from central.database.transaction import Connection
from rules.ledger.accounts import AccountKind
from rules.ledger.chain import START
from rules.ledger.lots import Origin

_WITH_LOTS = [kind.value for kind in AccountKind if kind.has_lots]
_OF_PROGRAMMES = [AccountKind.BUDGET.value, AccountKind.ISSUER.value]


@dataclass(frozen=True, slots=True)
class Moment:
    """The ledger up to a group: its number, its last entry's number (0 before the first), the chain's head there."""

    group: int
    entry: int
    head: str


@dataclass(frozen=True, slots=True)
class Unused:
    """What members together have of a programme in a unit, and how many of them have something.

    What is still good is apart by where it came from; `expired` waits in lots that are not good any more.
    """

    programme: str
    unit: str
    paid: int
    free: int
    premium: int
    expired: int
    members: int


@dataclass(frozen=True, slots=True)
class Turnover:
    """What came into accounts of a kind and went out of them, after `opening`. All whole units, `went` above zero."""

    kind: str
    programme: str
    unit: str
    opening: int
    came: int
    went: int

    @property
    def closing(self) -> int:
        """What is there at the end."""
        return self.opening + self.came - self.went


def first_event_at(connection: Connection) -> int | None:
    """The Unix second of the ledger's first event; None before it."""
    query = select(groups.c.posted_at).order_by(groups.c.id).limit(1)
    found: int | None = connection.execute(query).scalar()
    return found


def moment_before(connection: Connection, second: int) -> Moment:
    """The ledger as it stood when the first event of that Unix second or later came.

    Events go by their order in the chain: what is posted after that event counts as later, even if the server's clock
    was set back before. So nothing posted later changes what was reported.
    """
    later = select(groups.c.id).where(groups.c.posted_at >= second).order_by(groups.c.id).limit(1)
    first = connection.execute(later).scalar()
    last = select(groups.c.id, groups.c.chain).order_by(groups.c.id.desc()).limit(1)
    found = connection.execute(last if first is None else last.where(groups.c.id < first)).first()
    if found is None:
        return Moment(0, 0, START)
    of_groups = select(entries.c.id).where(entries.c.group_id <= found.id)
    entry = connection.execute(of_groups.order_by(entries.c.group_id.desc(), entries.c.id.desc()).limit(1))
    return Moment(found.id, entry.scalar() or 0, found.chain)


def unused(connection: Connection, at: Moment, second: int) -> list[Unused]:
    """Of each programme and unit in which anything is left at that moment; expired is what was so by `second`."""
    left = (
        select(lot_moves.c.lot_id, func.sum(lot_moves.c.amount).label("left"))
        .where(lot_moves.c.entry_id <= at.entry)
        .group_by(lot_moves.c.lot_id)
        .having(func.sum(lot_moves.c.amount) != 0)
        .subquery()
    )
    expired = and_(lots.c.expires_at.is_not(None), lots.c.expires_at <= second)

    def summed(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, left.c.left), else_=0))

    rows = connection.execute(
        select(
            lots.c.programme,
            accounts.c.unit,
            *(summed(and_(~expired, lots.c.origin == origin)) for origin in Origin),
            summed(expired),
            func.count(accounts.c.owner.distinct()),
        )
        .join_from(left, lots, lots.c.id == left.c.lot_id)
        .join(accounts)
        .group_by(lots.c.programme, accounts.c.unit)
        .order_by(lots.c.programme, accounts.c.unit)
    )
    return [Unused(*row) for row in rows]


def turnovers(connection: Connection, begin: Moment, end: Moment) -> list[Turnover]:
    """Of every kind, unit and programme that an event up to `end` has touched; what came and went after `begin`."""
    # What has lots is told by them: they say which programme it was.
    of_accounts = (
        select(
            accounts.c.kind,
            case((accounts.c.kind.in_(_OF_PROGRAMMES), accounts.c.owner), else_="").label("programme"),
            accounts.c.unit,
            *_turned(entries.c.amount, entries.c.id, begin),
        )
        .join_from(entries, accounts)
        .where(entries.c.id <= end.entry, accounts.c.kind.not_in(_WITH_LOTS))
    )
    of_lots = (
        select(
            accounts.c.kind,
            lots.c.programme,
            accounts.c.unit,
            *_turned(lot_moves.c.amount, lot_moves.c.entry_id, begin),
        )
        .join_from(lot_moves, lots)
        .join(accounts)
        .where(lot_moves.c.entry_id <= end.entry)
    )
    return [Turnover(*row) for query in (of_accounts, of_lots) for row in _by_first_three(connection, query)]


def kinds_of_events(connection: Connection, begin: Moment, end: Moment) -> Sequence[tuple[str, int]]:
    """What happened after `begin` up to `end`, and how often."""
    within = and_(groups.c.id > begin.group, groups.c.id <= end.group)
    counted = select(groups.c.what, func.count()).where(within).group_by(groups.c.what)
    return [(what, times) for what, times in connection.execute(counted.order_by(groups.c.what))]


def moved_by_kind(
    connection: Connection, begin: Moment, end: Moment
) -> Sequence[tuple[str, str, str, int, int]]:
    """Kind of event, kind of account, unit, what came and what went, both above zero, after `begin` up to `end`."""
    came, went = _came_and_went(entries.c.amount)
    rows = connection.execute(
        select(groups.c.what, accounts.c.kind, accounts.c.unit, func.sum(came), func.sum(went))
        .join_from(entries, groups)
        .join(accounts)
        .where(entries.c.id > begin.entry, entries.c.id <= end.entry)
        .group_by(groups.c.what, accounts.c.kind, accounts.c.unit)
        .order_by(groups.c.what, accounts.c.kind, accounts.c.unit)
    )
    return [tuple(row) for row in rows]


def _turned(
    amount: ColumnElement[int], entry: ColumnElement[int], begin: Moment
) -> tuple[ColumnElement[int], ...]:
    before = entry <= begin.entry
    came, went = _came_and_went(amount)
    return (
        func.sum(case((before, amount), else_=0)),
        func.sum(case((before, 0), else_=came)),
        func.sum(case((before, 0), else_=went)),
    )


def _came_and_went(amount: ColumnElement[int]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    return case((amount > 0, amount), else_=0), case((amount < 0, -amount), else_=0)


def _by_first_three(connection: Connection, query: Select[Any]) -> Sequence[Any]:
    keys = list(query.selected_columns)[:3]
    return connection.execute(query.group_by(*keys).order_by(*keys)).all()
