"""Rows of rides without their alighting, and of the boardings that followed on them."""

from __future__ import annotations

from sqlalchemy import insert, select

from central.database.forgotten_tables import inferred_rides
from central.database.tables import rides
from central.database.transaction import Connection
from central.rides.corrections.rows import BookedRide
from central.rides.corrections.store import RIDE_COLUMNS

PROVISIONAL = "provisional"


def not_inferred(connection: Connection, until_day: str, most: int) -> list[BookedRide]:
    """Rides without their alighting, of service days up to and with `until_day`, that nobody has looked at yet."""
    seen = select(inferred_rides.c.ride_id)
    where = (
        rides.c.state == PROVISIONAL,
        rides.c.service_date <= until_day,
        rides.c.id.not_in(seen),
    )
    rows = connection.execute(select(*RIDE_COLUMNS).where(*where).order_by(rides.c.id).limit(most))
    return [BookedRide(*row) for row in rows]


def next_boarding(connection: Connection, ride: BookedRide) -> BookedRide | None:
    """The next ride that the pass began on the same service day; what another pays for by the same code is none."""
    boarded = select(rides.c.board_wall).where(rides.c.id == ride.id).scalar_subquery()
    where = (
        rides.c.service_date == ride.service_date,
        rides.c.pass_id == ride.pass_id,
        rides.c.double_of == "",
        rides.c.board_wall > boarded,
    )
    query = (
        select(*RIDE_COLUMNS).where(*where).order_by(rides.c.board_wall, rides.c.device, rides.c.board_number)
    )
    row = connection.execute(query.limit(1)).first()
    return None if row is None else BookedRide(*row)


def put_inferred(connection: Connection, ride: BookedRide, following: BookedRide | None, now: int) -> None:
    """The ride was looked at."""
    connection.execute(
        insert(inferred_rides).values(ride_id=ride.id, next_ride_id=following and following.id, at=now)
    )
