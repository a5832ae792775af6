"""A bus on a table: the real loop, journal, lists and clock, with hand-written lamps, link and time around them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device.clock import AGREEING, Clock
from device.facts import CodeSeen, Heard
from device.identity import Identity
from device.journal import Journal
from device.office_lists import OfficeLists
from rules.messages.codec import decode, decode_event
from rules.messages.events import AnyEvent, Tapped
from rules.messages.link import Health, Word
from rules.messages.topics import Channel
from rules.network.edition import Edition
from rules.passes.rider_pass import ReadPass, to_text
from rules.passes.seal import public_bytes
from rules.ride.locate import Fix
from rules.ride.outcomes import Outcome
from terminal.bus import Bus
from terminal.facts import Fact, FixSeen, TripChosen
from terminal.loop import Loop
from terminal.screen.snapshot import Snapshot
from tests.fakes.link import FakeLink
from tests.fakes.signals import FakeSignals
from tests.fakes.time import FakeTime
from tests.ride.builders import DAY, ISSUER, NOW, Office, edition

UNIT = "bus-001"
VERSION = "1.2.3"
T1 = TripChosen("t1", DAY)
T2 = TripChosen("t2", DAY)


@dataclass
class World:
    """What stays while the bus's program is killed and started again."""

    folder: Path
    office: Office = field(default_factory=Office)
    time: FakeTime = field(default_factory=FakeTime)
    editions: dict[int, Edition] = field(default_factory=lambda: {1: edition()})
    boot: str = "boot"
    proven: int | None = None
    ride_address: str = ""
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def wall(self) -> float:
        """True Unix seconds."""
        return NOW + self.time.seconds - 1_000.0

    @property
    def moment(self) -> int:
        """What a phone puts on its code now."""
        return int(self.wall)


class Table:
    """One run of the bus's program."""

    def __init__(self, world: World, journal: Journal) -> None:
        self.world = world
        self.journal = journal
        self.link = FakeLink()
        self.signals = FakeSignals(self._expect_the_record_on_the_disk)
        self.published: list[Snapshot] = []
        self.has_network_time = False
        word = world.office.word()
        self.lists = OfficeLists(UNIT, public_bytes(world.key))
        self.lists.keys, self.lists.read_until = word.keys, word.read_until
        self.lists.cards, self.lists.denied = world.office.cards, world.office.denied
        self.lists.editions.update(world.editions)
        self.loop = Loop(
            Bus(
                unit=UNIT,
                demo=True,
                issuer=ISSUER,
                version=VERSION,
                identity=Identity(UNIT, world.key, public_bytes(world.key)),
                journal=journal,
                lists=self.lists,
                clock=Clock(world.time, world.boot, journal.floor, world.proven),
                real=world.time,
                signals=self.signals,
                link=self.link,
                publish=self.published.append,
                network_time=lambda: world.wall if self.has_network_time else None,
                ride_address=world.ride_address,
            )
        )

    def says(self, word: Word) -> Heard:
        """Central's word, signed."""
        return Heard(self.world.office.says(UNIT, word))

    def begin(self) -> None:
        """What `run` does before its first turn."""
        self.loop.begin()

    def do(self, *facts: Fact) -> None:
        """Report facts, a turn each."""
        for fact in facts:
            assert self.loop.report(fact)
            self.loop.turn()

    def wait(self, seconds: float, step: float = 1.0) -> None:
        """Turns without a fact, one each `step`."""
        for _ in range(round(seconds / step)):
            self.world.time.move(step)
            self.loop.turn()

    def know_the_time(self) -> None:
        """Stand at the first stop until the receiver is believed."""
        for _ in range(AGREEING):
            self.world.time.move(1.0)
            self.do(self.fix_at(0))

    def set_out(self, trip: TripChosen = T1) -> None:
        """Take up a trip at its first stop, with the time known."""
        self.know_the_time()
        self.do(trip)

    def fix_at(self, stop: float, mps: float = 0.0) -> FixSeen:
        """The receiver's word at a stop of the line, or between two."""
        lat = 38.0 + stop * 0.009
        course = 0.0 if mps else None
        return FixSeen(Fix(self.world.time.seconds, lat, 140.0, mps, course, 1.0, 9), self.world.wall)

    def roll(self, start: float, end: float, *, gps: bool = True, mps: float = 8.0) -> None:
        """Drive from one place on the line to another, stops being 1 km apart, with a fix a second or none."""
        for second in range(1, 1 + (seconds := round(abs(end - start) * 1_000 / mps))):
            self.world.time.move(1.0)
            if gps:
                self.do(self.fix_at(start + (end - start) * second / seconds, mps))
            else:
                self.loop.turn()

    def drive_to(self, stop: int, seconds: float = 300.0) -> None:
        """Be there so much later."""
        self.world.time.move(seconds)
        self.do(self.fix_at(stop))

    def show(self, code: ReadPass) -> Outcome | None:
        """Hold up a code for one frame, and get the answer, None if there was none."""
        before = len(self.signals.answers)
        self.do(CodeSeen(text_of(code)))
        return self.signals.answers[-1] if len(self.signals.answers) > before else None

    def events(self) -> list[AnyEvent]:
        """All that stands in the journal."""
        return [decode_event(record.body) for record in self.journal.records_after(0, 10_000)]

    def taps(self) -> list[Tapped]:
        """The taps among them."""
        return [event for event in self.events() if isinstance(event, Tapped)]

    @property
    def page(self) -> Snapshot:
        """What the driver's page shows."""
        return self.published[-1]

    def healths(self) -> list[Health]:
        """What central was told of how the bus is."""
        return [decode(payload, Health) for payload in self.link.sent(Channel.STATE)]

    def _expect_the_record_on_the_disk(self, outcome: Outcome) -> None:
        assert not self.journal._file._connection.in_transaction, "a lamp before the commit"
        if outcome is Outcome.JOURNAL_FULL:
            # The one answer that there is no room to record.
            return
        (newest,) = self.journal.records_after(self.journal.next_number - 2, 1)
        record = decode_event(newest.body)
        assert isinstance(record, Tapped), "a lamp without a record"
        assert record.outcome is outcome
        assert record.at.mono_ms == int(self.world.time.seconds * 1000), "a lamp for another record"


def text_of(code: ReadPass) -> bytes:
    """What the camera reads of a code."""
    whole = code.shown + code.showing.signature if code.showing else code.signed_body + code.signature
    return to_text(whole).encode()


@contextmanager
def bus_on(world: World) -> Iterator[Table]:
    """The bus's program, begun; leaving it is the power cut."""
    with Journal(world.folder, UNIT, any_disk=True).open() as journal:
        table = Table(world, journal)
        table.begin()
        yield table
