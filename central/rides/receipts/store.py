"""A member's rides, by whichever of their passes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from central.database.tables import passes, rides
from central.database.transaction import Connection
from central.rides.corrections.rows import RIDE_FIELDS, BookedRide


@dataclass(frozen=True, slots=True)
class TimedRide:
    """A ride with the Unix seconds of boarding and alighting; None where the bus did not know, or nobody alighted."""

    ride: BookedRide
    member: str
    boarded_at: int | None
    alighted_at: int | None


def rides_of(connection: Connection, member: str, most: int) -> list[TimedRide]:
    """The newest rides of a member, newest first."""
    rows = connection.execute(
        _RIDES.where(passes.c.member == member)
        .order_by(rides.c.board_wall.desc(), rides.c.id.desc())
        .limit(most)
    )
    return [_timed(tuple(row)) for row in rows]


def timed_ride(connection: Connection, ride_id: int) -> TimedRide | None:
    """A ride by its place in the table, of a pass that the office has issued."""
    row = connection.execute(_RIDES.where(rides.c.id == ride_id)).one_or_none()
    return None if row is None else _timed(tuple(row))


_RIDES = select(
    *(rides.c[name] for name in RIDE_FIELDS), passes.c.member, rides.c.board_wall, rides.c.alight_wall
).join_from(passes, rides, passes.c.pass_id == rides.c.pass_id)


def _timed(row: tuple[object, ...]) -> TimedRide:
    *fields, member, boarded_at, alighted_at = row
    return TimedRide(BookedRide(*fields), str(member), boarded_at, alighted_at)  # type: ignore[arg-type]
