"""What the driver says becomes records: the trip, its stops, riders by hand. And what follows for earlier taps."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from rules.messages.events import Means, TripEnded, TripStarted
from terminal.facts import (
    HandAlighting,
    HandBoarding,
    HandTakenBack,
    StopSaid,
    StopSet,
    StopUndone,
    TripChosen,
    TripDone,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from device.journal import Keep
    from rules.messages.events import AnyEvent, RecordRef
    from rules.network.edition import Edition
    from rules.passes.rider_pass import RiderClass
    from terminal.bus import Bus
    from terminal.facts import DriverSaid
    from terminal.hand_riders import HandRiders
    from terminal.taps import Taps
    from terminal.trip import CurrentTrip


class Driver:
    """The loop's part for the driver's touches. Whatever it writes may raise JournalBroken.

    `edition_on` gives the edition in force on a service day, if there is one. `camera` says of each touch whether
    codes could be read then.
    """

    def __init__(
        self,
        bus: Bus,
        trip: CurrentTrip,
        taps: Taps,
        hands: HandRiders,
        edition_on: Callable[[date], Edition | None],
    ) -> None:
        self._bus = bus
        self._trip = trip
        self._taps = taps
        self._hands = hands
        self._edition_on = edition_on

    def touch(self, said: DriverSaid, *, camera: bool) -> None:
        """Take what is said."""
        at = self._bus.clock.now()
        match said:
            case TripChosen(trip_id, service_date):
                self._begin_trip(trip_id, service_date, camera=camera)
            case TripDone():
                self._end_trip(camera=camera)
            case StopSaid() | StopSet() | StopUndone():
                self._place(said)
            case HandBoarding():
                self._hands.board(said, at, self._trip, camera=camera)
            case HandAlighting():
                self._hands.alight(said, at, self._trip, camera=camera)
            case HandTakenBack():
                self._hands.undo(at)

    def let_in(self, refused: RecordRef, rider_class: RiderClass, *, camera: bool) -> None:
        """Somebody rides although their code was refused."""
        touch = HandBoarding(Means.PASS, rider_class, 1)
        self._hands.board(touch, self._bus.clock.now(), self._trip, camera=camera, refused=refused)

    def better(self, *, every: bool = False) -> tuple[list[AnyEvent], list[Keep]]:
        """What is known better by now of where earlier taps were: records, and the memory they change."""
        words, passes = self._trip.better(self._bus.clock.now(), every=every)
        return [*words], [*self._taps.settle(passes, self._trip), *self._hands.settle(words)]

    def _place(self, said: StopSaid | StopSet | StopUndone) -> None:
        mono = self._bus.clock.monotonic()
        match said:
            case StopSaid(opening, stop_index):
                keep = self._trip.say(opening, stop_index, mono)
            case StopSet(stop_index):
                keep = self._trip.set_stop(stop_index, mono)
            case StopUndone():
                keep = self._trip.undo(mono)
        if keep is not None:
            # What is taken back was told already: then all is told anew.
            better, keeps = self.better(every=isinstance(said, StopUndone))
            self._bus.journal.write(better, [*keeps, keep])

    def _begin_trip(self, trip_id: str, service_date: str, *, camera: bool) -> None:
        """Take up a trip of the edition in force on its day.

        A second touch on the same, or one that is gone, changes nothing.
        """
        edition, underway = self._edition_on(date.fromisoformat(service_date)), self._trip.underway
        if edition is None or trip_id not in edition.trips:
            return
        if underway is not None:
            if (underway.trip_id, underway.service_date) == (trip_id, service_date):
                return
            self._end_trip(camera=camera)
        at = self._bus.clock.now()
        keep = self._trip.begin(edition, trip_id, service_date, at.mono_ms / 1000)
        started = TripStarted(at=at, edition=edition.number, trip_id=trip_id, service_date=service_date)
        self._bus.journal.write([started], [keep])

    def _end_trip(self, *, camera: bool) -> None:
        underway = self._trip.underway
        if underway is None:
            return
        at = self._bus.clock.now()
        better, settled = self.better(every=True)
        events, keeps = self._taps.end_of_trip(at)
        by_hand, kept = self._hands.end_of_trip(at, self._trip, camera=camera)
        ended = TripEnded(
            at=at, edition=underway.edition, trip_id=underway.trip_id, service_date=underway.service_date
        )
        self._bus.journal.write(
            [*better, *events, *by_hand, ended], [*settled, *keeps, *kept, self._trip.end()]
        )
