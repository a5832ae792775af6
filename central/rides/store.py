"""Rows of the rides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from central.database.many_rows import Lookup, ManyRows, one_of, values
from central.database.tables import rides
from central.database.transaction import Connection
from rules.messages.events import RecordRef, Tapped
from rules.money import NOTHING, Yen

_NO_MONEY = (NOTHING,) * 4

# Built once: building a statement takes longer than SQLite does to run it.
_RIDES = Lookup(
    select(rides.c.board_number, rides.c.state, rides.c.pass_id).where(
        rides.c.device == bindparam("device"),
        rides.c.epoch == bindparam("epoch"),
        one_of(rides.c.board_number, "numbers"),
    ),
    "device",
    "epoch",
    "numbers",
)
_BEGIN = ManyRows(
    insert(rides),
    "device",
    "epoch",
    "board_number",
    "state",
    "pass_id",
    "pass_kind",
    "rider_class",
    "product",
    "adults",
    "children",
    "edition",
    "route_id",
    "trip_id",
    "service_date",
    "board_stop_id",
    "board_wall",
    "fare",
    "held",
    "cash",
    "owed",
)
_END = ManyRows(
    update(rides).where(
        rides.c.device == bindparam("of_device"),
        rides.c.epoch == bindparam("of_epoch"),
        rides.c.board_number == bindparam("of_board"),
    ),
    "alight_number",
    "state",
    "alight_stop_id",
    "alight_wall",
    "fare",
    "held",
    "cash",
    "owed",
    "of_device",
    "of_epoch",
    "of_board",
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
        for number, state, pass_id in _RIDES.all(connection, device, epoch, values(those)):
            found[RecordRef(epoch, number)] = Ride(state, pass_id)
    return found


def begin_rides(connection: Connection, device: str, boarded: Mapping[RecordRef, Tapped]) -> None:
    """A row for each boarding, of a pass."""
    _BEGIN.execute(connection, [_row(device, board, tap) for board, tap in boarded.items()])


def end_rides(connection: Connection, device: str, ended: Mapping[RecordRef, RideEnd]) -> None:
    """The rides' ends, by boarding, in their rows."""
    _END.execute(connection, [_end_row(device, board, end) for board, end in ended.items()])


def _row(device: str, board: RecordRef, tap: Tapped) -> tuple[Any, ...]:
    kind = None if tap.pass_kind is None else int(tap.pass_kind)
    return (
        device,
        board.epoch,
        board.number,
        "open",
        tap.pass_id,
        kind,
        int(tap.rider_class),
        tap.product,
        tap.adults,
        tap.children,
        tap.edition,
        tap.route_id,
        tap.trip_id,
        tap.service_date,
        tap.stop_id,
        tap.at.wall,
        *_NO_MONEY,
    )


def _end_row(device: str, board: RecordRef, end: RideEnd) -> tuple[Any, ...]:
    return (
        end.number,
        end.state,
        end.stop_id,
        end.wall,
        end.fare,
        end.held,
        end.cash,
        end.owed,
        device,
        board.epoch,
        board.number,
    )
