"""The trip the driver has taken up, where on it the bus is, and at which stop its taps were."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from device.journal import Keep
from rules.messages.codec import decode, encode
from rules.messages.events import SettledBy, StopSettled
from rules.ride.locate import FRESH_S, Place
from rules.ride.locator.locator import GridLocator
from rules.ride.locator.openings import opening_of_alighting, opening_of_boarding
from rules.ride.locator.path import path_of_trip
from rules.ride.outcomes import Movement
from rules.ride.tap import Door
from terminal.door_watch import DoorWatch
from terminal.screen.snapshot import PlaceState, StopQuestion
from terminal.settling import Bound, Settling

if TYPE_CHECKING:
    from device.journal import Journal
    from rules.instant import Instant
    from rules.messages.events import RecordRef
    from rules.network.edition import Edition
    from rules.ride.locate import Fix
    from rules.ride.locator.openings import Opening
    from rules.ride.memory import PassMemory

AT_NO_STOP = Place(None, 0.0, 0.0, "")
UNDO_S = 60.0
"""So long the driver can take back the stop they said, if the door has not opened again."""


@dataclass(frozen=True, slots=True)
class Underway:
    """What survives a restart: which trip, by which edition, and the last stop reached."""

    edition: int
    trip_id: str
    service_date: str
    reached: int


@dataclass(frozen=True, slots=True)
class Stand:
    """The bus as a tap finds it, and the door opening it belongs to as a boarding and as an alighting.

    Openings by number; None is no opening near it, whose place is a guess.
    """

    door: Door
    boarding: int | None = None
    alighting: int | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """What the driver said at `mono`: the stop's index, and the locator as it was before."""

    stop_index: int
    mono: float
    before: GridLocator


