"""Rows of rides without their alighting: those not charged yet, and the boardings that followed on them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, insert, literal_column, select, update

from central.database.forgotten_tables import inferred_rides
from central.database.many_rows import Lookup, one_of, values
from central.database.tables import passes, records, rides
from central.database.transaction import Connection
from central.rides.corrections.rows import BookedRide
from central.rides.corrections.store import RIDE_COLUMNS
from rules.messages.events import RecordRef

OPEN = "open"
PROVISIONAL = "provisional"
# Written out, not bound: only then does SQLite know that a partial index has all the rows that are asked for.
_IS_LEFT = and_(rides.c.state == literal_column(f"'{OPEN}'"), rides.c.left_number.is_not(None))

_PENDING = Lookup(
    select(passes.c.hold_series, func.sum(rides.c.left_held))
    .join_from(rides, passes, rides.c.pass_id == passes.c.pass_id)
    .where(_IS_LEFT, one_of(passes.c.hold_series, "series"))
    .group_by(passes.c.hold_series),
    "series",
)


@dataclass(frozen=True, slots=True)
class LeftRide:
    """A ride by its boarding, and the record `here` that closed it at Unix second `wall`."""

    device: str
    board: RecordRef
    here: RecordRef
    wall: int
    body: bytes


def left_rides(connection: Connection, until_day: str, most: int) -> list[LeftRide]:
    """Forgotten rides of service days up to and with `until_day` that nothing has been charged for yet."""
    closing = and_(
        records.c.device == rides.c.device,
        records.c.epoch == rides.c.left_epoch,
        records.c.number == rides.c.left_number,
    )
    columns = (rides.c.device, rides.c.epoch, rides.c.board_number, records.c.epoch, records.c.number)
    query = select(*columns, rides.c.alight_wall, records.c.body).join_from(rides, records, closing)
    query = query.where(_IS_LEFT, rides.c.service_date <= until_day).order_by(rides.c.id)
    return [
        LeftRide(device, RecordRef(epoch, board), RecordRef(left_epoch, number), wall, bytes(body))
        for device, epoch, board, left_epoch, number, wall, body in connection.execute(query.limit(most))
    ]


def pending_of(connection: Connection, series: Collection[str]) -> dict[str, int]:
    """Yen that buses took from these series of holds for forgotten rides that nothing has been charged for yet."""
    return dict(_PENDING.all(connection, values(series))) if series else {}


def was_charged() -> ColumnElement[bool]:
    """Of a row of `rides`: it was charged without its alighting, which may have come since."""
    return exists().where(inferred_rides.c.ride_id == rides.c.id)


def is_left(connection: Connection, device: str, board: RecordRef) -> bool:
    """Whether the ride that this boarding began was forgotten, and is not charged yet."""
    named = (rides.c.device == device, rides.c.epoch == board.epoch, rides.c.board_number == board.number)
    query = select(rides.c.id).where(*named, _IS_LEFT)
    return connection.execute(query).first() is not None


def not_left(connection: Connection, ride: LeftRide) -> None:
    """The record closes no ride after all: it is on board for the office as any other that has no end."""
    named = (
        rides.c.device == ride.device,
        rides.c.epoch == ride.board.epoch,
        rides.c.board_number == ride.board.number,
    )
    connection.execute(update(rides).where(*named).values(left_epoch=None, left_number=None))


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
