"""One bus's sending side on the bench: its journal, its link, and a small central that it talks to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from device.identity import Identity
from device.journal import Journal
from device.sync import IsCentrals, Sync
from rules.instant import ClockQuality
from rules.messages.codec import decode
from rules.messages.link import Ack, Batch, Cursor, Hello
from rules.messages.topics import Channel
from rules.passes.seal import private_from_bytes, public_bytes
from tests.device.events import started
from tests.device.model_central import ModelCentral
from tests.fakes.link import FakeLink
from tests.fakes.time import FakeTime

DEVICE = "bus-001"
KEY = private_from_bytes(b"k" * 32)
IDENTITY = Identity(DEVICE, KEY, b"")


@dataclass
class Talk:
    """One bus's sending side, its journal and its link, and the central it talks to."""

    journal: Journal
    sync: Sync
    link: FakeLink
    time: FakeTime
    central: ModelCentral

    @property
    def now(self) -> float:
        return self.time.seconds

    def connect(self) -> None:
        self.sync.connected("boot", "1", ClockQuality.GPS, self.now)

    def hear(self, message: Cursor | Ack) -> None:
        if isinstance(message, Cursor):
            self.sync.cursor(message, self.now)
        else:
            self.sync.acknowledged(message, self.now)

    def greet(self) -> None:
        """Connect, and hear central's cursor."""
        self.connect()
        self.hear(self.central.answer(Channel.HELLO, self.link.sent(Channel.HELLO)[-1]))

    def write(self, count: int) -> None:
        first = self.journal.next_number
        self.journal.write([started(str(number)) for number in range(first, first + count)])

    def pump(self, seconds: float = 0.0) -> list[Batch]:
        """Move time, pump, and take what was sent. The loop pumps all the time: here once more at once."""
        self.time.move(seconds)
        before = len(self.link.sent(Channel.UP))
        self.sync.pump(self.now)
        self.sync.pump(self.now)
        return [decode(payload, Batch) for payload in self.link.sent(Channel.UP)[before:]]

    def pump_and_answer(self, seconds: float) -> list[int]:
        """Move time so far that hello is said again, answer it; the first numbers of what is sent then."""
        assert self.pump(seconds) == []
        self.hear(self.central.answer(Channel.HELLO, self.link.sent(Channel.HELLO)[-1]))
        return firsts(self.pump())

    def cursor_at(self, number: int) -> Cursor:
        found = self.journal.hash_at(number)
        assert found is not None
        return Cursor(self.journal.epoch, number, found.hex(), session=self.session)

    @property
    def session(self) -> str:
        """What the last hello was named."""
        return decode(self.link.sent(Channel.HELLO)[-1], Hello).session

    def ack_at(self, number: int) -> Ack:
        cursor = self.cursor_at(number)
        return Ack(cursor.epoch, cursor.number, cursor.hash, session=cursor.session)


def new_talk(folder: Path, is_centrals: IsCentrals = lambda _word: True) -> Talk:
    journal, link = Journal(folder, DEVICE, any_disk=True).open(), FakeLink()
    central = ModelCentral(DEVICE, public_bytes(KEY))
    return Talk(journal, Sync(IDENTITY, journal, link.publish, is_centrals), link, FakeTime(), central)


def firsts(batches: list[Batch]) -> list[int]:
    return [batch.first for batch in batches]