class CurrentTrip:
    """At most one trip at a time. Owned by the loop. Every `mono` is of the clock that stamps the fixes."""

    def __init__(self) -> None:
        self.underway: Underway | None = None
        self.edition: Edition | None = None
        self._locator: GridLocator | None = None
        self._settling = Settling()
        self._fix: Fix | None = None
        self._door = DoorWatch()
        self._said: _Said | None = None

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
        fix = self.fresh(mono)
        if fix is not None:
            self.see(fix)
        if self._door.is_open and self._door.is_believed:
            self._open_door(mono)
        return self._keep()

    def end(self) -> Keep:
        """No trip any more."""
        self.underway = self.edition = self._locator = self._said = None
        self._settling = Settling()
        return Keep("trip", "", None)

    def see(self, fix: Fix) -> Keep | None:
        """Take a fix; what is to be remembered, if it brought the bus to a stop further on."""
        self._fix = fix
        if self._locator is None or self.underway is None:
            return None
        stood_at = self._door.drives_off(fix)
        if stood_at is not None:
            self._locator.door_closed(stood_at)
        self._locator.see(fix)
        return self._keep() if self._locator.reached > self.underway.reached else None

    def roll(self, mono: float, metres: float) -> None:
        """Take what the wheels counted."""
        if self._locator is not None:
            self._locator.rolled(mono, metres)

    def door_moved(self, mono: float, *, is_open: bool) -> Keep | None:
        """The door contact says something; what is to be remembered."""
        if not self._door.says(mono, self.fresh(mono), is_open=is_open) or self._locator is None:
            return None
        if is_open:
            self._open_door(mono)
        else:
            self._locator.door_closed(mono)
            if self._said is not None:
                # If they take it back, the door is closed all the same.
                self._said.before.door_closed(mono)
        return self._keep()

    def say(self, opening: int, stop_index: int, mono: float) -> Keep | None:
        """The driver answers the question about an opening; one that is not asked any more changes nothing."""
        asked = self.question
        if (
            self._locator is None
            or asked is None
            or asked.opening != opening
            or stop_index not in asked.stops
        ):
            return None
        self._said = _Said(stop_index, mono, copy.deepcopy(self._locator))
        self._locator.landmark(self._locator.openings[-1], stop_index)
        return self._keep()

    def set_stop(self, stop_index: int, mono: float) -> Keep | None:
        """The driver moves the bus to a stop, and with it the opening that taps of this moment belong to."""
        locator = self._locator
        if locator is None or self.underway is None or self.edition is None:
            return None
        if not 0 <= stop_index < len(self.edition.stops_of(self.underway.trip_id)):
            return None
        self._said = _Said(stop_index, mono, copy.deepcopy(locator))
        opening = opening_of_boarding(locator.openings, mono)
        if opening is None:
            locator.put(mono, stop_index)
        else:
            locator.landmark(opening, stop_index)
        return self._keep()

    def undo(self, mono: float) -> Keep | None:
        """Forget what the driver said last."""
        if self.said(mono) is None or self._said is None:
            return None
        self._locator, self._said = self._said.before, None
        return self._keep()

    def said(self, mono: float) -> int | None:
        """The index of the stop the driver said, while it can be taken back."""
        return self._said.stop_index if self._said and mono - self._said.mono <= UNDO_S else None

    @property
    def question(self) -> StopQuestion | None:
        """What the driver is to be asked: about the last opening, if it is unsure and somebody's fare hangs on it."""
        last = self._locator.openings[-1] if self._locator and self._locator.openings else None
        if last is None or not last.ask or last.settled or not self._settling.has_taps(last.number):
            return None
        return StopQuestion(last.number, last.candidates)

    def place(self, mono: float) -> Place:
        """Where on the trip the bus is."""
        return AT_NO_STOP if self._locator is None else self._locator.place(mono)

    def place_state(self, mono: float) -> PlaceState:
        """How far that place is to be relied on."""
        if self._locator is None:
            return PlaceState.SEEN
        if self._locator.off_line:
            return PlaceState.OFF_LINE
        if self._locator.wrong_way:
            return PlaceState.WRONG_WAY
        return PlaceState.ESTIMATED if self._locator.is_estimated(mono) else PlaceState.SEEN

    @property
    def fix(self) -> Fix | None:
        """The last fix of all, however old."""
        return self._fix

    def fresh(self, mono: float) -> Fix | None:
        """The last fix, if it is not too old to say where the bus is."""
        return self._fix if self._fix is not None and mono - self._fix.mono <= FRESH_S else None

    def stand(self, edition: Edition, mono: float) -> Stand:
        """The bus as a tap finds it; `edition` is the one in force while no trip is on.

        Its coordinates are the last fix's, however old: far from where somebody boarded, it proves that the bus moved.
        """
        lat, lon = (self._fix.lat, self._fix.lon) if self._fix is not None else (None, None)
        locator, underway = self._locator, self.underway
        if underway is None or self.edition is None:
            return Stand(Door(edition, "", "", AT_NO_STOP, AT_NO_STOP, lat, lon))
        if locator is None:
            # A trip of one stop leads nowhere.
            return Stand(
                Door(self.edition, underway.trip_id, underway.service_date, AT_NO_STOP, AT_NO_STOP, lat, lon)
            )
        if self._door.is_believed:
            board = opening_of_boarding(locator.openings, mono)
            alight = opening_of_alighting(locator.openings, mono)
        else:
            board = alight = self._opening_by_taps(mono)
        door = Door(
            self.edition,
            underway.trip_id,
            underway.service_date,
            locator.guess(mono, coming=False) if board is None else self._boarding_at(locator, board),
            locator.guess(mono, coming=True) if alight is None else locator.place_of(alight),
            lat,
            lon,
        )
        return Stand(door, board.number if board else None, alight.number if alight else None)

    def coming(self, mono: float) -> int | None:
        """The index of the stop that an alighting would be at now; asking changes nothing."""
        locator = self._locator
        if locator is None:
            return None
        opening = opening_of_alighting(locator.openings, mono) if self._door.is_believed else None
        return locator.guessed_stop(mono, coming=True) if opening is None else opening.stop_index

    def note(self, stand: Stand, mono: float, bound: Bound) -> None:
        """Somebody who rides was written down: they follow their opening from now on."""
        boards = bound.movement is Movement.BOARD
        self._settling.note(stand.boarding if boards else stand.alighting, mono, bound)

    def boarded_at(self, ref: RecordRef, told: int) -> int:
        """Where a boarding was by what is known now of its opening; `told` is what its record says."""
        found = None if self._locator is None else self._settling.boarded_at(ref, self._locator.openings)
        return told if found is None else found

    def settled(self, memory: PassMemory, pass_id: str) -> PassMemory:
        """What is remembered of a pass, by what is known now of the openings it tapped at."""
        if self._locator is None or self.edition is None or self.underway is None:
            return memory
        stop_ids = self.edition.pattern_of(self.underway.trip_id).stop_ids
        return self._settling.settled(memory, pass_id, self._locator.openings, stop_ids)

    def better(self, at: Instant, *, every: bool = False) -> tuple[list[StopSettled], set[str]]:
        """The records that say better of earlier taps where they were, and the passes these were of.

        `every` opening, or those that nothing seen later will change.
        """
        words: list[StopSettled] = []
        passes: set[str] = set()
        if self._locator is None or self.underway is None or self.edition is None:
            return words, passes
        stop_ids = self.edition.pattern_of(self.underway.trip_id).stop_ids
        for opening in self._locator.openings:
            taps = self._settling.better(opening) if every or opening.settled else []
            if not taps:
                continue
            passes |= {tap.pass_id for tap in taps}
            words.append(
                StopSettled(
                    at=at,
                    taps=[tap.ref for tap in taps],
                    edition=self.underway.edition,
                    trip_id=self.underway.trip_id,
                    service_date=self.underway.service_date,
                    stop_id=stop_ids[opening.stop_index],
                    stop_index=opening.stop_index,
                    confidence=round(opening.confidence, 3),
                    by=SettledBy.DRIVER if opening.by_driver else SettledBy.LATER,
                )
            )
        return words, passes

    def _boarding_at(self, locator: GridLocator, opening: Opening) -> Place:
        """Nobody boards where the trip ends: while that is not sure, they boarded at the likeliest stop before it."""
        place, last = locator.place_of(opening), locator.last
        if place.stop_index != last or not place.unsure:
            return place
        index, share = next((each for each in opening.shares if each[0] != last), (last - 1, 0.0))
        words = "終点では乗車できないため、その手前 / nobody boards where the trip ends: the stop before it"
        return Place(index, float(index), share, words, unsure=True, asked=place.asked)

    def _opening_by_taps(self, mono: float) -> Opening | None:
        """Without a door contact that can be believed, taps while the bus stands are an opening."""
        assert self._locator is not None
        last = self._locator.openings[-1].number if self._locator.openings else 0
        opening = self._locator.tapped(mono)
        if opening is not None and opening.number > last:
            self._begun(opening)
        return opening

    def _open_door(self, mono: float) -> None:
        assert self._locator is not None
        self._begun(self._locator.door_opened(mono))

    def _begun(self, opening: Opening) -> None:
        self._said = None
        self._settling.opened(opening)

    def _keep(self) -> Keep:
        assert self.underway is not None
        if self._locator is not None:
            self.underway = replace(self.underway, reached=self._locator.reached)
        return Keep("trip", "", encode(self.underway))

    def _set(self, edition: Edition, underway: Underway) -> None:
        self.underway = underway
        self.edition = edition
        last = len(edition.stops_of(underway.trip_id)) - 1
        self._settling, self._said = Settling(last), None
        path = path_of_trip(edition, underway.trip_id) if last else None
        self._locator = GridLocator(path, underway.reached) if path else None
