"""A field machine on the real link, on threads of its own: what a bus and a kiosk have in common."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central.devices.keys import open_keys
from device.clock import SystemTime
from device.facts import Heard, LinkDown, LinkUp
from device.journal import Journal, Record
from device.link import Broker, Listeners, MqttLink
from device.office_lists import OfficeLists
from device.sync import Taken
from rules.messages.topics import Channel
from rules.passes.seal import private_from_bytes
from tests.faults.scale import PATIENCE_S
from tests.ride.builders import NOW, Office

VILLAGE = "ohkura"


class Loop(Protocol):
    """The one owner of the machine's state: a bus's loop, a kiosk's desk."""

    def report(self, fact: LinkUp | LinkDown | Heard, /) -> bool: ...
    def run(self) -> int: ...
    def stop(self) -> None: ...


def open_journal(folder: Path, device: str) -> Journal:
    """The one place where tests of faults open a journal."""
    return Journal(folder, device, any_disk=True).open()


def key_of(device: str) -> Ed25519PrivateKey:
    """A machine's signing key, the same in every process of a test."""
    return private_from_bytes(device.encode().rjust(32, b"."))


def journal_records(folder: Path, device: str) -> tuple[str, list[Record]]:
    """Epoch and records of a machine that has ended."""
    with open_journal(folder, device) as journal:
        return journal.epoch, journal.records_after(0, 1_000_000)


class CountedLink:
    """The real link, which remembers whom to ask whether the broker has taken a batch."""

    def __init__(self, link: MqttLink, taken: list[Taken]) -> None:
        self._link = link
        self._taken = taken

    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> Taken | None:
        taken = self._link.publish(channel, payload, retain=retain)
        if taken is not None and channel is Channel.UP:
            self._taken.append(taken)
        return taken


class FieldMachine(ABC):
    """One machine, from `start` to `stop`; its office has its data in `central` beside its folder.

    `ups` and `downs` are the moments (monotonic) at which its link said so. `greens` counts who was told that it was
    well: green lamps, codes on the screen.
    """

    def __init__(
        self,
        folder: Path,
        device: str,
        broker: Broker,
        dice: Random | None = None,
        signing: Ed25519PrivateKey | None = None,
    ) -> None:
        self.folder = folder
        self.device = device
        self.greens = 0
        self.ups: list[float] = []
        self.downs: list[float] = []
        self._broker = broker
        self._signing = signing or key_of(device)
        self._dice = dice or Random(0)
        self._keys = open_keys(folder.parent / "central")
        # Passes of its own: one code on two buses is a fault of another kind.
        self._office = Office(
            self._keys.phones,
            self._keys.cards,
            self._keys.down.private,
            _made=int.from_bytes(device.encode()[-2:], "big") * 10_000,
        )
        self._batches: list[Taken] = []
        self._ready = threading.Event()
        self._began = SystemTime().monotonic()
        self.journal: Journal
        self._thread = threading.Thread(target=self._run, name=device, daemon=True)

    @property
    @abstractmethod
    def _own(self) -> Loop:
        """What takes its facts."""

    @abstractmethod
    def _make(self, link: CountedLink) -> None:
        """Put its parts together, once its journal is open."""

    @abstractmethod
    def tap(self) -> float:
        """Somebody comes; seconds until they are told that it is well."""

    def start(self) -> None:
        """Return when it takes facts; the link may still be on its way."""
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)

    def stop(self) -> None:
        self._own.stop()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """Records central has not acknowledged."""
        return self.journal.waiting

    @property
    def is_up(self) -> bool:
        return len(self.ups) > 0 and (not self.downs or self.ups[-1] > self.downs[-1])

    @property
    def batches_taken(self) -> int:
        """How many batches the broker has acknowledged."""
        return sum(taken() for taken in list(self._batches))

    def taps(self, count: int, over_s: float = 0.0) -> list[float]:
        """So many people, spread over so many seconds."""
        begun = time.monotonic()
        seconds = []
        for number in range(count):
            time.sleep(max(0.0, begun + number * over_s / count - time.monotonic()))
            seconds.append(self.tap())
        return seconds

    def _wall(self) -> float:
        return NOW + SystemTime().monotonic() - self._began

    def _lists(self) -> OfficeLists:
        lists = OfficeLists(self.device, self._keys.root_public)
        word = self._office.word()
        lists.keys, lists.read_until = word.keys, word.read_until
        return lists

    def _run(self) -> None:
        with open_journal(self.folder, self.device) as self.journal:
            link = MqttLink(self._broker, VILLAGE, self.device, self._listeners(), self._dice.random)
            self._make(CountedLink(link, self._batches))
            link.start()
            self._ready.set()
            try:
                self._own.run()
            finally:
                link.stop()

    def _listeners(self) -> Listeners:
        def up() -> None:
            self.ups.append(time.monotonic())
            self._own.report(LinkUp())

        def down(reason: str) -> None:
            if self.is_up:
                self.downs.append(time.monotonic())
            self._own.report(LinkDown(reason))

        return Listeners(up, down, lambda message: self._own.report(Heard(message)))


@contextmanager
def running(*machines: FieldMachine) -> Iterator[Sequence[FieldMachine]]:
    """Started, and stopped at the end."""
    started: list[FieldMachine] = []
    try:
        for machine in machines:
            machine.start()
            started.append(machine)
        yield machines
    finally:
        for machine in started:
            machine.stop()
