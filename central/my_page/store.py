"""A member's rides, by whichever of their passes."""

from __future__ import annotations

from sqlalchemy import select

from central.database.tables import passes, rides
from central.database.transaction import Connection
from central.rides.corrections.rows import RIDE_FIELDS, BookedRide


def rides_of_member(
    connection: Connection, member: str, most: int
) -> list[tuple[BookedRide, int, int | None]]:
    """The newest rides, newest first, each with the Unix seconds of boarding and alighting."""
    columns = [rides.c[name] for name in RIDE_FIELDS]
    query = (
        select(*columns, rides.c.board_wall, rides.c.alight_wall)
        .join_from(passes, rides, passes.c.pass_id == rides.c.pass_id)
        .where(passes.c.member == member)
        .order_by(rides.c.board_wall.desc(), rides.c.id.desc())
        .limit(most)
    )
    return [(BookedRide(*row[:-2]), row[-2], row[-1]) for row in connection.execute(query)]
