"""Rows of the rides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, insert, or_, select, update

from central.database.many_rows import Lookup, ManyRows, one_of, values
from central.database.tables import code_uses, rides
from central.database.transaction import Connection
from central.rides.forgotten.store import was_charged
from rules.messages.events import RecordRef, RideLeftOpen, Tapped
from rules.money import NOTHING, Yen
from rules.ride.correction import Charge, as_double

_NO_MONEY = (NOTHING,) * 6

# Built once: building a statement takes longer than SQLite does to run it.
_RIDES = Lookup(
    select(
        rides.c.board_number,
        rides.c.state,
        rides.c.pass_id,
        rides.c.double_of,
        rides.c.board_stop_id,
        rides.c.board_index,
        rides.c.left_number,
        was_charged(),
    ).where(
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
    "left_held",
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
    "board_index",
    "board_unsure",
    "alight_unsure",
    "board_wall",
    "double_of",
    "fare",
    "held",
    "cash",
    "owed",
    "overpaid",
    "refunded",
    "corrected",
)
_USES = Lookup(
    select(code_uses).where(one_of(code_uses.c.pass_id, "passes"), one_of(code_uses.c.moment, "moments")),
    "passes",
    "moments",
)
_ADD_USE = ManyRows(insert(code_uses), "pass_id", "moment", "counter", "device", "epoch", "number")
_END = ManyRows(
    update(rides).where(
        rides.c.device == bindparam("of_device"),
        rides.c.epoch == bindparam("of_epoch"),
        rides.c.board_number == bindparam("of_board"),
    ),
    "alight_epoch",
    "alight_number",
    "state",
    "board_stop_id",
    "board_index",
    "alight_stop_id",
    "alight_index",
    "alight_unsure",
    "alight_wall",
    "fare",
    "held",
    "cash",
    "owed",
    "of_device",
    "of_epoch",
    "of_board",
)


class Code(NamedTuple):
    """What a phone shows, once."""

    pass_id: str
    moment: int
    counter: int


def code_of(tap: Tapped) -> Code:
    """The code that was shown."""
    return Code(tap.pass_id, tap.moment, tap.counter)


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """A boarding by a code."""

    device: str
    epoch: str
    number: int

    def __str__(self) -> str:
        return f"{self.device}/{self.epoch}/{self.number}"


@dataclass(frozen=True, slots=True)
class Ride:
    """A ride as far as its end needs it, fields as in the table."""

    state: str
    pass_id: str
    double_of: str = ""
    board_stop_id: str = ""
    board_index: int | None = None
    left_number: int | None = None
    charged: bool = False
    """Whether it was charged without its alighting."""


@dataclass(frozen=True, slots=True)
class RideEnd:
    """How a ride ended, by record `here`. `state` is complete or provisional; `fare` = `held` + `cash` + `owed`.

    `board_stop_id` is where it began, as the bus knew by then; `board_index` that place among the trip's poles, None
    where no record says it.
    """

    state: str
    here: RecordRef
    board_stop_id: str
    stop_id: str
    stop_index: int
    wall: int
    fare: Yen
    held: Yen
    cash: Yen = NOTHING
    owed: Yen = NOTHING
    board_index: int | None = None
    unsure: bool = False


def find_rides(connection: Connection, device: str, boards: Collection[RecordRef]) -> dict[RecordRef, Ride]:
    """The rides that these boardings of a machine began, by boarding."""
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for board in boards:
        numbers[board.epoch].append(board.number)
    found: dict[RecordRef, Ride] = {}
    for epoch, those in numbers.items():
        for number, *ride in _RIDES.all(connection, device, epoch, values(those)):
            found[RecordRef(epoch, number)] = Ride(*ride)
    return found


def count_rides_after(connection: Connection, ride_id: int) -> int:
    """How many rides began after the one with this id."""
    return connection.execute(select(func.count()).where(rides.c.id > ride_id)).scalar_one()


def newest_ride(connection: Connection) -> int:
    """The id of the last ride that began, 0 for none."""
    return connection.execute(select(func.max(rides.c.id))).scalar() or 0


def begin_rides(
    connection: Connection, device: str, boarded: Mapping[RecordRef, Tapped | RideLeftOpen]
) -> None:
    """A row for each boarding, of a pass. Where the boarding itself is lost, its end stands in for it."""
    _BEGIN.execute(connection, [_row(device, board, tap) for board, tap in boarded.items()])


def end_rides(connection: Connection, device: str, ended: Mapping[RecordRef, RideEnd]) -> None:
    """The rides' ends, by boarding, in their rows."""
    _END.execute(connection, [_end_row(device, board, end) for board, end in ended.items()])


