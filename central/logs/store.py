"""What the logs' pages read. Everything takes the connection of one read transaction, and writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select, tuple_

from central.database.hand_tables import hand_rides
from central.database.ledger_tables import accounts, entries, groups, lot_moves
from central.database.phone_ride_tables import phone_claims, phone_places, phone_rides
from central.database.tables import devices, passes, quarantine, records, salvaged
from central.database.tables import rides as code_rides
from central.logs.wanted import After, Wanted
from central.today.filters import BY_CODE, BY_HAND, BY_PHONE
from central.today.rows import Record, Ride
from central.today.store import journeys, rides
from rules.messages.events import RecordRef

CHUNK_DAYS = 7
"""Days that are asked for at once: most searches have a page full after the newest week."""

_RIDE = [rides[field.name] for field in fields(Ride)]
_RECORD = [records.c[field.name] for field in fields(Record)]
_ORDER = (rides.service_date, rides.board_wall, rides.means, rides.id)


@dataclass(frozen=True, slots=True)
class Keys:
    """Whose rides are meant: by these passes, or by these members' phones."""

    members: frozenset[str] = frozenset()
    passes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """A record that a ride is made of: its part in it, and its name."""

    part: str
    device: str
    record: RecordRef


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the ledger: what its cause asked for, Unix second of posting, head of the chain after it."""

    id: int
    command: str
    what: str
    posted_at: int
    chain: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry of a group: account by kind, owner and unit; units in or out; the lots it moved with how much."""

    kind: str
    owner: str
    unit: str
    amount: int
    lots: tuple[tuple[int, int], ...]


def passes_of(connection: Connection, members: Collection[str]) -> frozenset[str]:
    """All passes that these members have had."""
    return frozenset(connection.scalars(select(passes.c.pass_id).where(passes.c.member.in_(members))))


def member_of_pass(connection: Connection, pass_id: str) -> str:
    """Whose it is; "" for a pass that the office has not issued."""
    return connection.scalar(select(passes.c.member).where(passes.c.pass_id == pass_id)) or ""


def find_rides(
    connection: Connection, wanted: Wanted, keys: Keys | None, stops: frozenset[str], limit: int
) -> list[Ride]:
    """Rides newest day and boarding first. `keys` None means everybody's, `stops` are the poles that are meant."""
    conditions = list(_conditions(wanted, keys, stops))
    found: list[Ride] = []
    for first, last in _chunks(wanted, whole=keys is not None):
        of_days = (rides.service_date >= first.isoformat(), rides.service_date <= last.isoformat())
        query = select(*_RIDE).select_from(journeys).where(*of_days, *conditions)
        ordered = query.order_by(*(column.desc() for column in _ORDER)).limit(limit - len(found))
        found += [Ride(*row) for row in connection.execute(ordered)]
        if len(found) >= limit:
            break
    return found


def _chunks(wanted: Wanted, *, whole: bool) -> Iterator[tuple[date, date]]:
    last = wanted.last
    if wanted.after:
        last = min(last, max(wanted.first, date.fromisoformat(wanted.after.day)))
    while last >= wanted.first:
        first = wanted.first if whole else max(wanted.first, last - timedelta(CHUNK_DAYS - 1))
        yield first, last
        last = first - timedelta(1)


def _conditions(wanted: Wanted, keys: Keys | None, stops: frozenset[str]) -> Iterator[ColumnElement[bool]]:
    for column, value in (
        (rides.device, wanted.bus),
        (rides.trip_id, wanted.trip),
        (rides.state, wanted.state),
    ):
        if value:
            yield column == value
    if wanted.means == BY_HAND:
        yield rides.means.not_in(("", BY_PHONE))
    elif wanted.means:
        yield rides.means == ("" if wanted.means == BY_CODE else wanted.means)
    if wanted.stop:
        yield or_(rides.board_stop_id.in_(stops), rides.alight_stop_id.in_(stops))
    if keys is not None:
        of_members = select(phone_rides.c.id).where(phone_rides.c.member.in_(keys.members))
        yield or_(rides.pass_id.in_(keys.passes), and_(rides.means == BY_PHONE, rides.id.in_(of_members)))
    if wanted.after:
        yield _is_after(wanted.after)


