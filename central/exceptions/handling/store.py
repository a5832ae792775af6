"""Rows of what staff did about exceptions, and how an exception stands as a column beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    Table,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
)

from central.database.hand_tables import hand_rides
from central.database.handling_tables import exception_acts
from central.database.phone_ride_tables import phone_noticed, phone_places, phone_rides
from central.database.set_right_tables import set_right, set_right_states
from central.database.tables import devices, incidents, noticed, quarantine, records, rides, salvaged
from central.database.transaction import Connection
from central.devices.list_incident import What
from central.devices.notice_record import Noticed
from central.exceptions.handling.acts import Act, Done, State, Wish
from central.exceptions.place import Place, Source
from central.rides.corrections.by_staff.rows import Of, Stands

TABLES = {
    Source.RECORDS: records,
    Source.QUARANTINE: quarantine,
    Source.INCIDENTS: incidents,
    Source.NOTICED: noticed,
    Source.PHONE: phone_noticed,
}
_ACT = exception_acts.c
_bringer = records.alias("brought_by")


def times_of(source: Source) -> ColumnElement[int]:
    """How often an exception has happened."""
    return incidents.c.times if source is Source.INCIDENTS else literal(1, Integer)


def state_of(source: Source) -> ColumnElement[str]:
    """How an exception stands, as a column beside its table's: what `acts.stands` says, for lists."""
    left = _left_at(source)
    return case(
        (left == State.DONE.value, State.DONE.value),
        (solved_of(source), State.SOLVED.value),
        (left == State.TAKEN.value, State.TAKEN.value),
        else_=State.OPEN.value,
    )


def is_undone(source: Source) -> ColumnElement[bool]:
    """Whether somebody has to look at it still; as `state_of` says, and asked for less of every row."""
    return and_(func.coalesce(_left_at(source), "") != State.DONE.value, ~solved_of(source))


def holder_of(source: Source) -> ColumnElement[str]:
    """Who did the last thing that changed how it stands, "" for nobody."""
    return func.coalesce(_newest_act(source, cast(_ACT.who, String)), "")


def solved_of(source: Source) -> ColumnElement[bool]:
    """Whether what was wrong has come right by itself, as a column beside the table's."""
    match source:
        case Source.RECORDS:
            return or_(*(exists().where(*ride) for ride in (_ends(records), _by_hand(records))))
        case Source.QUARANTINE:
            return _handed_on()
        case Source.INCIDENTS:
            enrolled = exists().where(devices.c.device == incidents.c.device, ~devices.c.revoked)
            return and_(incidents.c.what == What.UNKNOWN_DEVICE.value, enrolled)
        case Source.NOTICED:
            return case(
                (noticed.c.what == Noticed.UNSURE_PLACE.value, _is_settled()),
                (noticed.c.what == Noticed.LEFT_OPEN.value, _has_alighted()),
                (
                    noticed.c.what == Noticed.OVERRULED.value,
                    exists().where(*_by_hand(noticed), hand_rides.c.undone),
                ),
                else_=false(),
            )
        case Source.PHONE:
            return case(
                (phone_noticed.c.what == Noticed.PHONE_WAITS.value, _is_placed()),
                (phone_noticed.c.what == Noticed.PHONE_DOUBLE.value, ~_ride_is("double")),
                else_=or_(~_ride_is("provisional"), _has_words()),
            )


def acts_about(connection: Connection, places: Iterable[Place]) -> dict[Place, list[Done]]:
    """What was done about each of these exceptions, oldest first."""
    found: dict[Place, list[Done]] = {place: [] for place in places}
    for source in Source:
        about = [place.id for place in found if place.source is source]
        if not about:
            continue
        query = select(_ACT.about, _ACT.act, _ACT.who, _ACT.reason, _ACT.note, _ACT.times, _ACT.at)
        of = (_ACT.source == source.value, _ACT.about.in_(about))
        for row in connection.execute(query.where(*of).order_by(_ACT.id)):
            done = Done(Act(row.act), row.who, row.reason, row.note, row.times, row.at)
            found[Place(source, row.about)].append(done)
    return found


def how_it_is(connection: Connection, place: Place) -> tuple[int, bool] | None:
    """How often that exception has happened, and whether it came right by itself; None where there is none."""
    table = TABLES[place.source]
    query = select(times_of(place.source), solved_of(place.source)).where(table.c.id == place.id)
    if place.source is Source.RECORDS:
        query = query.where(records.c.refused != "")
    row = connection.execute(query).one_or_none()
    return None if row is None else (int(row[0]), bool(row[1]))


