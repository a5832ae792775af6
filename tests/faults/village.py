"""The office's end, and what must hold after every fault: central has what the journals have, each record once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import msgspec
from sqlalchemy import func, select

from central.database.tables import records
from central.database.transaction import Connection, Database
from central.devices.data_folder import Office
from central.devices.register_device import DeviceKind, register_device
from central.devices.store import find_device
from central.inbox.answer import Desk
from central.inbox.listener import Broker as CentralBroker
from central.inbox.listener import Listener
from central.inbox.take_batch import take
from central.kiosks.keep_kiosks import register_kiosk
from central.kiosks.kiosk import Kiosk, Visit
from central.ledger.verify_ledger import verify_ledger
from central.programmes.keep_programmes import add_programme
from device.journal import Record
from device.link import Broker
from provisioning.broker import CENTRAL
from rules.messages.codec import batch_body, decode_event, first_hash, next_hash
from rules.messages.events import CardPoints, PointsOffered, Tapped
from rules.messages.link import Ack, Batch
from rules.passes.seal import Use, public_bytes, sign
from tests.broker import RunningBroker
from tests.central.office import NOW, balances, new_office
from tests.central.points_desk import BATH as BATHING
from tests.faults.field_bus import FieldBus
from tests.faults.field_kiosk import FieldKiosk
from tests.faults.field_machine import VILLAGE, FieldMachine, journal_records, key_of
from tests.kiosk.desk_bench import ADULT, CHILD, KIOSK
from tests.kiosk.desk_bench import UNIT as KIOSK_UNIT

BUS, OTHER = "bus-001", "bus-002"
BATH = Kiosk(
    KIOSK_UNIT,
    KIOSK,
    "肘折の湯",
    "Hijiori bath",
    "bath",
    (Visit(ADULT.id, "おとな", "Adult", ADULT.points), Visit(CHILD.id, "こども", "Child", CHILD.points)),
)
"""The kiosk as the office keeps it; its device goes by the same name on the kiosk's own bench."""
PASSWORDS = {BUS: "one", OTHER: "two"}


@dataclass
class Central:
    """An office with its inbox running."""

    office: Office
    listener: Listener

    @property
    def database(self) -> Database:
        return self.office.database

    def count(self, device: str) -> int:
        """Records taken in from a machine."""
        return count_records(self.database, device)


@contextmanager
def office_with(folder: Path, *devices: str) -> Iterator[Office]:
    """A new office that knows these buses, and the kiosk of that name."""
    with new_office(folder) as office:
        with office.database.write() as connection:
            for device in devices:
                if device == BATH.device:
                    assert add_programme(connection, BATHING, "yuki", NOW) is None
                    assert register_kiosk(connection, BATH, public_bytes(key_of(device)), "yuki", NOW) is None
                else:
                    register_device(connection, device, DeviceKind.BUS, public_bytes(key_of(device)))
        yield office


@contextmanager
def listening(office: Office, port: int, password: str) -> Iterator[Central]:
    """Its inbox, at a broker on the loopback."""
    where = CentralBroker("127.0.0.1", port, CENTRAL, password)
    listener = Listener(where, Desk(VILLAGE, office.keys.down), office.database, lambda: NOW)
    listener.start()
    try:
        yield Central(office, listener)
    finally:
        listener.stop()


@contextmanager
def central_at(folder: Path, broker: RunningBroker, *devices: str) -> Iterator[Central]:
    """An office that knows these buses, with its inbox at this broker."""
    with (
        office_with(folder, *devices) as office,
        listening(office, broker.port, broker.passwords[CENTRAL]) as central,
    ):
        yield central


def bus_at(folder: Path, broker: RunningBroker, device: str = BUS) -> FieldBus:
    """A bus that comes in by its password."""
    where = Broker("127.0.0.1", broker.port, device, broker.passwords[device])
    return FieldBus(folder / device, device, where)


def field_machine(
    folder: Path, device: str, broker: Broker, dice: Random | None = None
) -> FieldBus | FieldKiosk:
    """The bus or the kiosk of that name."""
    kind = FieldKiosk if device == BATH.device else FieldBus
    return kind(folder, device, broker, dice)


def count_records(database: Database, device: str) -> int:
    with database.read() as connection:
        query = select(func.count()).select_from(records).where(records.c.device == device)
        return connection.execute(query).scalar_one()


def records_of(connection: Connection, device: str, epoch: str) -> list[tuple[int, bytes, str]]:
    """What the office took in of a journal: number, bytes and hash."""
    rows = connection.execute(
        select(records.c.number, records.c.body, records.c.hash)
        .where(records.c.device == device, records.c.epoch == epoch)
        .order_by(records.c.number)
    )
    return [(row.number, bytes(row.body), row.hash) for row in rows]


def assert_all_arrived(machine: FieldMachine, database: Database) -> int:
    """After it has ended, `assert_arrived`; and the machine knows it."""
    greens = assert_arrived(machine, database)
    assert machine.waiting == 0
    return greens


def assert_arrived(machine: FieldMachine, database: Database) -> int:
    """After it has ended: its journal stands at the office, once, in a chain. How many were told that it was well."""
    greens = assert_journal_arrived(machine.folder, machine.device, database)
    assert greens == machine.greens
    return greens


def assert_journal_arrived(folder: Path, device: str, database: Database) -> int:
    """The same of a journal, whoever wrote it."""
    epoch, written = journal_records(folder, device)
    assert [record.number for record in written] == list(range(1, len(written) + 1))
    chain = first_hash(device, epoch)
    for record in written:
        chain = next_hash(chain, record.body)
        assert record.hash == chain
    with database.read() as connection:
        held = records_of(connection, device, epoch)
        assert held == [(record.number, record.body, record.hash.hex()) for record in written]
        assert verify_ledger(connection).problems == []
    return sum(_is_green(decode_event(record.body)) for record in written)


def assert_money_as_without_faults(folder: Path, database: Database, *buses: FieldBus) -> None:
    """A second office is handed the same journals one record after the other: it has the same balances."""
    with (
        office_with(folder, *(bus.device for bus in buses)) as reference,
        reference.database.write() as connection,
    ):
        for bus in buses:
            _hand_over(connection, bus)
        expected = balances(connection)
    with database.read() as connection:
        assert balances(connection) == expected


def _hand_over(connection: Connection, bus: FieldBus) -> None:
    device = find_device(connection, bus.device)
    assert device is not None
    epoch, written = journal_records(bus.folder, bus.device)
    for record in written:
        batch = signed_batch(bus.device, epoch, [record])
        assert isinstance(take(connection, device, batch, NOW), Ack)


def signed_batch(device: str, epoch: str, written: Sequence[Record], signer: str | None = None) -> Batch:
    """Records as `device` would send them, signed by its key, or by another machine's."""
    last_hash = written[-1].hash.hex()
    body = batch_body(device, epoch, written[0].number, len(written), last_hash)
    signature = sign(Use.BATCH, body, key_of(signer or device)).hex()
    return Batch(epoch, written[0].number, [msgspec.Raw(each.body) for each in written], last_hash, signature)


def _is_green(event: object) -> bool:
    if isinstance(event, Tapped):
        return event.outcome.rides
    return isinstance(event, PointsOffered | CardPoints)