def _is_after(last: After) -> ColumnElement[bool]:
    return tuple_(*_ORDER) < tuple_(last.day, last.wall, last.means, last.id)


def rides_of_record(connection: Connection, device: str, record: RecordRef) -> list[Ride]:
    """The rides that a record is part of, by any means."""
    by_code = select(code_rides.c.id).where(
        code_rides.c.device == device,
        or_(
            *(
                and_(code_rides.c[epoch] == record.epoch, code_rides.c[number] == record.number)
                for epoch, number in (
                    ("epoch", "board_number"),
                    ("alight_epoch", "alight_number"),
                    ("left_epoch", "left_number"),
                )
            )
        ),
    )
    by_hand = select(hand_rides.c.id).where(
        hand_rides.c.device == device,
        or_(
            and_(hand_rides.c.epoch == record.epoch, hand_rides.c.number == record.number),
            and_(hand_rides.c.board_epoch == record.epoch, hand_rides.c.board_number == record.number),
        ),
    )
    by_phone = select(phone_rides.c.id).where(
        phone_rides.c.device == device,
        phone_rides.c.epoch == record.epoch,
        or_(phone_rides.c.board_number == record.number, phone_rides.c.alight_number == record.number),
    )
    found = []
    for kind, ids in ((BY_CODE, by_code), (BY_HAND, by_hand), (BY_PHONE, by_phone)):
        for ride_id in connection.scalars(ids.order_by("id").limit(20)):
            ride = find_ride(connection, kind, ride_id)
            if ride is not None:
                found.append(ride)
    return found


def find_ride(connection: Connection, kind: str, ride_id: int) -> Ride | None:
    """One ride: by a code, a hand or a phone, and its number among those."""
    day = connection.scalar(select(_TABLES[kind].c.service_date).where(_TABLES[kind].c.id == ride_id))
    if day is None:
        return None
    # Its day first: no table has an index by the rides' common columns.
    query = select(*_RIDE).select_from(journeys).where(rides.service_date == day, rides.id == ride_id)
    row = connection.execute(query.where(_KINDS[kind])).one_or_none()
    return Ride(*row) if row else None


_TABLES = {BY_CODE: code_rides, BY_HAND: hand_rides, BY_PHONE: phone_rides}
_KINDS = {
    BY_CODE: rides.means == "",
    BY_HAND: rides.means.not_in(("", BY_PHONE)),
    BY_PHONE: rides.means == BY_PHONE,
}


def steps_of_code(connection: Connection, ride_id: int) -> list[Step]:
    """The records of a ride by a code."""
    row = connection.execute(select(code_rides).where(code_rides.c.id == ride_id)).one()
    return _steps(
        row.device,
        ("board", row.epoch, row.board_number),
        ("alight", row.alight_epoch, row.alight_number),
        ("left", row.left_epoch, row.left_number),
    )


def steps_of_hand(connection: Connection, ride_id: int) -> list[Step]:
    """The records of a ride by the driver's hand; a boarding is its own."""
    row = connection.execute(select(hand_rides).where(hand_rides.c.id == ride_id)).one()
    own = "board" if row.state == "open" else "alight"
    before = () if own == "board" else (("board", row.board_epoch, row.board_number),)
    refused = ("refused", row.refused_epoch, row.refused_number)
    return _steps(row.device, refused, *before, (own, row.epoch, row.number))


def steps_of_phone(connection: Connection, ride_id: int) -> list[Step]:
    """The openings of the door of a ride by phone."""
    row = connection.execute(select(phone_rides).where(phone_rides.c.id == ride_id)).one()
    return _steps(
        row.device, ("board", row.epoch, row.board_number), ("alight", row.epoch, row.alight_number)
    )


def _steps(device: str, *named: tuple[str, str | None, int | None]) -> list[Step]:
    return [
        Step(part, device, RecordRef(epoch, number))
        for part, epoch, number in named
        if epoch is not None and number is not None
    ]


def member_of_phone_ride(connection: Connection, ride_id: int) -> str:
    """Whose phone it was."""
    return connection.scalar(select(phone_rides.c.member).where(phone_rides.c.id == ride_id)) or ""


