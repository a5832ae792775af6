"""What the door shows and sounds for each answer.

Green: the record is committed, ride. Green and yellow: ride, and the driver looks. Red: no. Red and yellow: no,
and it is the bus that cannot, so the driver's hand is needed.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rules.ride.outcomes import Outcome

if TYPE_CHECKING:
    from device.reader.messages import Hint
    from terminal.signals.told import Told

LAMP_SECONDS = 1.5
"""How long an answer stays lit if no other comes; real seconds, also where the bus lives faster."""


class Switch(Protocol):
    """A lamp or a buzzer."""

    def on(self) -> None:
        """Light or sound."""

    def off(self) -> None:
        """Dark or silent."""


@dataclass(frozen=True, slots=True)
class Look:
    """One answer: the lamps that light, and for how many seconds in turn the buzzer sounds, rests, sounds ..."""

    green: bool
    yellow: bool
    red: bool
    sound: tuple[float, ...]


_RIDE = Look(green=True, yellow=False, red=False, sound=(0.12,))
_RIDE_DRIVER_LOOKS = Look(green=True, yellow=True, red=False, sound=(0.12, 0.1, 0.12))
_HOLD_IT_AGAIN = Look(green=False, yellow=False, red=True, sound=(0.08, 0.08, 0.08, 0.08, 0.08))
_NO = Look(green=False, yellow=False, red=True, sound=(0.6,))
_ASK_THE_DRIVER = Look(green=False, yellow=True, red=True, sound=(0.6, 0.15, 0.6))

LOOKS: dict[Outcome, Look] = {
    Outcome.OK: _RIDE,
    Outcome.OK_OTHER: _RIDE_DRIVER_LOOKS,
    Outcome.GRACED: _RIDE_DRIVER_LOOKS,
    Outcome.SHORT: _RIDE_DRIVER_LOOKS,
    Outcome.ALREADY_BOARDED: _NO,
    Outcome.ALREADY_ALIGHTED: _NO,
    Outcome.DENIED: _NO,
    Outcome.EXPIRED: _NO,
    Outcome.NOT_YET_VALID: _NO,
    Outcome.STALE_CODE: _HOLD_IT_AGAIN,
    Outcome.REPLAYED: _NO,
    Outcome.LONG_CODE_WANTED: _HOLD_IT_AGAIN,
    Outcome.CARD_NOT_LISTED: _NO,
    Outcome.CARD_LIMIT: _NO,
    Outcome.FARE_UNKNOWN: _ASK_THE_DRIVER,
    Outcome.JOURNAL_FULL: _ASK_THE_DRIVER,
    Outcome.UNKNOWN_KEY: _NO,
    Outcome.BAD_SIGNATURE: _NO,
    Outcome.UNREADABLE: _HOLD_IT_AGAIN,
    Outcome.NOT_A_PASS: _NO,
    Outcome.POSITION_UNKNOWN: _ASK_THE_DRIVER,
    Outcome.OTHER_NETWORK: _NO,
    Outcome.NO_TRIP: _ASK_THE_DRIVER,
}
"""Every answer a door can give. A test fails for an outcome without a line here."""


class DoorLights:
    """The lamps and the buzzer of one door; `Signals` of the terminal.

    `answer` lights the lamps before it returns, and every answer darkens all lamps first, so each green answer
    is exactly one rising edge of the green pin. Riders one after the other are told apart by ear: the gap
    between two lights is too short to see, and a visible one would make the second rider wait. A thread sounds
    the buzzer and darkens the lamps again; it holds one answer, and a newer one takes its place. A bus without
    a yellow lamp or a buzzer hands in None.
    """

    def __init__(self, green: Switch, yellow: Switch | None, red: Switch, buzzer: Switch | None) -> None:
        self._green = green
        self._yellow = yellow or _Nothing()
        self._red = red
        self._buzzer = buzzer or _Nothing()
        self._turn = threading.Condition()
        self._next: Look | None = None
        self._faulty = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="lights", daemon=True)

    def start(self) -> None:
        """Begin to sound and to darken."""
        self._thread.start()

    def stop(self) -> None:
        """All dark and silent, but a fault's red lamp stays. Ends within 2 seconds."""
        with self._turn:
            self._stopping = True
            self._turn.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=2)
        with self._turn:
            if not self._faulty:
                self._darken()

    def answer(self, told: Told) -> None:
        """Show and sound one answer. Lit when it returns; nothing after a fault."""
        look = LOOKS[told.outcome]
        with self._turn:
            if self._faulty:
                return
            self._darken()
            for lamp, lit in ((self._green, look.green), (self._yellow, look.yellow), (self._red, look.red)):
                if lit:
                    lamp.on()
            self._next = look
            self._turn.notify()

    def help(self, hint: Hint) -> None:
        """Lamps cannot say how to hold a code: that is for the screen and the voice."""

    def fault(self) -> None:
        """The red lamp, and nothing else, from now on."""
        with self._turn:
            if self._faulty:
                return
            self._faulty = True
            self._next = None
            self._darken()
            self._red.on()
            self._turn.notify()

    def _darken(self) -> None:
        for switch in (self._green, self._yellow, self._red, self._buzzer):
            switch.off()

    def _run(self) -> None:
        with self._turn:
            while True:
                self._turn.wait_for(self._is_interrupted)
                if self._stopping or self._faulty:
                    return
                look, self._next = self._next, None
                if look is not None:
                    self._play(look)

    def _play(self, look: Look) -> None:
        """Until it is over or something newer is to be shown; the lock is free while it waits."""
        rest = LAMP_SECONDS
        for place, seconds in enumerate(look.sound):
            (self._buzzer.on if place % 2 == 0 else self._buzzer.off)()
            rest -= seconds
            if self._turn.wait_for(self._is_interrupted, timeout=seconds):
                return
        self._buzzer.off()
        if not self._turn.wait_for(self._is_interrupted, timeout=rest):
            self._darken()

    def _is_interrupted(self) -> bool:
        return self._next is not None or self._faulty or self._stopping


class _Nothing:
    """A lamp or a buzzer that is not fitted."""

    def on(self) -> None:
        """Nothing."""

    def off(self) -> None:
        """Nothing."""
