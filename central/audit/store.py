"""SQL of the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select

from central.database.audit_tables import audit_entries
from central.database.transaction import Connection

_COLUMNS = (
    audit_entries.c.id,
    audit_entries.c.at,
    audit_entries.c.who,
    audit_entries.c.what,
    audit_entries.c.about,
    audit_entries.c.detail,
    audit_entries.c.chain,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One act: its number, Unix second, who did what about whom or what, further facts as JSON, the head after it."""

    id: int
    at: int
    who: str
    what: str
    about: str
    detail: str
    chain: str


def last_entry(connection: Connection) -> Entry | None:
    """The newest, None before the first."""
    row = connection.execute(select(*_COLUMNS).order_by(audit_entries.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else Entry(*row)


def add_entry(connection: Connection, entry: Entry) -> None:
    """Write it down as it is."""
    connection.execute(
        insert(audit_entries).values(
            id=entry.id,
            at=entry.at,
            who=entry.who,
            what=entry.what,
            about=entry.about,
            detail=entry.detail,
            chain=entry.chain,
        )
    )


def all_entries(connection: Connection) -> Iterator[Entry]:
    """Every one, oldest first."""
    for row in connection.execute(select(*_COLUMNS).order_by(audit_entries.c.id)):
        yield Entry(*row)


def newest_entries(
    connection: Connection, most: int, who: str = "", about: str = "", before: int = 0
) -> Sequence[Entry]:
    """The newest first, of `who` and about `about` where these are given, older than number `before` unless it is 0."""
    wanted = select(*_COLUMNS).order_by(audit_entries.c.id.desc()).limit(most)
    if who:
        wanted = wanted.where(audit_entries.c.who == who)
    if about:
        wanted = wanted.where(audit_entries.c.about == about)
    if before:
        wanted = wanted.where(audit_entries.c.id < before)
    return [Entry(*row) for row in connection.execute(wanted)]