def claims_of(connection: Connection, ride_id: int) -> list[Any]:
    """What the phone said of a ride, with what the bus's records made of it, oldest first."""
    ride = connection.execute(select(phone_rides).where(phone_rides.c.id == ride_id)).one()
    query = (
        select(phone_claims, phone_places.c.refused)
        .select_from(phone_claims.join(phone_places, phone_places.c.claim_id == phone_claims.c.id))
        .where(
            phone_claims.c.member == ride.member,
            phone_claims.c.device == ride.device,
            phone_places.c.trip_id == ride.trip_id,
            phone_places.c.service_date == ride.service_date,
        )
    )
    return list(connection.execute(query.order_by(phone_claims.c.moment, phone_claims.c.id)))


def record_named(connection: Connection, device: str, record: RecordRef) -> Record | None:
    """A record by its name; None while it is not here."""
    row = connection.execute(_named(records, _RECORD, device, record)).one_or_none()
    return Record(*row) if row else None


def records_numbered(connection: Connection, device: str, number: int, limit: int) -> list[Record]:
    """Records of that number in any journal of the machine, or of any machine for "", the newest first."""
    query = select(*_RECORD).where(records.c.number == number)
    # Without a machine's name each of them is asked in turn: the index begins with it.
    names = [device] if device else list(connection.scalars(select(devices.c.device)))
    query = query.where(records.c.device.in_(names)).order_by(records.c.id.desc()).limit(limit)
    return [Record(*row) for row in connection.execute(query)]


def others_under(connection: Connection, device: str, record: RecordRef) -> list[Any]:
    """What else came under the same name and was set apart: arrival, hash."""
    columns = [quarantine.c.received_at, quarantine.c.hash]
    return list(connection.execute(_named(quarantine, columns, device, record).order_by(quarantine.c.id)))


def salvaged_as(connection: Connection, device: str, record: RecordRef) -> list[Any]:
    """The records of an earlier journal that were applied as this one."""
    query = select(salvaged).where(
        salvaged.c.device == device,
        salvaged.c.as_epoch == record.epoch,
        salvaged.c.as_number == record.number,
    )
    return list(connection.execute(query))


def _named(table: Any, columns: list[Any], device: str, record: RecordRef) -> Select[Any]:
    return select(*columns).where(
        table.c.device == device, table.c.epoch == record.epoch, table.c.number == record.number
    )


_GROUP = [groups.c[field.name] for field in fields(Group)]


def groups_of(connection: Connection, commands: Collection[str]) -> list[Group]:
    """The groups of those commands that were posted, in order."""
    query = select(*_GROUP).where(groups.c.command.in_(commands)).order_by(groups.c.id)
    return [Group(*row) for row in connection.execute(query)]


def groups_beginning(connection: Connection, beginning: str) -> list[Group]:
    """The groups whose commands begin so, a text that ends in a slash."""
    # Two bounds and not LIKE: SQLite's ignores capitals, so it does not look into the index.
    bounds = (groups.c.command >= beginning, groups.c.command < f"{beginning[:-1]}0")
    return [Group(*row) for row in connection.execute(select(*_GROUP).where(*bounds).order_by(groups.c.id))]


def find_group(connection: Connection, group_id: int) -> Group | None:
    """One group."""
    row = connection.execute(select(*_GROUP).where(groups.c.id == group_id)).one_or_none()
    return Group(*row) if row else None


def newest_group(connection: Connection) -> Group | None:
    """The one that the chain ends with."""
    row = connection.execute(select(*_GROUP).order_by(groups.c.id.desc()).limit(1)).one_or_none()
    return Group(*row) if row else None


def entries_in(connection: Connection, group_id: int) -> list[EntryRow]:
    """A group's entries."""
    query = (
        select(entries.c.id, accounts.c.kind, accounts.c.owner, accounts.c.unit, entries.c.amount)
        .join_from(entries, accounts)
        .where(entries.c.group_id == group_id)
        .order_by(entries.c.id)
    )
    rows = list(connection.execute(query))
    moved = select(lot_moves.c.entry_id, lot_moves.c.lot_id, lot_moves.c.amount).where(
        lot_moves.c.entry_id.in_([row.id for row in rows])
    )
    lots: dict[int, list[tuple[int, int]]] = {}
    for entry, lot, amount in connection.execute(moved.order_by(lot_moves.c.id)):
        lots.setdefault(entry, []).append((lot, amount))
    return [EntryRow(*row[1:], tuple(lots.get(row.id, ()))) for row in rows]
