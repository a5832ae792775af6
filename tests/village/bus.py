"""A bus of the village: the real loop, journal, sync, lists and clock, on a card that outlives its power cuts."""

from __future__ import annotations

import hashlib
import inspect
import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from device.clock import AGREEING, Clock
from device.fact_queue import FactQueue
from device.facts import CodeSeen, Heard, LinkDown, LinkUp
from device.identity import Identity
from device.journal import Journal
from device.link import FROM_CENTRAL, MAX_QUEUED
from device.office_lists import OfficeLists
from device.reader.messages import Hint
from rules.messages.codec import decode, decode_event, encode
from rules.messages.events import AnyEvent, Tapped
from rules.messages.link import Health
from rules.messages.topics import TO_DEVICE, Channel, Topic, parse_topic
from rules.passes.seal import SigningKey, private_from_bytes, public_bytes
from rules.ride.locate import Fix
from rules.ride.outcomes import Outcome
from terminal.bus import Bus
from terminal.facts import Fact, FixSeen
from terminal.loop import Loop
from terminal.signals.told import Told
from tests.ride.builders import STOPS
from tests.village import line
from tests.village.broker import Broker, Packet, wants_channels
from tests.village.clockwork import Agenda
from tests.village.office import VILLAGE
from tests.village.power import Fuse, PowerCut
from tests.village.riders import ISSUER, Code
from tests.village.verdict import Violation
from tests.village.wire import Ends, Wire

NARROW_S, WIDE_S = 60.0, 2.0
"""Between two looks at the queue while something waits: over a narrow link, and over a good one …"""
IDLE_S = 3_600.0
"""… and while nothing does. The real loop looks five times a second, whether or not."""
ROOM = {Channel.STATE: 0.03, Channel.SEEN: 0.1, Channel.UP: 0.25}
"""How often a narrow link has room. What found none is said again: more records at once, and fewer reports."""
KERNEL_S = 20.0
"""Of the machine's own time have passed when its program starts."""
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
    """A record of the driver's hand that stands on the bus's disk: when by the bus's own clock."""

    unit: str
    boot: str
    mono_ms: int


class _Facts(FactQueue[Fact]):
    """The loop's queue, on which nobody ever waits."""

    def take(self, timeout: float) -> Fact | None:
        return super().take(0) if self.waiting else None


class _Time:
    """Seconds since power-on, by the village's clock."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self._since = agenda.now

    def monotonic(self) -> float:
        return KERNEL_S + self._agenda.now - self._since

    def sleep(self, seconds: float) -> None:
        raise Violation("I1", "the loop slept, as it does when its journal breaks")


def key_of(unit: str) -> SigningKey:
    """A unit's signing key."""
    return private_from_bytes(hashlib.sha256(unit.encode()).digest())


