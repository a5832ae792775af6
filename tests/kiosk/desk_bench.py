"""A kiosk on a table: the real desk, journal, lists and clock, with hand-written sound, link and time around them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device.clock import Clock
from device.facts import CodeSeen, Heard
from device.identity import Identity
from device.journal import Journal
from device.office_lists import OfficeLists
from kiosk.desk import Desk
from kiosk.facts import Fact
from kiosk.pin import SALT_BYTES, hash_pin
from kiosk.ports import MessageKind, OfferWanted, Snapshot, StaffPin, Visit
from kiosk.station import Rules, Station
from rules.messages.codec import decode_event, encode
from rules.messages.events import AnyEvent, CardPoints, PointsOffered, PointsUndone
from rules.messages.link import AnyEntry, CodeClaimed, DownPage
from rules.passes.point_code import PATH, SignedPointCode, read_text
from rules.passes.rider_pass import ReadPass, to_text
from rules.passes.seal import public_bytes
from tests.fakes.link import FakeLink
from tests.fakes.time import FakeTime
from tests.ride.builders import ISSUER, NOW, Office

UNIT = "bath-1"
KIOSK = 3
ADDRESS = "https://village.example"
PIN = "4071"
ADULT = Visit(1, "おとな", "Adult", 20)
CHILD = Visit(2, "こども", "Child", 10)
RULES = Rules(visits=(ADULT, CHILD), cards={1: CHILD.id}, pin=hash_pin(PIN, bytes(SALT_BYTES)))
ONE = OfferWanted(ADULT.id, 1)


class PowerCut(Exception):
    """Nothing after this line happens."""


RECORDS = {
    MessageKind.MADE: PointsOffered,
    MessageKind.CARD_DONE: CardPoints,
    MessageKind.UNDONE: PointsUndone,
}
"""What the newest record is when this is heard."""


class WatchingSound:
    """Remembers what was said. `cut` is one kind at which the power goes."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.said: list[MessageKind] = []
        self.cut: MessageKind | None = None

    def say(self, kind: MessageKind) -> None:
        """Only after the commit, but for a journal that is broken."""
        assert kind is MessageKind.STOPPED or not self._journal._file._connection.in_transaction, (
            "a sound before the commit"
        )
        if kind in RECORDS:
            assert isinstance(decode_event(self._journal.last.body), RECORDS[kind]), (
                "a sound without a record"
            )
        if kind is self.cut:
            raise PowerCut
        self.said.append(kind)


@dataclass
class World:
    """What stays while the kiosk's program is killed and started again. `network`: the clock's seconds are kept."""

    folder: Path
    rules: Rules = RULES
    office: Office = field(default_factory=Office)
    time: FakeTime = field(default_factory=FakeTime)
    boot: str = "boot"
    network: bool = True
    wrong_by: float = 0.0
    since: float = NOW - 1_000.0
    """True Unix seconds at power-on."""
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    log: list[AnyEntry] = field(default_factory=list)

    @property
    def wall(self) -> float:
        """True Unix seconds."""
        return self.since + self.time.seconds

    def begin_anew(self, boot: str, seconds: float = 60.0) -> None:
        """The power comes back so much later: the monotonic clock begins at zero."""
        self.boot = boot
        self.since += self.time.seconds + seconds
        self.time.seconds = 5.0


