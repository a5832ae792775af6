"""What the day's page reads. Everything takes the connection of one read transaction, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from central.database.correction_tables import correction_states, refunds
from central.database.hand_tables import hand_rides
from central.database.phone_ride_tables import phone_rides
from central.database.tables import devices, health, incidents, records
from central.database.tables import rides as code_rides
from central.japan import seconds_of
from central.today.filters import BY_CODE, BY_HAND, BY_PHONE, NOT_APPLIED, Filter
from central.today.rows import Incident, Machine, Matching, Record, Ride, RideSums
from rules.messages.events import Means

_boarding = hand_rides.alias("boarding")
_left = hand_rides.alias("leaving")
_gone = (
    select(func.coalesce(func.sum(_left.c.people), 0))
    .where(
        _left.c.device == hand_rides.c.device,
        _left.c.board_epoch == hand_rides.c.epoch,
        _left.c.board_number == hand_rides.c.number,
        _left.c.state != "open",
        ~_left.c.undone,
    )
    .correlate(hand_rides)
    .scalar_subquery()
)
_is_open = hand_rides.c.state == "open"
_unpaid = case((hand_rides.c.means == str(Means.PASS), func.coalesce(hand_rides.c.fare, 0)), else_=0)


_is_left = and_(code_rides.c.state == "open", code_rides.c.left_number.is_not(None))


def _by_code() -> Select[Any]:
    return select(
        code_rides.c.id,
        code_rides.c.device,
        code_rides.c.epoch,
        code_rides.c.board_number,
        code_rides.c.alight_number,
        case((_is_left, "provisional"), else_=code_rides.c.state).label("state"),
        literal("", String).label("means"),
        (1 + code_rides.c.adults + code_rides.c.children).label("people"),
        code_rides.c.pass_id,
        code_rides.c.pass_kind,
        code_rides.c.rider_class,
        code_rides.c.product,
        code_rides.c.adults,
        code_rides.c.children,
        code_rides.c.edition,
        code_rides.c.trip_id,
        code_rides.c.service_date,
        code_rides.c.board_stop_id,
        code_rides.c.alight_stop_id,
        code_rides.c.board_wall,
        code_rides.c.alight_wall,
        code_rides.c.fare,
        code_rides.c.held,
        code_rides.c.cash,
        code_rides.c.owed,
        code_rides.c.overpaid,
        code_rides.c.board_unsure,
        code_rides.c.alight_unsure,
        code_rides.c.corrected,
        literal(0).label("overruled"),
        literal(1).label("camera"),
    )


def _by_hand() -> Select[Any]:
    """An alighting is a ride; a boarding is one for as many people as are still on board."""
    columns = select(
        hand_rides.c.id,
        hand_rides.c.device,
        func.coalesce(hand_rides.c.board_epoch, hand_rides.c.epoch).label("epoch"),
        hand_rides.c.board_number,
        case((_is_open, null()), else_=hand_rides.c.number).label("alight_number"),
        hand_rides.c.state,
        hand_rides.c.means,
        case((_is_open, hand_rides.c.people - _gone), else_=hand_rides.c.people).label("people"),
        literal("", String),
        null(),
        hand_rides.c.rider_class,
        literal(0),
        literal(0),
        literal(0),
        hand_rides.c.edition,
        hand_rides.c.trip_id,
        hand_rides.c.service_date,
        hand_rides.c.board_stop_id,
        hand_rides.c.alight_stop_id,
        func.coalesce(_boarding.c.wall, hand_rides.c.wall),
        case((_is_open, null()), else_=hand_rides.c.wall),
        hand_rides.c.fare,
        literal(0),
        hand_rides.c.cash,
        _unpaid,
        literal(0),
        func.coalesce(_boarding.c.unsure, False),
        and_(~_is_open, hand_rides.c.unsure),
        literal(0),
        func.coalesce(_boarding.c.refused_number.is_not(None), False),
        hand_rides.c.camera,
    )
    begun = and_(
        _boarding.c.device == hand_rides.c.device,
        _boarding.c.epoch == hand_rides.c.board_epoch,
        _boarding.c.number == hand_rides.c.board_number,
    )
    counts = and_(~hand_rides.c.undone, or_(~_is_open, hand_rides.c.people > _gone))
    return columns.select_from(hand_rides.outerjoin(_boarding, begun)).where(counts)


def _by_phone() -> Select[Any]:
    """Where the bus has read the rider, too, that ride counts."""
    ride = phone_rides.c
    return select(
        ride.id,
        ride.device,
        ride.epoch,
        ride.board_number,
        ride.alight_number,
        ride.state,
        literal(BY_PHONE, String),
        literal(1),
        literal("", String),
        null(),
        ride.rider_class,
        ride.product,
        literal(0),
        literal(0),
        ride.edition,
        ride.trip_id,
        ride.service_date,
        ride.board_stop_id,
        ride.alight_stop_id,
        ride.board_wall,
        ride.alight_wall,
        ride.fare,
        func.coalesce(ride.fare, 0) - ride.owed,
        literal(0),
        ride.owed,
        literal(0),
        literal(0),
        literal(0),
        literal(0),
        literal(0),
        literal(1),
    ).where(ride.state.not_in(("double", "void")))


journeys = union_all(_by_code(), _by_hand(), _by_phone()).subquery("journeys")
"""Every ride that counts. `means` is "" for one by a code, `BY_PHONE` where the phone has read the bus. `owed` of a
pass that was not taken is what nobody paid."""
rides = journeys.c

CHUNK = 500
"""Rows fetched at a time when a whole day is read."""


_RIDE = [rides[field.name] for field in fields(Ride)]
_RECORD = [records.c[field.name] for field in fields(Record)]
_NO_MONEY = (0,) * 5
_INCIDENT = [incidents.c[field.name] for field in fields(Incident)]


def newest_record(connection: Connection) -> int:
    """A number that rises with every record, correction, refund and change of a ride by phone.

    0 before the first; while there are records alone, it is the id of the last. Every open page asks for it at every
    tick, so each part is the last row of an index.
    """
    last = (records.c.id, correction_states.c.id, refunds.c.id, phone_rides.c.change)
    first, *others = (select(func.coalesce(func.max(each), 0)).scalar_subquery() for each in last)
    return connection.scalar(select(sum(others, start=first))) or 0


def editions_of(connection: Connection, wanted: Filter) -> list[int]:
    """The editions that the day's rides speak of, newest first."""
    query = select(rides.edition).where(rides.service_date == wanted.day.isoformat()).distinct()
    return list(connection.scalars(query.order_by(rides.edition.desc())))


