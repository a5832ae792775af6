"""A machine and the office in one process: real journals, the real inbox, and between them a link of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from central.devices.data_folder import Office
from central.devices.register_device import DeviceKind, register_device
from central.inbox.answer import Answer, Desk, Message
from central.ledger.verify_ledger import verify_ledger
from device.identity import Identity
from device.journal import Journal
from device.office_lists import OfficeLists
from device.sync import AGAIN_S, Sync
from rules.instant import ClockQuality
from rules.messages.codec import decode
from rules.messages.events import RecordRef
from rules.messages.link import Ack, Cursor, DownPage
from rules.messages.topics import Channel, Topic
from rules.passes.key_set import open_key_set
from rules.passes.seal import private_from_bytes, public_bytes
from tests.central.office import NOW, alight, balances, board, card_of, incidents_listed
from tests.fakes.link import FakeLink

VILLAGE = "okura"
PATIENCE_TURNS = 2_000


@dataclass
class Machine:
    """A bus's journal and the way to the office; its riders have each a card of their own."""

    folder: Path
    office: Office
    device: str = "bus-001"
    seconds: float = 1_000.0
    now: int = NOW
    link: FakeLink = field(default_factory=FakeLink)

    def __post_init__(self) -> None:
        self.key = private_from_bytes(self.device.encode().ljust(32, b"-"))
        self.desk = Desk(VILLAGE, self.office.keys.down)
        self.journal = Journal(self.folder, self.device, any_disk=True).open()
        self.sync = self._new_sync()

    def register(self) -> None:
        with self.office.database.write() as connection:
            register_device(connection, self.device, DeviceKind.BUS, public_bytes(self.key))

    def restart(self, folder: Path | None = None) -> None:
        """End the program and start it again, there or on another card."""
        self.journal.close()
        self.folder = folder or self.folder
        self.journal = Journal(self.folder, self.device, any_disk=True).open()
        self.sync = self._new_sync()

    def ride(self, pass_id: str, fare: int = 600) -> RecordRef:
        """A ride from its first record to its last, each committed by itself."""
        on = self.board(pass_id)
        self.journal.write([alight(pass_id, on, fare)])
        return on

    def board(self, pass_id: str) -> RecordRef:
        self.journal.write([board(pass_id)])
        return RecordRef(self.journal.epoch, self.journal.last.number)

    def connect(self) -> None:
        self.sync.connected("boot", "1", ClockQuality.GPS, self.seconds)

    def drain(self) -> None:
        """Connect, and talk until the office has everything."""
        self.connect()
        for _ in range(PATIENCE_TURNS):
            self.turn()
            if not self.journal.waiting and not self.link.published:
                return
        raise AssertionError(f"{self.journal.waiting} records are still waiting")

    def turn(self, seconds: float = AGAIN_S / 50) -> None:
        """Everything said since the last turn reaches the office, and its answers come back."""
        self.seconds += seconds
        self.sync.pump(self.seconds)
        said, self.link.published = self.link.published, []
        messages = [self.message(message.channel, message.payload) for message in said]
        with self.office.database.write() as connection:
            answers = self.desk.answer_all(connection, messages, self.now)
        for answer in answers:
            if answer.topic.channel is Channel.CURSOR:
                self.sync.cursor(decode(answer.payload, Cursor), self.seconds)
            elif answer.topic.channel is Channel.ACK:
                self.sync.acknowledged(decode(answer.payload, Ack), self.seconds)

    def message(self, channel: Channel, payload: bytes) -> Message:
        """What the office finds at the broker."""
        return Message(str(Topic(VILLAGE, self.device, channel)), payload)

    @staticmethod
    def page_in(answer: Answer) -> DownPage:
        """The page of the office's list that it answers with."""
        return decode(answer.payload, DownPage)

    def _new_sync(self) -> Sync:
        keys = self.office.keys
        lists = OfficeLists(self.device, keys.root_public)
        lists.keys = open_key_set(keys.key_set, keys.root_public) or lists.keys
        identity = Identity(self.device, self.key, keys.root_public)
        return Sync(identity, self.journal, self.link.publish, lambda word: lists.has_said(word, self.now))


@contextmanager
def machine_of(folder: Path, office: Office, device: str = "bus-001") -> Iterator[Machine]:
    """A registered machine, its journal closed at the end."""
    machine = Machine(folder, office, device)
    machine.register()
    try:
        yield machine
    finally:
        machine.journal.close()


def card(office: Office, member: str, balance: int = 100_000) -> str:
    with office.database.write() as connection:
        return card_of(connection, office, member, balance)


def money(office: Office) -> dict[tuple[str, str], int]:
    """What everybody has, once the books have been found in order."""
    with office.database.read() as connection:
        assert verify_ledger(connection).problems == []
        return balances(connection)


def listed(office: Office) -> set[str]:
    """The kinds of incident."""
    with office.database.read() as connection:
        return {what for _, what in incidents_listed(connection)}
