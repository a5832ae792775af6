"""Members' standing: what everybody asks before something is done for a member."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import bindparam, func, insert, select

from central.database.many_rows import Lookup
from central.database.member_tables import member_standings
from central.database.transaction import Connection


class Standing(StrEnum):
    """How an account stands. The values stand in the database and stay stable."""

    GOOD = "good"
    BLOCKED = "blocked"
    """停止中: nothing can be paid, as after a loss."""
    CLOSED = "closed"
    """解約: nothing comes in or goes out any more, but what had happened before."""


_NEWEST = Lookup(
    select(member_standings.c.standing).where(
        member_standings.c.id
        == select(func.max(member_standings.c.id))
        .where(member_standings.c.member == bindparam("member"))
        .scalar_subquery()
    ),
    "member",
)


def standing_of(connection: Connection, member: str) -> Standing:
    """How the member's account stands; good for one that nobody has said anything of, also an unknown one."""
    rows = _NEWEST.all(connection, member)
    return Standing(rows[0][0]) if rows else Standing.GOOD


def put_standing(
    connection: Connection, member: str, standing: Standing, why: str, staff: str, now: int
) -> None:
    """From now on it stands so."""
    row = {"member": member, "standing": standing, "why": why, "staff": staff, "at": now}
    connection.execute(insert(member_standings).values(row))
