"""Rows of settled stops and of corrections."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, insert, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert as upsert

from central.database.correction_tables import correction_states, refunds, ride_corrections, settled_stops
from central.database.many_rows import Lookup, one_of, values
from central.database.tables import records, rides, salvaged
from central.database.transaction import Connection
from central.rides.corrections.rows import (
    RIDE_FIELDS,
    Applied,
    BookedRide,
    Cause,
    Correction,
    Listed,
    Place,
    State,
    Stops,
    Waits,
    Word,
)
from rules.messages.events import RecordRef, StopSettled
from rules.ride.correction import Charge

RIDE_COLUMNS = [rides.c[name] for name in RIDE_FIELDS]

# Built once: every batch asks both.
_WORDS = Lookup(
    select(
        settled_stops.c.epoch,
        settled_stops.c.number,
        settled_stops.c.edition,
        settled_stops.c.trip_id,
        settled_stops.c.service_date,
        settled_stops.c.stop_id,
        settled_stops.c.stop_index,
        settled_stops.c.cause,
        settled_stops.c.wall,
        settled_stops.c.said_epoch,
        settled_stops.c.said_number,
    ).where(settled_stops.c.device == bindparam("device"), one_of(settled_stops.c.number, "numbers")),
    "device",
    "numbers",
)
_FIRST_NAMES = Lookup(
    select(salvaged.c.as_epoch, salvaged.c.as_number, salvaged.c.epoch, salvaged.c.number).where(
        salvaged.c.device == bindparam("of_device"), one_of(salvaged.c.as_number, "numbers")
    ),
    "of_device",
    "numbers",
)

_NAMESAKE = Lookup(
    select(records.c.id).where(
        records.c.device == salvaged.c.device,
        records.c.epoch == salvaged.c.epoch,
        records.c.number == salvaged.c.number,
        records.c.hash != salvaged.c.hash,
        salvaged.c.device == bindparam("of_device"),
        salvaged.c.as_number == bindparam("of_number"),
        salvaged.c.as_epoch == bindparam("of_epoch"),
    ),
    "of_device",
    "of_number",
    "of_epoch",
)


def first_names(
    connection: Connection, device: str, refs: Collection[RecordRef]
) -> dict[RecordRef, RecordRef]:
    """How the records were called in their own journals, of those that a later one has handed on."""
    rows = _FIRST_NAMES.all(connection, device, values({ref.number for ref in refs}))
    named = {RecordRef(as_epoch, as_number): RecordRef(*first) for as_epoch, as_number, *first in rows}
    return {ref: named[ref] for ref in refs if ref in named}


def with_namesake(connection: Connection, device: str, refs: Collection[RecordRef]) -> set[RecordRef]:
    """Those of the handed on records whose first name is another record's here.

    Two records have one name where a bus's card was swapped for an older copy. What was said here by that name was
    said of the other.
    """
    return {ref for ref in refs if _NAMESAKE.all(connection, device, ref.number, ref.epoch)}


def handed_on_as(
    connection: Connection, device: str, taps: Collection[RecordRef]
) -> dict[RecordRef, RecordRef]:
    """How the taps are called here, of those that a later journal has handed on; the newest where several have."""
    numbers = [tap.number for tap in taps]
    query = select(salvaged.c.epoch, salvaged.c.number, salvaged.c.as_epoch, salvaged.c.as_number)
    rows = connection.execute(
        query.where(salvaged.c.device == device, salvaged.c.number.in_(numbers)).order_by(salvaged.c.id)
    )
    named = {RecordRef(row.epoch, row.number): RecordRef(row.as_epoch, row.as_number) for row in rows}
    return {tap: named[tap] for tap in taps if tap in named}


def records_that_settle(connection: Connection) -> Iterator[tuple[str, RecordRef, bytes]]:
    """Machine, name and bytes of every record that may settle a stop, as they came in."""
    query = select(records.c.device, records.c.epoch, records.c.number, records.c.body)
    kinds = records.c.kind.in_(("stop-settled", "salvaged"))
    for row in connection.execute(query.where(kinds).order_by(records.c.id)):
        yield row.device, RecordRef(row.epoch, row.number), bytes(row.body)


def read_body(connection: Connection, device: str, here: RecordRef) -> bytes | None:
    """The bytes of a record."""
    named = (records.c.device == device, records.c.epoch == here.epoch, records.c.number == here.number)
    body = connection.scalar(select(records.c.body).where(*named))
    return None if body is None else bytes(body)


def find_words(connection: Connection, device: str, taps: Collection[RecordRef]) -> dict[RecordRef, Word]:
    """The last word about each of the taps that there is one about."""
    found: dict[RecordRef, Word] = {}
    for row in _WORDS.all(connection, device, values({tap.number for tap in taps})):
        epoch, number, edition, trip_id, service_date, stop_id, stop_index, cause, wall, *said = row
        tap = RecordRef(epoch, number)
        if tap in taps:
            settled = (edition, trip_id, service_date, stop_id, stop_index, cause, wall)
            found[tap] = Word(*settled, RecordRef(*said))
    return found


def put_word(
    connection: Connection, device: str, tap: RecordRef, said: RecordRef, settled: StopSettled
) -> None:
    """The last word about a tap, in place of any before."""
    row = {
        "edition": settled.edition,
        "trip_id": settled.trip_id,
        "service_date": settled.service_date,
        "stop_id": settled.stop_id,
        "stop_index": settled.stop_index,
        "cause": str(settled.by),
        "wall": settled.at.wall if settled.at.wall_known else None,
        "said_epoch": said.epoch,
        "said_number": said.number,
    }
    statement = upsert(settled_stops).values(device=device, epoch=tap.epoch, number=tap.number, **row)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["device", "epoch", "number"], set_=row)
    )


def read_ride(connection: Connection, device: str, board: RecordRef) -> BookedRide | None:
    """The ride that a boarding began."""
    began = (rides.c.epoch == board.epoch, rides.c.board_number == board.number)
    return _ride(connection, rides.c.device == device, *began)


def ride_ended_by(connection: Connection, device: str, end: RecordRef) -> BookedRide | None:
    """The ride that an alighting completed."""
    ended = (rides.c.alight_epoch == end.epoch, rides.c.alight_number == end.number)
    return _ride(connection, rides.c.device == device, *ended, rides.c.state == "complete")


def ride_with_id(connection: Connection, ride_id: int) -> BookedRide | None:
    """A ride by its place in the table."""
    return _ride(connection, rides.c.id == ride_id)


def rides_of_day(connection: Connection, day: str) -> list[BookedRide]:
    """The ended rides of a service day, YYYY-MM-DD, in the order in which they came in."""
    query = select(*RIDE_COLUMNS).where(rides.c.service_date == day, rides.c.state != "open")
    return [BookedRide(*row) for row in connection.execute(query.order_by(rides.c.id))]


def move_boarding(connection: Connection, ride: BookedRide, place: Place) -> None:
    """An open ride began elsewhere."""
    where = {"board_stop_id": place.stop_id, "board_index": place.index, "board_unsure": False}
    connection.execute(update(rides).where(rides.c.id == ride.id).values(**where))


def put_settled(connection: Connection, ride: BookedRide, *, board: bool, alight: bool) -> None:
    """A stop in force is no guess any more."""
    sure = {"board_unsure": board, "alight_unsure": alight}
    changed = {name: False for name, settled in sure.items() if settled}
    if changed:
        connection.execute(update(rides).where(rides.c.id == ride.id).values(**changed))


def put_corrected(connection: Connection, ride: BookedRide, stops: Stops, charge: Charge) -> None:
    """Other stops and other money are in force."""
    connection.execute(
        update(rides)
        .where(rides.c.id == ride.id)
        .values(
            board_stop_id=stops.board.stop_id,
            board_index=stops.board.index,
            alight_stop_id=stops.alight.stop_id,
            alight_index=stops.alight.index,
            fare=charge.fare,
            held=charge.held,
            owed=charge.owed,
            overpaid=charge.overpaid,
            corrected=rides.c.corrected + 1,
        )
    )


def add_correction(
    connection: Connection,
    ride: BookedRide,
    stops: Stops,
    fare: int | None,
    cause: Cause,
    said: RecordRef | None,
    waits: Waits,
    now: int,
) -> tuple[int, int]:
    """A correction from what is in force to `stops` and `fare`; its id, and its number among the ride's."""
    of = _of(ride)
    before = connection.scalar(select(func.max(ride_corrections.c.seq)).where(*of)) or 0
    now_in_force = ride.stops
    made = insert(ride_corrections).values(
        device=ride.device,
        epoch=ride.epoch,
        board_number=ride.board_number,
        seq=before + 1,
        cause=str(cause),
        said_epoch=said.epoch if said else "",
        said_number=said.number if said else 0,
        from_board=now_in_force.board.stop_id,
        from_board_index=now_in_force.board.index,
        from_alight=now_in_force.alight.stop_id,
        from_alight_index=now_in_force.alight.index,
        from_fare=ride.fare,
        to_board=stops.board.stop_id,
        to_board_index=stops.board.index,
        to_alight=stops.alight.stop_id,
        to_alight_index=stops.alight.index,
        to_fare=fare,
        why_waiting=str(waits),
        made_at=now,
    )
    return connection.execute(made.returning(ride_corrections.c.id)).scalar_one(), before + 1


