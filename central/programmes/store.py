"""Rows of what programmes became, and of what was approved to be given by them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, insert, select

from central.database.points_tables import budget_approvals, programme_changes
from central.database.transaction import Connection


@dataclass(frozen=True, slots=True)
class Change:
    """What a programme became. `content` is JSON."""

    programme: str
    what: str
    content: str
    said_by: str
    at: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """What may be given away, by whose word and under which number of a decision."""

    amount: int
    reference: str
    said_by: str
    at: int


def changes(connection: Connection, programme: str | None = None) -> list[Change]:
    """All changes of all programmes, or of one, the oldest first."""
    of = programme_changes.c
    wanted = select(of.programme, of.what, of.content, of.said_by, of.at, of.why).order_by(of.id)
    if programme is not None:
        wanted = wanted.where(of.programme == programme)
    return [Change(*row) for row in connection.execute(wanted)]


def add_change(connection: Connection, change: Change) -> None:
    """Keep one more."""
    connection.execute(
        insert(programme_changes).values({name: getattr(change, name) for name in Change.__slots__})
    )


def approval(connection: Connection, reference: str) -> tuple[str, int] | None:
    """Programme and amount that were approved under a reference."""
    of = budget_approvals.c
    row = connection.execute(select(of.programme, of.amount).where(of.reference == reference)).first()
    return None if row is None else (row.programme, row.amount)


def approvals(connection: Connection, programme: str) -> list[Approval]:
    """All of a programme, the newest first."""
    of = budget_approvals.c
    wanted = select(of.amount, of.reference, of.said_by, of.at).where(of.programme == programme)
    return [Approval(*row) for row in connection.execute(wanted.order_by(of.id.desc()))]


def approved(connection: Connection, programme: str) -> tuple[int, int]:
    """How often something was approved for a programme, and how much in all."""
    of = budget_approvals.c
    total = func.coalesce(func.sum(of.amount), 0)
    row = connection.execute(select(func.count(), total).where(of.programme == programme)).one()
    return int(row[0]), int(row[1])


def add_approval(
    connection: Connection, programme: str, reference: str, amount: int, said_by: str, at: int
) -> None:
    """Keep an approval."""
    row = {"programme": programme, "reference": reference, "amount": amount, "said_by": said_by, "at": at}
    connection.execute(insert(budget_approvals).values(**row))
