"""Rows of the rides."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select, update

from central.database.tables import code_uses, rides
from central.database.transaction import Connection
from rules.messages.events import RecordRef, Tapped
from rules.money import NOTHING, Yen


@dataclass(frozen=True, slots=True)
class Ride:
    """A ride as far as its end needs it."""

    id: int
    state: str
    pass_id: str
    cash: Yen
    double_of: str


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


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """A boarding by a code."""

    device: str
    epoch: str
    number: int

    def __str__(self) -> str:
        return f"{self.device}/{self.epoch}/{self.number}"


def find_ride(connection: Connection, device: str, board: RecordRef) -> Ride | None:
    """The ride that this boarding began."""
    row = connection.execute(
        select(rides.c.id, rides.c.state, rides.c.pass_id, rides.c.cash, rides.c.double_of).where(
            rides.c.device == device, rides.c.epoch == board.epoch, rides.c.board_number == board.number
        )
    ).first()
    return None if row is None else Ride(row.id, row.state, row.pass_id, Yen(row.cash), row.double_of)


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


def uses_of(connection: Connection, tap: Tapped) -> list[Use]:
    """Every boarding by the code of `tap`."""
    rows = connection.execute(
        select(code_uses.c.device, code_uses.c.epoch, code_uses.c.number).where(
            code_uses.c.pass_id == tap.pass_id,
            code_uses.c.moment == tap.moment,
            code_uses.c.counter == tap.counter,
        )
    )
    return [Use(row.device, row.epoch, row.number) for row in rows]


def add_use(connection: Connection, tap: Tapped, use: Use) -> None:
    """One more boarding by the code of `tap`."""
    connection.execute(
        insert(code_uses).values(
            pass_id=tap.pass_id,
            moment=tap.moment,
            counter=tap.counter,
            device=use.device,
            epoch=use.epoch,
            number=use.number,
        )
    )


def set_double(connection: Connection, ride: Ride, charged: Use) -> None:
    """Another ride is charged for the code that opened this one; of this one only the cash counts."""
    connection.execute(
        update(rides)
        .where(rides.c.id == ride.id)
        .values(double_of=str(charged), fare=rides.c.cash, held=0, owed=0)
    )
