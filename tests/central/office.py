"""An office on a real file, and buses that write journals as the real ones do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import func, select

from central.database.ledger_tables import accounts, entries, groups
from central.database.tables import incidents, journals, records, rides
from central.database.transaction import Connection, Database
from central.devices.data_folder import Office, open_office
from central.devices.register_device import DeviceKind, Registered, register_device
from central.devices.store import Device
from central.inbox.take_batch import take
from central.passes.issue_pass import Issuer, PassWanted, issue_card
from central.rides.forgotten.infer_alightings import infer_alightings
from central.wallets.charge_member import charge_cash, open_member
from rules.instant import ClockQuality, Instant
from rules.messages.codec import batch_body, decode_event, encode, first_hash, next_hash
from rules.messages.events import AnyEvent, RecordRef, RideLeftOpen, Started, Tapped
from rules.messages.link import Batch
from rules.money import Yen
from rules.passes.rider_pass import PassKind, RiderClass
from rules.passes.seal import Use, private_from_bytes, public_bytes, sign
from rules.ride.outcomes import Movement, Outcome
from tests.laid import laid

NOW = 1_790_000_000
EPOCH = "0123456789abcdef"
LIFE_S = 168 * 3600
"""How long a card of these tests is good."""
STRANGER = "00000000000000ff"
"""A pass that the office has not issued."""


@contextmanager
def new_office(folder: Path) -> Iterator[Office]:
    """A fresh data folder, closed at the end."""
    laid(folder)
    office = open_office(folder, NOW)
    try:
        yield office
    finally:
        office.database.close()


@dataclass
class Bus:
    """A bus's journal in memory, and its key."""

    device: str = "bus-001"
    epoch: str = EPOCH
    secret: int = 7
    records: list[bytes] = field(default_factory=list)

    @property
    def row(self) -> Device:
        return Device(self.device, DeviceKind.BUS, public_bytes(self._key), revoked=False)

    def register(self, connection: Connection) -> None:
        row = self.row
        assert register_device(connection, self.device, DeviceKind.BUS, row.signing_key) is Registered.NEW

    def write(self, event: AnyEvent) -> RecordRef:
        return self.write_bytes(encode(event))

    def events(self) -> list[AnyEvent]:
        return [decode_event(body) for body in self.records]

    def write_bytes(self, body: bytes) -> RecordRef:
        self.records.append(body)
        return RecordRef(self.epoch, len(self.records))

    def hash_at(self, number: int) -> bytes:
        chain = first_hash(self.device, self.epoch)
        for body in self.records[:number]:
            chain = next_hash(chain, body)
        return chain

    def batch(self, first: int = 1, last: int | None = None) -> Batch:
        end = len(self.records) if last is None else last
        last_hash = self.hash_at(end).hex()
        body = batch_body(self.device, self.epoch, first, end - first + 1, last_hash)
        signature = sign(Use.BATCH, body, self._key).hex()
        bodies = [msgspec.Raw(record) for record in self.records[first - 1 : end]]
        return Batch(self.epoch, first, bodies, last_hash, signature)

    @property
    def _key(self) -> Any:
        return private_from_bytes(self.secret.to_bytes(32, "big"))


def at(second: int = 0) -> Instant:
    return Instant("boot", second * 1000, NOW + second, ClockQuality.GPS)


def started() -> Started:
    return Started(at=at(), version="0.1.0")


def board(pass_id: str, second: int = 0, **more: Any) -> Tapped:
    fields: dict[str, Any] = {
        "at": at(second),
        "outcome": Outcome.OK,
        "movement": Movement.BOARD,
        "edition": 1,
        "trip_id": "trip",
        "service_date": "2026-09-21",
        "route_id": "route",
        "stop_id": "first",
        "stop_index": 0,
        "confidence": 1.0,
        "place_reason": "",
        "code": "c" * 16,
        "pass_id": pass_id,
        "pass_kind": PassKind.CARD,
    }
    return Tapped(**{**fields, **more})