def put_state(connection: Connection, correction_id: int, state: State, said_by: str, now: int) -> None:
    """What has become of a correction: `said_by` "rule" or "staff"."""
    row = {"correction_id": correction_id, "state": str(state), "said_by": said_by, "at": now}
    connection.execute(insert(correction_states).values(**row))


def state_of() -> ColumnElement[str]:
    """The newest state of a correction, as a column beside the table's."""
    return (
        select(correction_states.c.state)
        .where(correction_states.c.correction_id == ride_corrections.c.id)
        .order_by(correction_states.c.id.desc())
        .limit(1)
        .correlate(ride_corrections)
        .scalar_subquery()
    )


def last_correction(connection: Connection, ride: BookedRide) -> Correction | None:
    """The ride's newest one."""
    query = _corrections().where(*_of(ride)).order_by(ride_corrections.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else _correction(row)


def applied_corrections(connection: Connection, ride: BookedRide) -> list[Applied]:
    """Every correction of a ride that holds, or held until the next, in order."""
    made = ride_corrections
    query = select(made.c.seq, made.c.cause, made.c.from_fare, made.c.to_fare, made.c.made_at)
    rows = connection.execute(query.where(*_of(ride), state_of() == str(State.APPLIED)).order_by(made.c.seq))
    return [Applied(*row) for row in rows]


def find_correction(connection: Connection, correction_id: int) -> tuple[Correction, BookedRide] | None:
    """A correction and its ride."""
    row = connection.execute(_corrections().where(ride_corrections.c.id == correction_id)).first()
    if row is None:
        return None
    ride = read_ride(connection, row.device, RecordRef(row.epoch, row.board_number))
    return None if ride is None else (_correction(row), ride)


def add_refund(connection: Connection, ride: BookedRide, amount: int, how: str, now: int) -> int:
    """Cash given back for a ride; how many refunds it has had with this one."""
    of = {"device": ride.device, "epoch": ride.epoch, "board_number": ride.board_number}
    connection.execute(insert(refunds).values(**of, amount=amount, how=how, at=now))
    connection.execute(update(rides).where(rides.c.id == ride.id).values(refunded=rides.c.refunded + amount))
    same = [refunds.c[name] == value for name, value in of.items()]
    return connection.execute(select(func.count()).select_from(refunds).where(*same)).scalar_one()


def count_states(connection: Connection) -> dict[str, int]:
    """How many corrections there are in each state."""
    states = select(state_of().label("state")).select_from(ride_corrections).subquery()
    query = select(states.c.state, func.count()).group_by(states.c.state)
    return {row[0]: row[1] for row in connection.execute(query)}


def page_of_corrections(connection: Connection, state: State, offset: int, limit: int) -> list[Listed]:
    """The corrections in a state, newest first."""
    newer = correction_states.alias()
    newest = select(func.max(newer.c.id)).where(newer.c.correction_id == ride_corrections.c.id)
    told = (records.c.device, records.c.epoch, records.c.number)
    said = (ride_corrections.c.device, ride_corrections.c.said_epoch, ride_corrections.c.said_number)
    began = (ride_corrections.c.device, ride_corrections.c.epoch, ride_corrections.c.board_number)
    query = (
        select(
            ride_corrections,
            correction_states.c.state,
            correction_states.c.said_by,
            correction_states.c.at,
            rides.c.edition,
            rides.c.trip_id,
            rides.c.service_date,
            rides.c.pass_id,
            records.c.id.label("said_id"),
        )
        .select_from(ride_corrections)
        .join(
            correction_states, correction_states.c.id == newest.correlate(ride_corrections).scalar_subquery()
        )
        .join(rides, tuple_(rides.c.device, rides.c.epoch, rides.c.board_number) == tuple_(*began))
        .outerjoin(records, tuple_(*told) == tuple_(*said))
        .where(correction_states.c.state == str(state))
    )
    rows = connection.execute(query.order_by(ride_corrections.c.id.desc()).offset(offset).limit(limit))
    return [_listed(row) for row in rows]


def refunds_due(connection: Connection, limit: int) -> list[BookedRide]:
    """Rides with cash to be given back, oldest first."""
    query = select(*RIDE_COLUMNS).where(rides.c.overpaid > rides.c.refunded)
    rows = connection.execute(query.order_by(rides.c.service_date, rides.c.id).limit(limit))
    return [BookedRide(*row) for row in rows]


def count_open(connection: Connection, day: str) -> int:
    """Corrections and refunds of a service day, YYYY-MM-DD, that wait for staff."""
    named = (rides.c.device, rides.c.epoch, rides.c.board_number)
    corrected = (ride_corrections.c.device, ride_corrections.c.epoch, ride_corrections.c.board_number)
    waiting = (
        select(func.count())
        .select_from(ride_corrections)
        .join(rides, tuple_(*named) == tuple_(*corrected))
        .where(rides.c.service_date == day, state_of() == str(State.WAITING))
    )
    due = select(func.count()).where(rides.c.service_date == day, rides.c.overpaid > rides.c.refunded)
    return (connection.scalar(waiting) or 0) + (connection.scalar(due) or 0)


def _ride(connection: Connection, *where: ColumnElement[bool]) -> BookedRide | None:
    row = connection.execute(select(*RIDE_COLUMNS).where(*where)).first()
    return None if row is None else BookedRide(*row)


def _of(ride: BookedRide) -> tuple[ColumnElement[bool], ...]:
    return (
        ride_corrections.c.device == ride.device,
        ride_corrections.c.epoch == ride.epoch,
        ride_corrections.c.board_number == ride.board_number,
    )


def _corrections() -> Select[Any]:
    return select(ride_corrections, state_of().label("state"))


def _correction(row: Any) -> Correction:
    stops = Stops(Place(row.to_board, row.to_board_index), Place(row.to_alight, row.to_alight_index))
    return Correction(row.id, row.seq, State(row.state), row.cause, stops, row.to_fare, row.why_waiting)


def _listed(row: Any) -> Listed:
    return Listed(
        id=row.id,
        device=row.device,
        epoch=row.epoch,
        board_number=row.board_number,
        cause=row.cause,
        from_stops=Stops(
            Place(row.from_board, row.from_board_index), Place(row.from_alight, row.from_alight_index)
        ),
        to_stops=Stops(Place(row.to_board, row.to_board_index), Place(row.to_alight, row.to_alight_index)),
        from_fare=row.from_fare,
        to_fare=row.to_fare,
        waits=row.why_waiting,
        made_at=row.made_at,
        state=row.state,
        decided_by=row.said_by,
        decided_at=row.at,
        edition=row.edition,
        trip_id=row.trip_id,
        service_date=row.service_date,
        pass_id=row.pass_id,
        said_id=row.said_id,
    )