def leave_rides(connection: Connection, device: str, left: Mapping[RecordRef, RideEnd]) -> None:
    """By boarding, the record that closed a forgotten ride, and when; nothing else changes until it is charged."""
    for board, end in left.items():
        named = {"left_epoch": end.here.epoch, "left_number": end.here.number, "alight_wall": end.wall}
        named["left_held"] = int(end.held)
        connection.execute(update(rides).where(*_is(device, board)).values(**named))


def set_boarded(connection: Connection, device: str, board: RecordRef, wall: int) -> None:
    """When the boarding of a ride was, Unix seconds."""
    connection.execute(update(rides).where(*_is(device, board)).values(board_wall=wall))


def set_boarding(connection: Connection, device: str, board: RecordRef, tap: Tapped) -> None:
    """What only its boarding knows of a ride that its end alone had made; unless it began elsewhere after all."""
    set_boarded(connection, device, board, tap.at.wall)
    same = (rides.c.board_stop_id == tap.stop_id, rides.c.board_index.is_(None))
    place = {"board_index": tap.stop_index, "board_unsure": tap.unsure}
    connection.execute(update(rides).where(*_is(device, board), *same).values(**place))


def set_ended(connection: Connection, device: str, board: RecordRef, number: int, wall: int) -> None:
    """The ride that began with `board` and ended with record `number`: when that was, Unix seconds."""
    ride = or_(rides.c.alight_number == number, rides.c.left_number == number)
    connection.execute(update(rides).where(*_is(device, board), ride).values(alight_wall=wall))


def set_double(connection: Connection, use: Use, charged: Use) -> bool:
    """Another ride is charged for the code that opened this one; only its cash counts. False if so before."""
    ride = _is(use.device, RecordRef(use.epoch, use.number))
    columns = (rides.c.held, rides.c.cash, rides.c.owed, rides.c.overpaid, rides.c.refunded)
    row = connection.execute(select(rides.c.double_of, *columns).where(*ride)).one()
    changed: dict[str, Any] = {"double_of": str(charged)}
    if not row.double_of:
        charge = as_double(Charge(row.held, row.cash, row.owed, row.overpaid, row.refunded))
        changed |= {"fare": charge.fare, "held": 0, "owed": 0, "overpaid": charge.overpaid}
    connection.execute(update(rides).where(*ride).values(**changed))
    return not row.double_of


def uses_of(connection: Connection, taps: Collection[Tapped]) -> dict[Code, list[Use]]:
    """Every boarding by the codes of these taps that was taken in before, by code."""
    wanted = {code_of(tap) for tap in taps}
    found: dict[Code, list[Use]] = {}
    passes, moments = {code.pass_id for code in wanted}, {code.moment for code in wanted}
    for pass_id, moment, counter, *use in _USES.all(connection, values(passes), values(moments)):
        code = Code(pass_id, moment, counter)
        if code in wanted:
            found.setdefault(code, []).append(Use(*use))
    return found


def add_uses(connection: Connection, device: str, boarded: Mapping[RecordRef, Tapped]) -> None:
    """Boardings by phones' codes."""
    rows = [
        (tap.pass_id, tap.moment, tap.counter, device, here.epoch, here.number)
        for here, tap in boarded.items()
    ]
    _ADD_USE.execute(connection, rows)


def _is(device: str, board: RecordRef) -> tuple[ColumnElement[bool], ...]:
    return rides.c.device == device, rides.c.epoch == board.epoch, rides.c.board_number == board.number


def _row(device: str, board: RecordRef, tap: Tapped | RideLeftOpen) -> tuple[Any, ...]:
    boarding = tap if isinstance(tap, Tapped) and tap.board is None else None
    kind = None if tap.pass_kind is None else int(tap.pass_kind)
    return (
        device,
        board.epoch,
        board.number,
        0,
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
        boarding.stop_id if boarding else tap.board_stop_id,
        boarding.stop_index if boarding else None,
        boarding is not None and boarding.unsure,
        False,
        tap.at.wall,
        "",
        *_NO_MONEY,
        0,
    )


def _end_row(device: str, board: RecordRef, end: RideEnd) -> tuple[Any, ...]:
    return (
        end.here.epoch,
        end.here.number,
        end.state,
        end.board_stop_id,
        end.board_index,
        end.stop_id,
        end.stop_index,
        end.unsure,
        end.wall,
        end.fare,
        end.held,
        end.cash,
        end.owed,
        device,
        board.epoch,
        board.number,
    )
