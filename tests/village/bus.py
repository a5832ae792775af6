"""A bus of the village: the real loop on a machine of the village, with its lamps and its receiver."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from device.clock import AGREEING, Clock
from device.fact_queue import FactQueue
from device.facts import CodeSeen
from device.identity import Identity
from device.reader.messages import Hint
from rules.messages.codec import decode_event
from rules.messages.events import AnyEvent, Tapped
from rules.ride.locate import Fix
from rules.ride.outcomes import Outcome
from terminal.bus import Bus
from terminal.facts import Fact, FixSeen
from terminal.loop import Loop
from terminal.signals.told import Told
from tests.ride.builders import STOPS
from tests.village import line
from tests.village.broker import Broker
from tests.village.clockwork import Agenda
from tests.village.machine import Machine
from tests.village.riders import ISSUER, Code
from tests.village.verdict import Violation

POLES = line.edition().stops


@dataclass(frozen=True, slots=True)
class Green:
    """A green lamp that a rider saw: what was held up, and when by the bus's own clock."""

    unit: str
    code: str
    boot: str
    mono_ms: int


@dataclass(frozen=True, slots=True)
class HandRecord:
    """A record of the driver's hand that stands on the bus's disk: when by the bus's own clock, and what it says.

    A trip's end writes records of the same kind by itself, and a new trip may begin within the same second.
    """

    unit: str
    boot: str
    mono_ms: int
    event: str


class _Facts(FactQueue[Fact]):
    """The loop's queue, on which nobody ever waits."""

    def take(self, timeout: float) -> Fact | None:
        return super().take(0) if self.waiting else None


class BusMachine(Machine):
    """One bus. A power cut is told to nobody but `resolve`."""

    def __init__(
        self, unit: str, folder: Path, root_public: bytes, broker: Broker, agenda: Agenda, dice: Random
    ) -> None:
        super().__init__(unit, folder, root_public, broker, agenda, dice)
        self.stop = 0
        """Where it stands, or stood last."""
        self.gps_error = 0.0
        """Seconds by which the receiver's time is wrong."""
        self.greens: list[Green] = []
        self.lamps: dict[Outcome, int] = {}
        self.resolve: Callable[[AnyEvent | None], None] | None = None
        """What was being done when the power went: told on the next start which record stands, None if none does."""
        self._loop: Loop
        self._lit: list[Outcome] = []
        self._before = ("", 0)
        self._on_the_way: tuple[float, float] | None = None

    @property
    def _owner(self) -> Loop:
        return self._loop

    def attempt(self, fact: Fact, resolve: Callable[[AnyEvent | None], None]) -> None:
        """A fact that writes a record. `resolve` gets the newest one of its turn, now or once the bus is on again."""
        if not self.on:
            return
        self._before = (self.journal.epoch, self.journal.next_number)
        self.resolve = resolve
        if self.do(fact):
            self._resolve()

    def show(self, code: Code, resolve: Callable[[AnyEvent | None], None]) -> Outcome | None:
        """Hold up a code for one frame; the lamp that lit, None if none did or if the power went."""
        self._lit.clear()
        boot, mono_ms = self._boot, int(self._time.monotonic() * 1000)
        self.attempt(CodeSeen(code.data), resolve)
        if not self._lit:
            return None
        (lamp,) = self._lit
        if lamp.rides:
            self.greens.append(Green(self.unit, code.name, boot, mono_ms))
        return lamp

    def arrive(self, stop: int) -> None:
        """Stand at a stop."""
        self.stop, self._on_the_way = stop, None

    def leave(self, seconds: float) -> None:
        """Set out for the next stop, which takes so long."""
        self._on_the_way = (self._agenda.now, seconds)

    def fix(self) -> FixSeen:
        """The receiver's word where the bus is."""
        pole, ahead = POLES[STOPS[self.stop]], POLES[STOPS[min(self.stop + 1, line.LAST)]]
        share, mps = 0.0, 0.0
        if self._on_the_way is not None:
            left, seconds = self._on_the_way
            share, mps = min(1.0, (self._agenda.now - left) / seconds), line.LINK_M / seconds
        lat, lon = pole.lat + share * (ahead.lat - pole.lat), pole.lon + share * (ahead.lon - pole.lon)
        fix = Fix(self._time.monotonic(), lat, lon, mps, None, 1.0, 9)
        return FixSeen(fix, self._agenda.wall + self.gps_error)

    def be_wrong_by(self, seconds: float) -> None:
        """The receiver says another time from now on, for long enough to be believed."""
        self.gps_error = seconds
        self.do(*(self.fix() for _ in range(AGREEING) if self.on))

    def be_right(self) -> None:
        self.gps_error = 0.0

    def _make(self, identity: Identity, clock: Clock) -> None:
        self._loop = Loop(
            Bus(
                unit=self.unit,
                demo=False,
                issuer=ISSUER,
                version="1",
                identity=identity,
                journal=self.journal,
                lists=self._lists,
                clock=clock,
                real=self._time,
                signals=self,
                link=self,
                publish=lambda _snapshot: None,
            )
        )
        self._loop._facts = _Facts()

    def _opened(self) -> None:
        if self.resolve is not None:
            self._resolve()

    def _resolve(self) -> None:
        resolve, self.resolve = self.resolve, None
        assert resolve is not None
        epoch, number = self._before
        written = self.journal.epoch == epoch and self.journal.last.number >= number
        resolve(decode_event(self.journal.last.body) if written else None)

    # The loop's lamps.

    def answer(self, told: Told) -> None:
        """The lamps. Before the record is on the disk they must stay dark."""
        outcome = told.outcome
        if self.fuse.in_transaction:
            raise Violation("I1", f"{self.unit}: a lamp before the commit")
        newest = decode_event(self.journal.last.body)
        if not isinstance(newest, Tapped) or newest.outcome is not outcome:
            raise Violation("I1", f"{self.unit}: a lamp without a record")
        self._lit.append(outcome)
        self.lamps[outcome] = self.lamps.get(outcome, 0) + 1

    def help(self, hint: Hint) -> None:
        """Nobody in this village holds a code badly."""

    def fault(self) -> None:
        """The red lamp of a broken journal: no disk of this village breaks."""
        raise Violation("I1", f"{self.unit}: the journal is said to be broken")
