"""Rows of phones' claims, of the bus's openings that they belong to, and of the rides they make."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, ScalarSelect, exists, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from central.database.phone_ride_tables import phone_claims, phone_noticed, phone_places, phone_rides
from central.database.tables import passes, records, rides, salvaged
from central.database.transaction import Connection
from central.devices.notice_record import Noticed
from central.rides.by_phone.read_claim import AskedClaim
from rules.messages.codec import Malformed, decode_event
from rules.messages.events import AnyEvent, RecordRef, Salvaged
from rules.passes.rider_pass import unpack_pass
from rules.ride.outcomes import Movement
from rules.ride.phone_ride import Claim, NotTaken, Opening, Placed, Position


@dataclass(frozen=True, slots=True)
class TripKey:
    """One member on one trip of one bus."""

    member: str
    device: str
    service_date: str
    trip_id: str


@dataclass(frozen=True, slots=True)
class KeptClaim:
    """A claim in the books, and whose it is."""

    id: int
    member: str
    asked: str
    claim: Claim


@dataclass(frozen=True, slots=True)
class Known:
    """A ride as it is known: all of its row that may change."""

    state: str
    edition: int
    rider_class: int
    product: int
    epoch: str
    board_number: int
    board_index: int
    board_stop_id: str
    board_wall: int
    alight_number: int | None
    alight_index: int | None
    alight_stop_id: str | None
    alight_wall: int | None
    fare: int | None
    sale: str = ""

    @property
    def board(self) -> str:
        """The name of the record where it boarded: epoch and number."""
        return f"{self.epoch}/{self.board_number}"


@dataclass(frozen=True, slots=True)
class RideRow:
    """A ride in the books. `command` names what it was charged by."""

    id: int
    version: int
    known: Known

    @property
    def command(self) -> str:
        """The order by which this version was charged."""
        return f"phone-ride/{self.id}/{self.version}"

    @property
    def undoing(self) -> str:
        """The order by which this version was taken back."""
        return f"phone-ride-back/{self.id}/{self.version}"

    @property
    def board(self) -> str:
        """The name of the record where it boarded: epoch and number."""
        return self.known.board

    @property
    def commands(self) -> list[str]:
        """All that may have moved something for the ride, whatever was known of it."""
        versions = [replace(self, version=number) for number in range(1, self.version + 1)]
        return [command for each in versions for command in (each.command, each.undoing)]

    @property
    def name(self) -> str:
        """What people call it by."""
        return f"phone/{self.id}"


def claim_by_command(connection: Connection, member: str, command: str) -> KeptClaim | None:
    """The member's claim of that id."""
    where = (phone_claims.c.member == member, phone_claims.c.command == command)
    row = connection.execute(select(phone_claims).where(*where)).first()
    return None if row is None else _kept(row)


def claim_by_opening(connection: Connection, member: str, asked: AskedClaim) -> KeptClaim | None:
    """The member's claim of the same code and movement, under whatever id."""
    if asked.code is None:
        return None
    named = (phone_claims.c.epoch == asked.code.epoch, phone_claims.c.number == asked.code.number)
    where = (phone_claims.c.member == member, phone_claims.c.device == asked.bus, *named)
    moved = phone_claims.c.movement == asked.movement
    row = connection.execute(select(phone_claims).where(*where, moved)).first()
    return None if row is None else _kept(row)


def add_claim(connection: Connection, member: str, command: str, asked: str, claim: Claim) -> KeptClaim:
    """A new claim under the id `command`; `asked` is the hash of what was said."""
    opening, position = claim.opening, claim.position
    row = {
        "member": member,
        "command": command,
        "asked": asked,
        "device": claim.bus,
        "epoch": opening.epoch if opening else None,
        "number": opening.number if opening else None,
        "movement": str(claim.movement),
        "moment": claim.moment,
        "lat": position.lat if position else None,
        "lon": position.lon if position else None,
        "accuracy_m": position.accuracy_m if position else None,
        "received_at": claim.received,
    }
    connection.execute(insert(phone_claims).values(**row))
    found = claim_by_command(connection, member, command)
    if found is None:
        raise LookupError(command)
    return found


def count_claims(connection: Connection, member: str, since: int) -> int:
    """How many of the member's claims have come in since that Unix second."""
    where = (phone_claims.c.member == member, phone_claims.c.received_at > since)
    return connection.execute(select(func.count()).select_from(phone_claims).where(*where)).scalar_one()


def waiting_claims(connection: Connection, since: int, most: int) -> list[KeptClaim]:
    """Claims of since Unix second `since` that nothing has been said of yet, the newest first."""
    placed = exists().where(phone_places.c.claim_id == phone_claims.c.id)
    query = select(phone_claims).where(~placed, phone_claims.c.received_at >= since)
    query = query.order_by(phone_claims.c.id.desc()).limit(most)
    return [_kept(row) for row in connection.execute(query)]


