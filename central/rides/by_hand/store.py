"""Rows of the rides that drivers recorded by hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from central.database.hand_tables import hand_rides, hand_undone
from central.database.many_rows import Lookup, ManyRows, one_of, values
from central.database.transaction import Connection
from rules.messages.events import HandAlighted, HandBoarded, RecordRef

# Built once: every settled stop and every batch with hand records asks it.
_FIND = Lookup(
    select(
        hand_rides.c.epoch,
        hand_rides.c.number,
        hand_rides.c.trip_id,
        hand_rides.c.service_date,
        hand_rides.c.cash,
        hand_rides.c.undone,
    ).where(hand_rides.c.device == bindparam("device"), one_of(hand_rides.c.number, "numbers")),
    "device",
    "numbers",
)


_COLUMNS = tuple(column.name for column in hand_rides.columns if column is not hand_rides.c.id)
_ADD = ManyRows(insert(hand_rides), *_COLUMNS)
_TAKE_BACK = ManyRows(upsert(hand_undone).on_conflict_do_nothing(), "device", "epoch", "number")
_COUNTS_NO_MORE = ManyRows(
    update(hand_rides).where(
        hand_rides.c.device == bindparam("of_device"),
        hand_rides.c.epoch == bindparam("of_epoch"),
        hand_rides.c.number == bindparam("of_number"),
    ),
    "undone",
    "of_device",
    "of_epoch",
    "of_number",
)
_UNDONE = Lookup(
    select(hand_undone.c.epoch, hand_undone.c.number).where(
        hand_undone.c.device == bindparam("device"), one_of(hand_undone.c.number, "numbers")
    ),
    "device",
    "numbers",
)


@dataclass(frozen=True, slots=True)
class HandRow:
    """A row as far as what follows on it needs it, fields as in the table."""

    trip_id: str
    service_date: str
    cash: int
    undone: bool


def find_by_hand(
    connection: Connection, device: str, refs: Collection[RecordRef]
) -> dict[RecordRef, HandRow]:
    """The rows of those of the records that are of the driver's hand, and here."""
    rows = _FIND.all(connection, device, values({ref.number for ref in refs})) if refs else ()
    named = {RecordRef(epoch, number): HandRow(*row) for epoch, number, *row in rows}
    return {ref: named[ref] for ref in refs if ref in named}


def add_by_hand(
    connection: Connection, device: str, made: Mapping[RecordRef, HandBoarded | HandAlighted]
) -> None:
    """A row for each record."""
    rows = (_row(device, here, event) for here, event in made.items())
    _ADD.execute(connection, [tuple(row[name] for name in _COLUMNS) for row in rows])


def undone_among(connection: Connection, device: str, refs: Collection[RecordRef]) -> set[RecordRef]:
    """Those of the records that a driver took back, whether they are here or not."""
    rows = _UNDONE.all(connection, device, values({ref.number for ref in refs})) if refs else ()
    return {RecordRef(epoch, number) for epoch, number in rows} & set(refs)


def set_undone(connection: Connection, device: str, refs: Collection[RecordRef]) -> None:
    """They count no more, also where they are still to come."""
    _TAKE_BACK.execute(connection, [(device, ref.epoch, ref.number) for ref in refs])
    _COUNTS_NO_MORE.execute(connection, [(True, device, ref.epoch, ref.number) for ref in refs])


def rename_boarding(connection: Connection, device: str, was: RecordRef, here: RecordRef) -> None:
    """The boarding that alightings know by its name in an earlier journal is called `here`."""
    named = (hand_rides.c.board_epoch == was.epoch, hand_rides.c.board_number == was.number)
    statement = update(hand_rides).where(hand_rides.c.device == device, *named)
    connection.execute(statement.values(board_epoch=here.epoch, board_number=here.number))


def set_wall(connection: Connection, device: str, here: RecordRef, wall: int) -> None:
    """When the record was written, Unix seconds."""
    connection.execute(update(hand_rides).where(*_is(device, here)).values(wall=wall))


def move_by_hand(connection: Connection, device: str, ref: RecordRef, stop_id: str, index: int) -> None:
    """The record was written at another stop; whoever boarded by it came from there."""
    here, ends = _is(device, ref), hand_rides.c.state != "open"
    boarded = (hand_rides.c.board_epoch == ref.epoch, hand_rides.c.board_number == ref.number)
    begun = update(hand_rides).where(hand_rides.c.device == device, *boarded)
    connection.execute(begun.values(board_stop_id=stop_id, board_index=index))
    ended = update(hand_rides).where(*here, ends)
    connection.execute(ended.values(alight_stop_id=stop_id, alight_index=index))
    connection.execute(update(hand_rides).where(*here).values(unsure=False))


def _is(device: str, ref: RecordRef) -> tuple[ColumnElement[bool], ...]:
    return (
        hand_rides.c.device == device,
        hand_rides.c.epoch == ref.epoch,
        hand_rides.c.number == ref.number,
    )


def _row(device: str, here: RecordRef, event: HandBoarded | HandAlighted) -> dict[str, Any]:
    row = {
        "device": device,
        "epoch": here.epoch,
        "number": here.number,
        "means": str(event.means),
        "rider_class": int(event.rider_class),
        "people": event.people,
        "edition": event.edition,
        "route_id": event.route_id,
        "trip_id": event.trip_id,
        "service_date": event.service_date,
        "unsure": event.unsure,
        "wall": event.at.wall,
        "camera": event.camera,
        "undone": False,
    }
    return row | (_boarding(here, event) if isinstance(event, HandBoarded) else _alighting(event))


def _boarding(here: RecordRef, event: HandBoarded) -> dict[str, Any]:
    return {
        "state": "open",
        "board_epoch": here.epoch,
        "board_number": here.number,
        "board_stop_id": event.stop_id,
        "board_index": event.stop_index,
        "alight_stop_id": None,
        "alight_index": None,
        "fare": None,
        "cash": 0,
        "refused_epoch": event.refused.epoch if event.refused else None,
        "refused_number": event.refused.number if event.refused else None,
    }


def _alighting(event: HandAlighted) -> dict[str, Any]:
    return {
        "state": "provisional" if event.forgotten else "complete",
        "board_epoch": event.board.epoch if event.board else None,
        "board_number": event.board.number if event.board else None,
        "board_stop_id": event.board_stop_id,
        "board_index": event.board_index,
        "alight_stop_id": event.stop_id,
        "alight_index": event.stop_index,
        "fare": event.fare,
        "cash": event.cash,
        "refused_epoch": None,
        "refused_number": None,
    }