def trips_of(connection: Connection, wanted: Filter) -> list[tuple[int, str]]:
    """(edition, trip id) of every trip that had a ride on the day."""
    query = select(rides.edition, rides.trip_id).where(rides.service_date == wanted.day.isoformat())
    return [(row.edition, row.trip_id) for row in connection.execute(query.distinct())]


def machines(connection: Connection) -> list[Machine]:
    """Every machine, by kind and name."""
    query = select(devices.c.device, devices.c.kind, devices.c.revoked, health.c.heard_at, health.c.body)
    joined = query.select_from(devices.outerjoin(health, devices.c.device == health.c.device))
    return [Machine(*row) for row in connection.execute(joined.order_by(devices.c.kind, devices.c.device))]


def incidents_of(connection: Connection, wanted: Filter, limit: int) -> list[Incident]:
    """What the office must look at and happened on the day, the last first."""
    start, end = seconds_of(wanted.day)
    query = select(*_INCIDENT).where(incidents.c.last_at >= start, incidents.c.last_at < end)
    return [
        Incident(*row) for row in connection.execute(query.order_by(incidents.c.last_at.desc()).limit(limit))
    ]


def last_bodies(connection: Connection, device: str, limit: int) -> list[bytes]:
    """The newest records of one machine, newest first: where it was before it fell silent."""
    query = select(records.c.body).where(records.c.device == device)
    return list(connection.scalars(query.order_by(records.c.id.desc()).limit(limit)))


def sum_rides(connection: Connection, wanted: Filter, matching: Matching | None = None) -> RideSums:
    """The sums of the rides that `wanted` asks for; of the whole day without `matching`."""
    where = _rides_where(wanted, matching) if matching else rides.service_date == wanted.day.isoformat()
    query = select(
        rides.state,
        func.count(),
        # People as a float: a machine may name any number of them.
        func.total(rides.people),
        func.total(case((rides.means.not_in(("", BY_PHONE)), rides.people), else_=0)),
        func.sum(func.coalesce(rides.fare, 0)),
        func.sum(rides.held),
        func.sum(rides.cash),
        func.sum(rides.owed),
        func.sum(case((rides.means == str(Means.COUPON), func.coalesce(rides.fare, 0)), else_=0)),
    ).where(where)
    rows = connection.execute(query.group_by(rides.state))
    found = {state: tuple(map(int, numbers)) for state, *numbers in rows}
    rides_of = {state: found[state][0] for state in found}
    ended = [numbers[3:] for state, numbers in found.items() if state != "open"]
    fare, held, cash, owed, coupons = (sum(column) for column in zip(_NO_MONEY, *ended, strict=True))
    return RideSums(
        people=sum(numbers[1] for numbers in found.values()),
        by_hand=sum(numbers[2] for numbers in found.values()),
        complete=rides_of.get("complete", 0),
        provisional=rides_of.get("provisional", 0),
        open=rides_of.get("open", 0),
        fare=fare,
        held=held,
        cash=cash,
        owed=owed,
        coupons=coupons,
    )


