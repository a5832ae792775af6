"""Rows of the rides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from central.database.tables import rides
from central.database.transaction import Connection
from rules.messages.events import RecordRef, Tapped
from rules.money import NOTHING, Yen

# Built once: building a statement takes longer than SQLite does to run it.
_RIDES = select(rides.c.board_number, rides.c.state, rides.c.pass_id).where(
    rides.c.device == bindparam("device"),
    rides.c.epoch == bindparam("epoch"),
    rides.c.board_number.in_(bindparam("numbers", expanding=True)),
)
_BEGIN = insert(rides)
_END = update(rides).where(
    rides.c.device == bindparam("of_device"),
    rides.c.epoch == bindparam("of_epoch"),
    rides.c.board_number == bindparam("of_board"),
)


@dataclass(frozen=True, slots=True)
class Ride:
    """A ride as far as its end needs it."""

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


def find_rides(connection: Connection, device: str, boards: Collection[RecordRef]) -> dict[RecordRef, Ride]:
    """The rides that these boardings of a machine began, by boarding."""
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for board in boards:
        numbers[board.epoch].append(board.number)
    found: dict[RecordRef, Ride] = {}
    for epoch, those in numbers.items():
        rows = connection.execute(_RIDES, {"device": device, "epoch": epoch, "numbers": those})
        for row in rows:
            found[RecordRef(epoch, row.board_number)] = Ride(row.state, row.pass_id)
    return found


def begin_rides(connection: Connection, device: str, boarded: Mapping[RecordRef, Tapped]) -> None:
    """A row for each of these boardings, at least one."""
    connection.execute(_BEGIN, [_row(device, board, tap) for board, tap in boarded.items()])


def end_rides(connection: Connection, device: str, ended: Mapping[RecordRef, RideEnd]) -> None:
    """The ends of these rides, at least one, by boarding, in their rows."""
    connection.execute(_END, [_end_row(device, board, end) for board, end in ended.items()])


def _row(device: str, board: RecordRef, tap: Tapped) -> dict[str, Any]:
    return {
        "device": device,
        "epoch": board.epoch,
        "board_number": board.number,
        "state": "open",
        "pass_id": tap.pass_id,
        "pass_kind": tap.pass_kind,
        "rider_class": tap.rider_class,
        "product": tap.product,
        "adults": tap.adults,
        "children": tap.children,
        "edition": tap.edition,
        "route_id": tap.route_id,
        "trip_id": tap.trip_id,
        "service_date": tap.service_date,
        "board_stop_id": tap.stop_id,
        "board_wall": tap.at.wall,
    }


def _end_row(device: str, board: RecordRef, end: RideEnd) -> dict[str, Any]:
    return {
        "of_device": device,
        "of_epoch": board.epoch,
        "of_board": board.number,
        "state": end.state,
        "alight_number": end.number,
        "alight_stop_id": end.stop_id,
        "alight_wall": end.wall,
        "fare": end.fare,
        "held": end.held,
        "cash": end.cash,
        "owed": end.owed,
    }