class Table:
    """One run of the kiosk's program."""

    def __init__(self, world: World, journal: Journal) -> None:
        self.world = world
        self.journal = journal
        self.link = FakeLink()
        self.sound = WatchingSound(journal)
        self.published: list[Snapshot] = []
        self.seen_codes: dict[int, str] = {}
        word = world.office.word()
        self.lists = OfficeLists(UNIT, public_bytes(world.key))
        self.lists.load(journal)
        self.lists.keys, self.lists.read_until = word.keys, word.read_until
        self.lists.cards, self.lists.denied = world.office.cards, world.office.denied
        self.desk = Desk(
            Station(
                unit=UNIT,
                number=KIOSK,
                issuer=ISSUER,
                address=ADDRESS,
                demo=True,
                version="1.2.3",
                rules=world.rules,
                identity=Identity(UNIT, world.key, public_bytes(world.key)),
                journal=journal,
                lists=self.lists,
                clock=Clock(world.time, world.boot, journal.floor),
                real=world.time,
                sound=self.sound,
                link=self.link,
                publish=self._look,
                network_time=lambda: world.wall + world.wrong_by if world.network else None,
                has_camera=True,
            )
        )

    def _look(self, snapshot: Snapshot) -> None:
        """Everybody who looks at the screen: whatever stands there, the journal holds already."""
        offered = {(event.number, event.moment) for event in self.offers()} if snapshot.codes else set()
        for code in snapshot.codes:
            said = self.code_of(code.text).code
            assert said.number == code.number
            assert (said.number, said.moment) in offered, "a code is shown before it is written down"
            self.seen_codes[code.number] = code.text
        self.published.append(snapshot)

    def code_of(self, text: str) -> SignedPointCode:
        """What a phone reads, proved to be this kiosk's."""
        signed = read_text(text.removeprefix(ADDRESS + PATH))
        assert signed is not None
        assert signed.is_by(public_bytes(self.world.key))
        return signed

    def do(self, *facts: Fact) -> None:
        """Report facts, a turn each."""
        for fact in facts:
            assert self.desk.report(fact)
            self.desk.turn()

    def offer(self, visit: int = ADULT.id, count: int = 1) -> int:
        """Somebody touches, a little after the last one; the number of the code."""
        self.wait(2)
        self.do(OfferWanted(visit, count))
        return self.page.codes[-1].number

    def wait(self, seconds: float, step: float = 1.0) -> None:
        """Turns without a fact, one each `step`."""
        for _ in range(round(seconds / step)):
            self.world.time.move(step)
            self.desk.turn()

    def sign_in(self) -> None:
        """Staff open their page."""
        self.do(StaffPin(PIN))
        assert self.page.staff

    def hold(self, card: ReadPass) -> MessageKind | None:
        """A card before the camera; what is said then."""
        before = len(self.sound.said)
        self.do(CodeSeen(to_text(card.signed_body + card.signature).encode()))
        return self.sound.said[-1] if len(self.sound.said) > before else None

    def claimed(self, number: int, left: int) -> None:
        """Central says that somebody has claimed a code."""
        (event,) = [each for each in self.offers() if each.number == number]
        self.world.log.append(CodeClaimed(UNIT, number, event.moment, left))
        entries = [msgspec.Raw(encode(each)) for each in self.world.log]
        self.do(Heard(self.world.office.signed(UNIT, DownPage("log", 1, entries, 0, ""))))

    def events(self) -> list[AnyEvent]:
        """All that stands in the journal."""
        return [decode_event(record.body) for record in self.journal.records_after(0, 100_000)]

    def offers(self) -> list[PointsOffered]:
        """The codes among them."""
        return [event for event in self.events() if isinstance(event, PointsOffered)]

    @property
    def page(self) -> Snapshot:
        """What the screen shows."""
        return self.published[-1]

    @property
    def shown(self) -> list[int]:
        """The numbers of the codes on the screen."""
        return [code.number for code in self.page.codes]

    @property
    def again(self) -> list[int]:
        """The numbers of those that can be brought back."""
        return [code.number for code in self.page.recent if code.can_show]


@contextmanager
def kiosk_on(world: World) -> Iterator[Table]:
    """The kiosk's program, begun; leaving it, also by PowerCut, is the power cut."""
    with Journal(world.folder, UNIT, any_disk=True).open() as journal:
        table = Table(world, journal)
        table.desk.begin()
        table.desk.turn()
        try:
            yield table
        except PowerCut:
            return
