"""Rows of the passes issued: whose they are stands here and nowhere else."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import insert, select

from central.database.many_rows import Lookup, one_of, values
from central.database.tables import passes
from central.database.transaction import Connection
from rules.passes.rider_pass import IssuedPass

# Built once: building a statement takes longer than SQLite does to run it.
_HOLDERS = Lookup(
    select(passes.c.pass_id, passes.c.member).where(one_of(passes.c.pass_id, "pass_ids")), "pass_ids"
)


def add_pass(connection: Connection, member: str, issued: IssuedPass) -> None:
    """An issued pass and its holder."""
    body = issued.body
    connection.execute(
        insert(passes).values(
            pass_id=body.pass_id.hex(),
            kind=body.kind,
            member=member,
            rider_class=body.rider_class,
            hold=body.hold,
            valid_from=body.valid_from,
            valid_until=body.valid_until,
            packed=issued.pack(),
        )
    )


def holders_of(connection: Connection, pass_ids: Collection[str]) -> dict[str, str]:
    """The members whose passes these are, by pass id; those that the office has not issued are left out."""
    return {row.pass_id: row.member for row in _HOLDERS.all(connection, values(pass_ids))}
