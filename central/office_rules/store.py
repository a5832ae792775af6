"""Rows of what the office has set."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, insert, select

from central.database.rule_tables import office_rules, office_rules_withdrawn
from central.database.transaction import Connection


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Who took a change back, when and why."""

    at: int
    said_by: str
    why: str


@dataclass(frozen=True, slots=True)
class Change:
    """A row: fields as in the table, `from_day` YYYY-MM-DD in Japan. `id` is 0 before it is kept."""

    name: str
    value: int
    from_day: str
    made_at: int
    said_by: str
    why: str
    id: int = 0
    withdrawn: Withdrawn | None = None


def changes(connection: Connection, name: str | None = None) -> list[Change]:
    """All changes, or those of one rule, withdrawn ones too, the oldest first."""
    of, gone = office_rules.c, office_rules_withdrawn.c
    its = (of.name, of.value, of.from_day, of.made_at, of.said_by, of.why, of.id)
    wanted = (
        select(*its, gone.at, gone.said_by.label("gone_by"), gone.why.label("gone_why"))
        .join_from(office_rules, office_rules_withdrawn, isouter=True)
        .order_by(of.id)
    )
    if name is not None:
        wanted = wanted.where(of.name == name)
    return [
        Change(*row[:7], None if row.at is None else Withdrawn(row.at, row.gone_by, row.gone_why))
        for row in connection.execute(wanted)
    ]


def counting_on(connection: Connection, name: str, day: str) -> tuple[int, str] | None:
    """The value that counts on a day, and from which day; None where the office has said nothing for it."""
    of = office_rules.c
    wanted = (
        select(of.value, of.from_day)
        .where(of.name == name, of.from_day <= day, of.id.not_in(select(office_rules_withdrawn.c.rule_id)))
        .order_by(of.from_day.desc(), of.id.desc())
        .limit(1)
    )
    row = connection.execute(wanted).one_or_none()
    return None if row is None else (row.value, row.from_day)


def add_change(connection: Connection, change: Change) -> int:
    """Its number."""
    its = ("name", "value", "from_day", "made_at", "said_by", "why")
    done = connection.execute(insert(office_rules).values({each: getattr(change, each) for each in its}))
    assert done.inserted_primary_key is not None
    return int(done.inserted_primary_key[0])


def add_withdrawn(connection: Connection, change_id: int, withdrawn: Withdrawn) -> None:
    """Take a change back."""
    row = {"at": withdrawn.at, "said_by": withdrawn.said_by, "why": withdrawn.why}
    connection.execute(insert(office_rules_withdrawn).values(rule_id=change_id, **row))


def newest_word(connection: Connection) -> str:
    """Another one after every change and withdrawal, so that a page knows whether it is out of date."""
    last = connection.execute(select(func.coalesce(func.max(office_rules.c.id), 0))).scalar_one()
    gone = connection.execute(select(func.count()).select_from(office_rules_withdrawn)).scalar_one()
    return f"{last}-{gone}"
