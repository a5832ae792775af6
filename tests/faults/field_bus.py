"""A bus on the real link: the real loop, journal, sync and MQTT, on threads of its own. Lamps and riders are made."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central.devices.keys import open_keys
from device.clock import AGREEING, Clock, SystemTime
from device.facts import CodeSeen, Heard, LinkDown, LinkUp
from device.identity import Identity
from device.journal import Journal, Record
from device.link import Broker, Listeners, MqttLink
from device.office_lists import OfficeLists
from device.reader.messages import Hint
from device.sync import Taken
from rules.messages.topics import Channel
from rules.passes.seal import private_from_bytes
from rules.ride.locate import Fix
from rules.ride.outcomes import Outcome
from terminal.bus import Bus
from terminal.facts import FixSeen, TripChosen, TripDone
from terminal.loop import Loop
from terminal.signals.told import Told
from tests.faults.scale import PATIENCE_S
from tests.ride.builders import DAY, ISSUER, NOW, STOPS, Office, edition
from tests.terminal.loop_bench import text_of

VILLAGE = "ohkura"
ON_BOARD = 20
"""Riders on one trip; then it ends, so that a bus of 500 taps carries no more at once than one of 50."""


def open_journal(folder: Path, device: str) -> Journal:
    """The one place where tests of faults open a journal."""
    return Journal(folder, device, any_disk=True).open()


def key_of(device: str) -> Ed25519PrivateKey:
    """A machine's signing key, the same in every process of a test."""
    return private_from_bytes(device.encode().rjust(32, b"."))


def journal_records(folder: Path, device: str) -> tuple[str, list[Record]]:
    """Epoch and records of a bus that has ended."""
    with open_journal(folder, device) as journal:
        return journal.epoch, journal.records_after(0, 1_000_000)


class Lamps:
    """Hands every answer on, with the moment at which it was shown."""

    def __init__(self) -> None:
        self.shown: queue.Queue[tuple[Outcome, float]] = queue.Queue()
        self.faulty = False

    def answer(self, told: Told) -> None:
        self.shown.put((told.outcome, time.perf_counter()))

    def help(self, hint: Hint) -> None:
        pass

    def fault(self) -> None:
        self.faulty = True


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


class FieldBus:
    """One bus, from `start` to `stop`; its office has its data in `central` beside its folder.

    `ups` and `downs` are the moments (monotonic) at which its link said so.
    """

    def __init__(self, folder: Path, device: str, broker: Broker, dice: Random | None = None) -> None:
        self.folder = folder
        self.device = device
        self.greens = 0
        self.ups: list[float] = []
        self.downs: list[float] = []
        self._broker = broker
        self._dice = dice or Random(0)
        self._keys = open_keys(folder.parent / "central")
        # Passes of its own: one code on two buses is a fault of another kind.
        self._office = Office(
            self._keys.phones,
            self._keys.cards,
            self._keys.down.private,
            _made=int.from_bytes(device.encode()[-2:], "big") * 10_000,
        )
        self._lamps = Lamps()
        self._riders = 0
        self._batches: list[Taken] = []
        self._ready = threading.Event()
        self._began = SystemTime().monotonic()
        self._loop: Loop
        self.journal: Journal
        self._thread = threading.Thread(target=self._run, name=f"bus {device}", daemon=True)

    def start(self) -> None:
        """Return when the loop takes facts; the link may still be on its way."""
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)
        for _ in range(AGREEING):
            assert self._loop.report(self._fix())

    def stop(self) -> None:
        self._loop.stop()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        assert not self._lamps.faulty

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

    def tap(self) -> float:
        """A new rider boards; seconds from the code to the green lamp."""
        if self._riders % ON_BOARD == 0:
            assert self._loop.report(TripDone())
            assert self._loop.report(TripChosen("t1", DAY))
        self._riders += 1
        assert self._loop.report(self._fix())
        code = text_of(self._office.phone().code(int(self._wall())))
        begun = time.perf_counter()
        assert self._loop.report(CodeSeen(code))
        outcome, shown = self._lamps.shown.get(timeout=PATIENCE_S)
        assert outcome is Outcome.OK
        self.greens += 1
        return shown - begun

    def taps(self, count: int, over_s: float = 0.0) -> list[float]:
        """So many riders, spread over so many seconds."""
        begun = time.monotonic()
        seconds = []
        for number in range(count):
            time.sleep(max(0.0, begun + number * over_s / count - time.monotonic()))
            seconds.append(self.tap())
        return seconds

    def end_trip(self) -> None:
        """Everybody leaves; the next rider finds a new trip."""
        self._riders += -self._riders % ON_BOARD
        assert self._loop.report(TripDone())

    def _wall(self) -> float:
        return NOW + SystemTime().monotonic() - self._began

    def _fix(self) -> FixSeen:
        at = edition().stops[STOPS[0]]
        mono = SystemTime().monotonic()
        return FixSeen(Fix(mono, at.lat, at.lon, 0.0, None, 1.0, 9), NOW + mono - self._began)

    def _run(self) -> None:
        with open_journal(self.folder, self.device) as self.journal:
            link = MqttLink(self._broker, VILLAGE, self.device, self._listeners(), self._dice.random)
            self._loop = Loop(self._parts(link))
            link.start()
            self._ready.set()
            try:
                self._loop.run()
            finally:
                link.stop()

    def _listeners(self) -> Listeners:
        def up() -> None:
            self.ups.append(time.monotonic())
            self._loop.report(LinkUp())

        def down(reason: str) -> None:
            if self.is_up:
                self.downs.append(time.monotonic())
            self._loop.report(LinkDown(reason))

        return Listeners(up, down, lambda message: self._loop.report(Heard(message)))

    def _parts(self, link: MqttLink) -> Bus:
        key = key_of(self.device)
        lists = OfficeLists(self.device, self._keys.root_public)
        word = self._office.word()
        lists.keys, lists.read_until = word.keys, word.read_until
        lists.editions[1] = edition()
        time_source = SystemTime()
        return Bus(
            unit=self.device,
            demo=True,
            issuer=ISSUER,
            version="1.2.3",
            identity=Identity(self.device, key, self._keys.root_public),
            journal=self.journal,
            lists=lists,
            clock=Clock(time_source, "boot", self.journal.floor),
            real=time_source,
            signals=self._lamps,
            link=CountedLink(link, self._batches),
            publish=lambda _snapshot: None,
        )


@contextmanager
def buses_on(*buses: FieldBus) -> Iterator[Sequence[FieldBus]]:
    """Started, and stopped at the end."""
    started: list[FieldBus] = []
    try:
        for bus in buses:
            bus.start()
            started.append(bus)
        yield buses
    finally:
        for bus in started:
            bus.stop()