def alight(pass_id: str, on: RecordRef, held: int, cash: int = 0, **more: Any) -> Tapped:
    money = {"fare": Yen(held + cash), "held": Yen(held), "cash": Yen(cash)}
    end = {
        "movement": Movement.ALIGHT,
        "stop_id": "last",
        "stop_index": 5,
        "board": on,
        "board_stop_id": "first",
    }
    return board(pass_id, **{**end, **money, "second": 600, **more})


def left_open(pass_id: str, on: RecordRef, held: int, owed: int = 0) -> RideLeftOpen:
    return RideLeftOpen(
        at=at(900),
        board=on,
        pass_id=pass_id,
        pass_kind=PassKind.CARD,
        rider_class=RiderClass.ADULT,
        adults=0,
        children=0,
        edition=1,
        trip_id="trip",
        service_date="2026-09-21",
        route_id="route",
        board_stop_id="first",
        stop_id="terminus",
        stop_index=9,
        fare=Yen(held + owed),
        held=Yen(held),
        owed=Yen(owed),
    )


def card_of(connection: Connection, office: Office, member: str, balance: int) -> str:
    """The pass id of a new card, the same for the same member, who is charged with `balance` yen."""
    open_member(connection, member)
    if balance:
        charge_cash(connection, member, Yen(balance), f"charge/{member}", NOW)
    issuer = Issuer(1, Yen(600), office.keys, lambda size: hashlib.sha256(member.encode()).digest()[:size])
    wanted = PassWanted(member, RiderClass.ADULT, party=1, valid_from=NOW, life_hours=168)
    return issue_card(connection, issuer, wanted, NOW).body.pass_id.hex()


def send(database: Database, bus: Bus, first: int = 1, last: int | None = None) -> Any:
    with database.write() as connection:
        return take(connection, bus.row, bus.batch(first, last), NOW)


def charge_forgotten(office: Office, *buses: Bus, days: int = 2) -> None:
    """All buses tell the days to their end, and the office charges the forgotten rides of them."""
    later = NOW + days * 86_400
    with office.database.write() as connection:
        for bus in buses:
            bus.write(Started(at=Instant("later", 0, later, ClockQuality.GPS), version="1"))
            take(connection, bus.row, bus.batch(len(bus.records)), later)
        infer_alightings(connection, later)


def balances(connection: Connection) -> dict[tuple[str, str], int]:
    """Yen by (kind, owner), accounts at zero left out."""
    found = connection.execute(select(accounts.c.kind, accounts.c.owner, accounts.c.balance))
    return {(row.kind, row.owner): row.balance for row in found if row.balance}


def ride_rows(connection: Connection) -> set[tuple[Any, ...]]:
    """Every ride without its own id."""
    columns = [column for column in rides.columns if column.name != "id"]
    return {tuple(row) for row in connection.execute(select(*columns))}


def record_rows(connection: Connection) -> set[tuple[Any, ...]]:
    """Every record without its own id."""
    columns = [column for column in records.columns if column.name != "id"]
    return {tuple(row) for row in connection.execute(select(*columns))}


def cursors(connection: Connection) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in connection.execute(select(journals))}


def incidents_listed(connection: Connection) -> set[tuple[str, str]]:
    """(device, what)."""
    return {(row.device, row.what) for row in connection.execute(select(incidents))}


def refusals(connection: Connection) -> dict[int, str]:
    """Why records were not applied, by number."""
    rows = connection.execute(select(records.c.number, records.c.refused).where(records.c.refused != ""))
    return {row.number: row.refused for row in rows}


def group_sums(connection: Connection) -> list[int]:
    """What each group's entries sum to."""
    query = (
        select(func.coalesce(func.sum(entries.c.amount), 0)).select_from(groups).join(entries, isouter=True)
    )
    return list(connection.execute(query.group_by(groups.c.id)).scalars())


def card(office: Office, member: str, balance: int) -> str:
    """A card of a new member who has so much; its pass id."""
    with office.database.write() as connection:
        return card_of(connection, office, member, balance)


def money(office: Office) -> dict[tuple[str, str], int]:
    """What every account has."""
    with office.database.read() as connection:
        return balances(connection)


def only_ride(office: Office) -> Any:
    """The one ride there is."""
    with office.database.read() as connection:
        (ride,) = ride_rows(connection)
    return ride
