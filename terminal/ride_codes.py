"""The bus's own code for phones that read the bus: a new one, and a new word, at each opening of the door on a trip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.passes import bus_code
from rules.passes.bus_code import BusCode
from rules.passes.door_word import word_of

if TYPE_CHECKING:
    from rules.instant import Instant
    from terminal.bus import Bus
    from terminal.trip import CurrentTrip

SHOWN_S = 60.0
"""So long after the door has closed; who boards is sitting down."""


@dataclass(frozen=True, slots=True)
class RideCode:
    """An opening's address for the QR code, and its word; both "" where there is none."""

    address: str = ""
    word: str = ""


NONE = RideCode()
NO_TRIP = ("", "")


class RideCodes:
    """The code of the latest opening. Owned by the loop; without an address in the settings there never is one."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._code = NONE
        self._trip = NO_TRIP
        self._closed: float | None = None

    def door_moved(self, at: Instant, trip: CurrentTrip, *, is_open: bool) -> None:
        """The door's record is on the disk, and the journal's last."""
        if not is_open:
            self._closed = at.mono_ms / 1000
        elif trip.underway is None or not self._bus.ride_address:
            self.forget()
        else:
            self._code = self._new(self._code.word)
            self._trip, self._closed = _named(trip), None

    def forget(self) -> None:
        """The door moved and there is no record of it."""
        self._code = NONE

    def at(self, at: Instant, trip: CurrentTrip) -> RideCode:
        """What to show."""
        if self._closed is not None and at.mono_ms / 1000 - self._closed > SHOWN_S:
            return NONE
        return self._code if _named(trip) == self._trip else NONE

    def _new(self, former: str) -> RideCode:
        for turn in range(256):
            code = self._signed(turn)
            if word_of(code.whole) != former:
                break
        return RideCode(bus_code.to_address(code, self._bus.ride_address), word_of(code.whole))

    def _signed(self, turn: int) -> BusCode:
        bus, journal = self._bus, self._bus.journal
        return bus_code.sign(bus.unit, journal.epoch, journal.last.number, turn, bus.identity.signing_key)


def _named(trip: CurrentTrip) -> tuple[str, str]:
    """The trip that is on; how far it has got is another matter."""
    underway = trip.underway
    return (underway.trip_id, underway.service_date) if underway else NO_TRIP
