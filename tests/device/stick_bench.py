"""A bus without a connection, and the office that it is registered at: real journal, real database, a file between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from central.database.transaction import Connection
from central.devices.data_folder import Office
from central.devices.register_device import DeviceKind, register_device
from central.inbox.import_stick import TakenIn, answer_lines, bring, take_in
from device.identity import Identity
from device.journal import Journal
from device.office_lists import OfficeLists
from device.stick.carry import Exported, Imported, Machine, export_lines, hand_in
from device.stick.desk import StickDesk
from rules.instant import ClockQuality, Instant
from rules.messages.events import AnyEvent
from rules.passes.seal import private_from_bytes, public_bytes
from tests.central.office import NOW, new_office
from tests.device.events import started

VILLAGE = "ohkura"
DEVICE = "bus-001"


@dataclass
class Bus:
    """One bus's data folder, opened. `wall` 0 is a bus that does not know the time."""

    folder: Path
    root_public: bytes
    secret: int = 7
    village: str = VILLAGE
    device: str = DEVICE
    wall: int = NOW
    exports: int = 0
    journal: Journal = field(init=False)
    lists: OfficeLists = field(init=False)

    def open(self) -> None:
        self.journal = Journal(self.folder, self.device, any_disk=True).open()
        self.lists = OfficeLists(self.device, self.root_public)
        self.lists.load(self.journal)
        self._desk = StickDesk(self.identity, self.journal, self.lists, self.now, "1.2.3")

    @property
    def identity(self) -> Identity:
        key = private_from_bytes(self.secret.to_bytes(32, "big"))
        return Identity(self.device, key, self.root_public)

    @property
    def machine(self) -> Machine:
        return Machine(self.identity, self.village)

    def now(self) -> Instant:
        return Instant("boot", 1, self.wall, ClockQuality.GPS if self.wall else ClockQuality.FLOOR)

    def write(self, *events: AnyEvent) -> None:
        self.journal.write(events)

    def write_some(self, count: int) -> None:
        first = self.journal.next_number
        self.write(*(started(str(number)) for number in range(first, first + count)))

    def lines(self) -> Iterator[bytes | Exported]:
        self.exports += 1
        return export_lines(self.machine, self._desk.answer, f"session-{self.exports}")

    def export(self) -> tuple[bytes, Exported]:
        *lines, exported = self.lines()
        assert isinstance(exported, Exported)
        return b"".join(line for line in lines if isinstance(line, bytes)), exported

    def take(self, answer: bytes) -> Imported:
        return hand_in(self.machine, self._desk.answer, answer)

    def register(self, connection: Connection) -> None:
        register_device(connection, self.device, DeviceKind.BUS, public_bytes(self.identity.signing_key))


@contextmanager
def bus_at(office: Office, folder: Path, **other: object) -> Iterator[Bus]:
    """A bus that belongs to the office."""
    bus = Bus(folder, office.keys.root_public, **other)  # type: ignore[arg-type]
    with office.database.write() as connection:
        bus.register(connection)
    bus.open()
    try:
        yield bus
    finally:
        bus.journal.close()


@contextmanager
def village(folder: Path) -> Iterator[tuple[Office, Bus]]:
    """An office and its bus."""
    with new_office(folder / "office") as office, bus_at(office, folder / "bus") as bus:
        yield office, bus


def import_at(office: Office, stick: bytes, now: int = NOW) -> tuple[TakenIn, bytes]:
    """What the office makes of a file, and its answer."""
    brought = bring(office, stick, now)
    taken = take_in(office, brought, now)
    return taken, b"".join(answer_lines(office, brought, taken.word, now))
