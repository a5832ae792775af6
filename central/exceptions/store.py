"""What the page of exceptions reads. Everything takes the connection of one read transaction, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Label,
    Select,
    and_,
    case,
    func,
    literal,
    literal_column,
    select,
    union_all,
)

from central.database.phone_ride_tables import phone_claims, phone_noticed, phone_rides
from central.database.tables import devices, incidents, noticed, quarantine, records, salvaged
from central.devices.notice_record import Noticed
from central.exceptions.handling.acts import State
from central.exceptions.handling.store import TABLES, holder_of, is_undone, state_of
from central.exceptions.kinds import QUARANTINED, REFUSED
from central.exceptions.place import Place, Source
from central.exceptions.rows import (
    Incident,
    NoticedByPhone,
    NoticedRecord,
    QuarantinedRecord,
    RefusedRecord,
    Row,
)
from central.exceptions.wanted import Show, Wanted
from central.japan import seconds_of

CHUNK = 500
"""Rows fetched at a time when the whole list is read."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many of a kind somebody has to look at, how many of these are taken on, and when the oldest came in."""

    kind: str
    count: int
    taken: int
    since: int


def count_kinds(connection: Connection, wanted: Wanted) -> dict[str, int]:
    """How many there are of each kind, of the machine and days asked for, whatever kind is."""
    counts: dict[str, int] = {}
    for source in Source:
        kind = _KIND[source]
        query = select(kind, func.count()).where(_of(source, wanted)).group_by(kind)
        counts.update((row[0], row[1]) for row in connection.execute(query.select_from(TABLES[source])))
    return counts


def waiting_kinds(connection: Connection) -> list[Waiting]:
    """Every kind of which somebody has to look at something."""
    found: list[Waiting] = []
    for source, came in _CAME.items():
        state, kind = state_of(source).label("state"), _KIND[source]
        listed = select(kind, came.label("came"), state).where(_of(source, Wanted(show=Show.ALL))).subquery()
        taken = func.sum(case((listed.c.state == State.TAKEN.value, 1), else_=0))
        query = select(listed.c.kind, func.count(), taken, func.min(listed.c.came))
        rows = connection.execute(query.where(listed.c.state.in_(_UNDONE)).group_by(listed.c.kind))
        found += [Waiting(*row) for row in rows]
    return found


def page_of_places(connection: Connection, wanted: Wanted, offset: int, limit: int) -> list[Place]:
    """The exceptions asked for, the last to come in first."""
    return [_place(row) for row in connection.execute(_places(wanted, offset, limit))]


def each_place(connection: Connection, wanted: Wanted) -> Iterator[Place]:
    """All of them, a chunk in memory at a time."""
    yield from map(_place, connection.execute(_places(wanted).execution_options(yield_per=CHUNK)))


def rows_at(connection: Connection, places: Sequence[Place]) -> list[Row]:
    """What stands at those places, in their order."""
    found: dict[Place, Row] = {}
    for source, (query, row_of) in _READ.items():
        ids = [place.id for place in places if place.source is source]
        if ids:
            rows = connection.execute(query.where(TABLES[source].c.id.in_(ids)))
            found |= {Place(source, row[0]): row_of(*row) for row in rows}
    return [found[place] for place in places]


def machines(connection: Connection) -> list[str]:
    """Every machine's name."""
    return list(connection.scalars(select(devices.c.device).order_by(devices.c.device)))


_UNDONE = (State.OPEN.value, State.TAKEN.value)
_CAME = {
    Source.RECORDS: records.c.received_at,
    Source.QUARANTINE: quarantine.c.received_at,
    Source.INCIDENTS: incidents.c.last_at,
    Source.NOTICED: noticed.c.noticed_at,
    Source.PHONE: phone_noticed.c.noticed_at,
}
_KIND: dict[Source, Label[str]] = {
    Source.RECORDS: literal(REFUSED).label("kind"),
    Source.QUARANTINE: literal(QUARANTINED).label("kind"),
    Source.INCIDENTS: incidents.c.what.label("kind"),
    Source.NOTICED: noticed.c.what.label("kind"),
    Source.PHONE: phone_noticed.c.what.label("kind"),
}


def _places(wanted: Wanted, offset: int = 0, limit: int | None = None) -> CompoundSelect[Any]:
    sources = [
        select(literal(str(source)).label("source"), TABLES[source].c.id, came.label("came")).where(
            _of(source, wanted), *_of_kind(source, wanted.kind)
        )
        for source, came in _CAME.items()
    ]
    # The whole compound in order, not a query around it: SQLite then merges the lists and stops at the limit.
    listed = union_all(*sources)
    columns = listed.selected_columns
    ordered = listed.order_by(columns.came.desc(), columns.source, columns.id.desc())
    return ordered.offset(offset).limit(limit)