def put_place(connection: Connection, claim_id: int, found: Placed | NotTaken, now: int) -> None:
    """What the bus's records made of a claim."""
    row: dict[str, Any] = {"claim_id": claim_id, "placed_at": now}
    if isinstance(found, Placed):
        opening = found.opening
        row |= {
            "epoch": opening.record.epoch,
            "number": opening.record.number,
            "wall": opening.at,
            "edition": opening.edition,
            "trip_id": opening.trip_id,
            "service_date": opening.service_date,
            "stop_index": opening.stop_index,
        }
    else:
        row["refused"] = str(found)
    connection.execute(insert(phone_places).values(**row))


def put_noticed(connection: Connection, device: str, what: Noticed, about: int, now: int) -> None:
    """Put a claim or a ride before the office; once, whenever it is found again."""
    row = {"device": device, "what": what, "about": about, "noticed_at": now}
    connection.execute(upsert(phone_noticed).on_conflict_do_nothing().values(**row))


def place_of(connection: Connection, claim_id: int) -> Opening | NotTaken | None:
    """What was made of a claim; None while it waits."""
    row = connection.execute(select(phone_places).where(phone_places.c.claim_id == claim_id)).first()
    if row is None:
        return None
    return NotTaken(row.refused) if row.refused else _opening(row)


def taps_of(connection: Connection, key: TripKey) -> list[tuple[Movement, Opening]]:
    """All that a member's claims have come to on one trip."""
    where = (
        phone_claims.c.member == key.member,
        phone_claims.c.device == key.device,
        phone_places.c.trip_id == key.trip_id,
        phone_places.c.service_date == key.service_date,
    )
    query = select(phone_claims.c.movement, *phone_places.columns).join_from(phone_places, phone_claims)
    return [(Movement(row.movement), _opening(row)) for row in connection.execute(query.where(*where))]


def event_of(connection: Connection, device: str, record: RecordRef) -> tuple[int, AnyEvent] | None:
    """A record of a machine by its own name, also one that a later journal handed on, and when it was."""
    handed = select(salvaged.c.as_epoch, salvaged.c.as_number).where(*_names(salvaged, device, record))
    names = [record, *(RecordRef(*row) for row in connection.execute(handed))]
    for name in names:
        query = select(records.c.wall, records.c.body).where(*_names(records, device, name))
        row = connection.execute(query).first()
        event = None if row is None else _event(row.body)
        if row is not None and isinstance(event, Salvaged):
            event = _event(bytes(event.body))
            return None if event is None else (event.at.wall, event)
        if row is not None and event is not None and name == record:
            return row.wall, event
    return None


def events_between(
    connection: Connection, device: str, kind: str, first: int, last: int
) -> Iterator[tuple[RecordRef, int, AnyEvent]]:
    """A machine's records of one kind from Unix second `first` to `last`, the newest first."""
    where = (records.c.device == device, records.c.kind == kind, records.c.wall.between(first, last))
    query = select(records.c.epoch, records.c.number, records.c.wall, records.c.body).where(*where)
    for row in connection.execute(query.order_by(records.c.wall.desc(), records.c.number.desc())):
        event = _event(row.body)
        if event is not None:
            yield RecordRef(row.epoch, row.number), row.wall, event


def rides_of_trip(connection: Connection, key: TripKey) -> list[RideRow]:
    """The member's rides by phone on that trip, in order."""
    query = select(phone_rides).where(*_of(key)).order_by(phone_rides.c.place)
    return [_ride(row) for row in connection.execute(query)]


def ride_with_id(connection: Connection, ride_id: int) -> tuple[TripKey, RideRow] | None:
    """A ride by its place in the table, and whose and where it is."""
    row = connection.execute(select(phone_rides).where(phone_rides.c.id == ride_id)).first()
    return None if row is None else (_key(row), _ride(row))


def rides_of_member(connection: Connection, member: str, most: int) -> list[tuple[TripKey, RideRow]]:
    """The member's newest rides by phone, newest first."""
    mine = (phone_rides.c.member == member, phone_rides.c.state != "void")
    query = (
        select(phone_rides).where(*mine).order_by(phone_rides.c.board_wall.desc(), phone_rides.c.id.desc())
    )
    return [(_key(row), _ride(row)) for row in connection.execute(query.limit(most))]


def add_ride(connection: Connection, key: TripKey, place: int, known: Known) -> RideRow:
    """A ride that nobody knew of."""
    names = {"member": key.member, "device": key.device, "place": place, "version": 1}
    trip = {"service_date": key.service_date, "trip_id": key.trip_id}
    connection.execute(insert(phone_rides).values(**names, **trip, change=_next_change(), **_values(known)))
    return rides_of_trip(connection, key)[place]


