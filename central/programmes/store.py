"""Rows of what programmes became, and of what was approved to be given by them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, insert, select

from central.database.points_tables import budget_approvals, programme_changes, programme_changes_withdrawn
from central.database.transaction import Connection


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Who took a change back, when and why."""

    at: int
    said_by: str
    why: str


@dataclass(frozen=True, slots=True)
class Change:
    """A row: fields as in the table. `content` is JSON, `from_day` YYYY-MM-DD in Japan; `id` is 0 before it is kept."""

    programme: str
    what: str
    content: str
    said_by: str
    at: int
    why: str
    from_day: str
    id: int = 0
    withdrawn: Withdrawn | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """What may be given away, by whose word and under which number of a decision."""

    amount: int
    reference: str
    said_by: str
    at: int


def changes(connection: Connection, programme: str | None = None) -> list[Change]:
    """All changes of all programmes, or of one, withdrawn ones too, the oldest first."""
    of, gone = programme_changes.c, programme_changes_withdrawn.c
    its = (of.programme, of.what, of.content, of.said_by, of.at, of.why, of.from_day, of.id)
    wanted = (
        select(*its, gone.at.label("gone_at"), gone.said_by.label("gone_by"), gone.why.label("gone_why"))
        .join_from(programme_changes, programme_changes_withdrawn, isouter=True)
        .order_by(of.id)
    )
    if programme is not None:
        wanted = wanted.where(of.programme == programme)
    return [
        Change(*row[:8], None if row.gone_at is None else Withdrawn(row.gone_at, row.gone_by, row.gone_why))
        for row in connection.execute(wanted)
    ]


def add_change(connection: Connection, change: Change) -> None:
    """Keep one more."""
    its = ("programme", "what", "content", "said_by", "at", "why", "from_day")
    connection.execute(insert(programme_changes).values({each: getattr(change, each) for each in its}))


def programme_of(connection: Connection, change_id: int) -> str | None:
    """The programme that a change is of; None where there is no such change."""
    of = programme_changes.c
    return connection.execute(select(of.programme).where(of.id == change_id)).scalar()


def add_withdrawn(connection: Connection, change_id: int, withdrawn: Withdrawn) -> None:
    """Take a change back."""
    row = {"at": withdrawn.at, "said_by": withdrawn.said_by, "why": withdrawn.why}
    connection.execute(insert(programme_changes_withdrawn).values(change_id=change_id, **row))


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