class BusMachine:
    """One bus. `on` is whether its program runs; a power cut while it does is told to nobody but `resolve`."""

    def __init__(
        self, unit: str, folder: Path, root_public: bytes, broker: Broker, agenda: Agenda, dice: Random
    ) -> None:
        self.unit = unit
        self.folder = folder
        self.fuse = Fuse(folder)
        self.wire = Wire(unit, broker, agenda, dice, MAX_QUEUED)
        self.on = False
        self.stop = 0
        """Where it stands, or stood last."""
        self.is_narrow = True
        """Whether its link often has no room."""
        self.gps_error = 0.0
        """Seconds by which the receiver's time is wrong."""
        self.greens: list[Green] = []
        self.lamps: dict[Outcome, int] = {}
        self.cuts = 0
        self.resolve: Callable[[AnyEvent | None], None] | None = None
        """What was being done when the power went: told on the next start which record stands, None if none does."""
        self.journal: Journal
        self._root_public = root_public
        self._agenda = agenda
        self._dice = dice
        self._key = key_of(unit)
        self.boots = 0
        self._lists: OfficeLists
        self._loop: Loop
        self._time: _Time
        self._lit: list[Outcome] = []
        self._pulse_at = math.inf
        self._before = ("", 0)
        self._on_the_way: tuple[float, float] | None = None

    def switch_on(self) -> None:
        """Power on: the program starts, from what the card holds."""
        if self.on:
            return
        self.boots += 1
        self._time = _Time(self._agenda)
        self.on = True
        self._guarded(self._start)

    def switch_off(self) -> None:
        """Power off, without a word."""
        if self.on:
            self._dead()

    def do(self, *facts: Fact) -> bool:
        """Facts, a turn each; whether the bus still runs after them."""
        for fact in facts:
            if self.on:
                self._guarded(lambda fact=fact: self._turn(fact))  # type: ignore[misc]
        return self.on

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

    def copy_card(self, to: Path) -> None:
        """An image of the card, with the power off."""
        assert not self.on
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.folder, to)

    def put_card(self, image: Path) -> None:
        """That image instead of the card."""
        assert not self.on
        shutil.rmtree(self.folder)
        shutil.copytree(image, self.folder)

    @property
    def acknowledged(self) -> tuple[str, int]:
        """Its journal's epoch, and the number up to which it believes that central holds it."""
        return self.journal.epoch, self.journal.acknowledged

    @property
    def _boot(self) -> str:
        return f"boot{self.boots:04}"

    def _start(self) -> None:
        self.journal = open_journal(self.folder, self.unit)
        if self.resolve is not None:
            self._resolve()
        self._lists = OfficeLists(self.unit, self._root_public)
        self._lists.load(self.journal)
        self._loop = Loop(
            Bus(
                unit=self.unit,
                demo=False,
                issuer=ISSUER,
                version="1",
                identity=Identity(self.unit, self._key, self._root_public),
                journal=self.journal,
                lists=self._lists,
                clock=Clock(self._time, self._boot, self.journal.floor),
                real=self._time,
                signals=self,
                link=self,
                publish=lambda _snapshot: None,
            )
        )
        self._loop._facts = _Facts()
        self._loop.begin()
        self._loop.turn()
        ends = Ends(lambda: self._link(LinkUp()), lambda: self._link(LinkDown("")), self._heard)
        will = (str(Topic(VILLAGE, self.unit, Channel.STATE)), encode(Health(online=False)))
        self.wire.start(ends, wants_channels(VILLAGE, TO_DEVICE, self.unit), will)

    def _resolve(self) -> None:
        resolve, self.resolve = self.resolve, None
        assert resolve is not None
        epoch, number = self._before
        written = self.journal.epoch == epoch and self.journal.last.number >= number
        resolve(decode_event(self.journal.last.body) if written else None)

    def _turn(self, fact: Fact) -> None:
        if not self._loop.report(fact):
            raise Violation("I1", f"{self.unit}: the loop has no room for {type(fact).__name__}")
        self._loop.turn()

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except PowerCut:
            self.cuts += 1
            self._agenda.note(f"{self.unit}: the power is cut")
            self._dead()
        else:
            self._pulse_soon()

    def _dead(self) -> None:
        self.on = False
        self.wire.kill()
        self.fuse.pull()
        if hasattr(self, "journal"):
            self.journal.close()

    def _link(self, fact: Fact) -> None:
        self.do(fact)

    def _heard(self, packet: Packet) -> None:
        # What device.link does: say that it is here, and hand it over.
        self.wire.acknowledge(packet)
        topic = parse_topic(packet.topic)
        assert topic is not None
        self.do(Heard(decode(packet.payload, FROM_CENTRAL[topic.channel])))

    def _pulse_soon(self) -> None:
        if not self.wire.connected:
            return
        soon = NARROW_S if self.is_narrow else WIDE_S
        at = self._agenda.now + (soon if self.journal.waiting else IDLE_S)
        if at < self._pulse_at:
            self._pulse_at = at
            self._agenda.after(at - self._agenda.now, lambda: self._pulse(at))

    def _pulse(self, at: float) -> None:
        if at != self._pulse_at:
            return
        self._pulse_at = math.inf
        if self.on:
            self._guarded(self._loop.turn)

    # The loop's lamps and its link.

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

    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> Callable[[], bool] | None:
        """The loop's way to central."""
        # Without a timetable there is nobody to write a record about: what it asks first always gets through.
        is_narrow = self.is_narrow and self._lists.seen.number
        if is_narrow and self._dice.random() >= ROOM.get(channel, 1.0):
            return None
        return self.wire.publish(str(Topic(VILLAGE, self.unit, channel)), payload, retain=retain)


def open_journal(folder: Path, unit: str) -> Journal:
    """The journal on this card, which may lie in memory."""
    options: dict[str, Any] = {}
    if "any_disk" in inspect.signature(Journal).parameters:
        options["any_disk"] = True
    return Journal(folder, unit, **options).open()


def public_of(unit: str) -> bytes:
    """The public half of a unit's signing key."""
    return public_bytes(key_of(unit))