def page_of_rides(
    connection: Connection, wanted: Filter, matching: Matching, offset: int, limit: int
) -> list[Ride]:
    """Rides newest boarding first."""
    return [Ride(*row) for row in connection.execute(_rides(wanted, matching).offset(offset).limit(limit))]


def each_ride(connection: Connection, wanted: Filter, matching: Matching) -> Iterator[Ride]:
    """All of them, a chunk in memory at a time."""
    query = _rides(wanted, matching).execution_options(yield_per=CHUNK)
    yield from (Ride(*row) for row in connection.execute(query))


def count_records(connection: Connection, wanted: Filter) -> int:
    """Records of the day and bus."""
    return connection.scalar(select(func.count()).select_from(records).where(_records_where(wanted))) or 0


def count_not_applied(connection: Connection, wanted: Filter) -> int:
    """Records of the day that could not be entered in the books, of all machines."""
    start, end = seconds_of(wanted.day)
    query = select(func.count()).where(records.c.wall >= start, records.c.wall < end, records.c.refused != "")
    return connection.scalar(query) or 0


def page_of_records(connection: Connection, wanted: Filter, offset: int, limit: int) -> list[Record]:
    """Records of the day and bus, the last to arrive first."""
    return [Record(*row) for row in connection.execute(_records(wanted).offset(offset).limit(limit))]


def each_record(connection: Connection, wanted: Filter) -> Iterator[Record]:
    """All of them, a chunk in memory at a time."""
    query = _records(wanted).execution_options(yield_per=CHUNK)
    yield from (Record(*row) for row in connection.execute(query))


def each_answer(connection: Connection, wanted: Filter) -> Iterator[bytes]:
    """The bodies of the day's taps and of its boardings by hand, of all machines."""
    start, end = seconds_of(wanted.day)
    query = select(records.c.body).where(
        records.c.wall >= start, records.c.wall < end, records.c.kind.in_(("tapped", "hand-boarded"))
    )
    yield from connection.scalars(query.execution_options(yield_per=CHUNK))


def find_record(connection: Connection, record_id: int) -> Record | None:
    """One record by its place in central's book."""
    row = connection.execute(select(*_RECORD).where(records.c.id == record_id)).one_or_none()
    return Record(*row) if row else None


def _rides(wanted: Filter, matching: Matching) -> Select[Any]:
    return (
        select(*_RIDE)
        .where(_rides_where(wanted, matching))
        .order_by(rides.board_wall.desc(), rides.id.desc())
    )


def _rides_where(wanted: Filter, matching: Matching) -> ColumnElement[bool]:
    conditions = [rides.service_date == wanted.day.isoformat()]
    for column, value in (
        (rides.device, wanted.bus),
        (rides.trip_id, wanted.trip),
        (rides.state, wanted.state),
    ):
        if value:
            conditions.append(column == value)
    if wanted.means == BY_HAND:
        conditions.append(rides.means.not_in(("", BY_PHONE)))
    elif wanted.means:
        conditions.append(rides.means == ("" if wanted.means == BY_CODE else wanted.means))
    if wanted.stop:
        conditions.append(_at(matching.stop))
    if wanted.text:
        conditions.append(_rides_text(wanted, matching))
    return and_(*conditions)


def _at(stop_ids: frozenset[str]) -> ColumnElement[bool]:
    return or_(rides.board_stop_id.in_(stop_ids), rides.alight_stop_id.in_(stop_ids))


def _rides_text(wanted: Filter, matching: Matching) -> ColumnElement[bool]:
    named = wanted.record
    if named:
        numbered = or_(rides.board_number == named.number, rides.alight_number == named.number)
        return and_(numbered, rides.device == named.device) if named.device else numbered
    columns = (
        rides.pass_id,
        rides.device,
        rides.trip_id,
        rides.board_stop_id,
        rides.alight_stop_id,
    )
    return or_(*(column.icontains(wanted.text, autoescape=True) for column in columns), _at(matching.text))


def _records(wanted: Filter) -> Select[Any]:
    # By arrival: for one machine that is the order of its own numbers, which no clock can upset.
    return select(*_RECORD).where(_records_where(wanted)).order_by(records.c.id.desc())


def _records_where(wanted: Filter) -> ColumnElement[bool]:
    start, end = seconds_of(wanted.day)
    conditions = [records.c.wall >= start, records.c.wall < end]
    if wanted.bus:
        conditions.append(records.c.device == wanted.bus)
    if wanted.outcome == NOT_APPLIED:
        conditions.append(records.c.refused != "")
    return and_(*conditions)
