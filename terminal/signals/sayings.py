"""What is said for every answer, hint and fault: to the rider at the door, and to the driver only what needs them.

What a refused rider hears names no reason: the others on the bus hear it too. The driver's page has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from device.reader.messages import Hint
from rules.ride.outcomes import Movement, Outcome
from terminal.signals.phrases import amount
from terminal.signals.tones import Tone

if TYPE_CHECKING:
    from terminal.signals.told import Told


@dataclass(frozen=True, slots=True)
class Saying:
    """Names of sounds one after the other: what the rider hears, and at the same time the driver."""

    rider: tuple[str, ...] = ()
    driver: tuple[str, ...] = ()

    def after(self, older: Saying) -> Saying:
        """This one, with what an older one, not yet begun, has for whom this one has nothing."""
        return Saying(self.rider or older.rider, self.driver or older.driver)


def _for_driver(*names: str) -> tuple[str, ...]:
    return (Tone.DRIVER, *names)


_SEE_DRIVER = Saying((Tone.NO, "see-driver"), _for_driver("driver-page"))

ANSWERS: dict[Outcome, Saying] = {
    Outcome.OK: Saying((Tone.YES,)),
    Outcome.OK_OTHER: Saying((Tone.LOOK,), _for_driver("driver-check")),
    Outcome.GRACED: Saying((Tone.LOOK,)),
    Outcome.SHORT: Saying((Tone.LOOK,), _for_driver("driver-cash")),
    Outcome.ALREADY_BOARDED: Saying((Tone.NO, "has-boarded", "go-ahead")),
    Outcome.ALREADY_ALIGHTED: Saying((Tone.NO, "has-alighted", "go-ahead")),
    Outcome.DENIED: _SEE_DRIVER,
    Outcome.EXPIRED: _SEE_DRIVER,
    Outcome.NOT_YET_VALID: _SEE_DRIVER,
    Outcome.STALE_CODE: Saying((Tone.AGAIN, "reopen", "once-more")),
    Outcome.REPLAYED: Saying((Tone.NO, "next-code", "once-more")),
    Outcome.LONG_CODE_WANTED: Saying((Tone.AGAIN, "keep-there")),
    Outcome.CARD_NOT_LISTED: _SEE_DRIVER,
    Outcome.CARD_LIMIT: _SEE_DRIVER,
    Outcome.FARE_UNKNOWN: Saying((Tone.ASK, "driver-guides"), _for_driver("driver-fare")),
    Outcome.JOURNAL_FULL: Saying((Tone.ASK, "driver-guides"), _for_driver("driver-record")),
    Outcome.UNKNOWN_KEY: _SEE_DRIVER,
    Outcome.BAD_SIGNATURE: _SEE_DRIVER,
    Outcome.UNREADABLE: Saying((Tone.AGAIN, "brighter", "once-more")),
    Outcome.NOT_A_PASS: Saying((Tone.NO, "pass-page")),
    Outcome.POSITION_UNKNOWN: Saying((Tone.ASK, "driver-guides"), _for_driver("driver-stop")),
    Outcome.OTHER_NETWORK: _SEE_DRIVER,
    Outcome.NO_TRIP: Saying((Tone.ASK, "driver-guides"), _for_driver("driver-trip")),
}
"""How every answer begins; for those who ride, `saying_of` goes on. A test fails for an outcome without a line here."""

HINTS: dict[Hint, Saying] = {
    Hint.NEARER: Saying(("nearer",)),
    Hint.FARTHER: Saying(("farther",)),
    Hint.BRIGHTER: Saying(("brighter",)),
    Hint.GLARE: Saying(("tilt",)),
    Hint.STRAIGHTER: Saying(("straighter",)),
    Hint.STILL: Saying(("still",)),
}
"""Without a tone: nothing is answered yet."""

FAULT = Saying(("cash-please",), ("driver-record",))
"""The last words of a bus that cannot record. It ends within 2 seconds, so there is no time for a tone."""

CAMERA_GONE = Saying(driver=_for_driver("driver-camera"))


def saying_of(told: Told) -> Saying:
    """What one answer says."""
    begun = ANSWERS[told.outcome]
    if told.outcome is Outcome.SHORT:
        yen = amount(told.cash)
        words = ("in-cash", *yen, "please") if yen else ("cash-please",)
        return Saying((*begun.rider, *words), (*begun.driver, *yen))
    if not told.outcome.rides:
        return begun
    if told.movement is Movement.BOARD:
        return Saying((*begun.rider, "aboard"), begun.driver)
    fare = ("commuter",) if told.commuter else amount(told.fare)
    return Saying((*begun.rider, *fare, "thanks"), begun.driver)
