"""A bus to measure: the terminal's own camera, loop, journal and lights, wired as its main does, without a link.

The stopwatch stands around the parts, not in them: it stamps what passes between them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device.clock import Clock, SystemTime
from device.facts import CameraState, CodeSeen
from device.identity import Identity
from device.journal import Journal, Keep
from device.office_lists import OfficeLists
from device.pins import Board as PinBoard
from device.reader.camera import Camera
from hil.virtual.camera import VirtualCamera
from hil.virtual.pins import VirtualPins
from rules.messages.events import Tapped
from rules.passes.seal import public_bytes
from terminal.bus import Bus
from terminal.facts import Fact
from terminal.loop import Loop
from terminal.screen.board import Board
from terminal.signals.lights import DoorLights
from tests.bench.machine import NotMeasured

if TYPE_CHECKING:
    from pathlib import Path

    from device.journal import Record
    from rules.messages.events import AnyEvent
    from rules.messages.topics import Channel
    from rules.network.edition import Edition
    from rules.ride.admission import OfficeWord

UNIT = "bench"
GREEN, YELLOW, RED, BUZZER = 17, 27, 22, 18
PATIENCE_S = 20.0


class LeapingTime:
    """The machine's seconds and those skipped: the bus drives on without anybody having to wait for it."""

    def __init__(self) -> None:
        self._skipped = 0.0
        self._system = SystemTime()

    def monotonic(self) -> float:
        """Seconds; never go back."""
        return self._system.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._system.sleep(seconds)

    def skip(self, seconds: float) -> None:
        """Go on as if so many seconds had passed."""
        self._skipped += seconds


@dataclass(slots=True)
class Stamps:
    """When one tap passed where, in seconds of `time.perf_counter`; 0 before it did.

    `seen`: the code is handed to the loop. `decided`: the journal is asked to write. `written`: it has. `lit`: a pin
    rose, of the lamp `lamp`. `record` is what the journal wrote.
    """

    expected: bytes = b""
    handed_in: float = 0.0
    seen: float = 0.0
    decided: float = 0.0
    written: float = 0.0
    lit: float = 0.0
    lamp: str = ""
    record: Record | None = None
    answered: threading.Event = field(default_factory=threading.Event)


class BenchBus:
    """One bus at work, a context manager. `office` and `edition` are what it knows of the village.

    `socket` is where its camera is plugged in: a Unix socket's path, at most 107 bytes.
    """

    def __init__(self, data: Path, socket: Path, office: OfficeWord, edition: Edition) -> None:
        self._data = data
        self._office = office
        self._edition = edition
        self._ended = ""
        self._looking = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="loop", daemon=True)
        self._loop: Loop
        self._board = Board()
        self.time = LeapingTime()
        self.stamps = Stamps()
        self.camera = VirtualCamera(socket)
        self._eye = Camera(self.camera.setting, self._pass_on)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(PATIENCE_S) or self._ended:
            raise NotMeasured(f"The bus did not start {self._ended}.")
        self.camera.plug()
        self._eye.start()
        if not self._looking.wait(PATIENCE_S):
            self.__exit__()
            raise NotMeasured("The camera's reader did not start.")
        return self

    def __exit__(self, *_: object) -> None:
        self._eye.stop()
        self.camera.unplug()
        if not self._ended:
            self._loop.stop()
        self._thread.join(PATIENCE_S)

    def report(self, fact: Fact) -> None:
        """Hand the loop a fact once it has taken the ones before. Raises NotMeasured once the loop has ended.

        The clock leaps from fact to fact: a loop that lagged behind would find each of them minutes old.
        """
        while self._loop._facts.waiting or not self._loop.report(fact):
            if self._ended:
                raise NotMeasured(f"The bus broke down {self._ended}.")
            time.sleep(0.0002)

    def wait_to_stand_at(self, stop_index: int) -> None:
        """Until the driver's page shows the bus at this stop of its trip. Raises NotMeasured after 20 seconds."""
        until = time.monotonic() + PATIENCE_S
        while (shown := self._board.latest()).at_index != stop_index:
            if self._ended or time.monotonic() > until:
                raise NotMeasured(
                    f"The bus did not come to stop {stop_index} {self._ended}: {shown.place_reason}."
                )
            time.sleep(0.01)

    def _run(self) -> None:
        try:
            # SQLite's connection belongs to the thread that opened it.
            with WatchedJournal(self._data, UNIT, self).open() as journal, self._lights() as lights:
                self._loop = Loop(self._wire(journal, lights))
                self._ready.set()
                self._loop.run()
                self._ended = f"({self._board.latest().fault or 'it was stopped'})"
        except Exception as reason:  # noqa: BLE001 - whoever waits for this thread says it
            self._ended = f"({reason!r})"
            self._ready.set()

    def _wire(self, journal: Journal, lights: DoorLights) -> Bus:
        key = Ed25519PrivateKey.generate()
        lists = OfficeLists(UNIT, public_bytes(key))
        lists.keys = self._office.keys
        lists.read_until = self._office.read_until
        lists.editions[self._edition.number] = self._edition
        return Bus(
            unit=UNIT,
            demo=True,
            issuer=self._office.issuer,
            version="bench",
            identity=Identity(UNIT, key, public_bytes(key)),
            journal=journal,
            lists=lists,
            clock=Clock(self.time, "bench", 0),
            real=SystemTime(),
            signals=lights,
            link=_NoLink(),
            publish=self._board.publish,
        )

    @contextmanager
    def _lights(self) -> Iterator[DoorLights]:
        pins = VirtualPins()
        board = PinBoard(self._data, pins.factory)
        lights = DoorLights(board.lamp(GREEN), board.lamp(YELLOW), board.lamp(RED), board.buzzer(BUZZER))
        pins.on_change(GREEN, lambda high: self._on_lamp("green", high=high))
        pins.on_change(RED, lambda high: self._on_lamp("red", high=high))
        lights.start()
        try:
            yield lights
        finally:
            lights.stop()

    def _pass_on(self, fact: Fact, /) -> bool:
        if isinstance(fact, CodeSeen) and not self.stamps.seen and fact.data == self.stamps.expected:
            self.stamps.seen = time.perf_counter()
        if fact == CameraState(""):
            self._looking.set()
        return self._loop.report(fact)

    def _on_lamp(self, lamp: str, *, high: bool) -> None:
        stamps = self.stamps
        if high and not stamps.lit:
            stamps.lit = time.perf_counter()
            stamps.lamp = lamp
            stamps.answered.set()


class WatchedJournal(Journal):
    """The journal, with a stamp before and after it writes a tap down."""

    def __init__(self, folder: Path, device: str, bus: BenchBus) -> None:
        super().__init__(folder, device, any_disk=True)
        self._bus = bus

    def write(self, events: Sequence[AnyEvent], keep: Iterable[Keep] = ()) -> None:
        """As the journal does."""
        begun = time.perf_counter()
        super().write(events, keep)
        if any(isinstance(event, Tapped) for event in events):
            stamps = self._bus.stamps
            stamps.decided, stamps.written, stamps.record = begun, time.perf_counter(), self.last


class _NoLink:
    """The bus is in the valley: nothing goes out."""

    def publish(self, channel: Channel, payload: bytes, *, retain: bool = False) -> None:
        """Nothing."""