def change_ride(connection: Connection, before: RideRow, known: Known) -> RideRow:
    """A ride as it is known from now on."""
    after = RideRow(before.id, before.version + 1, known)
    changed = update(phone_rides).where(phone_rides.c.id == before.id)
    connection.execute(changed.values(version=after.version, owed=0, change=_next_change(), **_values(known)))
    return after


def rides_that_fit(
    connection: Connection, member: str, first_day: str, last_day: str, classes: Collection[int]
) -> list[tuple[TripKey, RideRow]]:
    """A member's ended rides of these days that a return ticket's trip could pay for, wherever they went."""
    ended = phone_rides.c.state.in_(("complete", "provisional"))
    priced = (phone_rides.c.product == 0, phone_rides.c.fare > 0, phone_rides.c.rider_class.in_(classes))
    mine = (phone_rides.c.member == member, phone_rides.c.service_date.between(first_day, last_day))
    query = select(phone_rides).where(*mine, ended, *priced).order_by(phone_rides.c.id)
    return [(_key(row), _ride(row)) for row in connection.execute(query)]


def put_owed(connection: Connection, ride: RideRow, owed: int) -> None:
    """So much of the fare was not there."""
    connection.execute(update(phone_rides).where(phone_rides.c.id == ride.id).values(owed=owed))


def is_read_by_bus(connection: Connection, key: TripKey) -> bool:
    """Whether the bus itself has read a pass of the member on that trip, in a ride that is charged."""
    mine = select(passes.c.pass_id).where(passes.c.member == key.member)
    where = (rides.c.trip_id == key.trip_id, rides.c.service_date == key.service_date)
    more = (rides.c.device == key.device, rides.c.pass_id.in_(mine), rides.c.double_of == "")
    return bool(connection.execute(select(exists().where(*where, *more))).scalar())


def trips_to_settle(connection: Connection, until_day: str) -> list[TripKey]:
    """Trips whose rides may be others than the books say.

    One is still open although all records of service days up to and with `until_day` are here, or one is charged on a
    trip on which the bus has read the member, too.
    """
    # From the trip's few rides to whose passes they were: a member has had many passes, and a bus very many rides.
    read = exists().where(
        rides.c.device == phone_rides.c.device,
        rides.c.trip_id == phone_rides.c.trip_id,
        rides.c.service_date == phone_rides.c.service_date,
        rides.c.double_of == "",
        passes.c.pass_id == rides.c.pass_id,
        passes.c.member == phone_rides.c.member,
    )
    forgotten = (phone_rides.c.state == "open") & (phone_rides.c.service_date <= until_day)
    columns = [phone_rides.c[name] for name in TripKey.__slots__]
    query = (
        select(*columns)
        .where(or_(forgotten, phone_rides.c.state.not_in(("double", "void")) & read))
        .distinct()
    )
    return [TripKey(*row) for row in connection.execute(query)]


def products_at(connection: Connection, member: str, at: int) -> set[int]:
    """The products that the member's passes in force at Unix second `at` ride by; 0 pays per ride."""
    where = (passes.c.member == member, passes.c.valid_from <= at, passes.c.valid_until > at)
    packed = connection.execute(select(passes.c.packed).where(*where)).scalars()
    return {0, *(unpack_pass(each).body.product for each in packed)}


def _next_change() -> ScalarSelect[int]:
    """The number of the change that is being written; there is one writer."""
    of_all = phone_rides.alias("of_all")
    return select(func.coalesce(func.max(of_all.c.change), 0) + 1).scalar_subquery()


def _values(known: Known) -> dict[str, Any]:
    return {name: getattr(known, name) for name in Known.__slots__}


def _of(key: TripKey) -> tuple[Any, ...]:
    return tuple(phone_rides.c[name] == getattr(key, name) for name in TripKey.__slots__)


def _names(table: Any, device: str, record: RecordRef) -> tuple[Any, ...]:
    return table.c.device == device, table.c.epoch == record.epoch, table.c.number == record.number


def _event(body: bytes) -> AnyEvent | None:
    try:
        return decode_event(bytes(body))
    except Malformed:
        return None


def _kept(row: Row[Any]) -> KeptClaim:
    opening = None if row.epoch is None else RecordRef(row.epoch, row.number)
    position = None if row.lat is None else Position(row.lat, row.lon, row.accuracy_m)
    claim = Claim(row.device, Movement(row.movement), row.moment, row.received_at, opening, position)
    return KeptClaim(row.id, row.member, row.asked, claim)


def _opening(row: Row[Any]) -> Opening:
    record = RecordRef(row.epoch, row.number)
    return Opening(
        record, row.wall, row.edition, row.trip_id, row.service_date, row.stop_index, lat=None, lon=None
    )


def _key(row: Row[Any]) -> TripKey:
    return TripKey(*(getattr(row, name) for name in TripKey.__slots__))


def _ride(row: Row[Any]) -> RideRow:
    return RideRow(row.id, row.version, Known(*(getattr(row, name) for name in Known.__slots__)))