def _place(row: Any) -> Place:
    return Place(Source(row.source), row.id)


def _of(source: Source, wanted: Wanted) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = []
    match source:
        case Source.RECORDS:
            # Letter for letter as the index says it, so that SQLite need not guess that it holds all of them.
            conditions.append(records.c.refused != literal_column("''"))
        case Source.INCIDENTS:
            conditions.append(incidents.c.what != REFUSED)
    if wanted.device:
        # Appended to, the column no longer leads to the index of all that a machine ever wrote.
        conditions.append(TABLES[source].c.device.concat("") == wanted.device)
    if wanted.first:
        conditions.append(_CAME[source] >= seconds_of(wanted.first)[0])
    if wanted.last:
        conditions.append(_CAME[source] < seconds_of(wanted.last)[1])
    match wanted.show:
        case Show.OPEN:
            conditions.append(is_undone(source))
        case Show.MINE:
            conditions += [state_of(source) == State.TAKEN.value, holder_of(source) == wanted.who]
        case Show.DONE:
            conditions.append(~is_undone(source))
    return and_(True, *conditions)


def _of_kind(source: Source, kind: str) -> list[ColumnElement[bool]]:
    return [_KIND[source].element == kind] if kind else []


_held = records.alias("held")
_bringer = records.alias("bringer")
_READ: dict[Source, tuple[Select[Any], Any]] = {
    Source.RECORDS: (
        select(
            records.c.id,
            records.c.device,
            records.c.epoch,
            records.c.number,
            records.c.hash,
            records.c.kind,
            records.c.wall,
            records.c.received_at,
            records.c.refused,
            records.c.body,
        ),
        RefusedRecord,
    ),
    Source.QUARANTINE: (
        select(
            quarantine.c.id,
            quarantine.c.device,
            quarantine.c.epoch,
            quarantine.c.number,
            quarantine.c.hash,
            quarantine.c.received_at,
            quarantine.c.body,
            _held.c.id,
            _held.c.hash,
            salvaged.c.as_epoch,
            salvaged.c.as_number,
            _bringer.c.id,
            _bringer.c.refused,
        )
        .select_from(quarantine)
        .outerjoin(
            _held,
            and_(
                _held.c.device == quarantine.c.device,
                _held.c.epoch == quarantine.c.epoch,
                _held.c.number == quarantine.c.number,
            ),
        )
        .outerjoin(
            salvaged,
            and_(
                salvaged.c.device == quarantine.c.device,
                salvaged.c.epoch == quarantine.c.epoch,
                salvaged.c.number == quarantine.c.number,
                salvaged.c.hash == quarantine.c.hash,
            ),
        )
        .outerjoin(
            _bringer,
            and_(
                _bringer.c.device == salvaged.c.device,
                _bringer.c.epoch == salvaged.c.as_epoch,
                _bringer.c.number == salvaged.c.as_number,
            ),
        ),
        QuarantinedRecord,
    ),
    Source.INCIDENTS: (
        select(
            incidents.c.id,
            incidents.c.device,
            incidents.c.what,
            incidents.c.detail,
            incidents.c.first_at,
            incidents.c.last_at,
            incidents.c.times,
        ),
        Incident,
    ),
    Source.NOTICED: (
        select(
            noticed.c.id,
            noticed.c.what,
            records.c.id,
            records.c.device,
            records.c.epoch,
            records.c.number,
            records.c.hash,
            records.c.kind,
            records.c.wall,
            noticed.c.noticed_at,
            records.c.body,
        ).join_from(
            noticed,
            records,
            and_(
                records.c.device == noticed.c.device,
                records.c.epoch == noticed.c.epoch,
                records.c.number == noticed.c.number,
            ),
        ),
        NoticedRecord,
    ),
    Source.PHONE: (
        select(
            phone_noticed.c.id,
            phone_noticed.c.what,
            phone_noticed.c.device,
            phone_noticed.c.noticed_at,
            func.coalesce(phone_claims.c.member, phone_rides.c.member),
            func.coalesce(phone_claims.c.moment, phone_rides.c.board_wall),
            phone_claims.c.movement,
            phone_rides.c.id,
            phone_rides.c.edition,
            phone_rides.c.board_stop_id,
            phone_rides.c.alight_stop_id,
            phone_rides.c.fare,
        )
        .select_from(phone_noticed)
        .outerjoin(
            phone_claims,
            and_(
                phone_noticed.c.what == Noticed.PHONE_WAITS.value,
                phone_claims.c.id == phone_noticed.c.about,
            ),
        )
        .outerjoin(
            phone_rides,
            and_(
                phone_noticed.c.what != Noticed.PHONE_WAITS.value,
                phone_rides.c.id == phone_noticed.c.about,
            ),
        ),
        NoticedByPhone,
    ),
}
