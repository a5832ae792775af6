"""Riders whom the driver records by hand (手扱い, teatsukai): with cash, paper tickets, or a pass that was not taken.

Nothing of it depends on the camera, so that the record of who rode from where to where is complete without one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from device.journal import Keep
from rules.messages.codec import decode, encode
from rules.messages.events import HandAlighted, HandBoarded, HandUndone, Means, RecordRef, StopSettled
from rules.money import NOTHING, Yen
from rules.passes.rider_pass import RiderClass
from rules.ride.by_hand import MAX_PEOPLE, HandRide, fare_by_means, table_fare
from rules.ride.outcomes import Movement
from terminal.records import hand_alighted, hand_boarded
from terminal.screen.snapshot import FaresFrom, HandDone, HandGroup
from terminal.settling import Bound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from device.journal import Journal
    from rules.instant import Instant
    from rules.messages.events import AnyEvent
    from rules.network.edition import Edition
    from terminal.facts import HandAlighting, HandBoarding
    from terminal.trip import CurrentTrip

MAX_ABOARD = 200
"""Entries of a trip: more is a driver's page gone mad."""
UNDO_S = 60.0


@dataclass(frozen=True, slots=True)
class HandRider:
    """People of one class who boarded together at one stop of the trip.

    `ref` names the record of it, None where nobody recorded it.
    """

    ref: RecordRef | None
    means: Means
    rider_class: RiderClass
    people: int
    stop_index: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What survives a restart: who is on board, and how many people boarded on a service day."""

    service_date: str = ""
    people: int = 0
    aboard: tuple[HandRider, ...] = ()


@dataclass(frozen=True, slots=True)
class _Done:
    """What was recorded last, at `mono` seconds, and how it was before."""

    records: tuple[RecordRef, ...]
    mono: float
    before: Kept
    shown: HandDone


class HandRiders:
    """Who is on board by the driver's hand. Owned by the loop. Every write may raise JournalBroken."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._kept = Kept()
        self._done: _Done | None = None
        self._fares: tuple[tuple[object, ...], tuple[FaresFrom, ...]] = ((), ())

    def resume(self) -> None:
        """Take up what the journal remembers."""
        if kept := self._journal.recall("by-hand", ""):
            self._kept = decode(kept, Kept)

    @property
    def on_board(self) -> int:
        """People on board."""
        return sum(rider.people for rider in self._kept.aboard)

    def boarded_on(self, service_date: str) -> int:
        """People who boarded on a service day."""
        return self._kept.people if self._kept.service_date == service_date else 0

    def board(
        self,
        touch: HandBoarding,
        at: Instant,
        trip: CurrentTrip,
        *,
        camera: bool,
        refused: RecordRef | None = None,
    ) -> None:
        """Write down that people board; nothing where nobody can."""
        underway, edition = trip.underway, trip.edition
        if underway is None or edition is None or len(self._kept.aboard) >= MAX_ABOARD:
            return
        stand = trip.stand(edition, at.mono_ms / 1000)
        place, stop_ids = stand.door.boarding, edition.pattern_of(underway.trip_id).stop_ids
        index = place.stop_index
        if index is None or index == len(stop_ids) - 1 or not 1 <= touch.people <= MAX_PEOPLE:
            return
        event = hand_boarded(at, underway, edition, place, touch, camera=camera, refused=refused)
        ref = self._next_refs(1)[0]
        rider = HandRider(ref, touch.means, touch.rider_class, touch.people, index)
        kept = replace(
            self._kept,
            service_date=underway.service_date,
            people=self.boarded_on(underway.service_date) + touch.people,
            aboard=(*self._kept.aboard, rider),
        )
        shown = HandDone(
            Movement.BOARD, touch.means, touch.rider_class.name.lower(), touch.people, index, NOTHING
        )
        self._write([event], kept, at, shown)
        trip.note(stand, at.mono_ms / 1000, Bound(ref, "", Movement.BOARD, index, place.unsure))

    def alight(self, touch: HandAlighting, at: Instant, trip: CurrentTrip, *, camera: bool) -> None:
        """Write down that people alight: those on board first, then ones whose boarding nobody recorded."""
        underway, edition = trip.underway, trip.edition
        if underway is None or edition is None or not 1 <= touch.people <= MAX_PEOPLE:
            return
        stand = trip.stand(edition, at.mono_ms / 1000)
        place, stop_ids = stand.door.alighting, edition.pattern_of(underway.trip_id).stop_ids
        if place.stop_index is None or not 0 <= touch.board_index < len(stop_ids):
            return
        going, aboard = self._taken(touch, trip)
        due = self._due(edition, trip, touch.board_index, place.stop_index, touch.rider_class, touch.means)
        events = [
            hand_alighted(at, underway, edition, place, rider, due, camera=camera)
            for rider in (*going, *self._unrecorded(touch, going))
        ]
        cash = Yen(sum(event.cash for event in events))
        shown = HandDone(
            Movement.ALIGHT,
            touch.means,
            touch.rider_class.name.lower(),
            touch.people,
            touch.board_index,
            cash,
            fare_unknown=due is None,
        )
        refs = self._next_refs(len(events))
        self._write(events, replace(self._kept, aboard=aboard), at, shown)
        for ref in refs:
            bound = Bound(ref, "", Movement.ALIGHT, place.stop_index, place.unsure)
            trip.note(stand, at.mono_ms / 1000, bound)

    def undo(self, at: Instant) -> None:
        """Take back what was recorded last, within a minute."""
        if self.done(at.mono_ms / 1000) is None or self._done is None:
            return
        done, self._done = self._done, None
        self._kept = done.before
        self._journal.write([HandUndone(at=at, records=list(done.records))], [self._keep()])

    def done(self, mono: float) -> HandDone | None:
        """What was recorded last, while it can be taken back."""
        return self._done.shown if self._done and mono - self._done.mono <= UNDO_S else None

    def settle(self, words: Iterable[StopSettled]) -> list[Keep]:
        """Take over what is known better of boardings; the memory to be written with these records."""
        better = {(tap.epoch, tap.number): word for word in words for tap in word.taps}
        aboard = tuple(
            replace(rider, stop_index=word.stop_index)
            if rider.ref and (word := better.get((rider.ref.epoch, rider.ref.number)))
            else rider
            for rider in self._kept.aboard
        )
        if aboard == self._kept.aboard:
            return []
        self._kept = replace(self._kept, aboard=aboard)
        return [self._keep()]

    def end_of_trip(
        self, at: Instant, trip: CurrentTrip, *, camera: bool
    ) -> tuple[list[AnyEvent], list[Keep]]:
        """Close every ride nobody closed, at the last stop: records and memory, to be written with the trip's end."""
        self._done = None
        underway, edition = trip.underway, trip.edition
        if underway is None or edition is None or not self._kept.aboard:
            return [], []
        last = len(edition.pattern_of(underway.trip_id).stop_ids) - 1
        place = replace(trip.stand(edition, at.mono_ms / 1000).door.alighting, stop_index=last, reason="")
        events: list[AnyEvent] = [
            hand_alighted(at, underway, edition, place, rider, None, camera=camera, forgotten=True)
            for rider in self._kept.aboard
        ]
        self._kept = replace(self._kept, aboard=())
        return events, [self._keep()]

    def groups(self, at: Instant, trip: CurrentTrip) -> tuple[HandGroup, ...]:
        """Who is on board, by boarding stop, class and means, the latest stop first, with one person's fare to here."""
        underway, edition = trip.underway, trip.edition
        if underway is None or edition is None or not self._kept.aboard:
            return ()
        here = trip.coming(at.mono_ms / 1000)
        people: dict[tuple[int, RiderClass, Means], int] = {}
        for rider in self._kept.aboard:
            key = self._start(rider, trip), rider.rider_class, rider.means
            people[key] = people.get(key, 0) + rider.people
        ordered = sorted(people.items(), key=lambda entry: (-entry[0][0], entry[0][1], entry[0][2]))
        return tuple(
            HandGroup(
                index,
                rider_class.name.lower(),
                means,
                count,
                None if here is None else self._due(edition, trip, index, here, rider_class, means),
            )
            for (index, rider_class, means), count in ordered
        )

    def fares_from(self, at: Instant, trip: CurrentTrip) -> tuple[FaresFrom, ...]:
        """The fares of every class from each stop before this one, the nearest first: the driver's fare table."""
        underway, edition = trip.underway, trip.edition
        if underway is None or edition is None:
            return ()
        here = trip.coming(at.mono_ms / 1000)
        asked = (edition.number, underway, here)
        if here is not None and asked != self._fares[0]:
            table = tuple(
                FaresFrom(
                    start,
                    tuple(
                        (each.name.lower(), self._fare(edition, trip, start, here, each))
                        for each in RiderClass
                    ),
                )
                for start in range(here - 1, -1, -1)
            )
            self._fares = (asked, table)
        return self._fares[1] if here is not None else ()

    def _taken(
        self, touch: HandAlighting, trip: CurrentTrip
    ) -> tuple[list[HandRider], tuple[HandRider, ...]]:
        """Who of those on board is meant, the first to board first, and who stays."""
        left, going, aboard = touch.people, list[HandRider](), list[HandRider]()
        for rider in self._kept.aboard:
            start = self._start(rider, trip)
            same = (start, rider.means, rider.rider_class) == (
                touch.board_index,
                touch.means,
                touch.rider_class,
            )
            leaving = min(left, rider.people) if same else 0
            if leaving:
                left -= leaving
                going.append(replace(rider, people=leaving, stop_index=start))
            if leaving < rider.people:
                aboard.append(replace(rider, people=rider.people - leaving))
        return going, tuple(aboard)

    def _unrecorded(self, touch: HandAlighting, going: list[HandRider]) -> list[HandRider]:
        """Those of the people meant whose boarding nobody recorded."""
        people = touch.people - sum(rider.people for rider in going)
        return [HandRider(None, touch.means, touch.rider_class, people, touch.board_index)] if people else []

    def _start(self, rider: HandRider, trip: CurrentTrip) -> int:
        return trip.boarded_at(rider.ref, rider.stop_index) if rider.ref else rider.stop_index

    def _due(
        self, edition: Edition, trip: CurrentTrip, start: int, end: int, rider_class: RiderClass, means: Means
    ) -> Yen | None:
        return fare_by_means(self._ride(trip, start, rider_class), means, end, edition)

    def _fare(
        self, edition: Edition, trip: CurrentTrip, start: int, end: int, rider_class: RiderClass
    ) -> Yen | None:
        return table_fare(self._ride(trip, start, rider_class), end, edition)

    def _ride(self, trip: CurrentTrip, start: int, rider_class: RiderClass) -> HandRide:
        assert trip.underway is not None
        return HandRide(trip.underway.trip_id, trip.underway.service_date, start, rider_class)

    def _next_refs(self, count: int) -> tuple[RecordRef, ...]:
        first = self._journal.next_number
        return tuple(RecordRef(self._journal.epoch, number) for number in range(first, first + count))

    def _write(
        self, events: list[HandBoarded] | list[HandAlighted], kept: Kept, at: Instant, shown: HandDone
    ) -> None:
        refs, before = self._next_refs(len(events)), self._kept
        self._kept = kept
        self._journal.write(list(events), [self._keep()])
        self._done = _Done(refs, at.mono_ms / 1000, before, shown)

    def _keep(self) -> Keep:
        return Keep("by-hand", "", encode(self._kept))