def states_at(connection: Connection, places: Iterable[Place]) -> dict[Place, State]:
    """How each of these exceptions stands."""
    found: dict[Place, State] = {}
    wanted = list(places)
    for source, table in TABLES.items():
        ids = [place.id for place in wanted if place.source is source]
        if ids:
            rows = connection.execute(select(table.c.id, state_of(source)).where(table.c.id.in_(ids)))
            found |= {Place(source, row[0]): State(row[1]) for row in rows}
    return found


def add_act(connection: Connection, place: Place, wish: Wish, now: int) -> None:
    """Keep it."""
    row = {
        "source": place.source.value,
        "about": place.id,
        "act": wish.act.value,
        "who": wish.who,
        "reason": wish.reason if wish.act is Act.CLOSE else "",
        "note": wish.note,
        "times": wish.times,
        "at": now,
    }
    connection.execute(insert(exception_acts).values(row))


def _left_at(source: Source) -> ColumnElement[str]:
    """The state in which the last act left it; NULL before the first."""
    closed = and_(_ACT.act == Act.CLOSE.value, _ACT.times >= times_of(source))
    left = case(
        (closed, State.DONE.value), (_ACT.act == Act.TAKE.value, State.TAKEN.value), else_=State.OPEN.value
    )
    return _newest_act(source, left)


def _newest_act(source: Source, column: ColumnElement[Any]) -> ColumnElement[Any]:
    table = TABLES[source]
    return (
        select(column)
        .where(_ACT.source == source.value, _ACT.about == table.c.id, _ACT.act != Act.NOTE.value)
        .order_by(_ACT.id.desc())
        .limit(1)
        .correlate(table)
        .scalar_subquery()
    )


def _begins(table: Table) -> tuple[ColumnElement[bool], ...]:
    """The ride that the record of `table` began."""
    return (
        rides.c.device == table.c.device,
        rides.c.epoch == table.c.epoch,
        rides.c.board_number == table.c.number,
    )


def _ends(table: Table) -> tuple[ColumnElement[bool], ...]:
    """The ride that it ended; its boarding may have come in after it."""
    return (
        rides.c.device == table.c.device,
        rides.c.alight_epoch == table.c.epoch,
        rides.c.alight_number == table.c.number,
    )


def _by_hand(table: Table) -> tuple[ColumnElement[bool], ...]:
    return (
        hand_rides.c.device == table.c.device,
        hand_rides.c.epoch == table.c.epoch,
        hand_rides.c.number == table.c.number,
    )


def _is_settled() -> ColumnElement[bool]:
    """Sensors, the driver or staff have said since where it was, or it counts no more."""
    return or_(
        exists().where(*_begins(noticed), ~rides.c.board_unsure),
        exists().where(*_ends(noticed), ~rides.c.alight_unsure),
        exists().where(*_by_hand(noticed), or_(~hand_rides.c.unsure, hand_rides.c.undone)),
    )


def _has_alighted() -> ColumnElement[bool]:
    """A record of the alighting has come since, or staff have said where it was."""
    return exists().where(
        rides.c.device == noticed.c.device,
        rides.c.left_number == noticed.c.number,
        rides.c.left_epoch == noticed.c.epoch,
        or_(rides.c.state == "complete", rides.c.corrected > 0),
    )


def _is_placed() -> ColumnElement[bool]:
    """The bus's records have come. Where they do not agree with the phone, that is an incident of its own."""
    return exists().where(phone_places.c.claim_id == phone_noticed.c.about)


def _ride_is(state: str) -> ColumnElement[bool]:
    """The ride by phone still stands so."""
    return exists().where(phone_rides.c.id == phone_noticed.c.about, phone_rides.c.state == state)


def _has_words() -> ColumnElement[bool]:
    """Staff have said since what it costs."""
    return exists().where(
        set_right.c.of == Of.PHONE.value,
        set_right.c.ride == phone_noticed.c.about,
        set_right_states.c.set_right_id == set_right.c.id,
        set_right_states.c.state == Stands.APPLIED.value,
    )


def _handed_on() -> ColumnElement[bool]:
    """A later journal handed it on, and that record was entered."""
    return exists().where(
        salvaged.c.device == quarantine.c.device,
        salvaged.c.epoch == quarantine.c.epoch,
        salvaged.c.number == quarantine.c.number,
        salvaged.c.hash == quarantine.c.hash,
        _bringer.c.device == salvaged.c.device,
        _bringer.c.epoch == salvaged.c.as_epoch,
        _bringer.c.number == salvaged.c.as_number,
        _bringer.c.refused == "",
    )
