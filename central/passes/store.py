"""Rows of the passes issued: whose they are stands here and nowhere else."""

from __future__ import annotations

from sqlalchemy import insert, select

from central.database.tables import passes
from central.database.transaction import Connection
from rules.passes.rider_pass import IssuedPass


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


def holder_of(connection: Connection, pass_id: str) -> str | None:
    """The member whose pass this is (id in hex); None for one that the office has not issued."""
    return connection.scalar(select(passes.c.member).where(passes.c.pass_id == pass_id))
