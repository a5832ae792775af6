"""Rows of the rides."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, insert, select, update

from central.database.tables import rides
from central.database.transaction import Connection
from rules.messages.events import RecordRef, Tapped
from rules.money import NOTHING, Yen


@dataclass(frozen=True, slots=True)
class Ride:
    """A ride as far as its end needs it."""

    id: int
    state: str
    pass_id: str


@dataclass(frozen=True, slots=True)
class RideEnd:
    """How a ride ended. `state` is complete or provisional; `fare` = `held` + `cash` + `owed`, as in the table."""

    state: str
    number: int
    stop_id: str
    wall: int
    fare: Yen
    held: Yen
    cash: Yen = NOTHING
    owed: Yen = NOTHING


def find_ride(connection: Connection, device: str, board: RecordRef) -> Ride | None:
    """The ride that this boarding began."""
    row = connection.execute(
        select(rides.c.id, rides.c.state, rides.c.pass_id).where(
            rides.c.device == device, rides.c.epoch == board.epoch, rides.c.board_number == board.number
        )
    ).first()
    return None if row is None else Ride(row.id, row.state, row.pass_id)


def count_rides_after(connection: Connection, ride_id: int) -> int:
    """How many rides began after the one with this id."""
    return connection.execute(select(func.count()).where(rides.c.id > ride_id)).scalar_one()


def newest_ride(connection: Connection) -> int:
    """The id of the last ride that began, 0 for none."""
    return connection.execute(select(func.max(rides.c.id))).scalar() or 0


def begin_ride(connection: Connection, device: str, board: RecordRef, tap: Tapped) -> None:
    """A boarding's row."""
    connection.execute(
        insert(rides).values(
            device=device,
            epoch=board.epoch,
            board_number=board.number,
            state="open",
            pass_id=tap.pass_id,
            pass_kind=tap.pass_kind,
            rider_class=tap.rider_class,
            product=tap.product,
            adults=tap.adults,
            children=tap.children,
            edition=tap.edition,
            route_id=tap.route_id,
            trip_id=tap.trip_id,
            service_date=tap.service_date,
            board_stop_id=tap.stop_id,
            board_wall=tap.at.wall,
        )
    )


def end_ride(connection: Connection, ride: Ride, end: RideEnd) -> None:
    """A ride's end, in its row."""
    connection.execute(
        update(rides)
        .where(rides.c.id == ride.id)
        .values(
            state=end.state,
            alight_number=end.number,
            alight_stop_id=end.stop_id,
            alight_wall=end.wall,
            fare=end.fare,
            held=end.held,
            cash=end.cash,
            owed=end.owed,
        )
    )
