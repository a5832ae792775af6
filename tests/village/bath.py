"""A bath's kiosk of the village: the real desk on a machine of the village, with its screen and its sound."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

from device.clock import Clock
from device.fact_queue import FactQueue
from device.identity import Identity
from kiosk.desk import Desk
from kiosk.facts import Fact
from kiosk.hours import Hours
from kiosk.pin import SALT_BYTES, hash_pin
from kiosk.ports import MessageKind, Snapshot, Visit
from kiosk.station import Rules, Station
from rules.messages.codec import decode_event
from rules.messages.events import CardPoints, PointsOffered, PointsUndone
from rules.passes.point_code import PATH, read_text
from rules.passes.rider_pass import RiderClass
from tests.village.broker import Broker
from tests.village.clockwork import DAY_S, MIDNIGHT, Agenda
from tests.village.machine import Machine
from tests.village.points import Seen
from tests.village.riders import ISSUER
from tests.village.verdict import Violation

ADDRESS = "https://okura.example"
PIN = "4071"
ADULT, CHILD = Visit(1, "おとな", "Adult", 20), Visit(2, "こども", "Child", 10)
OPENS, CLOSES = 6 * 60, 20 * 60
RULES = Rules(
    visits=(ADULT, CHILD),
    cards={RiderClass.CHILD: CHILD.id},
    hours=Hours(OPENS, CLOSES),
    pin=hash_pin(PIN, bytes(SALT_BYTES)),
)
NO_TIME_S = (0.0, 0.0, 0.0, 1_200.0, 20_000.0)
"""After the start."""
NEWEST = 3
"""Records among which that of a fresh code is: the network may have told the time right after it."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code that somebody has seen on the screen: the text behind the address's #."""

    number: int
    moment: int
    count: int
    text: str


class _Facts(FactQueue[Fact]):
    """The desk's queue, on which nobody ever waits."""

    def take(self, timeout: float) -> Fact | None:
        return super().take(0) if self.waiting else None


class KioskMachine(Machine):
    """One kiosk. `seen` is what guests and staff saw or heard, `page` what stands on the screen."""

    proven = MIDNIGHT - 10 * DAY_S

    def __init__(
        self, unit: str, folder: Path, root_public: bytes, broker: Broker, agenda: Agenda, dice: Random
    ) -> None:
        super().__init__(unit, folder, root_public, broker, agenda, dice)
        self.number = int(unit.rpartition("-")[2])
        self.page: Snapshot | None = None
        self.codes: dict[str, Code] = {}
        """Every code that ever stood on the screen, by its text."""
        self.seen: list[Seen] = []
        self._clock_error = 0.0
        self._knows_time = False
        self._time_from = 0.0
        self._desk: Desk

    @property
    def _owner(self) -> Desk:
        return self._desk

    @property
    def claims(self) -> dict[tuple[int, int], int]:
        """What it has heard of its codes: how many more may claim each, by number and moment."""
        return dict(self._lists.claims)

    def be_wrong_by(self, seconds: float) -> None:
        """The network says another time from now on."""
        self._clock_error = seconds

    def be_right(self) -> None:
        self._clock_error = self._time_from = 0.0

    def shown(self) -> list[Code]:
        """What stands on the screen, oldest first."""
        if self.page is None:
            return []
        return [self.codes[code.text.removeprefix(ADDRESS + PATH)] for code in self.page.codes]

    def _opened(self) -> None:
        self.page, self._knows_time = None, False
        # On a bad day the network tells no time for hours, although it carries everything else.
        self._time_from = self._agenda.now + self._dice.choice(NO_TIME_S) * self.is_narrow

    def _make(self, identity: Identity, clock: Clock) -> None:
        self._desk = Desk(
            Station(
                unit=self.unit,
                number=self.number,
                issuer=ISSUER,
                address=ADDRESS,
                demo=False,
                version="1",
                rules=RULES,
                identity=identity,
                journal=self.journal,
                lists=self._lists,
                clock=clock,
                real=self._time,
                sound=self,
                link=self,
                publish=self._look,
                network_time=self._network_time,
                has_camera=True,
            )
        )
        self._desk._facts = _Facts()

    def _network_time(self) -> float | None:
        """Once the kernel has heard the time, it goes on believing itself."""
        self._knows_time = self._knows_time or (self.wire.network and self._agenda.now >= self._time_from)
        return self._agenda.wall + self._clock_error if self._knows_time else None

    def _look(self, snapshot: Snapshot) -> None:
        """Whoever looks at the screen: before a code's record is on the disk it must not stand there."""
        self.page = snapshot
        if self.fuse.in_transaction:
            raise Violation("I1", f"{self.unit}: a picture before the commit")
        for shown in snapshot.codes:
            text = shown.text.removeprefix(ADDRESS + PATH)
            if text not in self.codes:
                signed = read_text(text)
                if signed is None:
                    raise Violation("I1", f"{self.unit}: {text} is no code")
                code = Code(signed.code.number, signed.code.moment, signed.code.count, text)
                self._expect_written(code)
                self.codes[text] = code
                self._note("code", code.number, code.moment)

    def _expect_written(self, code: Code) -> None:
        for first in (self.journal.last.number - NEWEST, 0):
            records = self.journal.records_after(max(first, 0), 1_000_000)
            events = [decode_event(record.body) for record in records]
            offers = [(each.number, each.moment) for each in events if isinstance(each, PointsOffered)]
            if (code.number, code.moment) in offers:
                return
        raise Violation("I1", f"{self.unit}: code {code.number} is shown without a record")

    def _note(self, what: str, number: int, moment: int) -> None:
        self.seen.append(Seen(self.unit, what, number, moment))

    def say(self, kind: MessageKind) -> None:
        """The sound: as with the picture."""
        if self.fuse.in_transaction:
            raise Violation("I1", f"{self.unit}: a sound before the commit")
        match kind, decode_event(self.journal.last.body):
            case MessageKind.MADE, PointsOffered():
                pass
            case MessageKind.CARD_DONE, CardPoints(number=number, moment=moment):
                self._note("card", number, moment)
            case MessageKind.UNDONE, PointsUndone(number=number, moment=moment):
                self._note("undone", number, moment)
            case MessageKind.MADE | MessageKind.CARD_DONE | MessageKind.UNDONE, _:
                raise Violation("I1", f"{self.unit}: a sound without a record")
