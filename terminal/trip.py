"""The trip the driver has taken up, and where on it the bus is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from device.journal import Keep
from rules.messages.codec import decode, encode
from rules.ride.locate import FRESH_S, NearestStop, Place
from rules.ride.tap import Door

if TYPE_CHECKING:
    from device.journal import Journal
    from rules.network.edition import Edition
    from rules.ride.locate import Fix

AT_NO_STOP = Place(None, 0.0, 0.0, "")


@dataclass(frozen=True, slots=True)
class Underway:
    """What survives a restart: which trip, by which edition, and the last stop reached."""

    edition: int
    trip_id: str
    service_date: str
    reached: int


class CurrentTrip:
    """At most one trip at a time. Owned by the loop."""

    def __init__(self) -> None:
        self.underway: Underway | None = None
        self.edition: Edition | None = None
        self._locator: NearestStop | None = None
        self._fix: Fix | None = None

    def resume(self, journal: Journal, editions: Mapping[int, Edition]) -> None:
        """Take up the trip that was on when the power went, if its edition is here."""
        kept = journal.recall("trip", "")
        if kept is None:
            return
        underway = decode(kept, Underway)
        edition = editions.get(underway.edition)
        if edition is not None and underway.trip_id in edition.trips:
            self._set(edition, underway)

    def begin(self, edition: Edition, trip_id: str, service_date: str, mono: float) -> Keep:
        """Take up a trip of the edition, at `mono` seconds; what is to be remembered of it."""
        underway = Underway(edition.number, trip_id, service_date, 0)
        self._set(edition, underway)
        # The locator never goes back: by an old fix it could be ahead of the bus for the whole trip.
        fix = self.fresh(mono)
        return (fix and self.see(fix)) or Keep("trip", "", encode(underway))

    def end(self) -> Keep:
        """No trip any more."""
        self.underway = self.edition = self._locator = None
        return Keep("trip", "", None)

    def see(self, fix: Fix) -> Keep | None:
        """Take a fix; what is to be remembered, if it reached another stop."""
        self._fix = fix
        if self._locator is None or self.underway is None:
            return None
        before = self._locator.reached
        self._locator.see(fix)
        if self._locator.reached == before:
            return None
        self.underway = replace(self.underway, reached=self._locator.reached)
        return Keep("trip", "", encode(self.underway))

    def place(self, mono: float) -> Place:
        """Where on the trip the bus is at `mono` seconds of the clock that stamps the fixes."""
        return AT_NO_STOP if self._locator is None else self._locator.place(mono)

    @property
    def fix(self) -> Fix | None:
        """The last fix of all, however old."""
        return self._fix

    def fresh(self, mono: float) -> Fix | None:
        """The last fix, if it is not too old at `mono` seconds to say where the bus is."""
        return self._fix if self._fix is not None and mono - self._fix.mono <= FRESH_S else None

    def door(self, edition: Edition, mono: float) -> Door:
        """The bus as a tap finds it; `edition` is the one in force while no trip is on.

        Its coordinates are the last fix's, however old: far from where somebody boarded, it proves that the bus moved.
        """
        lat, lon = (self._fix.lat, self._fix.lon) if self._fix is not None else (None, None)
        if self.underway is None or self.edition is None:
            return Door(edition, "", "", AT_NO_STOP, lat, lon)
        return Door(
            self.edition, self.underway.trip_id, self.underway.service_date, self.place(mono), lat, lon
        )

    def _set(self, edition: Edition, underway: Underway) -> None:
        self.underway = underway
        self.edition = edition
        self._locator = NearestStop(edition.stops_of(underway.trip_id), underway.reached)
