"""Tones and words at the door and at the driver's seat; `Signals` of the terminal, beside the lamps."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from device.facts import CameraState
from device.player import FRAME_BYTES, RATE, NoSound
from terminal.signals.clips import NO_SAMPLES
from terminal.signals.sayings import CAMERA_GONE, FAULT, HINTS, Saying, saying_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from device.clock import TimeSource
    from device.player import Player
    from device.reader.messages import Hint
    from terminal.facts import Fact
    from terminal.ports import Report
    from terminal.signals.clips import Mix
    from terminal.signals.told import Told

GRACE_SECONDS = 0.3
"""What a player may take beyond the length of what it plays."""
PROBE_SECONDS = 0.05
"""Of silence at the start, so that a missing card is told before the first rider comes."""

_GONE = "音が出ません。灯火と画面で続けます（{reason}） / No sound: going on with lamps and screen ({reason})"
_BACK = "音が戻りました / Sound is back"


class Voice:
    """Says answers, hints and faults; never holds anybody up.

    A thread plays; its mailbox holds one saying. A newer answer cuts off what the rider was hearing, and the driver's
    words only if it has words for the driver: what they must do is not hushed by the next rider's "yes". A hint cuts
    off nothing and is dropped while something is said. A card that is missing or was unplugged is told once to `tell`
    and tried again with every saying. `time` is the machine's own.
    """

    def __init__(self, mix: Mix, player: Player, tell: Callable[[str], object], time: TimeSource) -> None:
        self._mix = mix
        self._player = player
        self._tell = tell
        self._time = time
        self._turn = threading.Condition()
        self._next: Saying | None = None
        self._rider = self._driver = NO_SAMPLES
        self._rider_until = 0.0
        self._is_heard = True
        self._faulty = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="voice", daemon=True)

    def start(self) -> None:
        """Begin to speak."""
        self._thread.start()

    def stop(self) -> None:
        """Silence, but a fault's words are said to their end. Ends within 2 seconds."""
        with self._turn:
            self._stopping = True
            self._turn.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def answer(self, told: Told) -> None:
        """Say one answer, instead of what the rider was hearing. Nothing after a fault."""
        self._post(saying_of(told))

    def help(self, hint: Hint) -> None:
        """Say how to hold a code, unless the rider is hearing something."""
        with self._turn:
            if self._next is None and self._time.monotonic() >= self._rider_until:
                self._put(HINTS[hint])

    def fault(self) -> None:
        """The last words."""
        with self._turn:
            self._put(FAULT)
            self._faulty = True

    def overhear(self, report: Report) -> Report:
        """The same report, with a camera that has gone told to the driver on the way."""
        was_well = True

        def told_too(fact: Fact, /) -> bool:
            nonlocal was_well
            if isinstance(fact, CameraState):
                if fact.problem and was_well:
                    self._post(CAMERA_GONE)
                was_well = not fact.problem
            return report(fact)

        return told_too

    def _post(self, saying: Saying) -> None:
        with self._turn:
            self._put(saying)

    def _put(self, saying: Saying) -> None:
        if not self._faulty:
            self._next = saying.after(self._next or Saying())
            self._turn.notify()

    def _run(self) -> None:
        self._play(bytes(FRAME_BYTES * int(PROBE_SECONDS * RATE)))
        while (saying := self._take()) is not None:
            # Who gets nothing new goes on hearing what they were hearing.
            rider, driver = self._mix.rider(saying.rider), self._mix.driver(saying.driver)
            self._rider = rider if len(rider) else self._rider
            self._driver = driver if len(driver) else self._driver
            began = self._time.monotonic()
            self._rider_until = began + len(self._rider) / RATE
            self._play(self._mix.frames(self._rider, self._driver))
            played = int((self._time.monotonic() - began) * RATE)
            self._rider, self._driver = self._rider[played:], self._driver[played:]

    def _take(self) -> Saying | None:
        """The next saying, once there is one; None to end."""
        with self._turn:
            self._turn.wait_for(lambda: self._next is not None or self._stopping)
            saying, self._next = self._next, None
            return saying

    def _play(self, frames: bytes) -> None:
        """Until it is over or something newer is to be said."""
        try:
            playing = self._player.play(frames)
            with self._turn:
                is_cut = self._turn.wait_for(self._is_interrupted, len(frames) / FRAME_BYTES / RATE)
            if playing.end(0 if is_cut else GRACE_SECONDS) and not self._is_heard:
                self._is_heard = True
                self._tell(_BACK)
        except NoSound as reason:
            if self._is_heard:
                self._is_heard = False
                self._tell(_GONE.format(reason=reason))

    def _is_interrupted(self) -> bool:
        return self._next is not None or (self._stopping and not self._faulty)
