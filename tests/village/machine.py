"""A field machine of the village: the real journal, sync, lists and clock, on a card that outlives its power cuts."""

from __future__ import annotations

import hashlib
import inspect
import math
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Protocol

from device.clock import Clock
from device.facts import Heard, LinkDown, LinkUp
from device.identity import Identity
from device.journal import Journal
from device.link import FROM_CENTRAL, MAX_QUEUED
from device.office_lists import OfficeLists
from rules.messages.codec import decode, encode
from rules.messages.link import Health
from rules.messages.topics import TO_DEVICE, Channel, Topic, parse_topic
from rules.passes.seal import SigningKey, private_from_bytes, public_bytes
from tests.village.broker import Broker, Packet, wants_channels
from tests.village.clockwork import Agenda
from tests.village.office import VILLAGE
from tests.village.power import Fuse, PowerCut
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


class Owner(Protocol):
    """The one owner of the machine's state: a bus's loop, a kiosk's desk."""

    def report(self, fact: Any, /) -> bool: ...
    def begin(self) -> None: ...
    def turn(self) -> None: ...


class Seconds:
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


def public_of(unit: str) -> bytes:
    """The public half of a unit's signing key."""
    return public_bytes(key_of(unit))


class Machine(ABC):
    """One machine. `on` is whether its program runs; a power cut while it does is told to nobody."""

    proven: int | None = None
    """Unix seconds that have certainly passed when it was made."""

    def __init__(
        self, unit: str, folder: Path, root_public: bytes, broker: Broker, agenda: Agenda, dice: Random
    ) -> None:
        self.unit = unit
        self.folder = folder
        self.fuse = Fuse(folder)
        self.wire = Wire(unit, broker, agenda, dice, MAX_QUEUED)
        self.on = False
        self.is_narrow = True
        """Whether its link often has no room."""
        self.cuts = 0
        self.boots = 0
        self.journal: Journal
        self._root_public = root_public
        self._agenda = agenda
        self._dice = dice
        self._lists: OfficeLists
        self._time: Seconds
        self._pulse_at = math.inf

    @property
    @abstractmethod
    def _owner(self) -> Owner:
        """What takes its facts."""

    @abstractmethod
    def _make(self, identity: Identity, clock: Clock) -> None:
        """Put its program together, once journal and lists are open."""

    @abstractmethod
    def be_wrong_by(self, seconds: float) -> None:
        """What tells it the time says another one from now on."""

    @abstractmethod
    def be_right(self) -> None:
        """From now on it is right, without a word."""

    def switch_on(self) -> None:
        """Power on: the program starts, from what the card holds."""
        if self.on:
            return
        self.boots += 1
        self._time = Seconds(self._agenda)
        self.on = True
        self._guarded(self._start)

    def switch_off(self) -> None:
        """Power off, without a word."""
        if self.on:
            self._dead()

    def do(self, *facts: Any) -> bool:
        """Facts, a turn each; whether it still runs after them."""
        for fact in facts:
            if self.on:
                self._guarded(lambda fact=fact: self._turn(fact))  # type: ignore[misc]
        return self.on

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
        self._opened()
        self._lists = OfficeLists(self.unit, self._root_public)
        self._lists.load(self.journal)
        self._make(
            Identity(self.unit, key_of(self.unit), self._root_public),
            Clock(self._time, self._boot, self.journal.floor, self.proven),
        )
        self._owner.begin()
        self._owner.turn()
        ends = Ends(lambda: self._link(LinkUp()), lambda: self._link(LinkDown("")), self._heard)
        will = (str(Topic(VILLAGE, self.unit, Channel.STATE)), encode(Health(online=False)))
        self.wire.start(ends, wants_channels(VILLAGE, TO_DEVICE, self.unit), will)

    @abstractmethod
    def _opened(self) -> None:
        """The journal is open, and nothing was written to it yet."""

    def _turn(self, fact: Any) -> None:
        if not self._owner.report(fact):
            raise Violation("I1", f"{self.unit}: there is no room for {type(fact).__name__}")
        self._owner.turn()

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

    def _link(self, fact: LinkUp | LinkDown) -> None:
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
            self._guarded(self._owner.turn)

    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> Callable[[], bool] | None:
        """Its way to central."""
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
